package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
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

// toRoom gives a message of the party to all others in the room, and to the Chat Events of the flows
// that wait there.
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
	c.heard, err = c.s.hear(ctx, room, c, flow.RoomMessage{Body: m.Text, Sender: m.OtherAddress, SenderName: c.shownName()})
	return err
}

// inMidst tells that the chat's flow waits until its room is closed.
func (c *chat) inMidst() bool {
	w := c.waits()
	return w != nil && w.Meanwhile == flow.Bypassed
}
