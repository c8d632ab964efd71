package endpoints

import (
	"encoding/json"
	"net/mail"
	"slices"
	"strings"
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

// NewPostMail is the outbound e-mail of a message: what a flow or a user sends. It leaves
// from the address of p's endpoint, where that is an EmailAddress, or from the
// EmailAccount whose From() from is; else from the server's own. An answer (p.Route is
// that of the mail) stays in its thread, and needs no subject.
func NewPostMail(accountID, key, from string, to []string, p Post) (*Outbound, error) {
	if p.HTML == "" && isHTML(p.Text) {
		p.HTML, p.Text = p.Text, ""
	}
	p.Subject = shortened(oneLine(p.Subject), 2*maxText)
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	m := &Outbound{AccountID: accountID, Channel: Email, Key: key, From: from, To: slices.Clone(to), Subject: p.Subject, Body: raw}
	return m, m.Validate()
}

// isHTML tells a text that is a page: so does the body of a Send Email node become HTML.
func isHTML(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s[:min(len(s), 256)]))
	return strings.HasPrefix(s, "<!doctype html") || strings.HasPrefix(s, "<html")
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
