package store

import (
	"context"
	"slices"
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
	Key           string `bun:"room_key"` // the name, of those that are known by it: an account has one open
	Users         string `bun:"users"`    // JSON
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

// NamedRoom is the account's open room with r's name; is there none, r is kept as that: who asks at
// the same moment gets the same.
func (s *Store) NamedRoom(ctx context.Context, r *session.ChatRoom) (*session.ChatRoom, error) {
	var there *chatRoomRow
	err := s.againIfTaken(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []*chatRoomRow
		if err := tx.NewSelect().Model(&rows).Where("account_id = ? AND room_key <> '' AND room_key = ? AND closed = 0", r.AccountID, r.Name).Scan(ctx); err != nil {
			return err
		}
		if len(rows) > 0 {
			there = rows[0]
			return nil
		}
		there = newChatRoomRow(r)
		there.Key = r.Name
		_, err := tx.NewInsert().Model(there).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.chatRoom(ctx, there)
}

// LastRoomOf is the open room with a user from which he got a message last, of those whose numbers are
// texted from an endpoint; fs.ErrNotExist.
func (s *Store) LastRoomOf(ctx context.Context, userID, endpointID string) (*session.ChatRoom, error) {
	var rows []*chatRoomRow
	err := s.r.NewSelect().Model(&rows).Join("JOIN chats AS c ON c.other_address = ? || h.id", session.RoomMark).
		Where("c.endpoint_id = ? AND h.endpoint_id = ? AND h.closed = 0", userID, endpointID).OrderExpr("c.last_date DESC").Scan(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		room, err := s.chatRoom(ctx, r)
		if err != nil || slices.ContainsFunc(room.Users, func(u session.RoomUser) bool { return u.ID == userID }) {
			return room, err
		}
	}
	return nil, unknown("chat room with", userID)
}

func (s *Store) chatRoom(ctx context.Context, r *chatRoomRow) (*session.ChatRoom, error) {
	room := &session.ChatRoom{ID: r.ID, AccountID: r.AccountID, EndpointID: r.EndpointID, SessionID: r.SessionID, Name: r.Name, Created: fromMicros(r.Created), Closed: fromMicros(r.Closed)}
	var err error
	if room.Users, err = r.users(); err != nil {
		return nil, err
	}
	var rows []*chatRow
	if err := s.r.NewSelect().Model(&rows).Where("room_id <> '' AND room_id = ?", r.ID).Order("created", "id").Scan(ctx); err != nil {
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

func newChatRoomRow(r *session.ChatRoom) *chatRoomRow {
	created := r.Created
	if created.IsZero() {
		created = time.Now()
	}
	return &chatRoomRow{ID: r.ID, Created: micros(created), AccountID: r.AccountID, EndpointID: r.EndpointID, SessionID: r.SessionID, Name: r.Name, Users: text(r.Users)}
}

func (r *chatRoomRow) users() (all []session.RoomUser, err error) {
	return all, fromText("users of chat room "+r.ID, r.Users, &all)
}

// roomHeld is a room, held until the end of the transaction; nil: there is none. The chats that the
// transaction writes into are held before.
func roomHeld(ctx context.Context, tx bun.Tx, id string) (*chatRoomRow, error) {
	var rows []*chatRoomRow
	if err := locked(tx, tx.NewSelect().Model(&rows).Where("id = ?", id)).Scan(ctx); err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// joinRoom opens a room, or lets its users into it if it is there: others may have come in
// meanwhile, and stay. It says how many are new, and whether the room is open.
func joinRoom(ctx context.Context, tx bun.Tx, r *session.ChatRoom) (fresh int, open bool, err error) {
	there, err := roomHeld(ctx, tx, r.ID)
	if err != nil {
		return 0, false, err
	}
	if there == nil {
		_, err := tx.NewInsert().Model(newChatRoomRow(r)).Exec(ctx)
		return len(r.Users), true, err
	}
	if there.Closed != 0 {
		return 0, false, nil
	}
	users, err := there.users()
	if err != nil {
		return 0, true, err
	}
	for _, u := range r.Users {
		if !slices.ContainsFunc(users, func(o session.RoomUser) bool { return o.ID == u.ID }) {
			users = append(users, u)
			fresh++
		}
	}
	if fresh == 0 {
		return 0, true, nil
	}
	there.Users = text(users)
	return fresh, true, put(ctx, tx, there)
}

// notTooMany tells whether a room has become too full by the transaction (session.ErrRoomFull).
func notTooMany(ctx context.Context, tx bun.Tx, id string) error {
	r, err := roomHeld(ctx, tx, id)
	if err != nil || r == nil {
		return err
	}
	users, err := r.users()
	if err != nil {
		return err
	}
	n, err := tx.NewSelect().TableExpr("chats").Where("room_id <> '' AND room_id = ?", id).Count(ctx)
	if err == nil && int(n)+len(users) > session.MaxRoom {
		err = session.ErrRoomFull
	}
	return err
}

// hold locks the chats that these queries find, by id. Who writes into several takes them so before
// all else, and rooms and sessions after them: thus no two wait for each other.
func hold(ctx context.Context, tx bun.Tx, chats ...*bun.SelectQuery) error {
	if !rowLocks(tx) {
		return nil
	}
	all := chats[0].Column("id")
	for _, q := range chats[1:] {
		all = all.Union(q.Column("id"))
	}
	_, err := tx.NewSelect().TableExpr("chats").Column("id").Where("id IN (?)", all).Order("id").For("UPDATE").Exec(ctx)
	return err
}

// chatsOf finds the chats that messages go into, but for those that are yet to begin.
func chatsOf(tx bun.Tx, all []session.OutMessage) *bun.SelectQuery {
	return tx.NewSelect().TableExpr("chats").WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		q.Where("1 = 0")
		for _, p := range all {
			if p.Message != nil {
				q.WhereOr("endpoint_id = ? AND other_address = ?", p.Message.EndpointID, p.Message.OtherAddress)
			}
		}
		return q
	})
}

// inOrder is all, chat by chat: two that begin the same chats don't wait for each other either.
func inOrder(all []session.OutMessage) []session.OutMessage {
	key := func(p session.OutMessage) string {
		if p.Message == nil {
			return ""
		}
		return endpoints.ConversationID(p.Message.EndpointID, p.Message.OtherAddress)
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b session.OutMessage) int {
		switch x, y := key(a), key(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return all
}
