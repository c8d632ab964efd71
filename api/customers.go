package api

import (
	"context"

	"ringflow/endpoints"
)

func (s *Server) listCustomers(r *Request, q *ListCustomers) (*ListResponse[CustomerInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	all, total, err := s.Store.Customers(r.Context(), endpoints.CustomerFilter{
		List: list, AccountIDs: q.AccountIds, NameFilter: q.NameFilter, ParentCustomerIDs: q.ParentCustomerIds, ShallowParent: q.ShallowParent, TagIDs: q.TagIds, Within: keptTo(r.Context()),
	})
	if err != nil {
		return nil, err
	}
	items, err := s.customerInfos(r.Context(), all)
	return page(&q.ListRequest, items, total), err
}

func (s *Server) getCustomer(r *Request, _ *GetCustomer) (*CustomerInfo, error) {
	return s.customerInfo(r.Context(), r.found.customer)
}

func (s *Server) newCustomer(r *Request, q *NewCustomer) (*CustomerInfo, error) {
	c := &endpoints.Customer{
		AccountID: r.found.accountID, ParentCustomerID: q.ParentCustomerId, Name: q.Name, ReferenceID: q.ReferenceId,
		Data: q.Data, Schedule: q.Schedule.schedule(),
	}
	q.apply(c)
	c.CreatedBy = r.Who.login.EmailAddress
	return s.saveCustomer(r, c)
}

// patchCustomer changes what is given and leaves the rest.
func (s *Server) patchCustomer(r *Request, q *PatchCustomer) (*CustomerInfo, error) {
	c := r.found.customer
	set(&c.Name, q.Name)
	set(&c.ParentCustomerID, q.ParentCustomerId)
	set(&c.ReferenceID, q.ReferenceId)
	q.apply(c)
	if q.Schedule != nil {
		c.Schedule = q.Schedule.schedule()
	}
	if q.Data != nil {
		hidden, err := s.secretsOf(r.Context(), c.AccountID)
		if err != nil {
			return nil, err
		}
		c.Data = replaced(c.Data, q.Data, hidden[c.AccountID].customer)
	}
	return s.saveCustomer(r, c)
}

// setCustomerStagingMode marks a customer as one that is tried out, or not any more.
func (s *Server) setCustomerStagingMode(r *Request, q *SetCustomerStagingMode) (*CustomerInfo, error) {
	if q.IsStaging == nil {
		return nil, &endpoints.Invalid{Field: "isStaging", Text: "is missing"}
	}
	c := r.found.customer
	c.Staging = *q.IsStaging
	return s.saveCustomer(r, c)
}

func (s *Server) saveCustomer(r *Request, c *endpoints.Customer) (*CustomerInfo, error) {
	ctx := r.Context()
	if err := s.sameAccountCustomer(ctx, c.AccountID, c.ParentCustomerID); err != nil {
		return nil, err
	}
	if err := s.sameAccountFlows(ctx, c.AccountID, c.Schedule, nil); err != nil {
		return nil, err
	}
	c.LastModifiedBy = r.Who.login.EmailAddress
	if err := s.Store.PutCustomer(ctx, c); err != nil {
		return nil, err
	}
	s.reload(ctx)
	return s.customerInfo(ctx, c)
}

func (s *Server) deleteCustomer(r *Request, _ *DeleteCustomer) error {
	ctx := r.Context()
	if err := s.Store.DeleteCustomer(ctx, r.found.customer.ID); err != nil {
		return err
	}
	s.reload(ctx)
	return nil
}

func (s *Server) customerInfo(ctx context.Context, c *endpoints.Customer) (*CustomerInfo, error) {
	infos, err := s.customerInfos(ctx, []*endpoints.Customer{c})
	if err != nil {
		return nil, err
	}
	return &infos[0], nil
}

func (s *Server) customerInfos(ctx context.Context, all []*endpoints.Customer) ([]CustomerInfo, error) {
	var accounts, ids []string
	for _, c := range all {
		accounts, ids = append(accounts, c.AccountID), append(ids, c.ID)
	}
	names, err := s.shown(ctx, accounts, ids)
	if err != nil {
		return nil, err
	}
	hidden, err := s.secretsOf(ctx, accounts...)
	if err != nil {
		return nil, err
	}
	out := make([]CustomerInfo, len(all))
	for i, c := range all {
		out[i] = CustomerInfo{
			EntityInfo: entityInfo(c.Entity), AccountId: c.AccountID, AccountName: names.of(c.AccountID),
			ParentCustomerId: c.ParentCustomerID, Breadcrumb: names.crumbs[c.ID], Name: c.Name, ReferenceId: c.ReferenceID,
			Data: without(c.Data, hidden[c.AccountID].customer), Schedule: scheduleInfo(c.Schedule),
			IsStaging: c.Staging, Tags: hidden[c.AccountID].shown(c.TagIDs), IntegrationData: c.IntegrationData,
			OverrideBillingSettings: c.OverrideBilling, BillingSettings: c.Billing, OverrideAppSettings: c.OverrideApp, AppSettings: c.App,
		}
	}
	return out, nil
}
