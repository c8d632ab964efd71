package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"strings"

	"ringflow/endpoints"
	"ringflow/flow"
)

// messages lets a flow send, in a call, a chat or a branch. What may be sent is the same
// for all; write keeps it.
type messages struct {
	c     *call
	write func(context.Context, OutMessage) error
}

var _ flow.Messages = messages{}

// writeNow keeps a message that a call or a branch sends.
func (c *call) writeNow(ctx context.Context, m OutMessage) error {
	if m.Message == nil {
		_, err := c.s.Store.PutOutbound(ctx, m.Outbound)
		if err == nil && c.s.Wake != nil {
			c.s.Wake()
		}
		return err
	}
	_, err := c.s.Store.PutMessage(ctx, m.Message, m.Outbound)
	return err
}

// SendMessage implements flow.Messages: from an owned number alone, to where calls may go, and
// to nobody who has asked for no more.
func (m messages) SendMessage(ctx context.Context, t flow.TextMessage) error {
	c := m.c
	from, err := c.texts(ctx, t.From)
	if err != nil {
		return err
	}
	to, err := c.s.cache.parse(t.To, c.settings.DefaultCountry)
	if err != nil {
		return unsent("%.64q isn't a telephone number", t.To)
	}
	if err := c.s.cache.allowedOutside(c.settings, to); err != nil {
		return unsent("%s", words(err))
	}
	files, err := c.attached(ctx, t.Files)
	if err != nil {
		return err
	}
	msg, out, err := c.s.text(ctx, from, to, endpoints.Message{SessionID: c.id, CustomerID: from.CustomerID, Text: t.Body, Files: files})
	if err != nil {
		return err
	}
	if t.Key != "" {
		msg.Key = "step/" + t.Key
	}
	return m.write(ctx, OutMessage{Message: msg, Outbound: out})
}

// texts is the phone number that a flow texts from: one that it names, or its session's own.
func (c *call) texts(ctx context.Context, named string) (*endpoints.Endpoint, error) {
	named = strings.TrimSpace(named)
	if endpoints.ValidID(named) {
		e, err := c.s.cache.endpoint(ctx, named)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || e.AccountID != c.account || e.Kind != endpoints.PhoneNumber {
			return nil, unsent("%s is no phone number of the account", named)
		}
		return e, nil
	}
	if named == "" && c.endpoint != nil && c.endpoint.Kind == endpoints.PhoneNumber {
		return c.endpoint, nil
	}
	number, err := c.callerID(ctx, named)
	if err != nil {
		return nil, unsent("%s", words(err))
	}
	e, err := c.s.cache.number(ctx, number)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil || e.AccountID != c.account:
		return nil, unsent("%s is no phone number of the account", number)
	}
	return e, nil
}

// attached are stored files of the account that go with a message.
func (c *call) attached(ctx context.Context, ids []string) (out []endpoints.MessageFile, err error) {
	for _, id := range ids {
		f, err := c.s.cache.file(ctx, id)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || f.AccountID != c.account {
			return nil, unsent("there is no file %.64q", id)
		}
		if f.ContentLength > endpoints.MaxFileBytes {
			return nil, unsent("the file %.64q has more than %d MB", f.FileName, endpoints.MaxFileBytes>>20)
		}
		out = append(out, endpoints.MessageFile{FileID: f.ID, Name: f.FileName, ContentType: f.ContentType})
	}
	return out, nil
}

// text makes m a text from a number to another, by the carrier that takes it.
func (s *Switchboard) text(ctx context.Context, from *endpoints.Endpoint, to string, m endpoints.Message) (*endpoints.Message, *endpoints.Outbound, error) {
	stopped, err := s.Store.TextsStopped(ctx, from.ID, to)
	if err != nil {
		return nil, nil, err
	}
	if stopped {
		return nil, nil, unsent("%s wants no texts of %s: it wrote STOP", to, from.Number)
	}
	last, err := s.Store.Chat(ctx, from.ID, to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	var answered endpoints.TextRoute
	if last != nil {
		answered = endpoints.ParseTextRoute(last.Route)
	}
	way, err := endpoints.RouteText(from, to, answered, s.trunksOf(from.AccountID))
	if err != nil {
		return nil, nil, unsent("%s", words(err))
	}
	if err := s.leaves(way.Channel); err != nil {
		return nil, nil, err
	}
	m.AccountID, m.EndpointID, m.Channel, m.OtherAddress = from.AccountID, from.ID, way.Channel, to
	m.Route = way.Route().JSON()
	if m.Sender == "" {
		m.Sender = from.DisplayName
	}
	out, err := post(&m)
	return &m, out, refusedAs(err)
}

// leaves tells whether a channel has a way out on this server.
func (s *Switchboard) leaves(c endpoints.Channel) error {
	if s.Sends != nil && !s.Sends(c) {
		return unsent("this server sends nothing by %s", c)
	}
	return nil
}

func unsent(format string, args ...any) error {
	return fmt.Errorf("%w: %s", flow.ErrUnsent, fmt.Sprintf(format, args...))
}

// refusedAs makes what can't be kept what can't be sent.
func refusedAs(err error) error {
	var bad *endpoints.Invalid
	if errors.As(err, &bad) {
		return unsent("%s", bad.Error())
	}
	return err
}

// SendEmail implements flow.Messages.
func (m messages) SendEmail(ctx context.Context, e flow.Email) error {
	c := m.c
	if err := c.s.leaves(endpoints.Email); err != nil {
		return err
	}
	var lists [3][]string
	for i, list := range [][]string{e.To, e.Cc, e.Bcc} {
		for _, a := range list {
			if strings.TrimSpace(a) == "" {
				continue
			}
			parsed, err := mail.ParseAddress(a)
			if err != nil {
				return unsent("%.64q isn't an e-mail address", a)
			}
			lists[i] = append(lists[i], parsed.String())
		}
	}
	if len(lists[0]) == 0 {
		return unsent("it has no address in To")
	}
	files, err := c.attached(ctx, e.Files)
	if err != nil {
		return err
	}
	from, own, err := c.mailsFrom(e.Account)
	if err != nil {
		return err
	}
	first, _ := mail.ParseAddress(lists[0][0])
	msg := &endpoints.Message{
		Entity: endpoints.Entity{ID: endpoints.NewID()}, AccountID: c.account, SessionID: c.id, Channel: endpoints.Email, Direction: endpoints.MessageOut,
		OtherAddress: endpoints.NormalEmail(first.Address), OtherName: first.Name, Subject: e.Subject, Text: e.Body, Files: files,
	}
	if own != nil {
		msg.EndpointID, msg.CustomerID, msg.Sender = own.ID, own.CustomerID, own.DisplayName
		last, err := c.s.Store.Chat(ctx, own.ID, msg.OtherAddress)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if last != nil && last.SessionID == c.id {
			msg.Route = last.Route // it answers: one thread
		}
	}
	out, err := carried(msg, endpoints.Post{Cc: lists[1], Bcc: lists[2]})
	if err != nil {
		return err
	}
	if out.From, out.To = from, lists[0]; e.Key != "" {
		out.Key = "step/" + e.Key
		msg.Key = out.Key
	}
	if err := out.Validate(); err != nil {
		return refusedAs(err)
	}
	if own == nil { // no endpoint of ours has this conversation
		msg = nil
	} else if err := msg.Validate(); err != nil {
		return refusedAs(err)
	}
	return m.write(ctx, OutMessage{Message: msg, Outbound: out})
}

// mailsFrom is who a flow's mail is from: an e-mail account, or the endpoint of the session. Neither: the server.
func (c *call) mailsFrom(named string) (from string, own *endpoints.Endpoint, err error) {
	if named = strings.TrimSpace(named); named != "" {
		a, ok := c.settings.EmailAccount(named)
		if !ok {
			return "", nil, unsent("the account has no e-mail account %.64q", named)
		}
		from = a.From()
		if c.endpoint != nil && c.endpoint.Kind == endpoints.EmailAddress && c.endpoint.EmailAddress == a.EmailAddress {
			own = c.endpoint
		}
		return from, own, nil
	}
	if c.endpoint != nil && c.endpoint.Kind == endpoints.EmailAddress {
		own = c.endpoint
	}
	return "", own, nil
}
