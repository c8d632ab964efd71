package storetest

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

// inRoom opens a room from the chat of cell, with friend in it: each of them writes, and both
// chats are claimed.
func (d *desk) inRoom(friend string) (opener, member *session.StoredChat, room *session.ChatRoom) {
	d.t.Helper()
	ctx := d.t.Context()
	d.receives(d.message(cell, "", "hi"))
	opener = d.claims(d.s, time.Minute)[0]
	room = &session.ChatRoom{ID: endpoints.NewID(), AccountID: d.ep.AccountID, EndpointID: d.ep.ID, SessionID: opener.SessionID, Name: "room"}
	asked := d.answer(opener, "come in")
	asked.Message.OtherAddress, asked.Outbound.To, asked.Room = friend, []string{friend}, room.ID
	must(d.t, d.s.SaveChat(ctx, d.save(opener, session.ChatSave{Done: []string{opener.Messages[0].ID}, Opened: room, Room: &room.ID, Out: []session.OutMessage{asked}, Release: true})))
	for _, who := range []string{cell, friend} {
		if m := d.receives(d.message(who, "", "here I am")); m.SessionID != opener.SessionID {
			d.t.Fatalf("%s writes in a session of its own", who)
		}
	}
	for _, c := range d.claims(d.s, time.Minute) {
		if c.OtherAddress == cell {
			opener = c
		} else {
			member = c
		}
	}
	if opener.RoomID != room.ID || member == nil || member.RoomID != room.ID {
		d.t.Fatalf("%+v %+v", opener, member)
	}
	return opener, member, room
}

// chatRoomEnds: a session that ends takes the chats of all who were in its room with it, also
// of one at which somebody works: that one's message begins anew, and the session stays closed.
func chatRoomEnds(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	opener, member, _ := d.inRoom("+14155550177")
	over := &session.Record{ID: opener.SessionID, AccountID: d.ep.AccountID, Channel: "Chat", Started: time.Now(), Ended: time.Now()}
	must(t, s.EndChat(ctx, d.ep.ID, cell, session.Change{Record: over}))
	still := *over
	still.Ended = time.Time{}
	err := s.SaveChat(ctx, d.save(member, session.ChatSave{Done: []string{member.Messages[0].ID}, Release: true, InRoom: member.RoomID, Change: session.Change{Record: &still}}))
	wantErr(t, err, fs.ErrNotExist)
	if rec, err := s.Record(ctx, over.ID); err != nil || rec.Ended.IsZero() {
		t.Errorf("the session is open again: %v", err)
	}
	got := d.claims(s, time.Minute)
	if len(got) != 2 {
		t.Fatalf("%d chats have something to do", len(got))
	}
	for _, c := range got {
		if c.SessionID != "" || c.RoomID != "" || len(c.Messages) != 1 {
			t.Errorf("%+v", c)
		}
	}
}

// chatRoomLeft: who is let out of a room while somebody works at his chat is looked at again at once; who
// was only invited has no part in its session any more.
func chatRoomLeft(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	opener, member, room := d.inRoom("+14155550177")
	must(t, s.CloseChatRoom(ctx, room.ID))
	must(t, s.SaveChat(ctx, d.save(opener, session.ChatSave{Done: []string{opener.Messages[0].ID}, InRoom: opener.RoomID, IdleAt: time.Now().Add(time.Hour), Release: true})))
	wantErr(t, s.SaveChat(ctx, d.save(member, session.ChatSave{Done: []string{member.Messages[0].ID}, Release: true})), fs.ErrNotExist)
	got := d.claims(s, time.Minute)
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	for _, c := range got {
		if c.RoomID != "" || (c.ID == opener.ID) != (c.SessionID == opener.SessionID) || c.ID == member.ID && (c.SessionID != "" || len(c.Messages) != 1) {
			t.Errorf("%+v", c)
		}
		save := session.ChatSave{ID: c.ID, Claim: c.Claim, Release: true}
		if c.SessionID != "" {
			save = d.save(c, session.ChatSave{IdleAt: time.Now().Add(time.Hour), Release: true})
		}
		for _, m := range c.Messages {
			save.Done = append(save.Done, m.ID)
		}
		must(t, s.SaveChat(ctx, save))
	}
	if len(d.claims(s, time.Minute)) != 0 {
		t.Error("it is looked at for ever")
	}
}

// chatSettled: a chat for which no flow can run comes to rest, its messages are kept; and so does one
// whose messages were deleted while they waited.
func chatSettled(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	m := d.receives(d.message(cell, "", "hi"))
	c := d.claims(s, time.Minute)[0]
	over := &session.Record{ID: c.SessionID, AccountID: d.ep.AccountID, Channel: "Chat", Started: time.Now(), Ended: time.Now()}
	must(t, s.EndChat(ctx, d.ep.ID, cell, session.Change{Record: over}))
	c = d.claims(s, time.Minute)[0]
	must(t, s.SaveChat(ctx, session.ChatSave{ID: c.ID, Claim: c.Claim, Done: []string{m.ID}, Release: true}))
	got, err := s.Message(ctx, m.ID)
	must(t, err)
	if got.Text != "hi" || got.SessionID != over.ID {
		t.Errorf("%+v", got)
	}
	d.receives(d.message(cell, "", "again"))
	db.Exec(t, "DELETE FROM messages")
	db.Exec(t, "UPDATE chats SET session_id = ''")
	c = d.claims(s, time.Minute)[0]
	must(t, s.SaveChat(ctx, session.ChatSave{ID: c.ID, Claim: c.Claim, Release: true}))
	if len(d.claims(s, time.Minute)) != 0 {
		t.Error("there is something to do for ever")
	}
	if at, err := s.NextChat(ctx); err != nil || !at.IsZero() {
		t.Errorf("%s, %v", at, err)
	}
}

// chatOpenedMeanwhile: what comes while somebody begins a session for the messages that the last one left
// makes it one session, not two of which one stays open for ever.
func chatOpenedMeanwhile(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	d.receives(d.message(cell, "", "left over"))
	c := d.claims(s, time.Minute)[0]
	over := &session.Record{ID: c.SessionID, AccountID: d.ep.AccountID, Channel: "Chat", Started: time.Now(), Ended: time.Now()}
	must(t, s.EndChat(ctx, d.ep.ID, cell, session.Change{Record: over}))
	c = d.claims(s, time.Minute)[0]
	next := d.receives(d.message(cell, "", "next"))
	anew := d.opening().Record
	err := s.SaveChat(ctx, session.ChatSave{ID: c.ID, Claim: c.Claim, SessionID: anew.ID, Done: []string{c.Messages[0].ID}, Release: true, Change: session.Change{Record: anew, New: true}})
	wantErr(t, err, fs.ErrNotExist)
	got := d.claims(s, time.Minute)
	if len(got) != 1 || len(got[0].Messages) != 2 || got[0].SessionID != next.SessionID {
		t.Errorf("%+v", got)
	}
	live, _, err := s.Records(ctx, store.RecordFilter{AccountIDs: []string{d.ep.AccountID}})
	must(t, err)
	if len(live) != 2 {
		t.Errorf("%d sessions", len(live))
	}
}

// chatsOfNodes: on one database another server takes a chat only when the lease is over, and then
// the first has nothing to say any more.
func chatsOfNodes(t *testing.T, db *Database) {
	if db.Options.URL == "" {
		return // a database in a file has one server
	}
	a, ctx := db.Open(t), t.Context()
	there := *db
	there.Options.Dir = t.TempDir()
	b := there.Open(t)
	d := newDesk(t, a)
	m := d.receives(d.message(cell, "", "hi"))
	mine := d.claims(a, time.Hour)
	if len(mine) != 1 || len(d.claims(b, time.Minute)) != 0 {
		t.Fatal("both have it")
	}
	must(t, a.RenewChats(ctx, map[string]string{mine[0].ID: mine[0].Claim}, -time.Second))
	theirs := d.claims(b, time.Minute)
	if len(theirs) != 1 || theirs[0].Messages[0].ID != m.ID {
		t.Fatalf("%+v", theirs)
	}
	if len(d.claims(a, time.Minute)) != 0 {
		t.Error("taken back")
	}
	out := d.answer(mine[0], "answer")
	if err := a.SaveChat(ctx, d.save(mine[0], session.ChatSave{Done: []string{m.ID}, Out: []session.OutMessage{out}, Release: true})); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("saved without the claim: %v", err)
	}
	must(t, a.ReleaseChat(ctx, mine[0].ID, mine[0].Claim))
	must(t, b.SaveChat(ctx, d.save(theirs[0], session.ChatSave{Done: []string{m.ID}, Out: []session.OutMessage{out}, Release: true})))
	if left, err := a.ClaimOutbound(ctx, []endpoints.Channel{endpoints.SMPP}, 9, time.Minute); err != nil || len(left) != 1 {
		t.Errorf("%d leave, %v", len(left), err)
	}
}
