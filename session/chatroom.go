package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
)

// MaxRoom is how many are in a room; each message goes to all of them.
const MaxRoom = 50

// RoomMark begins the address by which a user of ours knows a room.
const RoomMark = "room:"

// ErrRoomFull tells that a chat has as many members as it may.
var ErrRoomFull = fmt.Errorf("session: a chat has %d members at most", MaxRoom)

// ErrRoomChanged tells that a chat is in another room by now than it was when it was read.
var ErrRoomChanged = errors.New("session: the chat has come into another room meanwhile")

// OpenRoom implements flow.Rooms: the party of the chat is in a room from the next save on, and
// so are those who could be invited.
func (c *chat) OpenRoom(ctx context.Context, r flow.RoomInvitation) (string, error) {
	room := &ChatRoom{ID: endpoints.NewID(), AccountID: c.account, EndpointID: c.kept.EndpointID, SessionID: c.id, Name: r.Name, Created: time.Now().UTC()}
	if r.Name != "" {
		var err error
		if room, err = c.s.Store.NamedRoom(ctx, room); err != nil {
			return "", err
		}
	} else {
		room.Name = "Chat with " + c.shownName()
	}
	for _, id := range r.Users {
		u, err := c.s.cache.endpoint(ctx, id)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return "", err
		case err != nil || u.AccountID != c.account || u.Kind != endpoints.User:
			c.journal.say("Not invited: there is no user %.64q", id)
		default:
			room.invite(u)
		}
	}
	var invited []OutMessage
	for _, n := range r.Numbers {
		m, err := c.inviteNumber(ctx, room, n, r.Greeting)
		if err != nil {
			if !errors.Is(err, flow.ErrUnsent) {
				return "", err
			}
			c.journal.say("Not invited: %s", err)
			continue
		}
		invited = append(invited, m)
	}
	if len(room.Users)+len(room.Parties)+len(invited) == 0 {
		return "", flow.ErrNobody
	}
	if room.size()+len(invited) >= MaxRoom {
		return "", fmt.Errorf("%w", ErrRoomFull)
	}
	c.out = append(c.out, invited...)
	if r.Greeting != "" {
		if err := c.send(ctx, r.Greeting); err != nil {
			return "", err
		}
	}
	told := []endpoints.Message{{Sender: c.shownName(), Text: c.shownName() + " has joined."}}
	if r.Greeting != "" {
		told = append(told, endpoints.Message{Sender: c.endpoint.DisplayName, Text: r.Greeting})
	}
	for _, m := range told {
		out, err := c.s.toUsers(ctx, room, "", m)
		if err != nil {
			return "", err
		}
		c.out = append(c.out, out...)
	}
	c.room, c.opened = room.ID, room
	return room.ID, nil
}

// shownName is who the party is to others.
func (c *chat) shownName() string {
	if c.kept.OtherName != "" {
		return c.kept.OtherName
	}
	return c.kept.OtherAddress
}

func (r *ChatRoom) size() int { return len(r.Users) + len(r.Parties) }

// invite adds a user; false: he is there already.
func (r *ChatRoom) invite(u *endpoints.Endpoint) bool {
	if slices.ContainsFunc(r.Users, func(o RoomUser) bool { return o.ID == u.ID }) {
		return false
	}
	r.Users = append(r.Users, RoomUser{u.ID, u.DisplayName})
	return true
}

// inviteNumber is the text that asks a cell phone into a room.
func (c *call) inviteNumber(ctx context.Context, room *ChatRoom, number, greeting string) (OutMessage, error) {
	from, err := c.texts(ctx, "")
	if err != nil {
		return OutMessage{}, err
	}
	to, err := c.s.cache.parse(number, c.settings.DefaultCountry)
	if err != nil {
		return OutMessage{}, unsent("%.64q isn't a telephone number", number)
	}
	if err := c.s.cache.allowedOutside(c.settings, to); err != nil {
		return OutMessage{}, unsent("%s", words(err))
	}
	if greeting == "" {
		greeting = "You are invited to: " + room.Name + ". Answer to take part."
	}
	m, out, err := c.s.text(ctx, from, to, endpoints.Message{SessionID: room.SessionID, CustomerID: from.CustomerID, Text: greeting})
	return OutMessage{Message: m, Outbound: out, Room: room.ID}, err
}

// roomNow is the room that the party is in; nil: none. Is it closed or gone, the flow goes on.
func (c *chat) roomNow() (*ChatRoom, error) {
	if c.room == "" {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(c.s.after, storeTime)
	defer cancel()
	room, err := c.s.Store.ChatRoom(ctx, c.room)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !room.Closed.IsZero():
		if c.room = ""; c.inMidst() {
			return nil, c.goesOn(&flow.Reply{Closed: true})
		}
		return nil, nil
	case err != nil:
		return nil, err
	}
	return room, nil
}

// toRoom gives a message of the party to all others in the room, and to the flow of who opened
// it, should that listen.
func (c *chat) toRoom(ctx context.Context, room *ChatRoom, m *endpoints.Message) error {
	c.journal.say("Message %s came%s, and goes to the chat room", m.ID, withFiles(m))
	said := endpoints.Message{Sender: c.shownName(), Text: m.Text, Files: m.Files}
	out, err := c.s.toParties(room, c.kept.ID, said)
	if err != nil {
		return err
	}
	users, err := c.s.toUsers(ctx, room, "", said)
	if err != nil {
		return err
	}
	c.out = append(append(c.out, out...), users...)
	return c.events(ctx, room, flow.RoomMessage{Body: m.Text, Sender: m.OtherAddress, SenderName: c.shownName()})
}

// events fires the Chat Events of the flow that waits for the end of the room.
func (c *chat) events(ctx context.Context, room *ChatRoom, said flow.RoomMessage) error {
	if c.kept.SessionID == room.SessionID && c.inMidst() {
		return c.fire(ctx, c, said)
	}
	for _, p := range room.Parties {
		if p.SessionID != room.SessionID || len(p.Body) == 0 || p.ID == c.kept.ID {
			continue
		}
		opener, err := c.s.openChat(ctx, p)
		if err != nil {
			return err
		}
		if opener.inMidst() { // the others of the session were invited, and no flow is theirs
			return c.fire(ctx, opener, said)
		}
	}
	return nil
}

// inMidst tells that the chat's flow waits until its room is closed.
func (c *chat) inMidst() bool {
	w := c.waits()
	return w != nil && w.Meanwhile == flow.Bypassed
}

// fire starts the branches of a chat's flow with this chat's save.
func (c *chat) fire(ctx context.Context, of *chat, said flow.RoomMessage) error {
	if !of.inMidst() || of.broken != nil {
		return nil
	}
	of.session = of.fields(nil, nil)
	x := of.execution()
	x.Session, x.State = of.session, of.body.State
	x.Trace = func(st flow.Step) {
		for _, line := range st.Lines() {
			c.journal.say("%s", line)
		}
	}
	x.Async = func(b flow.Branch) { c.branches = append(c.branches, b) }
	return of.program.RoomMessage(ctx, x, said)
}

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
	number, err := s.cache.endpoint(ctx, room.EndpointID)
	if err = notThere(err); err != nil {
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
		if out := s.onPhones(e, number, m); out != nil {
			all = append(all, OutMessage{Outbound: out})
		}
	}
	return all, nil
}

// phoneText is how long a text to a user's phones is of use: he has it as a message anyway.
const phoneText = 10 * time.Minute

// PhoneKey names in the outbox the text on a user's phones that a message is beside.
func PhoneKey(messageID string) string { return "phone/" + messageID }

// onPhones is m as a text on the phones of a user, as far as he has any there.
func (s *Switchboard) onPhones(u, number *endpoints.Endpoint, m *endpoints.Message) *endpoints.Outbound {
	if u.SipUserName == "" || s.leaves(endpoints.SIPText) != nil || len(s.UA.Bindings(u.SipUserName)) == 0 {
		return nil
	}
	copied := *m
	copied.Channel, copied.OtherAddress, copied.Text = endpoints.SIPText, u.SipUserName, m.Sender+": "+m.Text
	if number != nil && number.Number != "" && !number.Portal.DisableSms { // which he can answer
		copied.EndpointID = number.ID
	}
	out, err := carried(&copied, endpoints.Post{})
	if err != nil {
		return nil
	}
	out.Key, out.Expires = PhoneKey(m.ID), time.Now().Add(phoneText)
	return out
}

// InviteToChat lets a user, by id or name, or a cell phone take part in a chat, which is a room from then on.
func (s *Switchboard) InviteToChat(ctx context.Context, rec *Record, by Asker, member string) error {
	for range 5 { // several at once: whose room it was not looks again
		err := s.inviteToChat(ctx, rec, by, member)
		if !errors.Is(err, ErrRoomChanged) {
			return err
		}
	}
	return ErrRoomChanged
}

func (s *Switchboard) inviteToChat(ctx context.Context, rec *Record, by Asker, member string) error {
	c, kept, err := s.chatCall(ctx, rec)
	if err != nil {
		return err
	}
	room, err := s.roomOf(ctx, rec, kept)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrRoomChanged
	}
	if err != nil {
		return err
	}
	full := &endpoints.Invalid{Field: "member", Text: words(ErrRoomFull).Error()}
	if room.size() >= MaxRoom {
		return full
	}
	in := RoomInvite{EndpointID: kept.EndpointID, OtherAddress: kept.OtherAddress, SessionID: rec.ID, RoomID: kept.RoomID, Room: room}
	name := member
	if u := s.userNamed(rec.AccountID, member); u != nil {
		if name = u.DisplayName; !room.invite(u) {
			return nil
		}
		only := *room
		only.Users = []RoomUser{{u.ID, u.DisplayName}}
		in.Room = &only
		if in.Out, err = s.toUsers(ctx, &only, "", endpoints.Message{Sender: by.Name, Text: "You are invited to: " + room.Name}); err != nil {
			return err
		}
	} else {
		m, err := c.inviteNumber(ctx, room, member, "")
		if err != nil {
			return asInvalid("member", err)
		}
		none := *room
		none.Users = nil
		in.Room, in.Out = &none, []OutMessage{m}
	}
	err = s.Store.InviteToRoom(ctx, in)
	if errors.Is(err, ErrRoomFull) {
		return full
	}
	if err != nil {
		return err
	}
	s.tellUsers(in.Out)
	return s.sayInChat(ctx, rec, "%s invited %s", by.Name, name)
}

// RemoveFromChat takes a user, or who is there by a channel, out of a chat. The room closes when nobody
// is left beside the one who came first.
func (s *Switchboard) RemoveFromChat(ctx context.Context, rec *Record, by Asker, memberID string) error {
	_, kept, err := s.chatCall(ctx, rec)
	if err != nil {
		return err
	}
	if kept.RoomID == "" {
		return fmt.Errorf("member %q of the chat: %w", memberID, fs.ErrNotExist)
	}
	if err := s.Store.LeaveRoom(ctx, kept.RoomID, memberID); err != nil {
		return err
	}
	s.chats.poke()
	return s.sayInChat(ctx, rec, "%s removed %s", by.Name, memberID)
}

// ChatMembers are who is in a chat: its party, and those of its room.
func (s *Switchboard) ChatMembers(ctx context.Context, rec *Record) ([]Member, error) {
	kept, err := s.Store.Chat(ctx, rec.EndpointID, otherOf(rec))
	if err != nil || kept.SessionID != rec.ID {
		return nil, notThere(err)
	}
	parties, users := []*StoredChat{kept}, []RoomUser(nil)
	if kept.RoomID != "" {
		room, err := s.Store.ChatRoom(ctx, kept.RoomID)
		if err != nil {
			return nil, notThere(err)
		}
		parties, users = room.Parties, room.Users
	}
	var all []Member
	for _, p := range parties {
		all = append(all, Member{CallSid: p.ID, State: Connected, Name: p.OtherName, Number: p.OtherAddress})
	}
	for _, u := range users {
		all = append(all, Member{CallSid: u.ID, State: Connected, EndpointID: u.ID, Name: u.Name})
	}
	return all, nil
}

func notThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// roomOf is the room of a chat, or the one that it is to become.
func (s *Switchboard) roomOf(ctx context.Context, rec *Record, kept *StoredChat) (*ChatRoom, error) {
	if kept.RoomID != "" {
		return s.Store.ChatRoom(ctx, kept.RoomID)
	}
	name := kept.OtherName
	if name == "" {
		name = kept.OtherAddress
	}
	return &ChatRoom{ID: endpoints.NewID(), AccountID: rec.AccountID, EndpointID: rec.EndpointID, SessionID: rec.ID, Name: "Chat with " + name, Created: time.Now().UTC(), Parties: []*StoredChat{kept}}, nil
}

// chatCall is an open chat as far as the rules of a call are asked for it.
func (s *Switchboard) chatCall(ctx context.Context, rec *Record) (*call, *StoredChat, error) {
	kept, err := s.Store.Chat(ctx, rec.EndpointID, otherOf(rec))
	if err != nil {
		return nil, nil, err
	}
	if kept.SessionID != rec.ID {
		return nil, nil, fmt.Errorf("open chat %s: %w", rec.ID, fs.ErrNotExist)
	}
	c := &call{s: s, id: rec.ID, account: rec.AccountID}
	if c.settings, err = s.cache.settingsOf(ctx, rec.AccountID); err != nil {
		return nil, nil, err
	}
	if c.endpoint, err = s.cache.endpoint(ctx, rec.EndpointID); err != nil {
		return nil, nil, err
	}
	c.customers, err = s.cache.customerLine(ctx, rec.CustomerID)
	return c, kept, notThere(err)
}

// otherOf is the address of the party of a chat.
func otherOf(rec *Record) string {
	if rec.Direction == Outgoing {
		return rec.ToAddress
	}
	return rec.FromAddress
}

// sayInChat writes into the log of a chat.
func (s *Switchboard) sayInChat(ctx context.Context, rec *Record, format string, args ...any) error {
	return s.Store.SaveSessions(ctx, []Change{{Record: rec, Same: true, Log: []LogLine{{Date: time.Now().UTC(), Message: oneLine(fmt.Sprintf(format, args...))}}}})
}

// tellUsers lets those know who look, that messages for them are there.
func (s *Switchboard) tellUsers(all []OutMessage) {
	for _, m := range all {
		if m.Message != nil && m.Message.Direction == endpoints.MessageIn {
			s.events.told(m.Message)
		}
	}
}

// userNamed is a user of the account by id, SIP user name, e-mail address or extension; nil: there is none.
func (s *Switchboard) userNamed(account, name string) *endpoints.Endpoint {
	d := s.directory()
	u := d.users[name]
	if u == nil {
		u = d.users[d.names[account+" "+strings.ToLower(strings.TrimSpace(name))]]
	}
	if u == nil || u.AccountID != account {
		return nil
	}
	return u
}

// asInvalid tells the API which of its members can't be.
func asInvalid(field string, err error) error {
	if errors.Is(err, flow.ErrUnsent) {
		return &endpoints.Invalid{Field: field, Text: strings.TrimPrefix(err.Error(), flow.ErrUnsent.Error()+": ")}
	}
	return err
}
