package flowtest

import (
	"regexp"
	"time"
)

var picksLine = regexp.MustCompile(`^picks up (.+), who rings at (.+)$`)

// pickedUp reads what one who picks up has come to.
func (r *reader) pickedUp(text string) bool {
	if n := r.nodes[r.cur]; n == nil || n.Spec.TypeName != "PickupNode" {
		return false
	}
	w, user := &r.out.World, r.params["User"]
	if m := picksLine.FindStringSubmatch(text); m != nil {
		if w.Ringing == nil {
			w.Ringing = pastSlots{}
		}
		if m[2] != user { // a member of a team, whom the log knows by name
			w.Teams[user] = append(w.Teams[user], m[2])
		}
		w.Ringing[m[2]], r.picks = pastWaiting{Name: m[1]}, m[2]
	} else if m := togetherFor.FindStringSubmatch(text); m != nil && r.picks != "" {
		caller := w.Ringing[r.picks]
		caller.Talks = seconds(max(span(m[1]), 100*time.Millisecond))
		w.Ringing[r.picks] = caller
	} else {
		return false
	}
	return true
}
