package store

import (
	"context"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// Bootstrap gives an empty store its account and a login that may do all. It
// returns the password that it made up: empty if one was given, or if the store
// has an account already and nothing was to do.
func (s *Store) Bootstrap(ctx context.Context, email, password string) (string, error) {
	n, err := s.r.NewSelect().TableExpr("accounts").Count(ctx)
	if err != nil || n > 0 {
		return "", err
	}
	made := ""
	if password == "" {
		made = endpoints.NewPassword()
		password = made
	}
	login := &endpoints.Login{EmailAddress: email, FirstName: "System", LastName: "Administrator", Roles: []endpoints.Role{endpoints.SystemAdministrator}}
	if err := login.SetPassword(password); err != nil {
		return "", err
	}
	if err := login.Validate(); err != nil {
		return "", err
	}
	err = s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		account := &endpoints.Account{Name: "Default"}
		if err := putAccount(ctx, tx, account); err != nil {
			return err
		}
		if err := s.putSettings(ctx, tx, endpoints.DefaultSettings(account.ID)); err != nil {
			return err
		}
		login.AccountIDs = []string{account.ID}
		return putLogin(ctx, tx, login)
	})
	return made, err
}
