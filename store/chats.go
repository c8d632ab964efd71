package store

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/session"
)

// chatRow is what an endpoint and one address exchange. While SessionID is set a chat
// is open: body holds how far its flow has come, due when there is something to do for
// it. Who works at it has a claim, as in the outbox.
type chatRow struct {
	bun.BaseModel `bun:"table:chats,alias:c"`
	ID            string `bun:"id,pk"`
	Created       int64  `bun:"created"`
	AccountID     string `bun:"account_id"`
	CustomerID    string `bun:"customer_id"`
	EndpointID    string `bun:"endpoint_id"`
	OtherAddress  string `bun:"other_address"`
	OtherName     string `bun:"other_name"`
	Channel       string `bun:"channel"` // by which the other wrote last
	SessionID     string `bun:"session_id"`
	RoomID        string `bun:"room_id"`
	Route         string `bun:"route"` // sealed
	Body          string `bun:"body"`  // sealed: it has the session's secrets
	Seq           int64  `bun:"seq"`   // of the last message
	LastMessage   string `bun:"last_message"`
	LastDate      int64  `bun:"last_date"`
	Pending       int    `bun:"pending"` // messages that wait for their flow to run
	Due           int64  `bun:"due"`     // 0: never
	Tries         int    `bun:"tries"`   // claims since anything was saved
	Claim         string `bun:"claim"`
	ClaimNode     string `bun:"claim_node"`
	ClaimRun      string `bun:"claim_run"`
	ClaimUntil    int64  `bun:"claim_until"`
	Revision      int64  `bun:"revision"`
}

// chatOf is the row of m's endpoint and address, held until the end of the transaction: who
// writes into a chat has it to himself, so that its messages have an order. A new one is
// not there before putChat. With several the caller has them all already (hold); one that has come
// since is not waited for, for who has it may wait for us: the transaction runs again.
func (s *Store) chatOf(ctx context.Context, tx bun.Tx, m *endpoints.Message, several bool) (*chatRow, error) {
	with := chatWith
	if several {
		with = chatWithNow
	}
	var rows []*chatRow
	if err := s.read(ctx, tx, &rows, with, m.EndpointID, m.OtherAddress); err != nil {
		return nil, err
	}
	if len(rows) > 0 {
		return rows[0], nil
	}
	return &chatRow{
		ID: endpoints.NewID(), Created: micros(m.DateCreated), AccountID: m.AccountID, CustomerID: m.CustomerID, EndpointID: m.EndpointID,
		OtherAddress: m.OtherAddress, OtherName: m.OtherName, Channel: string(m.Channel),
	}, nil
}

func putChat(ctx context.Context, s *Store, tx bun.Tx, r *chatRow) error {
	r.Revision++
	return upsert(ctx, s, tx, []*chatRow{r})
}

// openChat opens a session in a chat. Whoever is about to open one himself, as messages were left over when
// the last one ended, loses his claim: one chat has one session.
func (s *Store) openChat(ctx context.Context, tx bun.Tx, chat *chatRow, open *session.Opening) (told bool, err error) {
	chat.SessionID, chat.RoomID, chat.Tries, chat.Claim, chat.ClaimUntil = open.Record.ID, "", 0, "", 0
	chat.Body = s.seal.close("chats/"+chat.ID, string(open.Body))
	return s.saveChange(ctx, tx, session.Change{Record: open.Record, New: true})
}

// saveChange is one of SaveSessions, within a transaction of more.
func (s *Store) saveChange(ctx context.Context, tx bun.Tx, c session.Change) (told bool, err error) {
	id := c.Record.ID
	if !c.Same {
		if err := upsert(ctx, s, tx, []*sessionRow{s.sessionRow(c.Record, micros(time.Now()))}); err != nil {
			return false, err
		}
	}
	if len(c.Log) > 0 {
		if err := upsert(ctx, s, tx, []*logRow{newLogRow(id, c.Log)}); err != nil {
			return false, err
		}
	}
	return s.tell(ctx, tx, sessionEvents([]session.Change{c}))
}

// chatMessages are given at once to who claims a chat; the next ones come with the next claim.
const chatMessages = 20

// ClaimChats takes chats for which there is something to do, the longest waiting first: for
// as long as the lease nobody else gets them. Each comes with the messages that wait for its flow.
func (s *Store) ClaimChats(ctx context.Context, most int, lease time.Duration) ([]*session.StoredChat, error) {
	if most <= 0 {
		return nil, nil
	}
	// Mostly nothing is due, and looking needs no turn among the writers.
	now := micros(time.Now())
	due, err := s.has(ctx, anyChatDue, now, now, s.node, s.run)
	if err != nil || !due {
		return nil, err
	}
	var out []*session.StoredChat
	err = s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		out = nil
		now := time.Now()
		var rows []*chatRow
		q := s.dueChats(tx.NewSelect().Model(&rows), now).Order("due", "id").Limit(int64(most))
		if err := skipLocked(tx, q).Scan(ctx); err != nil || len(rows) == 0 {
			return err
		}
		claim := endpoints.NewID()
		waiting := map[string][]*messageRow{}
		for _, r := range rows {
			if _, err := s.exec(ctx, tx, chatClaim, claim, s.node, s.run, micros(now.Add(lease)), r.ID); err != nil {
				return err
			}
			var messages []*messageRow
			if err := s.read(ctx, tx, &messages, messageWaits, r.ID, chatMessages); err != nil {
				return err
			}
			waiting[r.ID] = messages
		}
		if err := recount(ctx, tx, rows, waiting); err != nil {
			return err
		}
		for _, r := range rows {
			r.Claim, r.Tries = claim, r.Tries+1
			c, err := s.storedChat(r)
			if err != nil {
				s.log.Error("a chat can't be read; its flow begins anew: " + err.Error())
			}
			if c.Messages, err = s.readable(waiting[r.ID]); err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	return out, err
}

// recount notes for chats without waiting messages that there are none, should they have been deleted.
func recount(ctx context.Context, tx bun.Tx, rows []*chatRow, waiting map[string][]*messageRow) error {
	var ids []string
	for _, r := range rows {
		if r.Pending > 0 && len(waiting[r.ID]) == 0 {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.NewUpdate().TableExpr("chats").Set("pending = 0").Where("id IN (?)", bun.In(ids)).Exec(ctx)
	return err
}

// dueChats keeps open chats for which there is something to do, and nobody does it.
func (s *Store) dueChats(q *bun.SelectQuery, now time.Time) *bun.SelectQuery {
	return q.Where("due > 0 AND due <= ?0 AND (claim_until <= ?0 OR claim_node = ?1 AND claim_run <> ?2)", micros(now), s.node, s.run)
}

func (s *Store) storedChat(r *chatRow) (*session.StoredChat, error) {
	c := &session.StoredChat{
		ID: r.ID, AccountID: r.AccountID, CustomerID: r.CustomerID, EndpointID: r.EndpointID, OtherAddress: r.OtherAddress, OtherName: r.OtherName,
		Channel: endpoints.Channel(r.Channel), SessionID: r.SessionID, RoomID: r.RoomID, Tries: r.Tries, Claim: r.Claim, Last: fromMicros(r.LastDate),
	}
	body, err := s.seal.open("chats/"+r.ID, r.Body)
	if err != nil {
		return c, err
	}
	route, err := s.seal.open("chats/"+r.ID+"/route", r.Route)
	if route != "" {
		c.Route = json.RawMessage(route)
	}
	if body != "" {
		c.Body = []byte(body)
	}
	return c, err
}

// Chat is what an endpoint and an address have exchanged, as it stands; fs.ErrNotExist.
func (s *Store) Chat(ctx context.Context, endpointID, otherAddress string) (*session.StoredChat, error) {
	var r chatRow
	if err := s.r.NewSelect().Model(&r).Where("endpoint_id = ? AND other_address = ?", endpointID, otherAddress).Scan(ctx); err != nil {
		return nil, one(err, "conversation with", otherAddress)
	}
	return s.storedChat(&r)
}

// NextChat is when the next chat has something to do that nobody works at; zero: none has.
func (s *Store) NextChat(ctx context.Context) (time.Time, error) {
	var free, taken []int64
	if err := s.look(ctx, &free, firstChatFree); err != nil {
		return time.Time{}, err
	}
	before := int64(math.MaxInt64)
	if free = append(free, 0); free[0] > 0 {
		before = free[0]
	}
	if err := s.look(ctx, &taken, firstChatTaken, before); err != nil { // there are few: those that are worked at
		return time.Time{}, err
	}
	return fromMicros(earlier(free[0], taken[0])), nil
}

// RenewChats lets the claims of these chats, by their ids, last until a lease from now. One that has another claim by
// now, though it may have been claimed together with them, stays as it is.
func (s *Store) RenewChats(ctx context.Context, claims map[string]string, lease time.Duration) error {
	if len(claims) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(claims))
	of := slices.Compact(slices.Sorted(maps.Values(claims)))
	return s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := hold(ctx, tx, tx.NewSelect().TableExpr("chats").Where("id IN (?)", bun.In(ids))); err != nil {
			return err
		}
		_, err := tx.NewUpdate().TableExpr("chats").Set("claim_until = ?", micros(time.Now().Add(lease))).
			Where("id IN (?) AND claim IN (?) AND claim_run = ?", bun.In(ids), bun.In(of), s.run).Exec(ctx)
		return err
	})
}

// ReleaseChat gives a chat back as it was claimed: a server that stops has not failed at it.
func (s *Store) ReleaseChat(ctx context.Context, id, claim string) error {
	return s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().TableExpr("chats").Set("claim = ''").Set("claim_until = 0").Set("tries = CASE WHEN tries > 0 THEN tries - 1 ELSE 0 END").
			Where("id = ? AND claim = ?", id, claim).Exec(ctx)
		return err
	})
}
