package store

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

type reportRow struct {
	bun.BaseModel `bun:"table:reports,alias:rp"`
	revised
	AccountID  string `bun:"account_id"`
	CustomerID string `bun:"customer_id"`
	Kind       string `bun:"kind"`
	Status     string `bun:"status"`
	Message    string `bun:"message"`
	Server     string `bun:"server"`
	Wanted     string `bun:"wanted"` // JSON
}

// maxReports wait or are being made for one account.
const maxReports = 100

func (r *reportRow) report() (*endpoints.Report, error) {
	out := &endpoints.Report{
		Entity: r.whole(), AccountID: r.AccountID, CustomerID: r.CustomerID, Kind: endpoints.ReportKind(r.Kind),
		Status: endpoints.ReportStatus(r.Status), Message: r.Message, Server: r.Server,
	}
	return out, fromText("what report "+r.ID+" is of", r.Wanted, &out.Wanted)
}

var unmade = []endpoints.ReportStatus{endpoints.ReportQueued, endpoints.ReportRunning}

// QueueReport puts a new report at the end of the queue of this server, which has
// the bytes later.
func (s *Store) QueueReport(ctx context.Context, r *endpoints.Report) error {
	if err := r.Validate(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := *r
		if err := mustExist(ctx, tx, "accounts", "accountId", r.AccountID, ""); err != nil {
			return err
		}
		n, err := tx.NewSelect().TableExpr("reports").Where("account_id = ? AND status IN (?)", r.AccountID, bun.In(unmade)).Count(ctx)
		if err != nil {
			return err
		}
		if n >= maxReports {
			return invalid("accountId", "%d reports of the account wait already; wait for some, or delete them", n)
		}
		stamp(&row.Entity, nil)
		row.Revision, row.Status, row.Message, row.Server = 1, endpoints.ReportQueued, "", s.node
		if err := put(ctx, tx, &reportRow{
			revised: fromRevised(row.Entity), AccountID: row.AccountID, CustomerID: row.CustomerID, Kind: string(row.Kind), Status: string(row.Status), Server: row.Server, Wanted: text(row.Wanted),
		}); err != nil {
			return err
		}
		*r = row
		return nil
	})
}

// Report is the report with this id.
func (s *Store) Report(ctx context.Context, id string) (*endpoints.Report, error) {
	var r reportRow
	if err := s.r.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, one(err, "report", id)
	}
	return r.report()
}

// Reports lists reports, and counts them.
func (s *Store) Reports(ctx context.Context, f endpoints.ReportFilter) ([]*endpoints.Report, int, error) {
	var rows []*reportRow
	q := s.r.NewSelect().Model(&rows)
	in(q, "account_id", f.AccountIDs)
	below(q, "customer_id", f.CustomerIDs, false)
	total, err := s.page(ctx, q, f.List, entities)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*endpoints.Report, len(rows))
	for i, r := range rows {
		if out[i], err = r.report(); err != nil {
			return nil, 0, err
		}
	}
	return out, total, nil
}

// TakeReport makes this server's oldest report that waits Running; nil: none waits.
func (s *Store) TakeReport(ctx context.Context) (*endpoints.Report, error) {
	var out *endpoints.Report
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		out = nil
		var rows []*reportRow
		q := tx.NewSelect().Model(&rows).Where("server = ? AND status = ?", s.node, string(endpoints.ReportQueued)).Order("created", "id").Limit(1)
		if err := locked(tx, q).Scan(ctx); err != nil || len(rows) == 0 {
			return err
		}
		r := rows[0]
		r.Status, r.Modified, r.Revision = string(endpoints.ReportRunning), micros(time.Now()), r.Revision+1
		if _, err := tx.NewUpdate().Model(r).Column("status", "modified", "revision").WherePK().Exec(ctx); err != nil {
			return err
		}
		var err error
		out, err = r.report()
		return err
	})
	return out, err
}

// EndReport keeps what became of a report, and puts the messages that tell it into the
// outbox: they leave if and only if it is kept. fs.ErrNotExist: it was deleted in the
// meantime.
func (s *Store) EndReport(ctx context.Context, id string, status endpoints.ReportStatus, message string, tell ...*endpoints.Outbound) error {
	for _, m := range tell {
		if err := m.Validate(); err != nil {
			return err
		}
	}
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().TableExpr("reports").Set("revision = revision + 1").Set("status = ?", string(status)).Set("message = ?", shorten(message)).Set("modified = ?", micros(time.Now())).Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, unknown("report", id))
		}
		for _, m := range tell {
			row := *m
			stamp(&row.Entity, nil)
			row.State, row.Begun, row.Next = endpoints.OutQueued, row.DateCreated, row.DateCreated
			if _, err := tx.NewInsert().Model(s.outboundRow(&row)).On("CONFLICT (account_id, message_key) DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && len(tell) > 0 {
		s.wakeOutbox()
	}
	return err
}

// interrupted is what a report says that was being made when the server failed. One
// that sees this twice may be why.
const interrupted = "the server failed while the report was made"

// RequeueReports puts what this server was at when it failed back into the queue, once.
func (s *Store) RequeueReports(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		// Of those that have a message already the first life failed, too.
		running := func(status endpoints.ReportStatus) *bun.UpdateQuery {
			return tx.NewUpdate().TableExpr("reports").Set("revision = revision + 1").Set("status = ?", string(status)).Set("message = ?", interrupted).
				Where("server = ? AND status = ?", s.node, string(endpoints.ReportRunning))
		}
		if _, err := running(endpoints.ReportError).Where("message <> ''").Exec(ctx); err != nil {
			return err
		}
		_, err := running(endpoints.ReportQueued).Where("message = ''").Exec(ctx)
		return err
	})
}

// OldReports are the first of this server's reports that ended before a time.
func (s *Store) OldReports(ctx context.Context, before time.Time) ([]string, error) {
	var ids []string
	err := s.r.NewSelect().TableExpr("reports").Column("id").Where("server = ? AND status NOT IN (?) AND modified < ?", s.node, bun.In(unmade), micros(before)).Order("created", "id").Limit(pruneBatch).Scan(ctx, &ids)
	return ids, err
}

// DeleteReport removes a report's row; the bytes are its caller's to remove, after it.
func (s *Store) DeleteReport(ctx context.Context, id string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error { return remove(ctx, tx, "reports", "report", id) })
}

// Recorded are those of the sessions that have a recording.
func (s *Store) Recorded(ctx context.Context, sessions []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(sessions) == 0 {
		return out, nil
	}
	var ids []string
	err := s.r.NewSelect().TableExpr("files").ColumnExpr("DISTINCT session_id").Where("session_id IN (?) AND type = ?", bun.In(sessions), string(endpoints.CallRecording)).Scan(ctx, &ids)
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}
