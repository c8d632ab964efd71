package nodes

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("SendEmailNode", func() flow.Node { return new(sendEmail) }) }

const (
	maxMail        = 1 << 20
	maxMailSubject = 1000
	maxRecipients  = 100 // To, Cc and Bcc together
)

type sendEmail struct {
	account, to, cc, bcc, subject, body string
	files                               []attached
}

func (n *sendEmail) Spec(s *flow.Spec) {
	s.Title, s.Category = "Send Email", flow.Messaging
	s.Doc = "Sends an e-mail. Sent means that it is kept and will leave, also after a restart. Several recipients are separated by commas; all together they are at most 100."
	s.Ref(&n.account, "EmailAccount", flow.EmailAccountType, "The account that it comes from, by its id or address; empty: the session's, else the server's.")
	s.String(&n.to, "To", "", "Who gets it.")
	s.String(&n.cc, "Cc", "", "Who gets a copy.")
	s.String(&n.bcc, "Bcc", "", "Who gets a copy of which the others don't know.")
	s.String(&n.subject, "Subject", "", "What it is about, in one line.").AtMost(maxMailSubject)
	s.String(&n.body, "Body", "", "The text.").LargeText().AtMost(maxMail)
	flow.Rows(s, &n.files, "Files", "Files that are attached.", func(a *attached, s *flow.Spec) {
		s.Ref(&a.file, "File", flow.FileType, "The file.")
	}).AtMost(maxAttached)
	s.Exit("Sent", "It will be sent.")
	s.Exit("Failed", "It can't be: an address is none, the account is unknown, or the text is empty.")
}

func (n *sendEmail) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if x.Messages == nil {
		x.Logf("no e-mails are sent here")
		return "Failed", nil
	}
	m, err := n.email(x)
	if err == nil {
		err = x.Messages.SendEmail(ctx, m)
	}
	if errors.Is(err, flow.ErrUnsent) {
		x.Logf("not sent: %v", err)
		return "Failed", nil
	}
	if err != nil {
		return "", err
	}
	x.Logf("sent to %s: %s", strings.Join(m.To, ", "), x.Quote(m.Subject))
	return "Sent", nil
}

// email is what is to be sent.
func (n *sendEmail) email(x *flow.Execution) (flow.Email, error) {
	m := flow.Email{Key: x.StepKey(), Account: strings.TrimSpace(n.account), Body: n.body, Files: fileIDs(n.files),
		Subject: strings.Join(strings.Fields(n.subject), " ")}
	all := 0
	for _, r := range []struct {
		name, text string
		to         *[]string
	}{{"To", n.to, &m.To}, {"Cc", n.cc, &m.Cc}, {"Bcc", n.bcc, &m.Bcc}} {
		list, err := addresses(r.text)
		if err != nil {
			return m, fmt.Errorf("%w: %s: %w", flow.ErrUnsent, r.name, err)
		}
		*r.to, all = list, all+len(list)
	}
	switch {
	case len(m.To) == 0:
		return m, fmt.Errorf("%w: there is nobody to send it to", flow.ErrUnsent)
	case all > maxRecipients:
		return m, fmt.Errorf("%w: it has %d recipients, and %d are the most", flow.ErrUnsent, all, maxRecipients)
	case strings.TrimSpace(m.Body) == "" && m.Subject == "" && len(m.Files) == 0:
		return m, fmt.Errorf("%w: there is nothing to send", flow.ErrUnsent)
	}
	return m, nil
}

// addresses reads a list such as "anna@example.com, Bob <bob@example.com>"; names are left out.
func addresses(text string) ([]string, error) {
	text = strings.Trim(strings.NewReplacer(";", ",", "\n", ",", "\r", "").Replace(text), ", \t")
	if text == "" {
		return nil, nil
	}
	list, err := mail.ParseAddressList(text)
	if err != nil {
		return nil, fmt.Errorf("%.100q is no list of e-mail addresses", text)
	}
	all := make([]string, len(list))
	for i, a := range list {
		all[i] = a.Address
	}
	return all, nil
}
