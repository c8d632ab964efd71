package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"ringflow/endpoints"
)

// ErrTooMany tells that somebody has more of something than is kept.
var ErrTooMany = errors.New("too many")

// unknown tells that there is no such thing.
func unknown(what, id string) error {
	return fmt.Errorf("%s %.64q: %w", what, id, fs.ErrNotExist)
}

// one turns an empty answer into unknown.
func one(err error, what, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return unknown(what, id)
	}
	if err != nil {
		return fmt.Errorf("%s %.64q: %w", what, id, err)
	}
	return nil
}

// names that only one may have: part of the database's message, and ours.
var unique = []struct{ mark, text string }{
	{"endpoints.email_address", "the e-mail address has an endpoint already"}, {"endpoints_mail_address", "the e-mail address has an endpoint already"},
	{"number", "the phone number is taken"},
	{"sip_user_name", "the sipUserName is taken"},
	{"email_address", "the e-mail address has a login already"},
}

// translate tells a database's refusal in our words.
func (s *Store) translate(err error) error {
	if err == nil {
		return nil
	}
	taken, dangling, what := sqliteTaken(err)
	if !taken && !dangling {
		taken, dangling, what = postgresTaken(err)
	}
	switch {
	case taken:
		for _, u := range unique {
			if strings.Contains(what, u.mark) {
				return fmt.Errorf("%s: %w", u.text, fs.ErrExist)
			}
		}
		return fmt.Errorf("the id is taken: %w", fs.ErrExist)
	case dangling:
		return &endpoints.Invalid{Text: "it names something that is gone, or something still names it"}
	}
	return err
}

// Away tells whether err means that the database can't be asked just now: it is
// worth another try.
func Away(err error) bool {
	return err != nil && !errors.Is(err, context.Canceled) && (postgresAway(err) || sqliteBusy(err) || errors.Is(err, context.DeadlineExceeded))
}

func invalid(field, format string, args ...any) error {
	return &endpoints.Invalid{Field: field, Text: fmt.Sprintf(format, args...)}
}
