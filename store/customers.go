package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// deepest tree of customers.
const maxCustomerDepth = 32

type customerRow struct {
	bun.BaseModel `bun:"table:customers,alias:c"`
	revised
	AccountID   string `bun:"account_id"`
	ParentID    string `bun:"parent_id,nullzero"`
	Name        string `bun:"name"`
	ReferenceID string `bun:"reference_id"`
	Data        string `bun:"data"`
	Schedule    string `bun:"schedule"`
	Tags        string `bun:"tags"` // ids as JSON
	Staging     bool   `bun:"staging"`
	More        string `bun:"more"` // customerMore as JSON
}

// customerMore is what of a customer nothing searches for.
type customerMore struct {
	Integration     json.RawMessage `json:"integrationData,omitempty"`
	OverrideBilling bool            `json:"overrideBillingSettings,omitempty"`
	Billing         json.RawMessage `json:"billingSettings,omitempty"`
	OverrideApp     bool            `json:"overrideAppSettings,omitempty"`
	App             json.RawMessage `json:"appSettings,omitempty"`
}

func (s *Store) fromCustomer(c *endpoints.Customer, secret map[string]bool) *customerRow {
	more := customerMore{Integration: c.IntegrationData, OverrideBilling: c.OverrideBilling, Billing: c.Billing, OverrideApp: c.OverrideApp, App: c.App}
	return &customerRow{
		revised: fromRevised(c.Entity), AccountID: c.AccountID, ParentID: c.ParentCustomerID, Name: c.Name, ReferenceID: c.ReferenceID,
		Data: s.seal.closeData("customers/"+c.ID, c.Data, secret), Schedule: text(c.Schedule), Tags: text(c.TagIDs), Staging: c.Staging, More: text(more),
	}
}

func (s *Store) customer(r *customerRow) (*endpoints.Customer, error) {
	c := &endpoints.Customer{Entity: r.whole(), AccountID: r.AccountID, ParentCustomerID: r.ParentID, Name: r.Name, ReferenceID: r.ReferenceID, Staging: r.Staging}
	var more customerMore
	if err := errors.Join(fromText("customer "+r.ID, r.Tags, &c.TagIDs), fromText("customer "+r.ID, r.More, &more)); err != nil {
		return nil, err
	}
	c.IntegrationData, c.OverrideBilling, c.Billing, c.OverrideApp, c.App = more.Integration, more.OverrideBilling, more.Billing, more.OverrideApp, more.App
	var err error
	if c.Data, err = s.seal.openData("customers/"+r.ID, r.Data); err != nil {
		return nil, err
	}
	return c, fromText("schedule of customer "+r.ID, r.Schedule, &c.Schedule)
}

var customerSorting = entities.and(map[string]string{"name": "name", "referenceId": "reference_id"}).
	with(sorting{"accountName": byAccount, "isStaging": {name: "staging"}})

// Customer is the customer with this id.
func (s *Store) Customer(ctx context.Context, id string) (*endpoints.Customer, error) {
	var r customerRow
	if err := s.r.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, one(err, "customer", id)
	}
	return s.customer(&r)
}

// Customers lists customers, and counts them.
func (s *Store) Customers(ctx context.Context, f endpoints.CustomerFilter) ([]*endpoints.Customer, int, error) {
	var rows []*customerRow
	q := s.r.NewSelect().Model(&rows)
	in(q, "account_id", f.AccountIDs)
	s.contains(q, f.NameFilter, "name")
	if top := f.ShallowParent && len(f.ParentCustomerIDs) == 0; top && len(f.Within) == 0 {
		q.Where("?TableAlias.parent_id IS NULL")
	} else if top {
		in(q, "id", f.Within)
	}
	below(q, "parent_id", f.ParentCustomerIDs, f.ShallowParent)
	below(q, "id", f.Within, false)
	if err := tagged(q, f.TagIDs); err != nil {
		return nil, 0, err
	}
	total, err := s.page(ctx, q, f.List, customerSorting)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*endpoints.Customer, len(rows))
	for i, r := range rows {
		if out[i], err = s.customer(r); err != nil {
			return nil, 0, err
		}
	}
	return out, total, nil
}

// CustomerLine is a customer and those above it, the nearest first; none for no id.
func (s *Store) CustomerLine(ctx context.Context, id string) ([]*endpoints.Customer, error) {
	var line []*endpoints.Customer
	for id != "" && len(line) <= maxCustomerDepth {
		c, err := s.Customer(ctx, id)
		if err != nil {
			return nil, err
		}
		line = append(line, c)
		id = c.ParentCustomerID
	}
	return line, nil
}

// CustomerWithin tells whether a customer is one of others, or below one.
func (s *Store) CustomerWithin(ctx context.Context, id string, others []string) (bool, error) {
	if id == "" || len(others) == 0 {
		return false, nil
	}
	if slices.Contains(others, id) { // even if it is gone: its history isn't
		return true, nil
	}
	var above []string
	err := s.r.NewRaw(`WITH RECURSIVE line (id) AS (
		SELECT id FROM customers WHERE id = ?0 UNION SELECT c.parent_id FROM customers c JOIN line ON c.id = line.id WHERE c.parent_id IS NOT NULL
	) SELECT id FROM line WHERE id IN (?1)`, id, bun.In(others)).Scan(ctx, &above)
	return len(above) > 0, err
}

// PutCustomer inserts (no ID, or an unknown one) or replaces; it sets ID and times.
func (s *Store) PutCustomer(ctx context.Context, c *endpoints.Customer) (err error) {
	defer unkept(&c.Entity, &err)()
	if err := c.Validate(); err != nil {
		return err
	}
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := stampOwned(ctx, tx, "customers", &c.Entity, c.AccountID); err != nil {
			return err
		}
		if err := mustExist(ctx, tx, "customers", "parentCustomerId", c.ParentCustomerID, c.AccountID); err != nil {
			return err
		}
		if err := noCircle(ctx, tx, c); err != nil {
			return err
		}
		secret, err := s.checkCustomerData(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := scheduledFlowsExist(ctx, tx, c.AccountID, nil, c.Schedule); err != nil {
			return err
		}
		if err := s.tagsExist(ctx, tx, c.AccountID, &c.TagIDs, c.ID, "customers"); err != nil {
			return err
		}
		return put(ctx, tx, s.fromCustomer(c, secret))
	})
}

// noCircle walks up from the new parent.
func noCircle(ctx context.Context, tx bun.Tx, c *endpoints.Customer) error {
	up := c.ParentCustomerID
	for range maxCustomerDepth {
		if up == "" {
			return nil
		}
		if up == c.ID {
			return invalid("parentCustomerId", "a customer can't stand below itself")
		}
		var r customerRow
		if err := tx.NewSelect().Model(&r).Column("parent_id").Where("id = ?", up).Scan(ctx); err != nil {
			return one(err, "customer", up)
		}
		up = r.ParentID
	}
	return invalid("parentCustomerId", "customers nest deeper than %d", maxCustomerDepth)
}

// DeleteCustomer removes a customer that nothing belongs to any more.
func (s *Store) DeleteCustomer(ctx context.Context, id string) error {
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, user := range []struct{ table, column, what string }{
			{"customers", "parent_id", "customers stand below it"}, {"endpoints", "customer_id", "endpoints are its own"}, {"flows", "customer_id", "flows are its own"},
		} {
			n, err := tx.NewSelect().TableExpr("?", bun.Ident(user.table)).Where("? = ?", bun.Ident(user.column), id).Count(ctx)
			if err != nil {
				return err
			}
			if n > 0 {
				return invalid("customerId", "the customer can't be deleted: %d %s; move or delete those first", n, user.what)
			}
		}
		return remove(ctx, tx, "customers", "customer", id)
	})
}

// remove deletes one row, unknown if there is none.
func remove(ctx context.Context, tx bun.Tx, table, what, id string) error {
	if err := checkAt(ctx, tx, table, what, id); err != nil {
		return err
	}
	res, err := tx.NewDelete().TableExpr("?", bun.Ident(table)).Where("id = ?", id).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return unknown(what, id)
	}
	return nil
}
