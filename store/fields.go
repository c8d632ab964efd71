package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

// scheduledFlowsExist checks what states and rules refer to.
func scheduledFlowsExist(ctx context.Context, tx bun.Tx, account string, states []endpoints.ScheduledFlow, schedule *endpoints.Schedule) error {
	for _, f := range states {
		if err := flowStays(ctx, tx, "scheduledFlows.flowId", f.FlowID, account); err != nil {
			return err
		}
	}
	if schedule == nil {
		return nil
	}
	for _, r := range schedule.Rules {
		if err := flowStays(ctx, tx, "schedule.rules.flowId", r.FlowID, account); err != nil {
			return err
		}
	}
	return nil
}

// flowStays is mustExist for a flow that no foreign key holds: who deletes it
// at the same moment waits for us, and then finds that it is used.
func flowStays(ctx context.Context, tx bun.Tx, field, id, account string) error {
	if id != "" && tx.Dialect().Name() == dialect.PG { // SQLite has one writer anyway
		if _, err := tx.NewSelect().TableExpr("flows").Column("id").Where("id = ?", id).For("KEY SHARE").Exec(ctx); err != nil {
			return err
		}
	}
	return mustExist(ctx, tx, "flows", field, id, account)
}

// checkData holds an endpoint's data against the account's Endpoint Fields, and
// tells which of them are secret. A value of no field is kept: its field may be
// defined later, or was removed.
func (s *Store) checkData(ctx context.Context, tx bun.Tx, e *endpoints.Endpoint) (secret map[string]bool, err error) {
	if len(e.Data) == 0 {
		return nil, nil
	}
	set, err := s.settings(ctx, tx, e.AccountID)
	if err != nil {
		return nil, err
	}
	secret = map[string]bool{}
	for _, f := range set.EndpointFields {
		if f.Secret() {
			secret[f.Name] = true
		}
		v, ok := e.Data[f.Name]
		if !ok || f.EndpointType != "" && f.EndpointType != e.Kind {
			continue
		}
		if err := f.Accepts("data."+f.Name, v); err != nil {
			return nil, err
		}
		if err := s.freeValue(ctx, tx, e, &f.DataField, v); err != nil {
			return nil, err
		}
	}
	return secret, nil
}

// checkCustomerData is checkData for a customer.
func (s *Store) checkCustomerData(ctx context.Context, tx bun.Tx, c *endpoints.Customer) (secret map[string]bool, err error) {
	if len(c.Data) == 0 {
		return nil, nil
	}
	set, err := s.settings(ctx, tx, c.AccountID)
	if err != nil {
		return nil, err
	}
	secret = map[string]bool{}
	for _, f := range set.CustomerFields {
		if f.Secret() {
			secret[f.Name] = true
		}
		v, ok := c.Data[f.Name]
		if !ok {
			continue
		}
		if err := f.Accepts("data."+f.Name, v); err != nil {
			return nil, err
		}
		if f.Uniqueness != endpoints.Unique && f.Uniqueness != endpoints.UniqueToCustomer {
			continue
		}
		if err := oneAtATime(ctx, tx, c.AccountID); err != nil {
			return nil, err
		}
		q := tx.NewSelect().TableExpr("customers").Where("account_id = ? AND id <> ?", c.AccountID, c.ID)
		if err := s.notAmong(ctx, q, "customers/", &f.DataField, v); err != nil {
			return nil, err
		}
	}
	return secret, nil
}

// freeValue checks a unique field against the other endpoints.
func (s *Store) freeValue(ctx context.Context, tx bun.Tx, e *endpoints.Endpoint, f *endpoints.DataField, v endpoints.Value) error {
	q := tx.NewSelect().TableExpr("endpoints").Where("account_id = ? AND id <> ?", e.AccountID, e.ID)
	switch f.Uniqueness {
	case endpoints.Unique:
	case endpoints.UniqueToCustomer:
		if e.CustomerID == "" {
			q.Where("customer_id IS NULL")
		} else {
			q.Where("customer_id = ?", e.CustomerID)
		}
	default:
		return nil
	}
	if err := oneAtATime(ctx, tx, e.AccountID); err != nil {
		return err
	}
	return s.notAmong(ctx, q, "endpoints/", f, v)
}

// oneAtATime makes who else writes unique values of the account wait until this
// transaction is over. SQLite has one writer anyway.
func oneAtATime(ctx context.Context, tx bun.Tx, account string) error {
	if tx.Dialect().Name() != dialect.PG {
		return nil
	}
	var id string
	return tx.NewSelect().TableExpr("accounts").Column("id").Where("id = ?", account).For("UPDATE").Scan(ctx, &id)
}

// dataRow is an entity's data.
type dataRow struct {
	ID   string `bun:"id"`
	Data string `bun:"data"`
}

// notAmong looks for the value in the data of the rows of a table that q selects. Data is JSON as text
// in both databases: rows that hold the text at all are read and compared.
func (s *Store) notAmong(ctx context.Context, q *bun.SelectQuery, table string, f *endpoints.DataField, v endpoints.Value) error {
	if v.Empty() || v.Text() == "" {
		return nil
	}
	var rows []dataRow
	if err := q.Column("id", "data").Where(`data LIKE ? ESCAPE '\'`, "%"+escapeLike.Replace(text(f.Name))+"%").Scan(ctx, &rows); err != nil {
		return err
	}
	for _, r := range rows {
		data, err := s.seal.openData(table+r.ID, r.Data)
		if err != nil {
			return err
		}
		if strings.EqualFold(data[f.Name].Text(), v.Text()) {
			return invalid("data."+f.Name, "%.64q is another's already, and each value of %s is given once", v.Text(), f.Name)
		}
	}
	return nil
}
