package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/session"
)

// maxRecords is how many sessions are given at once, and maxLogs how many bytes
// of their logs: a flow that goes round in circles writes long ones.
const (
	maxRecords = 10_000
	maxLogs    = 128 << 20
)

// RecordFilter chooses sessions. Empty members let all pass.
type RecordFilter struct {
	endpoints.List
	AccountIDs, CustomerIDs, EndpointIDs, FlowIDs []string
	ParentSessionID                               string
	From, To                                      string // contains; name or address
	Log                                           string // contains
	Start, End                                    time.Time
	Direction                                     session.Direction
	Live                                          *bool
	// PartOf keeps those of one endpoint: its own, and those that rang it.
	PartOf string
}

var sessionSorting = sorting{
	"id": {name: "id"}, "dateCreated": {name: "started"}, "started": {name: "started"}, "dateLastModified": {name: "touched"},
	"dateCompleted": {name: "ended"}, "answered": {name: "answered"}, "dateAnswered": {name: "answered"},
	"fromAddress": {name: "from_address", text: true}, "fromName": {name: "from_name", text: true}, "toAddress": {name: "to_address", text: true}, "destination": {name: "destination", text: true},
	"endpointName": {name: "endpoint_name", text: true}, "customerName": {name: "customer_name", text: true}, "flowName": {name: "flow_name", text: true},
	"outcome": {name: "outcome", text: true}, "direction": {name: "direction", text: true}, "answeredByName": {name: "answered_by_name", text: true}, "callState": {name: "call_state", text: true},
	"createdBy": {name: "created_by", text: true}, "channel": {name: "channel", text: true}, "wasMissed": {name: "was_missed"},
}

// Record is a session with its legs and log, as saved last: what a live one
// did since is in the switchboard's memory.
func (s *Store) Record(ctx context.Context, id string) (*session.Record, error) {
	var r sessionRow
	if err := s.r.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, one(err, "session", id)
	}
	rec := r.record()
	return rec, s.fill(ctx, []*session.Record{rec})
}

// Records lists sessions with their legs and logs, and counts them.
func (s *Store) Records(ctx context.Context, f RecordFilter) ([]*session.Record, int, error) {
	var err error
	if f.CustomerIDs, err = s.customersBelow(ctx, f.CustomerIDs); err != nil {
		return nil, 0, err
	}
	rows, total, err := s.recordPage(ctx, &f)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*session.Record, len(rows))
	for i, r := range rows {
		out[i] = r.record()
	}
	return out, total, s.fill(ctx, out)
}

// lists are the columns with an index of their own, that of the fewest rows first.
func (f *RecordFilter) lists() []struct {
	column string
	values []string
} {
	return []struct {
		column string
		values []string
	}{{"endpoint_id", f.EndpointIDs}, {"flow_id", f.FlowIDs}, {"customer_id", f.CustomerIDs}, {"account_id", f.AccountIDs}}
}

// choose adds the conditions of f to q, but for the one on a column that is given.
func (s *Store) choose(q *bun.SelectQuery, f *RecordFilter, but string) {
	for _, l := range f.lists() {
		switch {
		case l.column == but:
			filled(q, l.column)
		case len(l.values) == 1:
			having(q, l.column, l.values[0])
		case len(l.values) > 1:
			in(q, l.column, l.values)
			if !slices.Contains(l.values, "") {
				filled(q, l.column)
			}
		}
	}
	if f.PartOf != "" {
		q.Where("(?TableAlias.endpoint_id = ?0 OR ?TableAlias.id IN (SELECT g.session_id FROM legs g WHERE g.endpoint_id = ?0))", f.PartOf)
	}
	if f.ParentSessionID != "" {
		q.Where("parent_id = ?", f.ParentSessionID).Where("parent_id <> ''") // as its index has it
	}
	s.compared(q, f.From, "from_address", "from_name") // what has it is narrowed down before
	s.compared(q, f.To, "to_address", "destination")
	between(q, "started", f.Start, f.End)
	if f.Direction != "" {
		q.Where("direction = ?", string(f.Direction))
	}
	if f.Live != nil && *f.Live {
		q.Where("ended = 0")
	} else if f.Live != nil {
		q.Where("ended <> 0")
	}
	if f.Log != "" {
		hit := s.r.NewSelect().Model((*logRow)(nil)).ColumnExpr("1").Where("l.session_id = s.id")
		s.contains(hit, f.Log, "messages") // PostgreSQL knows by it how many there are
		q.Where("EXISTS (?)", hit)
	}
}

// fill reads the legs and logs of records, so many sessions at a time.
func (s *Store) fill(ctx context.Context, records []*session.Record) error {
	size := 0
	for part := range slices.Chunk(records, 50) {
		byID := make(map[string]*session.Record, len(part))
		ids := make([]string, len(part))
		for i, r := range part {
			ids[i], byID[r.ID] = r.ID, r
		}
		var legs []*legRow
		if err := s.r.NewSelect().Model(&legs).Where("session_id IN (?)", bun.In(ids)).Order("session_id", "started", "id").Scan(ctx); err != nil {
			return err
		}
		for _, l := range legs {
			leg, err := l.leg()
			if err != nil {
				return err
			}
			byID[l.SessionID].Legs = append(byID[l.SessionID].Legs, leg)
		}
		var chunks []*logRow
		if err := s.r.NewSelect().Model(&chunks).Where("session_id IN (?)", bun.In(ids)).Order("session_id", "at", "mark").Scan(ctx); err != nil {
			return err
		}
		for _, c := range chunks {
			if size += len(c.Messages); size > maxLogs {
				return invalid("countPerPage", "the logs of these sessions have more than %d MB; ask for fewer at once", maxLogs>>20)
			}
			byID[c.SessionID].Log = append(byID[c.SessionID].Log, c.lines()...)
		}
	}
	return nil
}
