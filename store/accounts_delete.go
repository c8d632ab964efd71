package store

import (
	"context"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// administrators are logins that see all accounts, whatever they name.
const administrators = `%"` + string(endpoints.SystemAdministrator) + `"%`

// DeleteAccount removes an account that nothing belongs to any more. With it go
// its settings, its messages that were sent or wait, what its flows remember, and the
// logins that have no other account; the server's last account stays.
func (s *Store) DeleteAccount(ctx context.Context, id string) error {
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := oneAtATime(ctx, tx, id); err != nil { // who puts something into it waits, and then finds it gone
			return one(err, "account", id)
		}
		n, err := tx.NewSelect().TableExpr("accounts").Where("id <> ?", id).Count(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return invalid("accountId", "the account can't be deleted: it is the server's last one")
		}
		for _, user := range []struct{ table, column, what string }{
			{"accounts", "parent_id", "accounts stand below it"}, {"endpoints", "account_id", "endpoints are its own"}, {"flows", "account_id", "flows are its own"},
			{"customers", "account_id", "customers are its own"}, {"files", "account_id", "files are its own"}, {"sessions", "account_id", "calls are on record"}, {"reports", "account_id", "reports are kept"},
		} {
			n, err := tx.NewSelect().TableExpr("?", bun.Ident(user.table)).Where("? = ?", bun.Ident(user.column), id).Count(ctx)
			if err != nil {
				return err
			}
			if n > 0 {
				return invalid("accountId", "the account can't be deleted: %d %s; move or delete those first", n, user.what)
			}
		}
		if _, err := tx.NewDelete().TableExpr("logins").Where("roles NOT LIKE ?", administrators).
			Where("id IN (SELECT login_id FROM login_accounts WHERE account_id = ?)", id).
			Where("id NOT IN (SELECT login_id FROM login_accounts WHERE account_id <> ?)", id).Exec(ctx); err != nil {
			return err
		}
		for _, table := range []string{"login_accounts", "settings", "cookies", "outbox", "flow_versions", "messages", "chats", "chat_rooms"} {
			if _, err := tx.NewDelete().TableExpr("?", bun.Ident(table)).Where("account_id = ?", id).Exec(ctx); err != nil {
				return err
			}
		}
		return remove(ctx, tx, "accounts", "account", id)
	})
}

// EndTokensOf ends what the logins of an account are logged in with, the tokens
// that went out to them by mail, and the API keys of theirs or of the account;
// administrators' own stay. It returns how many sessions and keys there were.
func (s *Store) EndTokensOf(ctx context.Context, account string) (sessions, keys int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewDelete().TableExpr("web_sessions").
			Where("login_id IN (SELECT login_id FROM login_accounts WHERE account_id = ?)", account).
			Where("login_id NOT IN (SELECT id FROM logins WHERE roles LIKE ?)", administrators).Exec(ctx)
		if err != nil {
			return err
		}
		ended, err := res.RowsAffected()
		if err != nil {
			return err
		}
		res, err = tx.NewDelete().TableExpr("api_keys").
			Where("replace(account_ids, ?, '') <> account_ids OR login_id IN (SELECT login_id FROM login_accounts WHERE account_id = ?) AND login_id NOT IN (SELECT id FROM logins WHERE roles LIKE ?)", text(account), account, administrators).Exec(ctx)
		if err != nil {
			return err
		}
		revoked, err := res.RowsAffected()
		sessions, keys = int(ended), int(revoked)
		return err
	})
	return sessions, keys, err
}
