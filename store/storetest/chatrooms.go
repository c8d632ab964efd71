package storetest

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// atOnce runs n of these at the same moment, and returns their errors.
func atOnce(n int, f func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// invited is who is let into the room of c by its party's side, and what he is told.
func (d *desk) invited(c *session.StoredChat, room session.ChatRoom, in string, u session.RoomUser) session.RoomInvite {
	room.Users = []session.RoomUser{u}
	told := d.answer(c, "You are invited")
	told.Outbound = nil
	told.Message.Channel, told.Message.OtherAddress, told.Message.Direction = endpoints.WebChat, u.ID, endpoints.MessageIn
	return session.RoomInvite{EndpointID: c.EndpointID, OtherAddress: c.OtherAddress, SessionID: c.SessionID, RoomID: in, Room: &room, Out: []session.OutMessage{told}}
}

// chatRoomInvitations: of those who are let into a room, leave it, or open it at the same moment, none is lost.
func chatRoomInvitations(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	d.receives(d.message(cell, "", "hi"))
	c := d.claims(s, time.Minute)[0]
	open := func() session.ChatRoom {
		return session.ChatRoom{ID: endpoints.NewID(), AccountID: d.ep.AccountID, EndpointID: d.ep.ID, SessionID: c.SessionID, Name: "Chat with Zoë"}
	}
	const n = 8
	opened := 0
	for _, err := range atOnce(n, func(i int) error {
		return s.InviteToRoom(ctx, d.invited(c, open(), "", session.RoomUser{ID: fmt.Sprint("a", i)}))
	}) {
		if err == nil {
			opened++
		} else if !errors.Is(err, session.ErrRoomChanged) {
			t.Error(err)
		}
	}
	now, err := s.Chat(ctx, d.ep.ID, cell)
	must(t, err)
	if opened != 1 || now.RoomID == "" {
		t.Fatalf("%d have opened a room", opened)
	}
	room, err := s.ChatRoom(ctx, now.RoomID)
	must(t, err)
	first := room.Users[0].ID
	must(t, s.InviteToRoom(ctx, d.invited(c, *room, room.ID, session.RoomUser{ID: "stays"})))
	for i, err := range atOnce(n, func(i int) error {
		switch i {
		case 0:
			return s.LeaveRoom(ctx, room.ID, first)
		case 1:
			friend := d.answer(c, "Come in")
			friend.Message.OtherAddress, friend.Room = "+14155550177", room.ID
			in := d.invited(c, *room, room.ID, session.RoomUser{})
			in.Room.Users, in.Out = nil, []session.OutMessage{friend}
			return s.InviteToRoom(ctx, in)
		}
		return s.InviteToRoom(ctx, d.invited(c, *room, room.ID, session.RoomUser{ID: fmt.Sprint("b", i)}))
	}) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	room, err = s.ChatRoom(ctx, room.ID)
	must(t, err)
	var got []string
	for _, u := range room.Users {
		got = append(got, u.ID)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"b2", "b3", "b4", "b5", "b6", "b7", "stays"}) || len(room.Parties) != 2 || !room.Closed.IsZero() {
		t.Errorf("in the room are %v and %d", got, len(room.Parties))
	}
	must(t, s.InviteToRoom(ctx, d.invited(c, *room, room.ID, session.RoomUser{ID: "b2"})))
	if _, total, err := s.Messages(ctx, endpoints.MessageFilter{ConversationIDs: []string{endpoints.ConversationID(d.ep.ID, "b2")}}); err != nil || total != 1 {
		t.Errorf("who is in it is told %d times, %v", total, err)
	}

	full := *room
	full.Users = nil
	for i := range session.MaxRoom {
		full.Users = append(full.Users, session.RoomUser{ID: fmt.Sprint("c", i)})
	}
	in := d.invited(c, full, room.ID, session.RoomUser{})
	in.Room.Users, in.Out = full.Users, nil
	if err := s.InviteToRoom(ctx, in); !errors.Is(err, session.ErrRoomFull) {
		t.Errorf("too many: %v", err)
	}
	if after, err := s.ChatRoom(ctx, room.ID); err != nil || len(after.Users) != len(room.Users) {
		t.Errorf("%d are in a room that was too full, %v", len(after.Users), err)
	}
	wantErr(t, s.LeaveRoom(ctx, room.ID, "nobody"), fs.ErrNotExist)
	for _, who := range append(got, "+14155550177") {
		must(t, s.LeaveRoom(ctx, room.ID, who))
	}
	if room, err = s.ChatRoom(ctx, room.ID); err != nil || room.Closed.IsZero() || len(room.Parties) != 0 {
		t.Errorf("alone in %+v, %v", room, err)
	}
	in = d.invited(c, *room, "", session.RoomUser{ID: "late"})
	if err := s.InviteToRoom(ctx, in); !errors.Is(err, session.ErrRoomChanged) {
		t.Errorf("into a closed room: %v", err)
	}
	friend, err := s.Chat(ctx, d.ep.ID, "+14155550177")
	must(t, err)
	if friend.SessionID != "" {
		t.Error("who has left is still in the session")
	}
	must(t, s.SaveChat(ctx, d.save(c, session.ChatSave{Opened: room, Room: &room.ID, Release: true})))
	if now, err = s.Chat(ctx, d.ep.ID, cell); err != nil || now.RoomID != "" {
		t.Errorf("in a closed room: %+v, %v", now, err)
	}
}

// chatRoomNamed: an account has one open room of a name, however many ask for it at once, and another
// one when that is closed.
func chatRoomNamed(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	const n = 8
	got := make([]string, n)
	for _, err := range atOnce(n, func(i int) error {
		r, err := s.NamedRoom(ctx, &session.ChatRoom{ID: endpoints.NewID(), AccountID: d.ep.AccountID, EndpointID: d.ep.ID, SessionID: fmt.Sprint(i), Name: "Support"})
		if err == nil {
			got[i] = r.ID
		}
		return err
	}) {
		must(t, err)
	}
	if slices.Sort(got); got[0] == "" || got[0] != got[n-1] {
		t.Fatalf("several rooms of one name: %v", got)
	}
	must(t, s.CloseChatRoom(ctx, got[0]))
	next := &session.ChatRoom{ID: endpoints.NewID(), AccountID: d.ep.AccountID, EndpointID: d.ep.ID, SessionID: "x", Name: "Support"}
	if r, err := s.NamedRoom(ctx, next); err != nil || r.ID != next.ID {
		t.Errorf("%+v, %v", r, err)
	}
	other := &session.ChatRoom{ID: endpoints.NewID(), AccountID: newAccount(t, s, "Other"), SessionID: "x", Name: "Support"}
	if r, err := s.NamedRoom(ctx, other); err != nil || r.ID != other.ID {
		t.Errorf("another account's: %+v, %v", r, err)
	}
}

// chatsCross: chats that write to each other, end and renew at the same moment don't wait for each other for ever.
func chatsCross(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	const n = 6
	var all []*session.StoredChat
	for i := range n {
		d.receives(d.message(fmt.Sprintf("+1415555%04d", i), "", "hi"))
	}
	all = d.claims(s, time.Minute)
	if len(all) != n {
		t.Fatalf("%d chats", len(all))
	}
	claims := map[string]string{}
	for _, c := range all {
		claims[c.ID] = c.Claim
	}
	const rounds = 6
	errs := atOnce(n+1, func(i int) error {
		for round := range rounds {
			if i == n {
				if err := s.RenewChats(ctx, claims, time.Minute); err != nil {
					return err
				}
				continue
			}
			var out []session.OutMessage
			for j := range n - 1 { // to all others, each in an order of its own, and to one that is new
				to := all[(i+1+j*(1+i%2*(n-2)))%n]
				if to != all[i] {
					out = append(out, d.answer(to, "hi"))
				}
			}
			for _, j := range []int{i % 2, 1 - i%2} {
				m := d.answer(all[i], "hi")
				m.Message.OtherAddress = fmt.Sprintf("+1415556%02d%02d", round, j)
				out = append(out, m)
			}
			if err := s.SaveChat(ctx, d.save(all[i], session.ChatSave{Out: out, IdleAt: time.Now().Add(time.Hour)})); err != nil {
				return err
			}
		}
		return nil
	})
	for i, err := range errs {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := db.Deadlocks(t); n != 0 {
		t.Errorf("PostgreSQL has ended %d transactions that waited for each other", n)
	}
}
