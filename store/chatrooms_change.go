package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/session"
)

// PutMessages keeps messages with what carries them, and what Chat Events do for them: all or nothing. Is the
// first one there already, all are: not fresh.
func (s *Store) PutMessages(ctx context.Context, all []session.OutMessage, branches []session.StoredBranch, lines []session.Change) (fresh bool, err error) {
	var wrote []*endpoints.Message
	told := false
	err = s.againIfTaken(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if err := hold(ctx, tx, chatsOf(tx, all)); err != nil {
			return err
		}
		wrote, fresh, told = nil, false, false
		if len(all) > 0 && all[0].Message != nil {
			if there, err := s.sameMessage(ctx, tx, all[0].Message); err != nil || there != nil {
				return err
			}
		}
		fresh = true
		if wrote, err = s.putAll(ctx, tx, all, nil); err != nil {
			return err
		}
		told, err = s.putHeard(ctx, tx, branches, lines)
		return err
	})
	if err != nil {
		return false, err
	}
	s.wrote(wrote, told || len(all) > 0)
	return fresh, nil
}

// putHeard writes branches, and lines in the logs of sessions.
func (s *Store) putHeard(ctx context.Context, tx bun.Tx, branches []session.StoredBranch, lines []session.Change) (told bool, err error) {
	for _, b := range branches {
		if err := s.putBranch(ctx, tx, b); err != nil {
			return false, err
		}
	}
	for _, c := range lines {
		t, err := s.saveChange(ctx, tx, c)
		if err != nil {
			return false, err
		}
		told = told || t
	}
	return told, nil
}

// putAll writes messages, and returns those that are new.
func (s *Store) putAll(ctx context.Context, tx bun.Tx, all []session.OutMessage, at *chatRow) (wrote []*endpoints.Message, err error) {
	for _, p := range inOrder(all) {
		m, err := s.putWritten(ctx, tx, p, at)
		if err != nil {
			return nil, err
		}
		wrote = append(wrote, m)
	}
	return wrote, nil
}

// InviteToRoom lets others into the room of an open chat, which is opened if it has none.
func (s *Store) InviteToRoom(ctx context.Context, in session.RoomInvite) error {
	var wrote []*endpoints.Message
	err := s.againIfTaken(ctx, func(ctx context.Context, tx bun.Tx) error {
		wrote = nil
		mine := session.OutMessage{Message: &endpoints.Message{EndpointID: in.EndpointID, OtherAddress: in.OtherAddress}}
		if err := hold(ctx, tx, chatsOf(tx, append([]session.OutMessage{mine}, in.Out...))); err != nil {
			return err
		}
		var chats []*chatRow
		if err := tx.NewSelect().Model(&chats).Where("endpoint_id = ? AND other_address = ?", in.EndpointID, in.OtherAddress).Scan(ctx); err != nil {
			return err
		}
		if len(chats) == 0 || chats[0].SessionID == "" || chats[0].SessionID != in.SessionID {
			return unknown("open chat with", in.OtherAddress)
		}
		if err := checkAt(ctx, tx, "sessions", "session", in.SessionID); err != nil {
			return err
		}
		if chats[0].RoomID != in.RoomID {
			return session.ErrRoomChanged
		}
		fresh, open, err := joinRoom(ctx, tx, in.Room)
		if err != nil {
			return err
		}
		if !open {
			return session.ErrRoomChanged
		}
		if len(in.Room.Users) > 0 && fresh == 0 && in.RoomID != "" { // somebody else has invited him
			return nil
		}
		if in.RoomID == "" {
			if _, err := tx.NewUpdate().TableExpr("chats").Set("room_id = ?", in.Room.ID).Where("id = ?", chats[0].ID).Exec(ctx); err != nil {
				return err
			}
		}
		if wrote, err = s.putAll(ctx, tx, in.Out, nil); err != nil {
			return err
		}
		if err := otherMembers(ctx, tx, in.Room.ID); err != nil {
			return err
		}
		return notTooMany(ctx, tx, in.Room.ID)
	})
	if err == nil {
		s.wrote(wrote, len(in.Out) > 0)
	}
	return err
}

// otherMembers counts that others are in a room now as a change of the sessions in it.
func otherMembers(ctx context.Context, tx bun.Tx, room string) error {
	_, err := tx.NewUpdate().TableExpr("sessions").Set("revision = revision + 1").
		Where("id IN (?)", tx.NewSelect().TableExpr("chats").Column("session_id").Where("room_id <> '' AND room_id = ?", room)).Exec(ctx)
	return err
}

// LeaveRoom takes a user, or who is there by a channel (by the chat's id or the address), out of a room. Who
// is alone there then isn't in a chat of several any more: the room is closed. fs.ErrNotExist: he isn't in it.
func (s *Store) LeaveRoom(ctx context.Context, id, member string) error {
	return s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		chats, err := chatsInRoom(ctx, tx, id)
		if err != nil {
			return err
		}
		r, err := roomHeld(ctx, tx, id)
		if err != nil {
			return err
		}
		if r == nil || r.Closed != 0 {
			return unknown("open chat room", id)
		}
		for _, c := range chats {
			if err := checkAt(ctx, tx, "sessions", "session", c.SessionID); err != nil {
				return err
			}
		}
		if err := otherMembers(ctx, tx, id); err != nil {
			return err
		}
		users, err := r.users()
		if err != nil {
			return err
		}
		left := len(users) + len(chats) - 1
		if i := slices.IndexFunc(users, func(u session.RoomUser) bool { return u.ID == member }); i >= 0 {
			r.Users = text(slices.Delete(users, i, i+1))
			if err := put(ctx, tx, r); err != nil {
				return err
			}
		} else {
			i := slices.IndexFunc(chats, func(c *chatRow) bool { return c.ID == member || c.OtherAddress == member })
			if i < 0 {
				return unknown("member of the chat:", member)
			}
			if err := leaveRoom(ctx, tx, r, chats[i:i+1]); err != nil {
				return err
			}
			chats = slices.Delete(chats, i, i+1)
		}
		if left > 1 {
			return nil
		}
		return closeRoom(ctx, tx, r, chats)
	})
}

// CloseChatRoom ends a room: who was in it by a channel is alone with the flow again, which goes on.
func (s *Store) CloseChatRoom(ctx context.Context, id string) error {
	return s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		chats, err := chatsInRoom(ctx, tx, id)
		if err != nil {
			return err
		}
		r, err := roomHeld(ctx, tx, id)
		if err != nil || r == nil {
			return err
		}
		return closeRoom(ctx, tx, r, chats)
	})
}

// chatsInRoom are the chats of a room, held.
func chatsInRoom(ctx context.Context, tx bun.Tx, id string) (chats []*chatRow, err error) {
	if err := hold(ctx, tx, tx.NewSelect().TableExpr("chats").Where("room_id <> '' AND room_id = ?", id)); err != nil {
		return nil, err
	}
	err = tx.NewSelect().Model(&chats).ExcludeColumn("body", "route").Where("room_id <> '' AND room_id = ?", id).Scan(ctx)
	return chats, err
}

func closeRoom(ctx context.Context, tx bun.Tx, r *chatRoomRow, chats []*chatRow) error {
	if err := leaveRoom(ctx, tx, r, chats); err != nil || r.Closed != 0 {
		return err
	}
	r.Closed = micros(time.Now())
	return put(ctx, tx, r)
}

// leaveRoom takes chats out of a room. Who was only invited has no part in its session any more: what
// he writes next begins one of his own, and who works at his chat just now has nothing to say.
func leaveRoom(ctx context.Context, tx bun.Tx, r *chatRoomRow, chats []*chatRow) error {
	if len(chats) == 0 {
		return nil
	}
	var opened []*sessionRow
	if err := tx.NewSelect().Model(&opened).Column("endpoint_id", "direction", "from_address", "to_address").Where("id = ?", r.SessionID).Scan(ctx); err != nil {
		return err
	}
	now := micros(time.Now())
	for _, c := range chats {
		q := tx.NewUpdate().TableExpr("chats").Set("room_id = ''").Where("id = ?", c.ID)
		if c.SessionID == r.SessionID && len(opened) > 0 && !opened[0].isOf(c) {
			q.Set("session_id = ''").Set("body = ''").Set("claim = ''").Set("claim_until = 0").Set("due = CASE WHEN pending > 0 THEN ? ELSE 0 END", now)
		} else {
			q.Set("due = CASE WHEN session_id = '' THEN 0 ELSE ? END", now)
		}
		if _, err := q.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// isOf tells whether a chat is with the party with whom the session began.
func (r *sessionRow) isOf(c *chatRow) bool {
	party := r.FromAddress
	if r.Direction == string(session.Outgoing) {
		party = r.ToAddress
	}
	return r.EndpointID == c.EndpointID && party == c.OtherAddress
}

// ofSession finds the chats that the end of a session concerns.
func ofSession(tx bun.Tx, id string) []*bun.SelectQuery {
	rooms := tx.NewSelect().TableExpr("chat_rooms").Column("id").Where("session_id = ?", id)
	return []*bun.SelectQuery{
		tx.NewSelect().TableExpr("chats").Where("session_id <> '' AND session_id = ?", id), tx.NewSelect().TableExpr("chats").Where("room_id <> '' AND room_id IN (?)", rooms),
	}
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
