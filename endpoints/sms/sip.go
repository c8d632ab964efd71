package sms

import (
	"context"
	"errors"
	"io/fs"

	"ringflow/endpoints"
)

// Line sends texts by SIP MESSAGE; the switchboard is it. Errors are a Sender's: *endpoints.Refused,
// *endpoints.Later, or what is worth another try.
type Line interface {
	// TextTrunk sends by a trunk. id names the text at the far end.
	TextTrunk(ctx context.Context, trunk *endpoints.Endpoint, from, to, text, id string) error
	// TextUser sends to all devices of a user. from is who it shows: a number, or a user of the account;
	// with a Room in the route it is that.
	TextUser(ctx context.Context, user, from *endpoints.Endpoint, route endpoints.TextRoute, text, id string) error
}

// SIP is the way out by SIP MESSAGE: of phone numbers by trunks, of numbers and users to users of
// the same account.
type SIP struct {
	Desk *Desk
	Line Line
	// User is the user of an account by SIP name; nil: there is none.
	User func(ctx context.Context, accountID, name string) (*endpoints.Endpoint, error)
}

// From implements outbox.Sender: each text says whose it is.
func (s *SIP) From() string { return "" }

// AtOnce is how many texts may be on their way.
func (s *SIP) AtOnce() int { return 16 }

// Send implements outbox.Sender.
func (s *SIP) Send(ctx context.Context, m *endpoints.Outbound) error {
	p, ok := m.Post()
	if !ok || len(m.To) != 1 {
		return refuse("it is no text to one address")
	}
	from, err := s.Desk.Store.Endpoint(ctx, p.EndpointID)
	if errors.Is(err, fs.ErrNotExist) {
		return refuse("who sent it was deleted")
	}
	if err != nil {
		return err
	}
	route := endpoints.ParseTextRoute(p.Route)
	user, err := s.user(ctx, from, m.To[0], route.Via)
	if err != nil {
		return err
	}
	switch {
	case user != nil:
		if len(p.Files) > 0 {
			return refuse("phones take no files by SIP MESSAGE")
		}
		if from.Portal.DisableSms || user.Portal.DisableSms {
			return refuse("%s or %s has no texts (disableSms)", from.DisplayName, user.DisplayName)
		}
		if err := s.Line.TextUser(ctx, user, from, route, p.Text, p.MessageID); err != nil {
			return err
		}
		n, _ := Segments(p.Text)
		return s.Desk.noted(ctx, &Out{Post: p, Segments: n}, "sip/"+p.MessageID)
	case from.Kind == endpoints.User:
		return refuse("%.64q is no user of the account", m.To[0])
	}
	return Outgoing{s.Desk, s}.Send(ctx, m)
}

// user is the user that a text is for; nil: it is for somebody outside. What came by a trunk is
// answered there, whatever name its sender has given himself.
func (s *SIP) user(ctx context.Context, from *endpoints.Endpoint, to, via string) (*endpoints.Endpoint, error) {
	if via != "" {
		e, err := s.Desk.Store.Endpoint(ctx, via)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, refuse("who wrote was deleted")
		case err != nil:
			return nil, err
		case e.Kind != endpoints.User || e.AccountID != from.AccountID:
			return nil, nil
		}
	}
	return s.User(ctx, from.AccountID, to)
}

// Carry implements Carrier: the first trunk that takes the text has it.
func (s *SIP) Carry(ctx context.Context, m *endpoints.Outbound, o *Out) (string, error) {
	if len(o.Post.Files) > 0 {
		return "", refuse("files can't be sent by SIP MESSAGE")
	}
	if len(o.Way.Trunks) == 0 {
		return "", refuse("no trunk carries texts to %s", o.To)
	}
	var err error
	for _, t := range o.Way.Trunks {
		if err = s.Line.TextTrunk(ctx, t, o.From.Number, o.To, o.Post.Text, o.Post.MessageID); err == nil || Final(err) || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return "", err
	}
	return "sip/" + o.Post.MessageID, nil
}
