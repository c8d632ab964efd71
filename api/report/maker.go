package report

import (
	"context"
	"fmt"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

// atOnce sessions are read, with their legs and logs.
const atOnce = 50

// maker fills the book of one report.
type maker struct {
	*Worker
	report  *endpoints.Report
	zone    *time.Location
	columns []string
	fields  []string // of endpoints
	fill    func(ctx context.Context) error
	book    *book
}

func (w *Worker) maker(ctx context.Context, r *endpoints.Report) (*maker, error) {
	zone, err := time.LoadLocation(r.Wanted.TimeZoneID)
	if err != nil {
		return nil, err
	}
	m := &maker{Worker: w, report: r, zone: zone}
	switch r.Kind {
	case endpoints.CDRReport:
		m.columns, m.fill = cdrColumns, m.cdr
	case endpoints.CallHistoryReport:
		m.columns, m.fill = historyColumns, m.history
	case endpoints.CallOutcomeReport:
		m.columns, m.fill = outcomeColumns, m.outcomes
	case endpoints.MetricReport:
		m.columns, m.fill = []string{"Day", r.Wanted.MetricName}, m.metric
	case endpoints.CallCenterReport:
		m.columns, m.fill = centreColumns, m.centre
	case endpoints.CallCenterDetailReport, endpoints.CallCenterAbandonReport:
		m.columns, m.fill = queuedColumns, m.queued
	case endpoints.AgentStateReport:
		m.columns, m.fill = agentColumns, m.agents
	case endpoints.EndpointsReport:
		if err := m.endpointColumns(ctx); err != nil {
			return nil, err
		}
		m.fill = m.endpoints
	default:
		return nil, fmt.Errorf("there are no reports of the kind %q", r.Kind)
	}
	if r.Wanted.IncludeCustomerIDs && m.perRow() {
		m.columns = append(m.columns[:len(m.columns):len(m.columns)], "Customer id")
	}
	return m, nil
}

// perRow tells whether a row is about one thing, which may have a customer.
func (m *maker) perRow() bool {
	switch m.report.Kind {
	case endpoints.CallOutcomeReport, endpoints.MetricReport, endpoints.CallCenterReport:
		return false
	}
	return true
}

// row adds a row about something of a customer.
func (m *maker) row(customerID string, cells ...any) error {
	if m.report.Wanted.IncludeCustomerIDs {
		cells = append(cells, customerID)
	}
	return m.book.row(cells...)
}

// describe tells in the book what it shows.
func (m *maker) describe() {
	w := m.report.Wanted
	m.book.tell("Report", Name(m.report.Kind))
	m.book.tell("Made", m.at(time.Now()))
	m.book.tell("From", m.at(w.Start))
	m.book.tell("To", m.at(w.End))
	m.book.tell("Time zone", m.zone.String())
}

// at is a moment in the report's time zone.
func (m *maker) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(m.zone).Format(time.DateTime)
}

func (m *maker) day(t time.Time) string { return t.In(m.zone).Format(time.DateOnly) }

// seconds between two moments; nothing if one is missing.
func seconds(from, to time.Time) any {
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return nil
	}
	return int(to.Sub(from).Round(time.Second) / time.Second)
}

// sessions gives f the sessions of the report in the order of time, page by page. The
// next page begins at the time of the last one's end: to skip a million rows takes as
// long as to read them.
func (m *maker) sessions(ctx context.Context, f func(r *session.Record, recorded bool) error) error {
	w := m.report.Wanted
	q := store.RecordFilter{
		List:       endpoints.List{CountPerPage: atOnce, SortField: "dateCreated", SortOrder: endpoints.Ascend, Simplified: true},
		AccountIDs: []string{m.report.AccountID}, Start: w.Start, End: w.End, PartOf: w.EndpointID,
	}
	if m.report.CustomerID != "" {
		q.CustomerIDs = []string{m.report.CustomerID}
	}
	if w.FlowID != "" {
		q.FlowIDs = []string{w.FlowID}
	}
	seen := map[string]bool{} // of those that began at q.Start
	for {
		records, _, err := m.Store.Records(ctx, q)
		if err != nil {
			return err
		}
		ids := make([]string, len(records))
		for i, r := range records {
			ids[i] = r.ID
		}
		recorded, err := m.Store.Recorded(ctx, ids)
		if err != nil {
			return err
		}
		for _, r := range records {
			if seen[r.ID] {
				continue
			}
			if err := f(r, recorded[r.ID]); err != nil {
				return err
			}
		}
		if len(records) < atOnce {
			return nil
		}
		if last := records[len(records)-1].Started; last.Equal(q.Start) {
			q.Page++
		} else {
			q.Start, q.Page = last, 0
			clear(seen)
		}
		for _, r := range records {
			if r.Started.Equal(q.Start) {
				seen[r.ID] = true
			}
		}
	}
}
