package store

import (
	"context"
	"errors"
	"io/fs"
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
		chat := new(chatRow)
		if err := locked(tx, tx.NewSelect().Model(chat).Where("id = ?", save.ID)).Scan(ctx); err != nil {
			return one(err, "chat", save.ID)
		}
		if chat.Claim != save.Claim {
			return lostClaim(save.ID)
		}
		wrote = nil
		now := time.Now()
		if err := s.done(ctx, tx, chat, save.Done); err != nil {
			return err
		}
		for _, p := range save.Out {
			m, o := *p.Message, p.Outbound
			if o != nil {
				c := *o
				o = &c
			}
			at := chat
			if m.EndpointID != chat.EndpointID || m.OtherAddress != chat.OtherAddress {
				at = nil
			}
			if there, err := sameMessage(ctx, tx, &m); err != nil {
				return err
			} else if there != nil {
				continue
			}
			if err := s.putOut(ctx, tx, &m, o, at); err != nil {
				return err
			}
			wrote = append(wrote, &m)
		}
		for _, b := range save.Branches {
			if err := s.putBranch(ctx, tx, b); err != nil {
				return err
			}
		}
		var err error
		if told, err = s.saveChange(ctx, tx, save.Change); err != nil {
			return err
		}
		chat.Body = s.seal.close("chats/"+chat.ID, string(save.Body))
		chat.Tries, chat.RoomID = 0, save.RoomID
		chat.Due = earlier(micros(save.WaitUntil), micros(save.IdleAt))
		if save.Closed {
			chat.SessionID, chat.RoomID, chat.Body, chat.Due = "", "", "", 0
		}
		if chat.Pending > 0 {
			chat.Due = micros(now)
		}
		if save.Release {
			chat.Claim, chat.ClaimUntil = "", 0
		}
		return putChat(ctx, s, tx, chat)
	}
	err := s.together(ctx, keep)
	if errors.Is(err, fs.ErrExist) { // another server began the same conversation in the same moment
		err = s.together(ctx, keep)
	}
	if err == nil && told {
		s.wakeOutbox()
	}
	if err == nil {
		s.messageChanged(wrote...)
	}
	if err == nil && sessionsOver([]session.Change{save.Change}) {
		s.indexer.wake()
	}
	return err
}

// done notes that messages have had their execution.
func (s *Store) done(ctx context.Context, tx bun.Tx, chat *chatRow, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	res, err := tx.NewUpdate().TableExpr("messages").Set("waits = ?", false).Set("modified = ?", micros(time.Now())).Where("id IN (?) AND chat_id = ? AND waits", bun.In(ids), chat.ID).Exec(ctx)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	chat.Pending = max(0, chat.Pending-int(n))
	return err
}

// earlier is the earlier of two times; 0 is never.
func earlier(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// MoveChat puts an open chat into a room, or with an empty one out of it; fs.ErrNotExist: no chat of
// them is open. What runs at this moment goes on, and takes it up with its next message.
func (s *Store) MoveChat(ctx context.Context, endpointID, otherAddress, roomID string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().TableExpr("chats").Set("room_id = ?", roomID).Where("endpoint_id = ? AND other_address = ? AND session_id <> ''", endpointID, otherAddress).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			return unknown("chat with", otherAddress)
		}
		return err
	})
}
