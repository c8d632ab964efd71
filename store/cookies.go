package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"ringflow/flow"
	"ringflow/session"
)

// maxCookies of one party are kept: of more, those that were written last.
const maxCookies = 100

type cookieRow struct {
	bun.BaseModel `bun:"table:cookies,alias:c"`
	AccountID     string `bun:"account_id,pk"`
	Party         string `bun:"party,pk"`
	Name          string `bun:"name,pk"`
	Value         string `bun:"value"` // cookieValue, sealed: flows keep PINs in cookies
	Written       int64  `bun:"written"`
	Expires       int64  `bun:"expires"`
}

type cookieValue struct {
	Value  flow.Value `json:"value"`
	Secret bool       `json:"secret,omitempty"`
}

func cookieSeal(c *session.Cookie) string {
	return fmt.Sprintf("cookies/%s/%q/%q", c.AccountID, c.Party, c.Name)
}

// PutCookie keeps a cookie, and forgets those of its account that have expired
// at now.
func (s *Store) PutCookie(ctx context.Context, c session.Cookie, now time.Time) error {
	c.Party, c.Name = tidy(c.Party), tidy(c.Name)
	row := &cookieRow{
		AccountID: c.AccountID, Party: c.Party, Name: c.Name, Written: micros(time.Now()), Expires: micros(c.Expires),
		Value: s.seal.close(cookieSeal(&c), text(cookieValue{c.Value, c.Value.IsSecret()})),
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := mustExist(ctx, tx, "accounts", "accountId", c.AccountID, ""); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(row).On("CONFLICT (account_id, party, name) DO UPDATE").Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewDelete().TableExpr("cookies").Where("account_id = ? AND expires <= ?", c.AccountID, micros(now)).Exec(ctx); err != nil {
			return err
		}
		newest := tx.NewSelect().TableExpr("cookies").Column("name").Where("account_id = ? AND party = ?", c.AccountID, c.Party).OrderExpr("written DESC, name").Limit(maxCookies)
		_, err := tx.NewDelete().TableExpr("cookies").Where("account_id = ? AND party = ? AND name NOT IN (?)", c.AccountID, c.Party, newest).Exec(ctx)
		return err
	})
}

// Cookie is a party's cookie, false if there is none or it had expired at now.
func (s *Store) Cookie(ctx context.Context, account, party, name string, now time.Time) (flow.Value, bool, error) {
	c := session.Cookie{AccountID: account, Party: tidy(party), Name: tidy(name)}
	var r cookieRow
	err := s.r.NewSelect().Model(&r).Where("account_id = ? AND party = ? AND name = ? AND expires > ?", c.AccountID, c.Party, c.Name, micros(now)).Scan(ctx)
	if err = one(err, "cookie", name); errors.Is(err, fs.ErrNotExist) {
		return flow.Value{}, false, nil
	} else if err != nil {
		return flow.Value{}, false, err
	}
	open, err := s.seal.open(cookieSeal(&c), r.Value)
	if err != nil {
		return flow.Value{}, false, err
	}
	var v cookieValue
	if err := fromText("cookie "+name, open, &v); err != nil {
		return flow.Value{}, false, err
	}
	if v.Secret {
		v.Value = v.Value.Secret()
	}
	return v.Value, true, nil
}

// DeleteCookie forgets a cookie; one that isn't there is forgotten already.
func (s *Store) DeleteCookie(ctx context.Context, account, party, name string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().TableExpr("cookies").Where("account_id = ? AND party = ? AND name = ?", account, party, name).Exec(ctx)
		return err
	})
}
