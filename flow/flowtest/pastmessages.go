package flowtest

import "regexp"

var unsentLine = regexp.MustCompile(`^not sent(?: to (.+?))?: (?:the message was not sent: )?(.+)$`)

// unsent reads who can't be written to.
func (r *reader) unsent(text string) bool {
	m := unsentLine.FindStringSubmatch(text)
	if n := r.nodes[r.cur]; m == nil || n == nil || n.Spec.TypeName != "SendMessageNode" && n.Spec.TypeName != "SendEmailNode" {
		return false
	}
	who := m[1]
	if who == "" {
		who = r.params["To"]
	}
	if r.out.World.Unsent == nil {
		r.out.World.Unsent = map[string]string{}
	}
	r.out.World.Unsent[who] = m[2]
	return true
}
