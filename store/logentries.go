package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

type logEntryRow struct {
	bun.BaseModel `bun:"table:log_entries,alias:g"`
	ID            string `bun:"id,pk"`
	Created       int64  `bun:"created"`
	AccountID     string `bun:"account_id"`
	CustomerID    string `bun:"customer_id"`
	UserName      string `bun:"user_name"`
	APIKeyName    string `bun:"api_key_name"`
	Operation     string `bun:"operation"`
	EntityID      string `bun:"entity_id"`
	Description   string `bun:"description"`
	IPAddress     string `bun:"ip_address"`
}

var logEntrySorting = numbers(map[string]string{"id": "id", "dateCreated": "created", "dateLastModified": "created"}).and(map[string]string{
	"userName": "user_name", "createdBy": "user_name", "lastModifiedBy": "user_name", "apiKeyName": "api_key_name",
	"description": "description", "operation": "operation", "entityId": "entity_id", "ipAddress": "ip_address",
})

// AddLogEntry writes one into the audit log; it sets ID and time.
func (s *Store) AddLogEntry(ctx context.Context, e *endpoints.LogEntry) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		e.ID = ""
		stamp(&e.Entity, nil)
		_, err := tx.NewInsert().Model(&logEntryRow{
			ID: e.ID, Created: micros(e.DateCreated), AccountID: e.AccountID, CustomerID: e.CustomerID, UserName: e.UserName, APIKeyName: e.APIKeyName,
			Operation: e.Operation, EntityID: e.EntityID, Description: e.Description, IPAddress: e.IPAddress,
		}).Exec(ctx)
		return err
	})
}

// LogEntries lists entries of the audit log, and counts them.
func (s *Store) LogEntries(ctx context.Context, f endpoints.LogEntryFilter) ([]*endpoints.LogEntry, int, error) {
	var rows []*logEntryRow
	q := s.r.NewSelect().Model(&rows)
	in(q, "account_id", f.AccountIDs)
	ofCustomers(q, f.CustomerIDs)
	between(q, "created", f.Start, f.End)
	s.contains(q, f.Description, "description")
	total, err := s.page(ctx, q, f.List, logEntrySorting)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*endpoints.LogEntry, len(rows))
	for i, r := range rows {
		out[i] = &endpoints.LogEntry{
			Entity:    endpoints.Entity{ID: r.ID, DateCreated: fromMicros(r.Created), DateLastModified: fromMicros(r.Created), CreatedBy: r.UserName, LastModifiedBy: r.UserName},
			AccountID: r.AccountID, CustomerID: r.CustomerID, UserName: r.UserName, APIKeyName: r.APIKeyName,
			Operation: r.Operation, EntityID: r.EntityID, Description: r.Description, IPAddress: r.IPAddress,
		}
	}
	return out, total, nil
}

// ofCustomers keeps entries of customers and all below them, and those of none
// where AccountLevel stands among the ids.
func ofCustomers(q *bun.SelectQuery, ids []string) {
	rest := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == endpoints.AccountLevel })
	if len(rest) == len(ids) {
		below(q, "customer_id", ids, false)
		return
	}
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		q.Where("?TableAlias.customer_id = ''")
		if len(rest) > 0 {
			q.WhereGroup(" OR ", func(q *bun.SelectQuery) *bun.SelectQuery {
				below(q, "customer_id", rest, false)
				return q
			})
		}
		return q
	})
}

// TrimLog forgets entries that are older than before, and of the rest all but
// the newest most; it returns how many went.
func (s *Store) TrimLog(ctx context.Context, before time.Time, most int) (n int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		oldest := micros(before)
		var kept []int64
		if err := tx.NewSelect().TableExpr("log_entries").Column("created").OrderExpr("created DESC").Offset(int64(most)).Limit(1).Scan(ctx, &kept); err != nil {
			return err
		}
		if len(kept) == 1 {
			oldest = max(oldest, kept[0]+1)
		}
		res, err := tx.NewDelete().TableExpr("log_entries").Where("created < ?", oldest).Exec(ctx)
		if err != nil {
			return err
		}
		gone, err := res.RowsAffected()
		n = int(gone)
		return err
	})
	return n, err
}
