package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/sip"
)

// Text takes a MESSAGE; it is the UA's OnText. A trunk's is for one of our numbers; a user's
// runs his own flow, or goes to whom he wrote to: a user, a number of the account, or one outside.
func (s *Switchboard) Text(ctx context.Context, t *sip.Text) *sip.Status {
	err := errors.New("this server takes no texts")
	if s.Desk != nil {
		err = s.takeText(ctx, t)
	}
	var st *sip.Status
	var invalid *endpoints.Invalid
	switch {
	case err == nil:
		return nil
	case errors.As(err, &st):
	case errors.Is(err, sms.ErrNotOurs):
		st = &sip.Status{Code: 404}
	case errors.As(err, &invalid):
		st = &sip.Status{Code: 403}
	case errors.Is(err, sms.ErrTooMany):
		st = &sip.Status{Code: 503, Reason: "Too Many Messages", RetryAfter: time.Minute}
	default:
		s.log().Error("a text can't be kept now; its sender was told to send it again", zap.String("from", t.Caller.Name), zap.Error(err))
		return full(jitter())
	}
	s.log().Info("a text was refused", zap.String("from", t.Caller.Name), zap.Int("code", st.Code), zap.Error(err))
	return st
}

func (s *Switchboard) takeText(ctx context.Context, t *sip.Text) error {
	from, err := s.cache.endpoint(ctx, t.Caller.ID)
	if err != nil {
		return fmt.Errorf("who wrote it: %w", err)
	}
	if t.Caller.Kind == sip.User {
		return s.userText(ctx, t, from)
	}
	in := sms.In{Channel: endpoints.SIPText, Via: from, From: t.From.User, FromName: t.From.Name, Text: t.Body, Key: t.Key}
	if pai := uriUser(t.Header("P-Asserted-Identity")); pai != "" { // the trusted trunk's word wins over From (RFC 3325)
		in.From = pai
	}
	if in.From == "" {
		return &sip.Status{Code: 400, Reason: "Nobody Wrote It"}
	}
	for _, to := range []string{t.RequestURI.User, t.To.User} {
		in.To = to
		if err = s.Desk.Take(ctx, in); !errors.Is(err, sms.ErrNotOurs) {
			break
		}
	}
	return err
}

// userText: with a flow of his own, a user's texts run it, whomever he wrote to.
func (s *Switchboard) userText(ctx context.Context, t *sip.Text, u *endpoints.Endpoint) error {
	to := t.RequestURI.User
	if u.Portal.DisableSms {
		return &endpoints.Invalid{Field: "from", Text: u.DisplayName + " sends no texts (disableSms)"}
	}
	if id := roomOfUser(to); id != "" {
		return s.textToOneRoom(ctx, t, u, id)
	}
	if room, err := s.roomOfText(ctx, u, to); err != nil || room != nil {
		if err != nil {
			return err
		}
		return s.textToRoom(ctx, t, u, room)
	}
	route := endpoints.TextRoute{Via: u.ID}.JSON()
	if u.FlowID != "" || u.Scheduled {
		return s.Receive(ctx, &endpoints.Message{EndpointID: u.ID, AccountID: u.AccountID, Channel: endpoints.SIPText, OtherAddress: u.SipUserName, OtherName: u.DisplayName, Destination: to,
			Text: t.Body, Key: t.Key, Route: route})
	}
	settings, err := s.cache.settingsOf(ctx, u.AccountID)
	if err != nil {
		return err
	}
	other, err := s.TextUserOf(ctx, u.AccountID, to)
	if err != nil {
		return err
	}
	m := &endpoints.Message{AccountID: u.AccountID, CustomerID: u.CustomerID, EndpointID: u.ID, Channel: endpoints.SIPText, Direction: endpoints.MessageOut,
		Sender: u.DisplayName, SenderID: u.ID, Destination: to, Text: t.Body, Key: t.Key}
	if other != nil {
		m.OtherAddress, m.OtherName = other.SipUserName, other.DisplayName
		return s.keepText(ctx, m, u.SipUserName, endpoints.TextRoute{Via: u.ID})
	}
	e164, err := s.cache.parse(to, settings.DefaultCountry)
	if err != nil {
		return &sip.Status{Code: 404}
	}
	number, err := s.cache.number(ctx, e164)
	switch {
	case err == nil && number.AccountID == u.AccountID:
		return s.Desk.Receive(ctx, &endpoints.Message{AccountID: u.AccountID, EndpointID: number.ID, Channel: endpoints.SIPText, OtherAddress: u.SipUserName, OtherName: u.DisplayName,
			SenderID: u.ID, Destination: e164, Text: t.Body, Key: t.Key, Route: route})
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return s.textOutside(ctx, m, u, e164, settings)
}

// roomOfText is the chat room that a user answers by a text: he is in it, and its texts come to his phone
// from the number that he writes to. Of several it is the one that wrote to him last; nil: none.
func (s *Switchboard) roomOfText(ctx context.Context, u *endpoints.Endpoint, to string) (*ChatRoom, error) {
	settings, err := s.cache.settingsOf(ctx, u.AccountID)
	if err != nil {
		return nil, err
	}
	e164, err := s.cache.parse(to, settings.DefaultCountry)
	if err != nil { // no number: it is for a user
		return nil, nil
	}
	number, err := s.cache.number(ctx, e164)
	if err != nil || number.AccountID != u.AccountID {
		return nil, notThere(err)
	}
	room, err := s.Store.LastRoomOf(ctx, u.ID, number.ID)
	return room, notThere(err)
}

// textToOneRoom gives a user's text to the room that it names. Who isn't in it, or comes too late, is told so.
func (s *Switchboard) textToOneRoom(ctx context.Context, t *sip.Text, u *endpoints.Endpoint, id string) error {
	room, err := s.Store.ChatRoom(ctx, id)
	if notThere(err) != nil {
		return err
	}
	if err != nil || room.AccountID != u.AccountID || !room.Closed.IsZero() {
		return &sip.Status{Code: 404, Reason: "The Chat Is Over"}
	}
	if !slices.ContainsFunc(room.Users, func(o RoomUser) bool { return o.ID == u.ID }) {
		return &sip.Status{Code: 403, Reason: "Not A Member Of The Chat"}
	}
	return s.textToRoom(ctx, t, u, room)
}

// textToRoom gives a user's text to all others in a room, as if he had written it there. The same text
// again is the same message.
func (s *Switchboard) textToRoom(ctx context.Context, t *sip.Text, u *endpoints.Endpoint, room *ChatRoom) error {
	id := endpoints.NewID()
	if t.Key != "" {
		sum := sha256.Sum256([]byte(u.ID + "\x00" + t.Key))
		id = hex.EncodeToString(sum[:16])
	}
	w, err := s.writtenInRoom(ctx, endpoints.Message{AccountID: u.AccountID, Sender: u.DisplayName, SenderID: u.ID, Text: t.Body}, room.ID, id)
	if err != nil {
		return err
	}
	return s.keepWritten(ctx, w)
}

// textOutside sends a user's text as from the number that his calls show.
func (s *Switchboard) textOutside(ctx context.Context, m *endpoints.Message, u *endpoints.Endpoint, e164 string, settings *endpoints.Settings) error {
	if err := s.cache.allowedOutside(settings, e164); err != nil {
		return err
	}
	as := &call{s: s, account: u.AccountID, settings: settings, caller: u, endpoint: u}
	shown, err := as.callerID(ctx, "")
	if err != nil {
		return err
	}
	number, err := s.cache.number(ctx, shown)
	if err != nil {
		return err
	}
	way, err := endpoints.RouteText(number, e164, endpoints.TextRoute{}, s.trunksOf(u.AccountID))
	if err != nil {
		return err
	}
	m.EndpointID, m.CustomerID, m.Channel, m.OtherAddress = number.ID, number.CustomerID, way.Channel, e164
	return s.keepText(ctx, m, number.Number, endpoints.TextRoute{})
}

// keepText keeps a text that is to leave, and wakes the outbox.
func (s *Switchboard) keepText(ctx context.Context, m *endpoints.Message, from string, route endpoints.TextRoute) error {
	m.ID = endpoints.NewID()
	m.Segments, _ = sms.Segments(m.Text)
	p := endpoints.Post{MessageID: m.ID, EndpointID: m.EndpointID, Text: m.Text}
	if route != (endpoints.TextRoute{}) {
		p.Route = route.JSON()
		m.Route = p.Route
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = s.Store.PutMessage(ctx, m, &endpoints.Outbound{AccountID: m.AccountID, Channel: m.Channel, From: from, To: []string{m.OtherAddress}, Body: body})
	return err
}

// TextUserOf is the user of an account with a phone, by SIP name, e-mail or extension; nil: there is none.
func (s *Switchboard) TextUserOf(ctx context.Context, account, name string) (*endpoints.Endpoint, error) {
	u, err := (&call{s: s, account: account}).findUser(ctx, name)
	if err != nil || u == nil || u.SipUserName == "" {
		return nil, err
	}
	return u, nil
}

// TrunksOf are the trunks of an account, from memory.
func (s *Switchboard) TrunksOf(account string) []*endpoints.Endpoint { return s.trunksOf(account) }
