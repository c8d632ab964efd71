package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

// outboxRow is a message on its way out. Who works at it has a claim: to the end
// of it nobody else takes the message, and only who has it says what became of
// the message.
type outboxRow struct {
	bun.BaseModel `bun:"table:outbox,alias:o"`
	entity
	AccountID  string `bun:"account_id"`
	Channel    string `bun:"channel"`
	Key        string `bun:"message_key"`
	From       string `bun:"from_address"`
	To         string `bun:"to_addresses"` // JSON
	Subject    string `bun:"subject"`
	Body       string `bun:"body"` // sealed: people's messages, and tokens
	Secret     bool   `bun:"secret"`
	State      string `bun:"state"`
	Tries      int    `bun:"tries"`
	Begun      int64  `bun:"begun"`
	Next       int64  `bun:"next_try"`
	Expires    int64  `bun:"expires"`
	LastError  string `bun:"last_error"`
	Sent       int64  `bun:"sent"`
	Claim      string `bun:"claim"`
	ClaimNode  string `bun:"claim_node"`
	ClaimRun   string `bun:"claim_run"`
	ClaimUntil int64  `bun:"claim_until"`
	MessageID  string `bun:"message_id"`
	Lane       string `bun:"lane"`
	LaneSeq    int64  `bun:"lane_seq"`
	ToldOf     string `bun:"told_of"` // the message that a webhook is told of
	Turn       int64  `bun:"turn"`
}

// longest error that is kept, in bytes.
const maxLastError = 1_000

func (s *Store) outboundRow(m *endpoints.Outbound) *outboxRow {
	return &outboxRow{
		entity: fromEntity(m.Entity), AccountID: m.AccountID, Channel: string(m.Channel), Key: m.Key, From: m.From, To: text(m.To),
		Subject: m.Subject, Body: s.seal.close("outbox/"+m.ID, string(m.Body)), Secret: m.Secret, State: string(m.State), Tries: m.Tries,
		Begun: micros(m.Begun), Next: micros(m.Next), Expires: micros(m.Expires), LastError: m.LastError, Sent: micros(m.Sent),
		MessageID: m.MessageID, Lane: m.Lane, LaneSeq: m.LaneSeq, Turn: micros(m.Turn),
	}
}

func (s *Store) outbound(r *outboxRow) (*endpoints.Outbound, error) {
	m := &endpoints.Outbound{
		Entity: r.entity.entity(), AccountID: r.AccountID, Channel: endpoints.Channel(r.Channel), Key: r.Key, From: r.From,
		Subject: r.Subject, Secret: r.Secret, State: endpoints.OutState(r.State), Tries: r.Tries, Begun: fromMicros(r.Begun),
		Next: fromMicros(r.Next), Expires: fromMicros(r.Expires), LastError: r.LastError, Sent: fromMicros(r.Sent), Claim: r.Claim,
		MessageID: r.MessageID, Lane: r.Lane, LaneSeq: r.LaneSeq, Turn: fromMicros(r.Turn),
	}
	body, err := s.seal.open("outbox/"+r.ID, r.Body)
	if body != "" {
		m.Body = json.RawMessage(body)
	}
	return m, errors.Join(err, fromText("recipients of message "+r.ID, r.To, &m.To))
}

// PutOutbound puts a message into the outbox; once it returns the message
// outlives a loss of power. If there is one with its account and key, that one
// it is: m gets its id, fresh is false, and nothing is written.
func (s *Store) PutOutbound(ctx context.Context, m *endpoints.Outbound) (fresh bool, err error) {
	if err := m.Validate(); err != nil {
		return false, err
	}
	if m.ID != "" {
		return false, invalid("id", "is given to a message by the outbox")
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		fresh, err = s.insertOutbound(ctx, tx, m)
		return err
	})
	return fresh, err
}

// insertOutbound is PutOutbound within a transaction of more.
func (s *Store) insertOutbound(ctx context.Context, tx bun.Tx, m *endpoints.Outbound) (fresh bool, err error) {
	if err := mustExist(ctx, tx, "accounts", "accountId", m.AccountID, ""); err != nil {
		return false, err
	}
	row := *m
	stamp(&row.Entity, nil)
	if row.Key == "" {
		row.Key = row.ID
	}
	row.State, row.Tries, row.Begun, row.Next, row.LastError, row.Sent = endpoints.OutQueued, 0, row.DateCreated, row.DateCreated, "", time.Time{}
	res, err := tx.NewInsert().Model(s.outboundRow(&row)).On("CONFLICT (account_id, message_key) DO NOTHING").Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return false, err
	}
	if n > 0 {
		*m = row
		return true, nil
	}
	var there outboxRow
	if err := tx.NewSelect().Model(&there).Where("account_id = ? AND message_key = ?", m.AccountID, m.Key).Scan(ctx); err != nil {
		return false, one(err, "message", m.Key)
	}
	old, err := s.outbound(&there)
	if err == nil {
		*m = *old
	}
	return false, err
}

// Outbound is the message with this id.
func (s *Store) Outbound(ctx context.Context, id string) (*endpoints.Outbound, error) {
	var r outboxRow
	if err := s.r.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, one(err, "message", id)
	}
	return s.outbound(&r)
}

var outboundSorting = entities.and(map[string]string{"from": "from_address", "to": "to_addresses", "subject": "subject", "state": "state", "channel": "channel", "type": "channel"}).
	with(numbers(map[string]string{"dateSent": "sent", "dateNext": "next_try", "tries": "tries"})).with(sorting{"accountName": byAccount})

// Outbounds lists messages, and counts them.
func (s *Store) Outbounds(ctx context.Context, f endpoints.OutboundFilter) ([]*endpoints.Outbound, int, error) {
	var rows []*outboxRow
	q := s.r.NewSelect().Model(&rows)
	in(q, "account_id", f.AccountIDs)
	in(q, "channel", f.Channels)
	in(q, "state", f.States)
	s.contains(q, f.From, "from_address")
	s.contains(q, f.To, "to_addresses")
	s.contains(q, f.Subject, "subject")
	between(q, "created", f.Start, f.End)
	total, err := s.page(ctx, q, f.List, outboundSorting)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*endpoints.Outbound, len(rows))
	for i, r := range rows {
		if out[i], err = s.outbound(r); err != nil { // one that can't be read hides no others
			out[i].LastError = shorten(err.Error())
		}
	}
	return out, total, nil
}

// CountOutbound is how many messages wait or are being sent, by channel.
func (s *Store) CountOutbound(ctx context.Context) (map[endpoints.Channel]int, error) {
	var rows []struct {
		Channel string `bun:"channel"`
		N       int    `bun:"n"`
	}
	err := s.r.NewSelect().TableExpr("outbox").ColumnExpr("channel, count(*) AS n").Where("state IN (?)", bun.In(unsent)).GroupExpr("channel").Scan(ctx, &rows)
	out := map[endpoints.Channel]int{}
	for _, r := range rows {
		out[endpoints.Channel(r.Channel)] = r.N
	}
	return out, err
}

var unsent = []endpoints.OutState{endpoints.OutQueued, endpoints.OutSending}

// RequeueOutbound puts a message on its way again, at once and for another day:
// the same one if it was given up or waits, a copy with an id of its own if it
// was sent, so that who got it sees a second message and not a repetition.
func (s *Store) RequeueOutbound(ctx context.Context, id, by string) (*endpoints.Outbound, error) {
	var out *endpoints.Outbound
	var changed *endpoints.Message
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var r outboxRow
		q := tx.NewSelect().Model(&r).Where("id = ?", id)
		if tx.Dialect().Name() == dialect.PG {
			q.For("UPDATE")
		}
		if err := q.Scan(ctx); err != nil {
			return one(err, "message", id)
		}
		m, err := s.outbound(&r)
		if err != nil {
			return err
		}
		if !m.Expires.IsZero() && !m.Expires.After(time.Now()) || m.Secret && len(m.Body) == 0 {
			return invalid("", "the message was of use for a short time only, which is over; it isn't sent again")
		}
		old := &r.entity
		switch m.State {
		case endpoints.OutSending:
			return invalid("", "the message is being sent just now")
		case endpoints.OutSent:
			m.Entity, old = endpoints.Entity{CreatedBy: by}, nil
		}
		m.LastModifiedBy = by
		stamp(&m.Entity, old)
		if old == nil {
			m.Key = m.ID
		}
		m.State, m.Tries, m.Begun, m.Next, m.Sent = endpoints.OutQueued, 0, m.DateLastModified, m.DateLastModified, time.Time{}
		m.Turn = time.Time{} // it leaves once more, and counts once more
		if old == nil {
			m.LastError, m.Lane = "", ""
		}
		out = m
		row := s.outboundRow(m)
		row.ToldOf = r.ToldOf
		if err := put(ctx, tx, row); err != nil {
			return err
		}
		if changed, err = s.follow(ctx, tx, m.ID, endpoints.MessageQueued, "", endpoints.MessageFailed); err != nil || changed == nil {
			return err
		}
		changed.RemoteID = "" // what is told of it now is of the try before
		_, err = tx.NewUpdate().TableExpr("messages").Set("remote_id = ''").Where("id = ?", changed.ID).Exec(ctx)
		return err
	})
	if err == nil {
		s.messageChanged(changed)
	}
	return out, err
}

// pruneBatch rows are deleted in one go.
const pruneBatch = 500

// PruneOutbound deletes messages that were sent or given up before a time, the
// first pruneBatch of them, and says how many. What they were counted by goes when it counts no more.
func (s *Store) PruneOutbound(ctx context.Context, before time.Time) (n int, err error) {
	if err := s.forgetRates(ctx); err != nil {
		return 0, err
	}
	over := s.r.NewSelect().TableExpr("outbox").Column("id").
		Where("state IN (?) AND modified < ?", bun.In([]endpoints.OutState{endpoints.OutSent, endpoints.OutFailed}), micros(before)).Limit(pruneBatch)
	var ids []string
	if err := over.Scan(ctx, &ids); err != nil || len(ids) == 0 {
		return 0, err
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewDelete().TableExpr("outbox").Where("id IN (?) AND modified < ?", bun.In(ids), micros(before)).Exec(ctx)
		if err != nil {
			return err
		}
		rows, err := res.RowsAffected()
		n = int(rows)
		return err
	})
	return n, err
}

// shorten is an error as it is kept.
func shorten(why string) string {
	if len(why) > maxLastError {
		why = why[:maxLastError]
	}
	return tidy(why)
}

func lostClaim(id string) error {
	return fmt.Errorf("%w: somebody else works at it by now", unknown("claim of message", id))
}
