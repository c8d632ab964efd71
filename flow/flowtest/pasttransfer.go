package flowtest

import (
	"regexp"
	"strings"
	"time"
)

var (
	asksPhone   = regexp.MustCompile(`^asks the caller's phone to call (.+)$`)
	notReferred = regexp.MustCompile(`^not transferred(?:, SIP ([0-9]+))?(?:: (.*))?$`)
)

// referred reads how it went when the caller's phone was to call somebody.
func (r *reader) referred(text string) bool {
	if n := r.nodes[r.cur]; n == nil || n.Spec.TypeName != "TransferNode" {
		return false
	}
	after := seconds(max(r.now.Sub(r.entered), 100*time.Millisecond))
	if m := asksPhone.FindStringSubmatch(text); m != nil {
		r.entered, r.referTo = r.now, m[1]
	} else if m := notReferred.FindStringSubmatch(text); m != nil && r.referTo != "" {
		p := pastParty{Rejects: after}
		switch {
		case m[2] != "" || m[1] == "":
			p = pastParty{Fails: m[2] + " "}
		case m[1] == "486":
			p = pastParty{Busy: after}
		case m[1] == "487":
			p = pastParty{}
		}
		r.out.World.Parties[r.referTo] = p
	} else if strings.HasPrefix(text, "the caller's phone is connected with ") {
		r.out.Expect.Answered = true
		r.out.World.Parties[r.referTo] = pastParty{Answers: after}
	} else {
		return false
	}
	return true
}
