package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

type apiKeyRow struct {
	bun.BaseModel `bun:"table:api_keys,alias:k"`
	revised
	Name       string `bun:"name"`
	Prefix     string `bun:"prefix"`
	Hash       string `bun:"hash"`
	LoginID    string `bun:"login_id"`
	AccountIDs string `bun:"account_ids"` // JSON
	Scopes     string `bun:"scopes"`      // JSON
	Expires    int64  `bun:"expires"`
	LastUsed   int64  `bun:"last_used"`
	LastIP     string `bun:"last_ip"`
}

func (r *apiKeyRow) key() (*endpoints.APIKey, error) {
	k := &endpoints.APIKey{
		Entity: r.whole(), Name: r.Name, Prefix: r.Prefix, Hash: r.Hash, LoginID: r.LoginID,
		Expires: fromMicros(r.Expires), LastUsed: fromMicros(r.LastUsed), LastIP: r.LastIP,
	}
	if err := fromText("accounts of API key "+r.ID, r.AccountIDs, &k.AccountIDs); err != nil {
		return nil, err
	}
	return k, fromText("scopes of API key "+r.ID, r.Scopes, &k.Scopes)
}

var apiKeySorting = entities.and(map[string]string{"name": "name", "prefix": "prefix", "lastIpAddress": "last_ip"}).
	with(numbers(map[string]string{"expires": "expires", "lastUsed": "last_used"}))

// APIKey is the key with this id.
func (s *Store) APIKey(ctx context.Context, id string) (*endpoints.APIKey, error) {
	return s.oneAPIKey(ctx, "id", id)
}

// APIKeyByHash is the key that hashes to this.
func (s *Store) APIKeyByHash(ctx context.Context, hash string) (*endpoints.APIKey, error) {
	return s.oneAPIKey(ctx, "hash", hash)
}

func (s *Store) oneAPIKey(ctx context.Context, column, value string) (*endpoints.APIKey, error) {
	var r apiKeyRow
	if err := s.r.NewSelect().Model(&r).Where("? = ?", bun.Ident(column), value).Scan(ctx); err != nil {
		return nil, one(err, "API key", "")
	}
	return r.key()
}

// APIKeys lists keys, and counts them.
func (s *Store) APIKeys(ctx context.Context, f endpoints.APIKeyFilter) ([]*endpoints.APIKey, int, error) {
	var rows []*apiKeyRow
	q := s.r.NewSelect().Model(&rows)
	s.contains(q, f.NameFilter, "name")
	switch {
	case len(f.ManagedBy) > 0:
		managed := s.r.NewSelect().TableExpr("logins AS l").ColumnExpr("l.id").
			Where("EXISTS (SELECT 1 FROM login_accounts a WHERE a.login_id = l.id)").
			Where("NOT EXISTS (SELECT 1 FROM login_accounts a WHERE a.login_id = l.id AND a.account_id NOT IN (?))", bun.In(f.ManagedBy))
		withoutRoles(managed, []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager})
		q.Where("(k.login_id IN (?) OR k.login_id IN (?))", bun.In(append([]string{""}, f.LoginIDs...)), managed)
	case len(f.LoginIDs) > 0:
		in(q, "login_id", f.LoginIDs)
	}
	total, err := s.page(ctx, q, f.List, apiKeySorting)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*endpoints.APIKey, len(rows))
	for i, r := range rows {
		if out[i], err = r.key(); err != nil {
			return nil, 0, err
		}
	}
	return out, total, nil
}

// maxAPIKeys of one login.
const maxAPIKeys = 100

// AddAPIKey keeps a new key; it sets ID and times.
func (s *Store) AddAPIKey(ctx context.Context, k *endpoints.APIKey) error {
	if err := k.Validate(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := mustExist(ctx, tx, "logins", "loginId", k.LoginID, ""); err != nil {
			return err
		}
		n, err := tx.NewSelect().TableExpr("api_keys").Where("login_id = ?", k.LoginID).Count(ctx)
		if err != nil {
			return err
		}
		if n >= maxAPIKeys {
			return invalid("name", "a login has %d API keys at most; delete one that isn't used", maxAPIKeys)
		}
		k.ID, k.Revision = "", 1
		stamp(&k.Entity, nil)
		_, err = tx.NewInsert().Model(&apiKeyRow{
			revised: fromRevised(k.Entity), Name: k.Name, Prefix: k.Prefix, Hash: k.Hash, LoginID: k.LoginID,
			AccountIDs: text(k.AccountIDs), Scopes: text(k.Scopes), Expires: micros(k.Expires),
		}).Exec(ctx)
		return err
	})
}

// TouchAPIKey notes that a key was used: what is shown of it has changed.
func (s *Store) TouchAPIKey(ctx context.Context, id string, at time.Time, ip string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().TableExpr("api_keys").Set("revision = revision + 1").Set("last_used = ?", micros(at)).Set("last_ip = ?", ip).Where("id = ?", id).Exec(ctx)
		return err
	})
}

// DeleteAPIKey revokes a key.
func (s *Store) DeleteAPIKey(ctx context.Context, id string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error { return remove(ctx, tx, "api_keys", "API key", id) })
}
