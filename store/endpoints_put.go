package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// PutEndpoint inserts (no ID, or an unknown one) or replaces; it sets ID and
// times. A number or a sipUserName that another has is fs.ErrExist.
func (s *Store) PutEndpoint(ctx context.Context, e *endpoints.Endpoint) (err error) {
	defer unkept(&e.Entity, &err)()
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error { return s.putEndpoint(ctx, tx, e) })
}

// PutUser is PutEndpoint for a user, with its login if that isn't nil: both are
// kept, or neither is. The login becomes the endpoint's.
func (s *Store) PutUser(ctx context.Context, e *endpoints.Endpoint, l *endpoints.Login) (err error) {
	if l == nil {
		return s.PutEndpoint(ctx, e)
	}
	defer unkept(&e.Entity, &err)()
	defer unkept(&l.Entity, &err)()
	if err := l.Validate(); err != nil {
		return err
	}
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.putEndpoint(ctx, tx, e); err != nil {
			return err
		}
		l.EndpointID = e.ID
		return putLogin(ctx, tx, l)
	})
}

func (s *Store) putEndpoint(ctx context.Context, tx bun.Tx, e *endpoints.Endpoint) error {
	if err := stampOwned(ctx, tx, "endpoints", &e.Entity, e.AccountID); err != nil {
		return err
	}
	country := "US"
	if isNumber(e.Kind) && !strings.HasPrefix(e.Number, "+") {
		set, err := s.settings(ctx, tx, e.AccountID)
		if err != nil {
			return err
		}
		country = set.DefaultCountry
	}
	if err := e.Validate(country); err != nil {
		return err
	}
	if err := mustExist(ctx, tx, "customers", "customerId", e.CustomerID, e.AccountID); err != nil {
		return err
	}
	if err := mustExist(ctx, tx, "flows", "flowId", e.FlowID, e.AccountID); err != nil {
		return err
	}
	if err := scheduledFlowsExist(ctx, tx, e.AccountID, e.ScheduledFlows, e.Schedule); err != nil {
		return err
	}
	if err := membersExist(ctx, tx, e); err != nil {
		return err
	}
	if err := textTrunkExists(ctx, tx, e); err != nil {
		return err
	}
	if err := s.tagsExist(ctx, tx, e.AccountID, &e.TagIDs, e.ID, "endpoints"); err != nil {
		return err
	}
	if err := roomForNumber(ctx, tx, e); err != nil {
		return err
	}
	secret, err := s.checkData(ctx, tx, e)
	if err != nil {
		return err
	}
	r, err := s.fromEndpoint(e, secret)
	if err != nil {
		return err
	}
	return put(ctx, tx, r)
}

func isNumber(k endpoints.Kind) bool { return k == endpoints.PhoneNumber || k == endpoints.FaxNumber }

// roomForNumber tells whether the account may have one number more, if e is one
// that it has not yet.
func roomForNumber(ctx context.Context, tx bun.Tx, e *endpoints.Endpoint) error {
	if !isNumber(e.Kind) {
		return nil
	}
	var most int
	q := tx.NewSelect().TableExpr("accounts").Column("max_numbers").Where("id = ?", e.AccountID)
	if err := q.Scan(ctx, &most); err != nil || most == 0 {
		return err
	}
	if err := oneAtATime(ctx, tx, e.AccountID); err != nil {
		return err
	}
	n, err := tx.NewSelect().TableExpr("endpoints").Where("account_id = ? AND number <> '' AND id <> ?", e.AccountID, e.ID).Count(ctx)
	if err != nil {
		return err
	}
	there, err := tx.NewSelect().TableExpr("endpoints").ColumnExpr("1").Where("id = ? AND number <> ''", e.ID).Exists(ctx)
	if err != nil || there || int(n) < most {
		return err
	}
	return invalid("number", "the account has %d phone numbers, and may have %d (maxPhoneNumbers)", n, most)
}

// DeleteEndpoint removes an endpoint, and of a user the registrations, logins
// and places in teams.
func (s *Store) DeleteEndpoint(ctx context.Context, id string) error {
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().TableExpr("logins").Where("endpoint_id = ? AND endpoint_id <> ''", id).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewDelete().TableExpr("bindings").Where("sip_user IN (SELECT sip_user_name FROM endpoints WHERE id = ? AND sip_user_name <> '')", id).Exec(ctx)
		if err != nil {
			return err
		}
		if err := leaveTeams(ctx, tx, id); err != nil {
			return err
		}
		if err := remove(ctx, tx, "endpoints", "endpoint", id); err != nil {
			return err
		}
		return leaveTeams(ctx, tx, id) // those that it joined while we waited for its row
	})
}

// FreeSipName is a sipUserName made of the person's name that nobody has yet.
// Whoever is quicker with it gets it: PutEndpoint then says fs.ErrExist.
func (s *Store) FreeSipName(ctx context.Context, first, last string) (string, error) {
	nobody := func(string) bool { return false }
	base := endpoints.SipUserNameFor(first, last, nobody)
	var names []string
	err := s.r.NewSelect().TableExpr("endpoints").Column("sip_user_name").
		Where(`sip_user_name LIKE ? ESCAPE '\'`, escapeLike.Replace(strings.TrimRight(base, "0123456789"))+"%").Scan(ctx, &names)
	if err != nil {
		return "", err
	}
	taken := make(map[string]bool, len(names))
	for _, n := range names {
		taken[n] = true
	}
	return endpoints.SipUserNameFor(first, last, func(n string) bool { return taken[n] }), nil
}
