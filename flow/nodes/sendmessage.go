package nodes

import (
	"context"
	"errors"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("SendMessageNode", func() flow.Node { return new(sendMessage) }) }

const (
	maxMessage  = 10_000 // bytes of a text: some sixty parts of an SMS
	maxAttached = 20     // files
)

type sendMessage struct {
	from, to, body string
	files          []attached
}

type attached struct{ file string }

func (n *sendMessage) Spec(s *flow.Spec) {
	s.Title, s.Category = "Send Message", flow.Messaging
	s.Doc = "Sends a text message from a phone number of the account. Sent means that it is kept and will leave, also after a restart; what became of it is told with the message."
	s.Ref(&n.from, "From", flow.PhoneNumberType, "The number that it comes from; empty: the session's.")
	s.String(&n.to, "To", "", "The number that gets it, as +14155550123.")
	s.String(&n.body, "Body", "", "The text.").LargeText().AtMost(maxMessage)
	flow.Rows(s, &n.files, "Files", "Files that are sent with it.", func(a *attached, s *flow.Spec) {
		s.Ref(&a.file, "File", flow.FileType, "The file.")
	}).AtMost(maxAttached)
	s.Exit("Sent", "It will be sent.")
	s.Exit("Failed", "It can't be: no such number, not one of the account's, or its owner wants no messages.")
}

func (n *sendMessage) Run(ctx context.Context, x *flow.Execution) (string, error) {
	m := flow.TextMessage{Key: x.StepKey(), From: strings.TrimSpace(n.from), To: strings.TrimSpace(n.to), Body: n.body, Files: fileIDs(n.files)}
	switch {
	case x.Messages == nil:
		x.Logf("no messages are sent here")
		return "Failed", nil
	case m.To == "":
		x.Logf("there is nobody to send it to")
		return "Failed", nil
	case strings.TrimSpace(m.Body) == "" && len(m.Files) == 0:
		x.Logf("there is nothing to send")
		return "Failed", nil
	}
	err := x.Messages.SendMessage(ctx, m)
	if errors.Is(err, flow.ErrUnsent) {
		x.Logf("not sent to %s: %v", m.To, err)
		return "Failed", nil
	}
	if err != nil {
		return "", err
	}
	x.Logf("sent to %s: %s", m.To, x.Quote(m.Body))
	return "Sent", nil
}

// fileIDs are the ids of the rows that name a file.
func fileIDs(rows []attached) []string {
	var all []string
	for _, r := range rows {
		if id := strings.TrimSpace(r.file); id != "" {
			all = append(all, id)
		}
	}
	return all
}
