package api

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/argon2"

	"ringflow/endpoints"
	"ringflow/store"
	"ringflow/store/storetest"
)

// furnish puts into an empty store what every house has: an administrator, and in
// each of two accounts a login per role.
func furnish(ctx context.Context, db *store.Store) error {
	if _, err := db.Bootstrap(ctx, adminEmail, password); err != nil {
		return err
	}
	hash := quickHash(password)
	boss, err := db.LoginByEmail(ctx, adminEmail)
	if err != nil {
		return err
	}
	boss.PasswordHash = hash
	other := &endpoints.Account{Name: "Other"}
	if err := errors.Join(db.PutLogin(ctx, boss), db.PutAccount(ctx, other)); err != nil {
		return err
	}
	for domain, account := range map[string]string{"default.test": boss.AccountIDs[0], "other.test": other.ID} {
		for _, role := range endpoints.Roles {
			if role == endpoints.SystemAdministrator {
				continue
			}
			l := &endpoints.Login{EmailAddress: strings.ToLower(string(role)) + "@" + domain, PasswordHash: hash, Roles: []endpoints.Role{role}, AccountIDs: []string{account}}
			if err := db.PutLogin(ctx, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// quickHash is HashPassword with the least work that there is: thousands of
// requests of tests bring a password. What it costs to guess one is tested in endpoints.
func quickHash(password string) string {
	const memory, time, lanes = 8, 1, 1
	salt := make([]byte, 16)
	rand.Read(salt)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, time, lanes, b64.EncodeToString(salt), b64.EncodeToString(argon2.IDKey([]byte(password), salt, time, memory, lanes, 32)))
}

// furnished is a house on SQLite: migrations run once for all tests.
var furnished = sync.OnceValues(func() (storetest.Template, error) { return storetest.NewTemplate(furnish) })

// openFurnished opens a store that is furnished: a copy on SQLite, or the database of o.
func openFurnished(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	if o.URL == "" {
		house, err := furnished()
		if err == nil {
			err = house.Copy(o.Dir)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := store.Open(t.Context(), o)
	if err == nil && o.URL != "" {
		err = furnish(t.Context(), db)
	}
	if err != nil {
		t.Fatal(err)
	}
	return db
}
