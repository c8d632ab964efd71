package nodes

import (
	"context"
	"errors"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("ChatNode", func() flow.Node { return new(chat) }) }

// maxInvited bounds whom one Chat node invites, users and numbers each.
const maxInvited = 50

type chat struct {
	room     string
	users    []invited
	numbers  []invited
	greeting string
	video    bool
}

type invited struct{ who string }

// inRoom is what the node keeps while the party is in the room.
type inRoom struct {
	Room string `json:"room"`
}

func (n *chat) Spec(s *flow.Spec) {
	s.Title, s.Category = "Chat", flow.Messaging
	s.Doc = "Puts the other party into a chat room with users and with people who get texts. Until the room is closed what anybody writes goes to the others and not to the flow; " +
		"a Chat Events node is told of it."
	s.Needs(flow.Chat)
	s.String(&n.room, "RoomName", "", "The room; the same name is the same room. Empty: a new one.").AtMost(200)
	flow.Rows(s, &n.users, "UsersToInvite", "Users who are in the room.", func(i *invited, s *flow.Spec) {
		s.Ref(&i.who, "User", flow.UserType, "The user.")
	}).AtMost(maxInvited)
	flow.Rows(s, &n.numbers, "SmsNumbersToInvite", "People who read and write in the room by text message.", func(i *invited, s *flow.Spec) {
		s.String(&i.who, "Number", "", "Who is asked by text, as +14155550123.")
	}).AtMost(maxInvited)
	s.String(&n.greeting, "Greeting", "", "Written into the room when it is opened.").LargeText().AtMost(10_000)
	s.Bool(&n.video, "StartVideo", false, "Begin with video. There is none here: the room opens without.")
	s.Exit("Done", "The room was closed.")
	s.Exit("No Users", "Nobody could be invited.").Or("Done")
}

func (n *chat) Run(ctx context.Context, x *flow.Execution) (string, error) {
	var in inRoom
	if !x.Noted(&in) {
		if x.Rooms == nil {
			x.Logf("there are no chat rooms here")
			return "No Users", nil
		}
		room := flow.RoomInvitation{Key: x.StepKey(), Name: strings.TrimSpace(n.room), Users: names(n.users), Numbers: names(n.numbers), Greeting: n.greeting}
		id, err := x.Rooms.OpenRoom(ctx, room)
		if errors.Is(err, flow.ErrNobody) {
			x.Logf("%v", err)
			return "No Users", nil
		}
		if err != nil {
			return "", err
		}
		if n.video {
			x.Logf("there is no video here: the room is open without")
		}
		x.Logf("is in the room %s", id)
		in.Room = id
	}
	x.Note(in)
	for {
		reply, err := x.Reply(ctx, flow.Forever)
		var s *flow.Suspend
		switch {
		case errors.Is(err, flow.ErrNoReply): // of a branch: the room is open, and nobody waits for its end
			return "Done", nil
		case errors.As(err, &s):
			s.Meanwhile = flow.Bypassed
			return "", err
		case err != nil:
			return "", err
		case reply.Closed:
			x.Logf("the room %s is closed", in.Room)
			return "Done", nil
		}
	}
}

// names are those of the rows that name somebody.
func names(rows []invited) []string {
	var all []string
	for _, r := range rows {
		if who := strings.TrimSpace(r.who); who != "" {
			all = append(all, who)
		}
	}
	return all
}
