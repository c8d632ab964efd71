package store

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/session"
)

type chatRoomRow struct {
	bun.BaseModel `bun:"table:chat_rooms,alias:h"`
	ID            string `bun:"id,pk"`
	Created       int64  `bun:"created"`
	AccountID     string `bun:"account_id"`
	EndpointID    string `bun:"endpoint_id"`
	SessionID     string `bun:"session_id"`
	Name          string `bun:"name"`
	Users         string `bun:"users"` // JSON
	Closed        int64  `bun:"closed"`
}

// ChatRoom is the room with this id, and who is in it now; fs.ErrNotExist.
func (s *Store) ChatRoom(ctx context.Context, id string) (*session.ChatRoom, error) {
	var r chatRoomRow
	if err := s.r.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, one(err, "chat room", id)
	}
	return s.chatRoom(ctx, &r)
}

// ChatRoomNamed is the account's open room of that name; fs.ErrNotExist.
func (s *Store) ChatRoomNamed(ctx context.Context, accountID, name string) (*session.ChatRoom, error) {
	var r chatRoomRow
	if err := s.r.NewSelect().Model(&r).Where("account_id = ? AND name = ? AND closed = 0", accountID, name).Order("created").Limit(1).Scan(ctx); err != nil {
		return nil, one(err, "chat room", name)
	}
	return s.chatRoom(ctx, &r)
}

func (s *Store) chatRoom(ctx context.Context, r *chatRoomRow) (*session.ChatRoom, error) {
	room := &session.ChatRoom{ID: r.ID, AccountID: r.AccountID, EndpointID: r.EndpointID, SessionID: r.SessionID, Name: r.Name, Created: fromMicros(r.Created), Closed: fromMicros(r.Closed)}
	if err := fromText("users of chat room "+r.ID, r.Users, &room.Users); err != nil {
		return nil, err
	}
	var rows []*chatRow
	if err := s.r.NewSelect().Model(&rows).Where("room_id = ? AND room_id <> ''", r.ID).Order("created", "id").Scan(ctx); err != nil {
		return nil, err
	}
	for _, c := range rows {
		p, err := s.storedChat(c)
		if err != nil {
			return nil, err
		}
		room.Parties = append(room.Parties, p)
	}
	return room, nil
}

func putRoom(ctx context.Context, tx bun.Tx, r *session.ChatRoom) error {
	if r.Created.IsZero() {
		r.Created = time.Now()
	}
	return put(ctx, tx, &chatRoomRow{
		ID: r.ID, Created: micros(r.Created), AccountID: r.AccountID, EndpointID: r.EndpointID, SessionID: r.SessionID, Name: r.Name, Users: text(r.Users), Closed: micros(r.Closed),
	})
}

// PutMessages keeps messages with what carries them, and the room that they are of, if it has
// changed: all or nothing.
func (s *Store) PutMessages(ctx context.Context, all []session.OutMessage, room *session.ChatRoom) error {
	var wrote []*endpoints.Message
	err := s.againIfTaken(ctx, func(ctx context.Context, tx bun.Tx) error {
		wrote = nil
		if room != nil {
			if err := putRoom(ctx, tx, room); err != nil {
				return err
			}
		}
		for _, p := range all {
			m, err := s.putWritten(ctx, tx, p, nil)
			if err != nil {
				return err
			}
			wrote = append(wrote, m)
		}
		return nil
	})
	if err == nil && len(all) > 0 {
		s.wrote(wrote, true)
	}
	return err
}

// CloseChatRoom ends a room: who was in it by a channel is alone with the flow again, which goes on.
func (s *Store) CloseChatRoom(ctx context.Context, id string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := micros(time.Now())
		if _, err := tx.NewUpdate().TableExpr("chat_rooms").Set("closed = ?", now).Where("id = ? AND closed = 0", id).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewUpdate().TableExpr("chats").Set("room_id = ''").Set("due = CASE WHEN session_id = '' THEN 0 ELSE ? END", now).Where("room_id = ? AND room_id <> ''", id).Exec(ctx)
		return err
	})
}

// closeRoomsOf ends the rooms that a session opened, with it: who was invited has no part in it any more, and
// who came with a session of his own is alone with his flow again. Who works at the chat of one
// of them has nothing to say any more: he would open the session again.
func (s *Store) closeRoomsOf(ctx context.Context, tx bun.Tx, accountID, sessionID string) error {
	now := micros(time.Now())
	var rooms []string
	if err := s.read(ctx, tx, &rooms, roomsOfSession, accountID, sessionID); err != nil {
		return err
	}
	if len(rooms) > 0 {
		if _, err := tx.NewUpdate().TableExpr("chats").Set("room_id = ''").Set("due = CASE WHEN session_id = '' THEN 0 ELSE ? END", now).
			Where("room_id <> '' AND room_id IN (?)", bun.In(rooms)).Exec(ctx); err != nil {
			return err
		}
	}
	if _, err := s.exec(ctx, tx, chatsOfSession, now, sessionID); err != nil || len(rooms) == 0 {
		return err
	}
	_, err := tx.NewUpdate().TableExpr("chat_rooms").Set("closed = ?", now).Where("id IN (?) AND closed = 0", bun.In(rooms)).Exec(ctx)
	return err
}

// MoveChat puts what an endpoint and an address exchange into a room of a session, or with an empty id
// out of it: then its flow goes on.
func (s *Store) MoveChat(ctx context.Context, endpointID, otherAddress, roomID string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		q := tx.NewUpdate().TableExpr("chats").Set("room_id = ?", roomID).Where("endpoint_id = ? AND other_address = ? AND session_id <> ''", endpointID, otherAddress)
		if roomID == "" {
			q.Set("due = ?", micros(time.Now()))
		}
		res, err := q.Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			return unknown("open chat with", otherAddress)
		}
		return err
	})
}

// OpenChat opens a session between an endpoint and an address from our side, in a room of its own, and
// keeps what is written first. Is one open there, it is fs.ErrExist.
func (s *Store) OpenChat(ctx context.Context, c *session.StoredChat, open *session.Opening, room *session.ChatRoom, first []session.OutMessage) error {
	var wrote []*endpoints.Message
	told := false
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		chat, err := s.chatOf(ctx, tx, &endpoints.Message{
			Entity: endpoints.Entity{DateCreated: time.Now()}, AccountID: c.AccountID, CustomerID: c.CustomerID, EndpointID: c.EndpointID,
			OtherAddress: c.OtherAddress, OtherName: c.OtherName, Channel: c.Channel,
		})
		if err != nil {
			return err
		}
		if chat.SessionID != "" {
			return fmt.Errorf("a chat with %s is open: %w", c.OtherAddress, fs.ErrExist)
		}
		if told, err = s.openChat(ctx, tx, chat, open); err != nil {
			return err
		}
		chat.RoomID = room.ID
		if err := putChat(ctx, s, tx, chat); err != nil {
			return err
		}
		if err := putRoom(ctx, tx, room); err != nil {
			return err
		}
		for _, p := range first {
			m, err := s.putWritten(ctx, tx, p, nil)
			if err != nil {
				return err
			}
			wrote = append(wrote, m)
		}
		return nil
	})
	if err == nil {
		s.wrote(wrote, told || len(first) > 0)
	}
	return err
}

// EndChat closes the open session of an endpoint and an address, whoever works at it: change is its
// end. fs.ErrNotExist: none is open, or another one.
func (s *Store) EndChat(ctx context.Context, endpointID, otherAddress string, change session.Change) error {
	told := false
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().TableExpr("chats").Set("session_id = ''").Set("room_id = ''").Set("body = ''").Set("claim = ''").Set("claim_until = 0").
			Set("due = CASE WHEN pending > 0 THEN ? ELSE 0 END", micros(time.Now())).
			Where("endpoint_id = ? AND other_address = ? AND session_id = ?", endpointID, otherAddress, change.Record.ID).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = unknown("open chat with", otherAddress)
		}
		if err != nil {
			return err
		}
		if err := s.closeRoomsOf(ctx, tx, change.Record.AccountID, change.Record.ID); err != nil {
			return err
		}
		told, err = s.saveChange(ctx, tx, change)
		return err
	})
	if err == nil {
		s.indexer.wake()
		if told {
			s.wakeOutbox()
		}
	}
	return err
}
