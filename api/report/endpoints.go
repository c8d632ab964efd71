package report

import (
	"context"
	"errors"
	"io/fs"
	"strings"

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

var agentColumns = []string{"User id", "Name", "State", "Reason", "Since", "Until", "Customer"}

// agents is what each user does now: what he did before isn't kept.
func (m *maker) agents(ctx context.Context) error {
	m.book.tell("Note", "These are the states at the time the report was made: earlier ones aren't kept, so its dates choose nothing.")
	names := map[string]string{"": ""}
	return m.each(ctx, []endpoints.Kind{endpoints.User}, func(e *endpoints.Endpoint) error {
		a := endpoints.Agent{State: endpoints.LoggedOut, Reason: endpoints.SetBySystem, Since: e.DateCreated}
		if m.Agent != nil {
			a = m.Agent(e)
		}
		if only := m.report.Wanted.SpecificState; only != "" && !strings.EqualFold(only, string(a.State)) {
			return nil
		}
		customer, err := m.customer(ctx, names, e.CustomerID)
		if err != nil {
			return err
		}
		return m.row(e.CustomerID, e.ID, e.DisplayName, string(a.State), string(a.Reason), m.at(a.Since), m.at(a.Until), customer)
	})
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
