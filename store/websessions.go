package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// WebSession is a login that a cookie stands for. It ends when it wasn't used
// for its Life, and with its login.
type WebSession struct {
	Token       string // a hash of the cookie's value: who reads the database can't log in with it
	LoginID     string
	Fingerprint string // of the login's password when the session began
	Life        time.Duration
	Used        time.Time
}

type webSessionRow struct {
	bun.BaseModel `bun:"table:web_sessions,alias:w"`
	Token         string `bun:"token,pk"`
	LoginID       string `bun:"login_id"`
	Fingerprint   string `bun:"fingerprint"`
	Life          int64  `bun:"life"` // microseconds
	Used          int64  `bun:"used"`
}

// AddWebSessions keeps new sessions. Those that are over go, and of more than
// most the ones that were used longest ago.
func (s *Store) AddWebSessions(ctx context.Context, most int, sessions ...WebSession) error {
	rows := make([]webSessionRow, len(sessions))
	for i, w := range sessions {
		rows[i] = webSessionRow{Token: w.Token, LoginID: w.LoginID, Fingerprint: w.Fingerprint, Life: w.Life.Microseconds(), Used: micros(w.Used)}
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().TableExpr("web_sessions").Where("used + life < ?", micros(time.Now())).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return err
		}
		n, err := tx.NewSelect().TableExpr("web_sessions").Count(ctx)
		if err != nil || int(n) <= most {
			return err
		}
		oldest := tx.NewSelect().TableExpr("web_sessions").Column("token").Order("used", "token").Limit(n - int64(most))
		_, err = tx.NewDelete().TableExpr("web_sessions").Where("token IN (?)", oldest).Exec(ctx)
		return err
	})
}

// WebSession is the session of a token, unless it is over.
func (s *Store) WebSession(ctx context.Context, token string) (*WebSession, error) {
	var r webSessionRow
	if err := s.r.NewSelect().Model(&r).Where("token = ? AND used + life >= ?", token, micros(time.Now())).Scan(ctx); err != nil {
		return nil, one(err, "web session", "")
	}
	return &WebSession{Token: r.Token, LoginID: r.LoginID, Fingerprint: r.Fingerprint, Life: time.Duration(r.Life) * time.Microsecond, Used: fromMicros(r.Used)}, nil
}

// TakeWebSession ends a session that is good for one use; false: it was over, or
// somebody was quicker.
func (s *Store) TakeWebSession(ctx context.Context, token string) (taken bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewDelete().TableExpr("web_sessions").Where("token = ? AND used + life >= ?", token, micros(time.Now())).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		taken = n > 0
		return err
	})
	return taken, err
}

// TouchWebSession notes that a session is used now.
func (s *Store) TouchWebSession(ctx context.Context, token string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().TableExpr("web_sessions").Set("used = ?", micros(time.Now())).Where("token = ?", token).Exec(ctx)
		return err
	})
}

// EndWebSessions forgets sessions; one that isn't there is forgotten already.
func (s *Store) EndWebSessions(ctx context.Context, tokens ...string) error {
	if len(tokens) == 0 {
		return nil
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().TableExpr("web_sessions").Where("token IN (?)", bun.In(tokens)).Exec(ctx)
		return err
	})
}
