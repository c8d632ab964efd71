package session

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/sip"
)

// TextTrunk implements sms.Line: the number goes out as calls show it on this trunk.
func (s *Switchboard) TextTrunk(ctx context.Context, t *endpoints.Endpoint, from, to, text, id string) error {
	if t.Trunk == nil || t.Trunk.Host == "" {
		return &endpoints.Refused{Err: errors.New("the trunk " + t.DisplayName + " has no host to send texts to")}
	}
	host := t.Trunk.Host
	ours := endpoints.FormatCallerID(t.Trunk.CallerIDFormat, from)
	if t.Trunk.CallerIDFormat == endpoints.E164NoPlus {
		to = strings.TrimPrefix(to, "+")
	}
	at := host
	if p := t.Trunk.Port; p != 0 {
		at = net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(p))
	}
	return textError(s.UA.Text(ctx, sip.TextOut{Trunk: t.ID, To: "sip:" + to + "@" + at, From: sip.Party{User: ours}, PAI: &sip.Party{User: ours, Host: host}, Body: text, ID: id}))
}

// TextUser implements sms.Line.
func (s *Switchboard) TextUser(ctx context.Context, user, from *endpoints.Endpoint, route endpoints.TextRoute, text, id string) error {
	shown := sip.Party{Name: from.DisplayName, User: from.SipUserName}
	if from.Number != "" {
		shown.User = from.Number
	}
	if route.Room != "" {
		shown = sip.Party{Name: route.RoomName, User: roomUser(route.Room)}
	}
	o := sip.TextOut{User: user.SipUserName, From: shown, Body: text, ID: id}
	began := time.Now()
	err := textError(s.UA.Text(ctx, o))
	var refused *endpoints.Refused
	if err == nil || errors.As(err, &refused) || !s.cameSince(user.SipUserName, began) {
		return err
	}
	return textError(s.UA.Text(ctx, o)) // its phone came while another one, or where it was before, was asked
}

// cameSince tells that a phone of the user is there that has registered since.
func (s *Switchboard) cameSince(user string, since time.Time) bool {
	for _, b := range s.UA.Bindings(user) {
		if !b.Offline && b.LastSeen.After(since) {
			return true
		}
	}
	return false
}

// textError is what a far end's answer means for the outbox.
func textError(err error) error {
	var st *sip.Status
	if !errors.As(err, &st) {
		return err
	}
	switch c := st.Code; {
	case st.RetryAfter > 0 && c != 603:
		return &endpoints.Later{At: time.Now().Add(min(st.RetryAfter, time.Hour)), Err: err}
	case c == 401, c == 403, c == 407, c == 408, c == 429, c == 480, c == 486, c == 487, c == 491, c >= 500 && c < 600 && c != 501 && c != 505 && c != 513:
		return err // credentials that are put right, a phone that comes back, a server that is busy
	}
	return &endpoints.Refused{Err: err}
}

var _ sms.Line = (*Switchboard)(nil)
