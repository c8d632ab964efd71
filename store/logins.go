package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

type loginRow struct {
	bun.BaseModel `bun:"table:logins,alias:l"`
	revised
	EmailAddress string `bun:"email_address"`
	FirstName    string `bun:"first_name"`
	LastName     string `bun:"last_name"`
	PasswordHash string `bun:"password_hash"`
	Roles        string `bun:"roles"`
	EndpointID   string `bun:"endpoint_id"`

	ManagerAccess        string `bun:"manager_access"`
	DashboardPermissions string `bun:"dashboard_permissions"` // JSON
	CustomerIDs          string `bun:"customer_ids"`          // JSON

	Accounts []*loginAccountRow `bun:"rel:has-many,join:id=login_id"`
}

type loginAccountRow struct {
	bun.BaseModel `bun:"table:login_accounts,alias:la"`
	LoginID       string `bun:"login_id,pk"`
	AccountID     string `bun:"account_id,pk"`
}

func (r *loginRow) login() (*endpoints.Login, error) {
	l := &endpoints.Login{
		Entity: r.whole(), EmailAddress: r.EmailAddress, FirstName: r.FirstName, LastName: r.LastName,
		PasswordHash: r.PasswordHash, EndpointID: r.EndpointID, ManagerAccess: endpoints.ManagerAccess(r.ManagerAccess),
	}
	for _, a := range r.Accounts {
		l.AccountIDs = append(l.AccountIDs, a.AccountID)
	}
	if err := fromText("dashboard permissions of login "+r.ID, r.DashboardPermissions, &l.DashboardPermissions); err != nil {
		return nil, err
	}
	if err := fromText("customers of login "+r.ID, r.CustomerIDs, &l.CustomerIDs); err != nil {
		return nil, err
	}
	return l, fromText("roles of login "+r.ID, r.Roles, &l.Roles)
}

var loginSorting = entities.and(map[string]string{"emailAddress": "email_address", "firstName": "first_name", "lastName": "last_name", "managerAccess": "manager_access"}).
	with(sorting{"name": {text: true, of: "coalesce(nullif(trim(?TableAlias.first_name || ' ' || ?TableAlias.last_name), ''), ?TableAlias.email_address)"}})

// logins selects rows into dst, with their accounts.
func (s *Store) logins(dst any) *bun.SelectQuery {
	return s.r.NewSelect().Model(dst).Relation("Accounts", func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("account_id") })
}

// Login is the login with this id.
func (s *Store) Login(ctx context.Context, id string) (*endpoints.Login, error) {
	return s.oneLogin(ctx, "id", id)
}

// LoginByEmail is the login with this e-mail address, in any case.
func (s *Store) LoginByEmail(ctx context.Context, address string) (*endpoints.Login, error) {
	return s.oneLogin(ctx, "email_address", endpoints.NormalEmail(address))
}

func (s *Store) oneLogin(ctx context.Context, column, value string) (*endpoints.Login, error) {
	var r loginRow
	if err := s.logins(&r).Where("?TableAlias.? = ?", bun.Ident(column), value).Scan(ctx); err != nil {
		return nil, one(err, "login", value)
	}
	return r.login()
}

// Logins lists logins, and counts them.
func (s *Store) Logins(ctx context.Context, f endpoints.LoginFilter) ([]*endpoints.Login, int, error) {
	var rows []*loginRow
	q := s.logins(&rows)
	if len(f.AccountIDs) > 0 {
		q.Where("EXISTS (SELECT 1 FROM login_accounts a WHERE a.login_id = l.id AND a.account_id IN (?))", bun.In(f.AccountIDs))
	}
	s.contains(q, f.EmailFilter, "email_address")
	if f.EndpointID != "" {
		q.Where("l.endpoint_id = ?", f.EndpointID)
	}
	withoutRoles(q, f.NoneOf)
	total, err := s.page(ctx, q, f.List, loginSorting)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*endpoints.Login, len(rows))
	for i, r := range rows {
		if out[i], err = r.login(); err != nil {
			return nil, 0, err
		}
	}
	return out, total, nil
}

// withoutRoles keeps logins l that have none of the roles, which are a JSON list
// of plain words.
func withoutRoles(q *bun.SelectQuery, roles []endpoints.Role) {
	for _, r := range roles {
		q.Where("l.roles NOT LIKE ?", `%"`+string(r)+`"%`)
	}
}

// PutLogin inserts (no ID, or an unknown one) or replaces; it sets ID and
// times. An e-mail address that has a login already is fs.ErrExist. The last
// SystemAdministrator stays one.
func (s *Store) PutLogin(ctx context.Context, l *endpoints.Login) (err error) {
	defer unkept(&l.Entity, &err)()
	if err := l.Validate(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error { return putLogin(ctx, tx, l) })
}

func putLogin(ctx context.Context, tx bun.Tx, l *endpoints.Login) error {
	var rows []*loginRow
	if err := locked(tx, tx.NewSelect().Model(&rows).Where("id = ?", l.ID)).Scan(ctx); err != nil {
		return err
	}
	old := &loginRow{}
	var was *revised
	if len(rows) > 0 {
		old, was = rows[0], &rows[0].revised
		if !l.Has(endpoints.SystemAdministrator) {
			if err := notTheLast(ctx, tx, l.ID, "roles"); err != nil {
				return err
			}
		}
	}
	if err := succeed(&l.Entity, was, "login"); err != nil {
		return err
	}
	for _, c := range l.CustomerIDs {
		if strings.Contains(old.CustomerIDs, c) {
			continue // it may be gone
		}
		q := tx.NewSelect().TableExpr("customers").ColumnExpr("1").Where("id = ? AND account_id IN (?)", c, bun.In(append([]string{""}, l.AccountIDs...)))
		ok, err := q.Exists(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return invalid("customerIds", "there is no %.64q in the login's accounts", c)
		}
	}
	if err := put(ctx, tx, &loginRow{
		revised: fromRevised(l.Entity), EmailAddress: l.EmailAddress, FirstName: l.FirstName, LastName: l.LastName,
		PasswordHash: l.PasswordHash, Roles: text(l.Roles), EndpointID: l.EndpointID,
		ManagerAccess: string(l.ManagerAccess), DashboardPermissions: text(l.DashboardPermissions), CustomerIDs: text(l.CustomerIDs),
	}); err != nil {
		return err
	}
	if _, err := tx.NewDelete().TableExpr("login_accounts").Where("login_id = ?", l.ID).Exec(ctx); err != nil {
		return err
	}
	for _, a := range l.AccountIDs {
		if err := mustExist(ctx, tx, "accounts", "accountIds", a, ""); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&loginAccountRow{LoginID: l.ID, AccountID: a}).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// DeleteLogin removes a login, and its web sessions and API keys with it.
func (s *Store) DeleteLogin(ctx context.Context, id string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := notTheLast(ctx, tx, id, "userId"); err != nil {
			return err
		}
		return remove(ctx, tx, "logins", "login", id)
	})
}

// notTheLast refuses to take the server's last SystemAdministrator away.
func notTheLast(ctx context.Context, tx bun.Tx, id, field string) error {
	var ids []string
	q := tx.NewSelect().TableExpr("logins").Column("id").Where("roles LIKE ?", `%"`+string(endpoints.SystemAdministrator)+`"%`)
	if tx.Dialect().Name() == dialect.PG { // two at once would each see the other
		q.For("UPDATE")
	}
	if err := q.Scan(ctx, &ids); err != nil {
		return err
	}
	if len(ids) == 1 && ids[0] == id {
		return invalid(field, "the login is the only SystemAdministrator; make another one first")
	}
	return nil
}
