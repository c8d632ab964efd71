package api

import (
	"cmp"

	"ringflow/endpoints"
)

// ListLogEntries lists what was changed, by whom, from where.
type ListLogEntries struct {
	_ struct{} `ns:"Voice.Api.Logs"`
	ListRequest
	AccountIds  []string
	CustomerIds []string // with all below them; _ is what is of no customer
	StartDate   string
	EndDate     string
	Description string
}

func (q *ListLogEntries) accounts() *[]string { return &q.AccountIds }

// LogEntryInfo is one change.
type LogEntryInfo struct {
	_ struct{} `ns:"Voice.Api.Logs"`
	EntityInfo
	AccountId          string
	AccountName        string
	CustomerId         string
	CustomerName       string
	CustomerBreadcrumb []CustomerBreadcrumb
	UserName           string
	Description        string
	ApiKeyName         string // ours, as what follows
	Operation          string
	EntityId           string
	IpAddress          string
}

// logOperations are the calls of the audit log.
func logOperations() []*Operation {
	return []*Operation{
		op((*Server).listLogEntries, Operation{Summary: "List who changed what, when and from where: the newest first unless sorted, without values. What belongs to no account is shown to SystemAdministrators.",
			Roles: staff, Scope: accountList(), Routes: []string{"GET /log-entries"}}),
	}
}

func (s *Server) listLogEntries(r *Request, q *ListLogEntries) (*ListResponse[LogEntryInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	if list.SortField == "" {
		list.SortOrder = cmp.Or(list.SortOrder, endpoints.Descend)
	}
	f := endpoints.LogEntryFilter{List: list, AccountIDs: q.AccountIds, CustomerIDs: q.CustomerIds, Description: q.Description}
	if f.Start, f.End, err = days("startDate", q.StartDate, "endDate", q.EndDate); err != nil {
		return nil, err
	}
	all, total, err := s.Store.LogEntries(r.Context(), f)
	if err != nil {
		return nil, err
	}
	var accounts, customers []string
	for _, e := range all {
		accounts, customers = append(accounts, e.AccountID), append(customers, e.CustomerID)
	}
	names, err := s.shown(r.Context(), accounts, customers)
	items := make([]LogEntryInfo, len(all))
	for i, e := range all {
		items[i] = LogEntryInfo{
			EntityInfo: entityInfo(e.Entity), AccountId: e.AccountID, AccountName: names.of(e.AccountID),
			CustomerId: e.CustomerID, CustomerName: names.of(e.CustomerID), CustomerBreadcrumb: names.crumbs[e.CustomerID],
			UserName: e.UserName, Description: e.Description, ApiKeyName: e.APIKeyName, Operation: e.Operation, EntityId: e.EntityID, IpAddress: e.IPAddress,
		}
	}
	return page(&q.ListRequest, items, total), err
}
