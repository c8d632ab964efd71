package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Repeat is a request under an idempotency key, which is its login's own.
type Repeat struct {
	LoginID   string
	Key       string
	Asked     string // tells this request from others
	SessionID string // of the call that it places, if it places one
	Lost      bool   // nobody knows what became of it: whoever ran it has gone, or failed half way
	Answer    *Answer

	claim string // the run that works at it
}

// Answer is what a request was answered.
type Answer struct {
	Status      int    `json:"status"`
	ContentType string `json:"contentType,omitempty"`
	Tag         string `json:"tag,omitempty"`
	Body        []byte `json:"body,omitempty"`
}

// Keys are remembered for repeatTime: of a login so many, with answers of so
// many bytes in all.
const (
	repeatTime  = 24 * time.Hour
	maxRepeats  = 50_000
	repeatBytes = 256 << 20
	sweptAtOnce = 200
	// A request of another server takes no longer than this.
	repeatAway = 10 * time.Minute
)

const (
	repeatRuns = "running"
	repeatDone = "done"
	repeatLost = "lost"
)

type repeatRow struct {
	bun.BaseModel `bun:"table:repeats,alias:p"`
	LoginID       string `bun:"login_id,pk"`
	Name          string `bun:"name,pk"`
	Created       int64  `bun:"created"`
	Size          int64  `bun:"size"`
	State         string `bun:"state"`
	Node          string `bun:"node"`
	Run           string `bun:"run"`
	SessionID     string `bun:"session_id"`
	Asked         string `bun:"asked"`  // sealed
	Answer        string `bun:"answer"` // Answer as JSON, sealed
}

func (r *repeatRow) label() string { return "repeats/" + r.LoginID + "/" + r.Name }

func (s *Store) repeat(r *repeatRow) (*Repeat, error) {
	out := &Repeat{LoginID: r.LoginID, Key: r.Name, SessionID: r.SessionID, claim: r.Run}
	switch {
	case r.State == repeatLost:
		out.Lost = true
	case r.State == repeatRuns && r.Run != s.run:
		out.Lost = r.Node == s.node || r.Created < micros(time.Now().Add(-repeatAway))
	}
	var err error
	if out.Asked, err = s.seal.open(r.label(), r.Asked); err != nil || r.State != repeatDone {
		return out, err
	}
	text, err := s.seal.open(r.label(), r.Answer)
	if err != nil {
		return nil, err
	}
	return out, fromText("answer to a request", text, &out.Answer)
}

// Reserve keeps a request's key before the request does anything. If the login
// has used the key already, there is what it was used for, and nothing is kept.
func (s *Store) Reserve(ctx context.Context, p *Repeat) (there *Repeat, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		there = nil
		dead := micros(time.Now().Add(-repeatTime))
		if _, err := tx.NewDelete().TableExpr("repeats").Where("(login_id, name) IN (SELECT login_id, name FROM repeats WHERE created < ? LIMIT ?)", dead, sweptAtOnce).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewDelete().TableExpr("repeats").Where("login_id = ? AND name = ? AND created < ?", p.LoginID, p.Key, dead).Exec(ctx); err != nil {
			return err
		}
		row := &repeatRow{LoginID: p.LoginID, Name: p.Key, Created: micros(time.Now()), State: repeatRuns, Node: s.node, Run: s.run, SessionID: p.SessionID}
		row.Asked = s.seal.close(row.label(), p.Asked)
		res, err := tx.NewInsert().Model(row).On("CONFLICT (login_id, name) DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if n == 0 {
			var old repeatRow
			if err := tx.NewSelect().Model(&old).Where("login_id = ? AND name = ?", p.LoginID, p.Key).Scan(ctx); err != nil {
				return one(err, "idempotency key", p.Key)
			}
			there, err = s.repeat(&old)
			return err
		}
		p.claim = s.run
		var sum struct{ N, Bytes int64 }
		if err := tx.NewSelect().TableExpr("repeats").ColumnExpr("count(*) AS n, coalesce(sum(size), 0) AS bytes").Where("login_id = ?", p.LoginID).Scan(ctx, &sum); err != nil {
			return err
		}
		if sum.N > maxRepeats || sum.Bytes > repeatBytes {
			return fmt.Errorf("%d idempotency keys with %d MB of answers in 24 hours: %w", sum.N-1, sum.Bytes>>20, ErrTooMany)
		}
		return nil
	})
	return there, err
}

// TakeOver makes a lost request this server's to run; false: somebody else has
// taken it.
func (s *Store) TakeOver(ctx context.Context, p *Repeat) (ok bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().TableExpr("repeats").Set("state = ?, node = ?, run = ?, created = ?", repeatRuns, s.node, s.run, micros(time.Now())).
			Where("login_id = ? AND name = ? AND run = ?", p.LoginID, p.Key, p.claim).Where("state = ? OR (state = ? AND run <> ?)", repeatLost, repeatRuns, s.run).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if ok = n > 0; ok {
			p.claim = s.run
		}
		return err
	})
	return ok, err
}

// Answered keeps what a request was answered.
func (s *Store) Answered(ctx context.Context, p *Repeat, a *Answer) error {
	row := &repeatRow{LoginID: p.LoginID, Name: p.Key, State: repeatDone}
	row.Answer = s.seal.close(row.label(), text(a))
	row.Size = int64(len(row.Answer))
	return s.finish(ctx, p, row, "state", "size", "answer")
}

// Lose notes that nobody knows what became of a request.
func (s *Store) Lose(ctx context.Context, p *Repeat) error {
	return s.finish(ctx, p, &repeatRow{State: repeatLost}, "state")
}

func (s *Store) finish(ctx context.Context, p *Repeat, row *repeatRow, columns ...string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model(row).Column(columns...).Where("login_id = ? AND name = ? AND run = ?", p.LoginID, p.Key, p.claim).Exec(ctx)
		return err
	})
}

// Release forgets the key of a request that has done nothing.
func (s *Store) Release(ctx context.Context, p *Repeat) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().TableExpr("repeats").Where("login_id = ? AND name = ? AND run = ? AND state = ?", p.LoginID, p.Key, p.claim, repeatRuns).Exec(ctx)
		return err
	})
}
