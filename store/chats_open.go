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

// OpenChat opens a session between an endpoint and an address from our side, in a room of its own, and
// keeps what is written first. Is one open there, it is fs.ErrExist.
func (s *Store) OpenChat(ctx context.Context, c *session.StoredChat, open *session.Opening, room *session.ChatRoom, first []session.OutMessage) error {
	var wrote []*endpoints.Message
	told, there := false, false
	err := s.againIfTaken(ctx, func(ctx context.Context, tx bun.Tx) error {
		wrote, told, there = nil, false, false
		m := &endpoints.Message{
			Entity: endpoints.Entity{DateCreated: time.Now()}, AccountID: c.AccountID, CustomerID: c.CustomerID, EndpointID: c.EndpointID,
			OtherAddress: c.OtherAddress, OtherName: c.OtherName, Channel: c.Channel,
		}
		if err := hold(ctx, tx, chatsOf(tx, append([]session.OutMessage{{Message: m}}, first...))); err != nil {
			return err
		}
		chat, err := s.chatOf(ctx, tx, m, true)
		if err != nil {
			return err
		}
		if there = chat.SessionID != ""; there {
			return nil
		}
		if told, err = s.openChat(ctx, tx, chat, open); err != nil {
			return err
		}
		chat.RoomID = room.ID
		if err := putChat(ctx, s, tx, chat); err != nil {
			return err
		}
		if _, _, err := joinRoom(ctx, tx, room); err != nil {
			return err
		}
		wrote, err = s.putAll(ctx, tx, first, nil)
		return err
	})
	if err == nil && there {
		return fmt.Errorf("a chat with %s is open: %w", c.OtherAddress, fs.ErrExist)
	}
	if err == nil {
		s.wrote(wrote, told || len(first) > 0)
	}
	return err
}

// EndChat closes the open session of an endpoint and an address, whoever works at it, and the rooms
// that it opened: change is its end. fs.ErrNotExist: none is open, or another one.
func (s *Store) EndChat(ctx context.Context, endpointID, otherAddress string, change session.Change) error {
	told := false
	err := s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		told = false
		mine := tx.NewSelect().TableExpr("chats").Where("endpoint_id = ? AND other_address = ?", endpointID, otherAddress)
		if err := hold(ctx, tx, append(ofSession(tx, change.Record.ID), mine)...); err != nil {
			return err
		}
		if err := checkAt(ctx, tx, "sessions", "session", change.Record.ID); err != nil {
			return err
		}
		res, err := tx.NewUpdate().TableExpr("chats").Set("revision = revision + 1").Set("session_id = ''").Set("room_id = ''").Set("body = ''").Set("claim = ''").Set("claim_until = 0").
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
