package session

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"ringflow/endpoints"
)

// toParties sends what somebody said to all who are in the room by a channel, but the chat it came from.
func (s *Switchboard) toParties(room *ChatRoom, but string, said endpoints.Message) (all []OutMessage, err error) {
	for _, p := range room.Parties {
		if p.ID == but {
			continue
		}
		m := &endpoints.Message{
			AccountID: p.AccountID, CustomerID: p.CustomerID, EndpointID: p.EndpointID, SessionID: p.SessionID, Channel: p.Channel,
			OtherAddress: p.OtherAddress, OtherName: p.OtherName, Sender: said.Sender, SenderID: said.SenderID, Text: said.Sender + ": " + said.Text, Files: said.Files, Route: p.Route,
		}
		out, err := post(m)
		if err != nil {
			return nil, err
		}
		all = append(all, OutMessage{Message: m, Outbound: out})
	}
	return all, nil
}

// toUsers gives what somebody said to all users in the room but one: it is an unread message of
// theirs, and a text on their phones.
func (s *Switchboard) toUsers(ctx context.Context, room *ChatRoom, but string, said endpoints.Message) (all []OutMessage, err error) {
	from := phoneFrom{room: room}
	if from.endpoint, err = s.cache.endpoint(ctx, room.EndpointID); notThere(err) != nil {
		return nil, err
	}
	for _, u := range room.Users {
		if u.ID == but {
			continue
		}
		e, err := s.cache.endpoint(ctx, u.ID)
		if errors.Is(err, fs.ErrNotExist) { // was deleted
			continue
		}
		if err != nil {
			return nil, err
		}
		m := &endpoints.Message{
			Entity: endpoints.Entity{ID: endpoints.NewID()}, AccountID: room.AccountID, CustomerID: e.CustomerID, EndpointID: u.ID, SessionID: room.SessionID,
			Channel: endpoints.WebChat, Direction: endpoints.MessageIn, OtherAddress: RoomMark + room.ID, OtherName: room.Name,
			Sender: said.Sender, SenderID: said.SenderID, Text: said.Text, Files: said.Files,
		}
		all = append(all, OutMessage{Message: m})
		if out := s.onPhones(e, from, m); out != nil {
			all = append(all, OutMessage{Outbound: out})
		}
	}
	return all, nil
}

// phoneText is how long a text to a user's phones is of use: he has it as a message anyway.
const phoneText = 10 * time.Minute

// PhoneKey names in the outbox the text on a user's phones that a message is beside.
func PhoneKey(messageID string) string { return "phone/" + messageID }

// phoneFrom is from whom a text on a user's phones comes, so that he can answer: a number or a colleague, else
// the room itself.
type phoneFrom struct {
	endpoint *endpoints.Endpoint
	room     *ChatRoom // nil: none
}

// roomMark begins the user part by which a room is written to from a phone; it has more letters than a
// SIP user name may have.
const roomMark = "chat-"

func roomUser(id string) string { return roomMark + id }

// roomOfUser is the room that a phone writes to by this user part; empty: none.
func roomOfUser(user string) string {
	if id, ok := strings.CutPrefix(user, roomMark); ok && endpoints.ValidID(id) {
		return id
	}
	return ""
}

// onPhones is m as a text on the phones of a user, as far as he has any there.
func (s *Switchboard) onPhones(u *endpoints.Endpoint, from phoneFrom, m *endpoints.Message) *endpoints.Outbound {
	if u.SipUserName == "" || s.leaves(endpoints.SIPText) != nil || len(s.UA.Bindings(u.SipUserName)) == 0 {
		return nil
	}
	copied := *m
	copied.Channel, copied.OtherAddress, copied.Text = endpoints.SIPText, u.SipUserName, m.Sender+": "+m.Text
	switch e := from.endpoint; {
	case e != nil && !e.Portal.DisableSms && (e.Number != "" || from.room == nil && e.SipUserName != ""):
		copied.EndpointID = e.ID
	case from.room != nil:
		copied.Route = endpoints.TextRoute{Room: from.room.ID, RoomName: from.room.Name}.JSON()
	}
	out, err := carried(&copied, endpoints.Post{})
	if err != nil {
		return nil
	}
	out.Key, out.Expires = PhoneKey(m.ID), time.Now().Add(phoneText)
	return out
}

// tellUsers lets those know who look, that messages for them are there.
func (s *Switchboard) tellUsers(all []OutMessage) {
	for _, m := range all {
		if m.Message != nil && m.Message.Direction == endpoints.MessageIn {
			s.events.told(m.Message)
		}
	}
}
