package flowtest

import (
	"context"
	"slices"
	"strings"

	"ringflow/flow"
)

// Members implements flow.Teams: the world's.
func (l *line) Members(_ context.Context, id string) ([]flow.Member, bool, error) {
	ids, ok := l.world.Teams[id]
	var all []flow.Member
	for _, m := range ids {
		name := l.world.Parties[m].Name
		if name == "" {
			name = m
		}
		all = append(all, flow.Member{ID: m, Name: name})
	}
	return all, ok, nil
}

// Turn implements flow.Teams. At each node the one after the world's Last begins,
// and then whose turn it is.
func (l *line) Turn(key string, ids []string) int {
	r := l.rota[key]
	if r == nil {
		r = &flow.Rota{}
		if l.rota == nil {
			l.rota = map[string]*flow.Rota{}
		}
		l.rota[key] = r
		if i := slices.IndexFunc(ids, func(id string) bool { return slices.Contains(strings.Fields(id), l.world.Last) }); i >= 0 {
			r.Turn(key, ids[i:i+1])
		}
	}
	return r.Turn(key, ids)
}

// tells notes what one of those who are dialled hears.
func (l *line) tells(what string) {
	l.told, l.toldAt = append(l.told, what), append(l.toldAt, l.at())
	l.leave(len(what))
}

// ask asks who has answered, and works out what that comes to, and when.
func (l *line) ask(d flow.Dialling, r *ringing) {
	l.tell("%s is asked whether to take the call", r.party.Name)
	what, length, err := l.prompt(d.Screen.Ask)
	if err != nil {
		l.tell("%s could not be asked: %s", r.party.Name, err)
		what, length = "beep", beepLength
	}
	r.asked, r.ends = flow.ScreenSilent, l.clock.Time.Add(flow.ScreenAsks*(length+flow.ScreenWait))
	after := l.clock.Time.Add(r.party.Asked.After)
	switch a := r.party.Asked; {
	case !after.Before(r.ends):
	case a.HangsUp:
		r.asked, r.ends = flow.ScreenLeft, after
	case strings.ContainsRune(a.Presses, flow.AcceptKey):
		r.asked, r.ends = flow.ScreenAccepted, after
	case strings.ContainsRune(a.Presses, flow.DeclineKey):
		r.asked, r.ends = flow.ScreenDeclined, after
	}
	r.status, r.why = r.asked.Status(), r.party.Name+" "+string(r.asked)
	l.tells(what)
	if l.clock.Time.Add(length + flow.ScreenWait).Before(r.ends) {
		l.tells(what)
	}
}

// take gives the call to who has answered: those who are being asked are told so,
// and it hears the whisper. It may hang up meanwhile.
func (l *line) take(ctx context.Context, d flow.Dialling, r *ringing, all []*ringing) (took bool, why string) {
	for _, o := range all {
		if d.Screen != nil && o != r && o.asked != "" && o.status != "" {
			l.tells(d.Screen.Taken.Text)
		}
	}
	if d.Whisper.Empty() {
		return true, ""
	}
	what, length, err := l.prompt(d.Whisper)
	if err != nil {
		l.tell("The whisper can't be played to %s: %s", r.party.Name, err)
		return true, ""
	}
	l.tells(what)
	end, leaves := l.clock.Time.Add(length), r.party.Leaves > 0 && r.party.Leaves < length
	if leaves {
		end = l.clock.Time.Add(r.party.Leaves)
	}
	if _, err := l.clock.Until(ctx, end, nil); err != nil {
		return false, ""
	}
	if leaves {
		return false, r.party.Name + " hung up before the call was connected"
	}
	return true, ""
}
