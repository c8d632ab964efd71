package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/session"
)

// RedactMessage takes out of a message what it says and who said it, and out of the outbox
// what would carry it: what waits there isn't sent any more; and out of what webhooks are told. The bytes of its files are
// the caller's to remove. What it counts for stays: endpoint, address, times, state, segments.
// endpoints.At may bind it to a revision.
func (s *Store) RedactMessage(ctx context.Context, id string) error {
	return s.again(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := hold(ctx, tx, chatsOfMessages(tx, []string{id})); err != nil {
			return err
		}
		if err := checkAt(ctx, tx, "messages", "message", id); err != nil {
			return err
		}
		var r messageRow
		if err := locked(tx, tx.NewSelect().Model(&r).Where("id = ?", id)).Scan(ctx); err != nil {
			return one(err, "message", id)
		}
		return s.redactMessages(ctx, tx, []*messageRow{&r}, false)
	})
}

// redactMessages is RedactMessage for rows of one account; with party webhooks don't hear whom they were with either.
func (s *Store) redactMessages(ctx context.Context, tx bun.Tx, rows []*messageRow, party bool) error {
	now := micros(time.Now())
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	if err := s.untell(ctx, tx, ids, party); err != nil {
		return err
	}
	if len(ids) > 0 {
		if err := chatsChanged(ctx, tx, ids); err != nil {
			return err
		}
	}
	for _, r := range rows {
		r.Revision++
		r.Body, r.Sender, r.OtherName, r.Destination, r.Unread, r.Modified = s.seal.close("messages/"+r.ID, text(messageBody{})), "", "", "", false, now
		const unsentNow = "deleted before it was sent"
		if r.State == string(endpoints.MessageQueued) {
			r.State, r.Error = string(endpoints.MessageFailed), unsentNow
		}
		if err := put(ctx, tx, r); err != nil {
			return err
		}
		var carriers []*outboxRow
		if err := tx.NewSelect().Model(&carriers).Where("message_id <> '' AND message_id = ?", r.ID).Scan(ctx); err != nil {
			return err
		}
		var phones []*outboxRow // to which it went beside
		if err := tx.NewSelect().Model(&phones).Where("account_id = ? AND message_key = ?", r.AccountID, session.PhoneKey(r.ID)).Scan(ctx); err != nil {
			return err
		}
		carriers = append(carriers, phones...)
		for _, o := range carriers {
			q := tx.NewUpdate().TableExpr("outbox").Set("subject = ''").Set("body = ?", s.seal.close("outbox/"+o.ID, "")).Set("modified = ?", now).Where("id = ?", o.ID)
			if o.State == string(endpoints.OutQueued) || o.State == string(endpoints.OutSending) {
				q.Set("state = ?", endpoints.OutFailed).Set("last_error = ?", unsentNow).Set("claim = ''").Set("claim_until = 0")
			}
			if _, err := q.Exec(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetParty takes out of a session's messages whom they were with, and hides the
// conversations whose last message they are.
func forgetParty(ctx context.Context, tx bun.Tx, sessionID string) error {
	mine := tx.NewSelect().TableExpr("messages").Column("id").Where("session_id = ? AND session_id <> ''", sessionID)
	if _, err := tx.NewUpdate().TableExpr("chats").Set("revision = revision + 1").Set("last_message = ''").Set("other_name = ''").Where("last_message IN (?)", mine).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.NewUpdate().TableExpr("messages").Set("revision = revision + 1").Set("other_address = ''").Where("session_id = ? AND session_id <> ''", sessionID).Exec(ctx); err != nil {
		return err
	}
	return emptyChats(ctx, tx, tx.NewSelect().TableExpr("messages").Column("chat_id").Where("session_id = ? AND session_id <> ''", sessionID))
}

// emptyChats forgets those of these conversations of which nothing is left that tells with whom they were.
func emptyChats(ctx context.Context, tx bun.Tx, ids any) error {
	_, err := tx.NewDelete().TableExpr("chats").Where("id IN (?) AND session_id = '' AND pending = 0", ids).
		Where("NOT EXISTS (SELECT 1 FROM messages AS m WHERE m.chat_id = chats.id AND m.other_address <> '')").Exec(ctx)
	return err
}

// deleteMessages removes the messages of an account's sessions, what would carry them, what webhooks
// were told of them, and the conversations and rooms of which nothing is left.
func (s *Store) deleteMessages(ctx context.Context, tx bun.Tx, account string, sessions []string) error {
	mine := tx.NewSelect().TableExpr("messages").Where("session_id IN (?)", bun.In(sessions))
	var ids []string
	if err := mine.Clone().Column("id").Scan(ctx, &ids); err != nil {
		return err
	}
	if err := hold(ctx, tx, tx.NewSelect().TableExpr("chats").Where("id IN (?)", mine.Clone().ColumnExpr("DISTINCT chat_id"))); err != nil {
		return err
	}
	if err := s.untell(ctx, tx, ids, true); err != nil {
		return err
	}
	for part := range slices.Chunk(ids, rowsPerStatement) {
		keys := make([]string, len(part))
		for i, id := range part {
			keys[i] = session.PhoneKey(id)
		}
		if _, err := tx.NewDelete().TableExpr("outbox").Where("account_id = ? AND message_key IN (?)", account, bun.In(keys)).Exec(ctx); err != nil {
			return err
		}
	}
	var chats []string
	if err := mine.Clone().ColumnExpr("DISTINCT chat_id").Scan(ctx, &chats); err != nil {
		return err
	}
	rooms := tx.NewSelect().TableExpr("chat_rooms").Column("id").Where("session_id IN (?)", bun.In(sessions))
	if _, err := tx.NewUpdate().TableExpr("chats").Set("room_id = ''").Set("due = CASE WHEN session_id = '' THEN 0 ELSE ? END", micros(time.Now())).
		Where("room_id <> '' AND room_id IN (?)", rooms).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.NewDelete().TableExpr("chat_rooms").Where("session_id IN (?)", bun.In(sessions)).Exec(ctx); err != nil || len(chats) == 0 {
		return err
	}
	if _, err := tx.NewDelete().TableExpr("outbox").Where("message_id <> '' AND message_id IN (?)", mine.Clone().Column("id")).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.NewUpdate().TableExpr("chats").Set("revision = revision + 1").Set("last_message = CASE WHEN last_message IN (?) THEN '' ELSE last_message END", mine.Clone().Column("id")).Where("id IN (?)", bun.In(chats)).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.NewDelete().TableExpr("messages").Where("session_id IN (?)", bun.In(sessions)).Exec(ctx); err != nil {
		return err
	}
	return emptyChats(ctx, tx, bun.In(chats))
}

// Conversation is what an endpoint and one address have exchanged, with its last message.
func (s *Store) Conversation(ctx context.Context, endpointID, otherAddress string) (*endpoints.Conversation, error) {
	var r chatRow
	if err := s.r.NewSelect().Model(&r).Where("endpoint_id = ? AND other_address = ?", endpointID, otherAddress).Scan(ctx); err != nil {
		return nil, one(err, "conversation", endpoints.ConversationID(endpointID, otherAddress))
	}
	all, err := s.conversations(ctx, []*chatRow{&r})
	if err != nil {
		return nil, err
	}
	c := all[0]
	c.Channel = endpoints.Channel(r.Channel)
	route, err := s.seal.open("chats/"+r.ID+"/route", r.Route)
	if route != "" {
		c.Route = []byte(route)
	}
	return c, err
}

// ReadConversation notes that somebody has looked at all messages of a conversation.
// endpoints.At may bind it to a revision: what has come since nobody has looked at.
func (s *Store) ReadConversation(ctx context.Context, endpointID, otherAddress string) error {
	return s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		mine := tx.NewSelect().TableExpr("chats").Where("endpoint_id = ? AND other_address = ?", endpointID, otherAddress)
		if err := checkRow(ctx, tx, "conversation", endpoints.ConversationID(endpointID, otherAddress), mine); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().TableExpr("chats").Set("revision = revision + 1").Where("endpoint_id = ? AND other_address = ?", endpointID, otherAddress).
			Where("EXISTS (SELECT 1 FROM messages AS m WHERE m.chat_id = chats.id AND m.unread)").Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewUpdate().TableExpr("messages").Set("revision = revision + 1").Set("unread = ?", false).Set("modified = ?", micros(time.Now())).
			Where("chat_id IN (SELECT id FROM chats WHERE endpoint_id = ? AND other_address = ?) AND unread", endpointID, otherAddress).Exec(ctx)
		return err
	})
}
