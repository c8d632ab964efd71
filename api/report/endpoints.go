package report

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"ringflow/endpoints"
)

// each gives f the account's endpoints of the report, page by page.
func (m *maker) each(ctx context.Context, types []endpoints.Kind, f func(e *endpoints.Endpoint) error) error {
	q := endpoints.EndpointFilter{List: endpoints.List{CountPerPage: 500, Simplified: true}, AccountIDs: []string{m.report.AccountID}, Types: types}
	if m.report.CustomerID != "" {
		q.CustomerIDs = []string{m.report.CustomerID}
	}
	if id := m.report.Wanted.EndpointID; id != "" {
		q.SpecificIDs = []string{id}
	}
	if id := m.report.Wanted.FlowID; id != "" {
		q.FlowIDs = []string{id}
	}
	for ; ; q.Page++ {
		all, _, err := m.Store.Endpoints(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range all {
			if err := f(e); err != nil {
				return err
			}
		}
		if len(all) < q.CountPerPage {
			return nil
		}
	}
}

var agentColumns = []string{"User id", "Name", "State", "Reason", "Since", "Until", "Seconds", "Customer"}

// agents is a row for each state that a user was in, within the report's dates. The
// last one goes on, if the dates don't end before.
func (m *maker) agents(ctx context.Context) error {
	names := map[string]string{"": ""}
	return m.each(ctx, []endpoints.Kind{endpoints.User}, func(e *endpoints.Endpoint) error {
		customer, err := m.customer(ctx, names, e.CustomerID)
		if err != nil {
			return err
		}
		return m.agentStates(ctx, e, func(a endpoints.Agent) error {
			if only := m.report.Wanted.SpecificState; only != "" && !strings.EqualFold(only, string(a.State)) {
				return nil
			}
			over, until := a.Until, m.at(a.Until)
			if over.IsZero() {
				over = time.Now()
			}
			return m.row(e.CustomerID, e.ID, e.DisplayName, string(a.State), string(a.Reason), m.at(a.Since), until, int64(over.Sub(a.Since)/time.Second), customer)
		})
	})
}

// agentStates gives each state of a user within the report's dates, cut to these. Who
// never had one is logged out.
func (m *maker) agentStates(ctx context.Context, e *endpoints.Endpoint, give func(endpoints.Agent) error) error {
	start, end := m.report.Wanted.Start, m.report.Wanted.End
	cut := func(a endpoints.Agent) error {
		if a.Since.Before(start) {
			a.Since = start
		}
		if !end.IsZero() && end.Before(time.Now()) && (a.Until.IsZero() || a.Until.After(end)) {
			a.Until = end
		}
		return give(a)
	}
	for from, first := start, true; ; first = false {
		all, more, err := m.Store.AgentStates(ctx, e.ID, from, end)
		if err != nil {
			return err
		}
		if first && (len(all) == 0 || all[0].Since.After(start)) && (end.IsZero() || e.DateCreated.Before(end)) {
			before := endpoints.Agent{State: endpoints.LoggedOut, Reason: endpoints.SetBySystem, Since: e.DateCreated}
			if len(all) > 0 {
				before.Until = all[0].Since
			}
			if before.Until.IsZero() || before.Until.After(before.Since) {
				if err := cut(before); err != nil {
					return err
				}
			}
		}
		last := len(all) - 1
		for i, a := range all {
			if more && i == last {
				break // it comes again, as the first
			}
			if err := cut(a); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
		from = all[last].Since
	}
}

// endpointColumns are those of all endpoints and one for each of the account's fields
// that may be shown: Password fields' values are shown to nobody.
func (m *maker) endpointColumns(ctx context.Context) error {
	v, err := m.Store.Settings(ctx, m.report.AccountID)
	if err != nil {
		return err
	}
	m.columns = []string{"Id", "Type", "Name", "Number", "E-mail address", "SIP user name", "Flow id", "Customer", "Reference id", "Created"}
	for _, f := range v.EndpointFields {
		if !f.Secret() {
			m.columns, m.fields = append(m.columns, f.Name), append(m.fields, f.Name)
		}
	}
	return nil
}

// endpoints is a row for each endpoint.
func (m *maker) endpoints(ctx context.Context) error {
	names := map[string]string{"": ""}
	return m.each(ctx, m.report.Wanted.Types, func(e *endpoints.Endpoint) error {
		customer, err := m.customer(ctx, names, e.CustomerID)
		if err != nil {
			return err
		}
		cells := []any{e.ID, string(e.Kind), e.DisplayName, e.Number, e.EmailAddress, e.SipUserName, e.FlowID, customer, e.ReferenceID, m.at(e.DateCreated)}
		for _, f := range m.fields {
			cells = append(cells, e.Data[f].Text())
		}
		return m.row(e.CustomerID, cells...)
	})
}

// maxNames of customers are remembered while a report is made.
const maxNames = 10_000

// customer is a customer's name; of one that is gone there is none.
func (m *maker) customer(ctx context.Context, names map[string]string, id string) (string, error) {
	if name, known := names[id]; known {
		return name, nil
	}
	c, err := m.Store.Customer(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		c, err = &endpoints.Customer{}, nil
	}
	if err != nil {
		return "", err
	}
	if len(names) >= maxNames {
		clear(names)
		names[""] = ""
	}
	names[id] = c.Name
	return c.Name, nil
}
