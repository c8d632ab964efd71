package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
)

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
