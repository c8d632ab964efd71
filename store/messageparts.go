package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

// partRow is a part of a text. Once the text is whole and kept its parts stay for a
// while, so that one which comes again is known.
type partRow struct {
	bun.BaseModel `bun:"table:message_parts,alias:p"`
	ID            string `bun:"id,pk"`
	Created       int64  `bun:"created"`
	SetID         string `bun:"set_id"`
	AccountID     string `bun:"account_id"`
	EndpointID    string `bun:"endpoint_id"`
	Channel       string `bun:"channel"`
	OtherAddress  string `bun:"other_address"`
	Ref           string `bun:"ref"`
	Total         int    `bun:"total"`
	Seq           int    `bun:"seq"`
	Body          string `bun:"body"`   // sealed: partBody as JSON
	Joined        int64  `bun:"joined"` // 0: it waits
}

type partBody struct {
	Text        string          `json:"text,omitempty"`
	Destination string          `json:"destination,omitempty"`
	Route       json.RawMessage `json:"route,omitempty"`
}

// joinedKept is how long parts are known to have come: a phone's references come
// round again after 256 long texts.
const joinedKept = time.Hour

// KeepPart keeps a part of a text for good, and returns those of the same text that are
// there, it among them, in their order. One that is there already is not kept twice; with
// joined the whole text has been taken over (JoinedParts), and there is nothing to do.
func (s *Store) KeepPart(ctx context.Context, p *endpoints.MessagePart) (set []*endpoints.MessagePart, joined bool, err error) {
	if err := p.Validate(); err != nil {
		return nil, false, err
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		set, joined = nil, false
		if err := holdEndpoint(ctx, tx, p.EndpointID, p.AccountID); err != nil {
			return err
		}
		now := time.Now()
		var there []*partRow
		err := tx.NewSelect().Model(&there).Where("endpoint_id = ? AND other_address = ? AND ref = ? AND channel = ? AND total = ?", p.EndpointID, p.OtherAddress, p.Ref, p.Channel, p.Total).
			Where("joined = 0 OR joined > ?", micros(now.Add(-joinedKept))).Order("created", "id").Scan(ctx)
		if err != nil {
			return err
		}
		parts, err := s.parts(there)
		if err != nil {
			return err
		}
		// The same again; else the first text that lacks it; else the first part of another.
		for i, k := range parts {
			if k.Seq == p.Seq && k.Text == p.Text {
				*p, joined = *k, there[i].Joined != 0
				set = ofSet(parts, p.SetID)
				return nil
			}
		}
		next := *p
		next.ID, next.Date, next.SetID = endpoints.NewID(), now, ""
		for i, k := range parts {
			if there[i].Joined == 0 && next.SetID == "" && !has(ofSet(parts, k.SetID), p.Seq) {
				next.SetID = k.SetID
			}
		}
		if next.SetID == "" {
			next.SetID = next.ID
		}
		row := &partRow{
			ID: next.ID, Created: micros(now), SetID: next.SetID, AccountID: next.AccountID, EndpointID: next.EndpointID, Channel: string(next.Channel),
			OtherAddress: next.OtherAddress, Ref: next.Ref, Total: next.Total, Seq: next.Seq,
			Body: s.seal.close("message_parts/"+next.ID, text(partBody{next.Text, next.Destination, next.Route})),
		}
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return err
		}
		set, *p = ofSet(append(parts, &next), next.SetID), next
		return nil
	})
	return set, joined, err
}

// holdEndpoint makes parts of one endpoint's texts come one after the other.
func holdEndpoint(ctx context.Context, tx bun.Tx, id, account string) error {
	var found string
	q := tx.NewSelect().TableExpr("endpoints").Column("id").Where("id = ? AND account_id = ?", id, account)
	if tx.Dialect().Name() == dialect.PG { // SQLite has one writer anyway
		q.For("NO KEY UPDATE")
	}
	return one(q.Scan(ctx, &found), "endpoint", id)
}

// ofSet are the parts of one text, in their order.
func ofSet(all []*endpoints.MessagePart, set string) (out []*endpoints.MessagePart) {
	for _, p := range all {
		if p.SetID != set {
			continue
		}
		i := len(out)
		for i > 0 && out[i-1].Seq > p.Seq {
			i--
		}
		out = append(out[:i], append([]*endpoints.MessagePart{p}, out[i:]...)...)
	}
	return out
}

func has(set []*endpoints.MessagePart, seq int) bool {
	for _, p := range set {
		if p.Seq == seq {
			return true
		}
	}
	return false
}

func (s *Store) parts(rows []*partRow) ([]*endpoints.MessagePart, error) {
	out := make([]*endpoints.MessagePart, len(rows))
	for i, r := range rows {
		raw, err := s.seal.open("message_parts/"+r.ID, r.Body)
		if err != nil {
			return nil, err
		}
		var b partBody
		if err := fromText("part "+r.ID+" of a text", raw, &b); err != nil {
			return nil, err
		}
		out[i] = &endpoints.MessagePart{
			ID: r.ID, SetID: r.SetID, AccountID: r.AccountID, EndpointID: r.EndpointID, Channel: endpoints.Channel(r.Channel), Ref: r.Ref,
			OtherAddress: r.OtherAddress, Destination: b.Destination, Total: r.Total, Seq: r.Seq, Text: b.Text, Route: b.Route, Date: fromMicros(r.Created),
		}
	}
	return out, nil
}

// JoinedParts notes that the text of these parts has been taken over.
func (s *Store) JoinedParts(ctx context.Context, setID string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().TableExpr("message_parts").Set("joined = ?", micros(time.Now())).Where("set_id = ? AND joined = 0", setID).Exec(ctx)
		return err
	})
}

// lateSets are given at once.
const lateSets = 100

// LateParts are the texts of a channel whose first part came before a time, and which
// aren't joined yet, each in its order. What is long since joined is forgotten.
func (s *Store) LateParts(ctx context.Context, c endpoints.Channel, before time.Time) ([][]*endpoints.MessagePart, error) {
	var ids []string
	err := s.r.NewSelect().TableExpr("message_parts").ColumnExpr("DISTINCT set_id").Where("joined = 0 AND created < ? AND channel = ?", micros(before), c).Limit(lateSets).Scan(ctx, &ids)
	if err != nil {
		return nil, err
	}
	if err := s.forgetParts(ctx); err != nil || len(ids) == 0 {
		return nil, err
	}
	var rows []*partRow
	if err := s.r.NewSelect().Model(&rows).Where("set_id IN (?)", bun.In(ids)).Order("created", "id").Scan(ctx); err != nil {
		return nil, err
	}
	parts, err := s.parts(rows)
	if err != nil {
		return nil, err
	}
	sets := make([][]*endpoints.MessagePart, len(ids))
	for i, id := range ids {
		sets[i] = ofSet(parts, id)
	}
	return sets, nil
}

func (s *Store) forgetParts(ctx context.Context) error {
	var ids []string
	old := micros(time.Now().Add(-joinedKept))
	err := s.r.NewSelect().TableExpr("message_parts").Column("id").Where("joined > 0 AND joined < ?", old).Limit(pruneBatch).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().TableExpr("message_parts").Where("id IN (?)", bun.In(ids)).Exec(ctx)
		return err
	})
}

// LatestMessage is when an account's last incoming message of a channel was kept;
// zero: there is none.
func (s *Store) LatestMessage(ctx context.Context, accountID string, c endpoints.Channel) (time.Time, error) {
	var at []int64
	err := s.r.NewSelect().TableExpr("messages").Column("date").Where("account_id = ? AND channel = ? AND direction = ?", accountID, c, endpoints.MessageIn).
		Order("date DESC").Limit(1).Scan(ctx, &at)
	if err != nil || len(at) == 0 {
		return time.Time{}, err
	}
	return fromMicros(at[0]), nil
}

// LatestKey is the key of the last incoming message that was kept in [after, before) under
// one of first to last, which have the same length; empty: there is none.
func (s *Store) LatestKey(ctx context.Context, endpointID string, c endpoints.Channel, first, last string, after, before time.Time) (string, error) {
	var keys []string
	err := s.r.NewSelect().TableExpr("messages").Column("message_key").
		Where("endpoint_id = ? AND channel = ? AND direction = ? AND message_key >= ? AND message_key <= ?", endpointID, c, endpoints.MessageIn, first, last).
		Where("created >= ? AND created < ?", micros(after), micros(before)).Order("created DESC").Limit(1).Scan(ctx, &keys)
	if err != nil || len(keys) == 0 {
		return "", err
	}
	return keys[0], nil
}
