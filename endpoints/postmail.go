package endpoints

import (
	"net/mail"
	"slices"
)

// MailRoute is the Route of e-mails: what a mail that came says about its thread.
type MailRoute struct {
	MessageID  string   `json:"messageId"`            // of the mail, without <>
	References []string `json:"references,omitempty"` // of those before it, the first one first
	Subject    string   `json:"subject,omitempty"`
	From       string   `json:"from,omitempty"`    // who wrote it
	ReplyTo    string   `json:"replyTo,omitempty"` // where the answer goes; empty: to From
	To         string   `json:"to,omitempty"`      // our address
}

// validateMail tells what of a post can't go by e-mail.
func (p *Post) validateMail() error {
	if len(p.Text) > maxMailText || len(p.HTML) > 4*maxMailText {
		return invalid("text", "has %d bytes; %d are allowed, four times as many of HTML", len(p.Text)+len(p.HTML), maxMailText)
	}
	if n := len(p.Cc) + len(p.Bcc); n > maxRecipients {
		return invalid("cc", "and bcc have %d recipients; %d are allowed", n, maxRecipients)
	}
	for _, to := range slices.Concat(p.Cc, p.Bcc) {
		if _, err := mail.ParseAddress(to); err != nil || to != oneLine(to) || len(to) > 2*maxText {
			return invalid("cc", "%.64q isn't an e-mail address", to)
		}
	}
	if len(p.Files) > maxAttached {
		return invalid("files", "are %d; %d are allowed", len(p.Files), maxAttached)
	}
	for _, f := range p.Files {
		if !ValidID(f.FileID) {
			return invalid("files", "%.64q is no file's id", f.FileID)
		}
	}
	return nil
}
