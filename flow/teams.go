package flow

import "context"

// Teams is a Line that knows the account's teams, and whose turn it is.
type Teams interface {
	// Members are a team's users in its order. ok is false where id is no team;
	// an error tells in words why a team can't be dialled.
	Members(ctx context.Context, id string) (members []Member, ok bool, err error)
	// Turn is the index of the one of ids who comes first this time: the one after
	// who was first last time for the same key, at the very first the first.
	Turn(key string, ids []string) int
}

// Member is a user of a team.
type Member struct{ ID, Name string }

// Here names the node at work, whichever flow it is in: what is remembered from
// call to call of a node is remembered by this.
func (x *Execution) Here() string {
	if x.State == nil || len(x.State.Frames) == 0 {
		return ""
	}
	f := x.State.top()
	return f.FlowID + "/" + f.Node
}

// Rota is the turn of several: who was first last time, by key.
type Rota struct{ last map[string]turn }

type turn struct {
	id string
	at int
}

// maxTurns bounds what a Rota remembers. Beyond it, all begin anew.
const maxTurns = 10_000

// Turn is Teams.Turn. Of somebody who was first last time and is gone, the one
// who took that place is next.
func (r *Rota) Turn(key string, ids []string) int {
	if len(ids) == 0 {
		return 0
	}
	first := 0
	if was, ok := r.last[key]; ok {
		first = was.at % len(ids)
		for i, id := range ids {
			if id == was.id {
				first = (i + 1) % len(ids)
				break
			}
		}
	}
	if r.last == nil || len(r.last) >= maxTurns {
		r.last = map[string]turn{}
	}
	r.last[key] = turn{ids[first], first}
	return first
}
