package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// counted runs what must count as a change of something whose revision read tells, or must not.
func counted(t *testing.T, read func() int64) func(what string, counts bool, f func() error) {
	return func(what string, counts bool, f func() error) {
		t.Helper()
		was := read()
		must(t, f())
		if is := read(); is <= was == counts || is < was {
			t.Errorf("%s: after revision %d comes %d", what, was, is)
		}
	}
}

// messageRevisions: what a message shows counts, and what people do with it is bound to what they have seen.
func messageRevisions(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	m := d.receives(d.message(cell, "1", "one"))
	of, talk := m.ID, endpoints.ConversationID(d.ep.ID, cell)
	message := func() int64 {
		got, err := s.Message(ctx, of)
		must(t, err)
		return got.Revision
	}
	conversation := func() int64 {
		c, err := s.Conversation(ctx, d.ep.ID, cell)
		must(t, err)
		return c.Revision
	}
	if message() != 1 || conversation() < 1 {
		t.Errorf("a new message is at %d, its conversation at %d", message(), conversation())
	}
	read := func(ctx context.Context, is bool) func() error {
		return func() error { _, err := s.MarkRead(ctx, []string{of}, is); return err }
	}
	inMessage, inTalk := counted(t, message), counted(t, conversation)
	inMessage("read", true, read(ctx, true))
	inMessage("read again", false, read(ctx, true))
	inTalk("unread", true, read(ctx, false))
	old := message() - 1
	wantErr(t, read(endpoints.At(ctx, of, old), true)(), endpoints.ErrStale)
	inMessage("read as seen", true, read(endpoints.At(ctx, of, message()), true))

	// Who says that he has read a conversation has not read what came since.
	seen := conversation()
	next := d.receives(d.message(cell, "2", "two"))
	wantErr(t, s.ReadConversation(endpoints.At(ctx, talk, seen), d.ep.ID, cell), endpoints.ErrStale)
	if got, err := s.Message(ctx, next.ID); err != nil || !got.Unread {
		t.Errorf("it is read, %v", err)
	}
	of = next.ID
	all := func() error {
		return s.ReadConversation(endpoints.At(ctx, talk, conversation()), d.ep.ID, cell)
	}
	inMessage("read by conversation", true, func() error { return s.ReadConversation(ctx, d.ep.ID, cell) })
	inTalk("nothing to read", false, all)
	inTalk("an answer", true, func() error {
		got := d.claims(s, time.Minute)
		out := d.answer(got[0], "three")
		of = out.Message.ID
		return s.SaveChat(ctx, d.save(got[0], session.ChatSave{Out: []session.OutMessage{out}, Done: []string{m.ID, next.ID}, Release: true}))
	})
	inMessage("its far end's id", true, func() error { return s.RemoteMessage(ctx, of, "r1", 2) })
	inMessage("its receipt", true, func() error {
		return s.MessageReceipt(ctx, endpoints.SMPP, d.ep.ID, "r1", endpoints.MessageDelivered, "")
	})
	wantErr(t, s.RedactMessage(endpoints.At(ctx, of, 1), of), endpoints.ErrStale)
	if got, err := s.Message(ctx, of); err != nil || got.Text == "" {
		t.Errorf("%q, %v", got.Text, err)
	}
	inTalk("redacted", true, func() error { return s.RedactMessage(endpoints.At(ctx, of, message()), of) })
	inMessage("redacted again", true, func() error { return s.RedactMessage(ctx, of) })
}

// sessionRevisions: each saving of a session's head counts, however old the revision is that the writer knows.
func sessionRevisions(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	r := newRecord(newAccount(t, s, "A"))
	r.Revision = 3
	save(t, s, session.Change{Record: r, New: true, Log: lines(base, "a")})
	at := func() int64 {
		got, err := s.Record(ctx, r.ID)
		must(t, err)
		return got.Revision
	}
	if at() != 3 {
		t.Errorf("at %d", at())
	}
	in := counted(t, at)
	again := func(change session.Change) func() error {
		return func() error { return s.SaveSessions(ctx, []session.Change{change}) }
	}
	in("a line", false, again(session.Change{Record: r, Same: true, Log: lines(base.Add(time.Second), "b")}))
	in("an old writer", true, again(session.Change{Record: r}))
	later := *r
	later.Revision, later.Ended = 9, base.Add(time.Minute)
	in("its end", true, again(session.Change{Record: &later}))
	if at() != 9 {
		t.Errorf("at %d", at())
	}
	_, err := s.RedactRecord(endpoints.At(ctx, r.ID, 8), r.ID, "redacted")
	wantErr(t, err, endpoints.ErrStale)
	if got, err := s.Record(ctx, r.ID); err != nil || len(got.Log) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	in("redacted", true, func() error {
		_, err := s.RedactRecord(endpoints.At(ctx, r.ID, 9), r.ID, "redacted")
		return err
	})
}

// reportRevisions and those of keys: each step counts, and a deletion may ask for one.
func reportRevisions(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	r := &endpoints.Report{AccountID: newAccount(t, s, "A"), Kind: endpoints.CDRReport}
	r.CreatedBy = "ann@example.com"
	must(t, s.QueueReport(ctx, r))
	at := func() int64 {
		got, err := s.Report(ctx, r.ID)
		must(t, err)
		return got.Revision
	}
	if r.Revision != 1 || at() != 1 {
		t.Errorf("a new one is at %d, %d", r.Revision, at())
	}
	in := counted(t, at)
	in("begun", true, func() error { _, err := s.TakeReport(ctx); return err })
	in("begun anew", true, func() error { return s.RequeueReports(ctx) })
	in("done", true, func() error { return s.EndReport(ctx, r.ID, endpoints.ReportCompleted, "") })
	wantErr(t, s.DeleteReport(endpoints.At(ctx, r.ID, 1), r.ID), endpoints.ErrStale)
	must(t, s.DeleteReport(endpoints.At(ctx, r.ID, at()), r.ID))

	l := &endpoints.Login{EmailAddress: "a@example.com", PasswordHash: "x", Roles: []endpoints.Role{endpoints.Manager}, AccountIDs: []string{r.AccountID}}
	must(t, s.PutLogin(ctx, l))
	k := &endpoints.APIKey{Name: "K", LoginID: l.ID, Scopes: []endpoints.KeyScope{endpoints.ScopeRead}}
	k.NewKey()
	must(t, s.AddAPIKey(ctx, k))
	must(t, s.TouchAPIKey(ctx, k.ID, base, "192.0.2.1"))
	if now, err := s.APIKey(ctx, k.ID); err != nil || k.Revision != 1 || now.Revision != 2 {
		t.Errorf("%d, %+v, %v", k.Revision, now, err)
	}
	wantErr(t, s.DeleteAPIKey(endpoints.At(ctx, k.ID, 1), k.ID), endpoints.ErrStale)
	must(t, s.DeleteAPIKey(endpoints.At(ctx, k.ID, 2), k.ID))
}

// metaAt: of many who put at once what they have read each goes on from another's.
func metaAt(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	if value, revision, err := s.MetaAt(ctx, "words"); err != nil || value != "" || revision != 1 {
		t.Errorf("%q at %d, %v", value, revision, err)
	}
	const editors = 20
	var wg sync.WaitGroup
	for range editors {
		wg.Go(func() {
			for {
				value, revision, err := s.MetaAt(ctx, "words")
				if err == nil {
					_, err = s.PutMetaAt(ctx, "words", value+"x", revision)
				}
				if err == nil {
					return
				}
				if !errors.Is(err, endpoints.ErrStale) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if value, revision, err := s.MetaAt(ctx, "words"); err != nil || len(value) != editors || revision != editors+1 {
		t.Errorf("%q at %d, %v", value, revision, err)
	}
}
