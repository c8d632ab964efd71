package email

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	netmail "net/mail"
	"regexp"
	"strings"

	"github.com/wneessen/go-mail"

	"ringflow/endpoints"
)

// Accounts knows who sends: *store.Store is one.
type Accounts interface {
	Settings(ctx context.Context, accountID string) (*endpoints.Settings, error)
	Endpoint(ctx context.Context, id string) (*endpoints.Endpoint, error)
}

// author is who a message comes from, and by which server it leaves.
type author struct {
	from *netmail.Address
	by   *Sender
}

// authorOf is the author of a post: the e-mail account that m.From names, or the e-mail endpoint
// that sends, by the account's own server if it has one. Nobody can write from another address: where From
// is neither, the server's own address it is.
func (s *Sender) authorOf(ctx context.Context, m *endpoints.Outbound, p endpoints.Post) (author, error) {
	set, err := s.Accounts.Settings(ctx, m.AccountID)
	if err != nil {
		return author{}, gone("account", m.AccountID, err)
	}
	var named string
	if a, err := netmail.ParseAddress(m.From); err == nil {
		named = a.Address
	}
	if a, ok := set.EmailAccount(named); ok {
		return s.account(m.AccountID, a)
	}
	if p.EndpointID != "" {
		e, err := s.Accounts.Endpoint(ctx, p.EndpointID)
		if err != nil {
			return author{}, gone("endpoint", p.EndpointID, err)
		}
		if e.AccountID == m.AccountID && e.Kind == endpoints.EmailAddress {
			if a, ok := set.EmailAccount(e.EmailAddress); ok {
				return s.account(m.AccountID, a)
			}
			from := &netmail.Address{Address: e.EmailAddress}
			if e.DisplayName != e.EmailAddress {
				from.Name = e.DisplayName
			}
			return author{from, s}, nil
		}
	}
	from, err := netmail.ParseAddress(s.Sender)
	if err != nil {
		return author{}, refused("this server has no address to send from (mail.from)")
	}
	return author{from, s}, nil
}

// account is an e-mail account as the author.
func (s *Sender) account(accountID string, a endpoints.EmailAccount) (author, error) {
	w := author{&netmail.Address{Name: a.DisplayName, Address: a.EmailAddress}, s}
	if a.SMTP == nil {
		return w, nil
	}
	own := *s
	own.Server, own.of = a.SMTP.Address(), endpoints.MailLinkOf(accountID, a.EmailAddress)
	own.User, own.Password, own.Security = a.SMTP.UserName, a.SMTP.Password, a.SMTP.TLS
	own.Dial = s.DialAccount
	w.by = &own
	return w, nil
}

// gone is what reading from the store came to: what isn't there any more never will be.
func gone(what, id string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return refused("the %s %s is gone", what, id)
	}
	return fmt.Errorf("the %s %s: %w", what, id, err)
}

// post makes the mail of a post.
func (s *Sender) post(ctx context.Context, d *draft, m *endpoints.Outbound, p endpoints.Post, from *netmail.Address) (msg *mail.Msg, to []string, err error) {
	var route endpoints.MailRoute
	if len(p.Route) > 0 && json.Unmarshal(p.Route, &route) != nil {
		route = endpoints.MailRoute{} // of another form: a mail of its own
	}
	route.MessageID = trimID(route.MessageID)
	answer := route.MessageID != "" || route.From != "" // some mails have no id; they are answered all the same
	msg = mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	recipients := m.To
	if answer && route.ReplyTo != "" && len(recipients) == 1 && strings.EqualFold(recipients[0], route.From) {
		recipients = []string{route.ReplyTo}
	}
	for _, r := range []struct {
		list []string
		set  func(...*netmail.Address)
	}{{recipients, msg.ToMailAddress}, {p.Cc, msg.CcMailAddress}, {p.Bcc, nil}} {
		all, err := addresses(r.list)
		if err != nil {
			return nil, nil, err
		}
		for _, a := range all {
			to = append(to, a.Address)
		}
		if r.set != nil && len(all) > 0 {
			r.set(all...)
		}
	}
	subject := oneLine(p.Subject)
	if subject == "" && answer {
		subject = "Re: " + withoutRe(oneLine(route.Subject))
	}
	msg.Subject(strings.TrimSpace(subject))
	msg.SetDateWithValue(m.DateCreated)
	msg.SetMessageIDWithValue(ourID(p.MessageID, from.Address))
	if route.MessageID != "" {
		msg.SetGenHeaderPreformatted(mail.HeaderInReplyTo, "<"+route.MessageID+">")
		var ids []string
		for _, id := range append(route.References, route.MessageID) {
			if id = trimID(id); id != "" {
				ids = append(ids, "<"+id+">")
			}
		}
		msg.SetGenHeaderPreformatted(mail.HeaderReferences, strings.Join(ids, "\r\n "))
	}
	if p.SenderID == "" { // RFC 3834: who answers by himself doesn't answer this
		kind := "auto-generated"
		if answer {
			kind = "auto-replied"
		}
		msg.SetGenHeader("Auto-Submitted", kind)
		msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	}
	msg.SetGenHeader("X-Loop", from.Address)
	text := p.Text
	if p.HTML == "" && isHTML(text) { // as a Send Email node writes it
		p.HTML, text = text, ""
	}
	if text == "" && p.HTML != "" {
		text = htmlText(p.HTML)
	}
	msg.SetBodyString(mail.TypeTextPlain, text)
	if p.HTML != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, p.HTML)
	}
	var files []*mail.File
	for _, f := range p.Files {
		file, err := s.attach(ctx, d, endpoints.MailFile{FileID: f.FileID, Name: oneLine(f.Name), ContentType: f.ContentType})
		if err != nil {
			return nil, nil, err
		}
		files = append(files, file)
	}
	msg.SetAttachments(files)
	return msg, to, nil
}

// isHTML tells a text that is a page.
func isHTML(s string) bool {
	s = strings.ToLower(strings.TrimSpace(cut(s, 256)))
	return strings.HasPrefix(s, "<!doctype html") || strings.HasPrefix(s, "<html")
}

// ourID is the Message-ID of a message: sent again after a crash, it is known as the same.
func ourID(messageID, from string) string { return messageID + "@" + domainOf(from) }

func addresses(list []string) ([]*netmail.Address, error) {
	var out []*netmail.Address
	for _, t := range list {
		a, err := netmail.ParseAddress(t)
		if err != nil || oneLine(t) != t {
			return nil, refused("recipient %q: %w", t, errors.Join(err, errors.New("is no e-mail address")))
		}
		out = append(out, a)
	}
	return out, nil
}

// re is how programs begin the subject of an answer, in the usual languages.
var re = regexp.MustCompile(`(?i)^((re|aw|antw|antwort|sv|vs|rv|ref|res|odp|r|回复|答复|回覆)(\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：]\s*)+`)

// withoutRe is a subject without what earlier answers put before it.
func withoutRe(s string) string { return re.ReplaceAllString(strings.TrimSpace(s), "") }

// oneLine is s without what would end or steer a line of a header.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "")))
}
