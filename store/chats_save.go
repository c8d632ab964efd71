package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/session"
)

// SaveChat keeps what a run of a chat's flow has come to, all of it or nothing: how far the
// flow is, that messages are done, what it wrote, the session's log, the branches that it
// started. Who lost the claim has nothing to say any more: fs.ErrNotExist.
func (s *Store) SaveChat(ctx context.Context, save session.ChatSave) error {
	told := false
	var wrote []*endpoints.Message
	keep := func(ctx context.Context, tx bun.Tx) error {
		if rowLocks(tx) && (save.Closed || len(save.Out) > 0 || save.Opened != nil) {
			chats := []*bun.SelectQuery{tx.NewSelect().TableExpr("chats").Where("id = ?", save.ID), chatsOf(tx, save.Out)}
			if save.Closed {
				chats = append(chats, ofSession(tx, save.SessionID)...)
			}
			if err := hold(ctx, tx, chats...); err != nil {
				return err
			}
		}
		var rows []*chatRow
		if err := s.read(ctx, tx, &rows, chatByID, save.ID); err != nil {
			return err
		}
		if len(rows) == 0 {
			return unknown("chat", save.ID)
		}
		chat := rows[0]
		if chat.Claim != save.Claim {
			return lostClaim(save.ID)
		}
		wrote = nil
		now := time.Now()
		if err := s.done(ctx, tx, chat, save); err != nil {
			return err
		}
		out, room := save.Out, save.Room
		if save.Opened != nil {
			_, open, err := joinRoom(ctx, tx, save.Opened)
			if err != nil {
				return err
			}
			if !open { // it was closed before we came in: the flow goes on
				out, room = outside(out, save.Opened.ID), nil
			}
		}
		var err error
		if wrote, err = s.putAll(ctx, tx, out, chat); err != nil {
			return err
		}
		if told, err = s.putHeard(ctx, tx, save.Branches, save.Others); err != nil {
			return err
		}
		if save.Change.Record != nil {
			own, err := s.saveChange(ctx, tx, save.Change)
			if err != nil {
				return err
			}
			told = told || own
		}
		chat.Body = s.seal.close("chats/"+chat.ID, string(save.Body))
		chat.Tries, chat.SessionID = 0, save.SessionID
		moved := chat.RoomID != save.InRoom // by somebody else meanwhile
		if room != nil {
			chat.RoomID, moved = *room, false
		}
		moved = moved || save.Room != nil && room == nil
		if chat.Due = earlier(micros(save.WaitUntil), micros(save.IdleAt)); moved && chat.SessionID != "" {
			chat.Due = micros(now)
		}
		if save.Closed && save.SessionID != "" {
			if err := s.closeRoomsOf(ctx, tx, chat.AccountID, save.SessionID); err != nil {
				return err
			}
			chat.SessionID, chat.RoomID, chat.Body, chat.Due = "", "", "", 0
		}
		if chat.Pending > 0 && (!save.Hold || chat.Due == 0) {
			chat.Due = micros(now)
		}
		if save.Release {
			chat.Claim, chat.ClaimUntil = "", 0
		}
		if err := putChat(ctx, s, tx, chat); err != nil || save.Opened == nil {
			return err
		}
		return notTooMany(ctx, tx, save.Opened.ID)
	}
	err := s.againIfTaken(ctx, keep)
	if err == nil {
		s.wrote(wrote, told || len(save.Out) > 0)
	}
	if err == nil && save.Change.Record != nil && sessionsOver([]session.Change{save.Change}) {
		s.indexer.wake()
	}
	return err
}

// outside is all as it is of no room: that one is closed.
func outside(all []session.OutMessage, room string) []session.OutMessage {
	all = slices.Clone(all)
	for i := range all {
		if all[i].Room == room {
			all[i].Room = ""
		}
	}
	return all
}

// wrote tells, once all is on disk, of what was written; woken: there is something in the outbox.
func (s *Store) wrote(all []*endpoints.Message, woken bool) {
	if s.messageChanged(slices.DeleteFunc(all, func(m *endpoints.Message) bool { return m != nil && m.Direction == endpoints.MessageIn })...); woken {
		s.wakeOutbox()
	}
}

// putWritten writes what a flow wrote, which is left as it is: it may be written again. at is
// the chat that is at hand; nil: none. It returns the message as it is kept; nil: there was one before, or
// it is none.
func (s *Store) putWritten(ctx context.Context, tx bun.Tx, p session.OutMessage, at *chatRow) (*endpoints.Message, error) {
	o := p.Outbound
	if o != nil {
		c := *o
		o = &c
	}
	if p.Message == nil {
		_, err := s.insertOutbound(ctx, tx, o)
		return nil, err
	}
	m := *p.Message
	if at != nil && (m.EndpointID != at.EndpointID || m.OtherAddress != at.OtherAddress) {
		at = nil
	}
	if there, err := s.sameMessage(ctx, tx, &m); err != nil || there != nil {
		return nil, err
	}
	return &m, s.putOut(ctx, tx, &m, o, written{at, true, p.Room})
}

// done notes that messages have had their execution, or why they can't have one.
func (s *Store) done(ctx context.Context, tx bun.Tx, chat *chatRow, save session.ChatSave) error {
	why := shorten(save.Unheard)
	for _, id := range save.Done {
		n, err := s.exec(ctx, tx, messageDone, micros(time.Now()), why, why, save.SessionID, save.SessionID, id, chat.ID)
		if err != nil {
			return err
		}
		chat.Pending = max(0, chat.Pending-int(n))
	}
	return nil
}

// earlier is the earlier of two times; 0 is never.
func earlier(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
