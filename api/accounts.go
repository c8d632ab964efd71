package api

import (
	"slices"

	"ringflow/endpoints"
)

// AccountInfo is an account, the tenant.
type AccountInfo struct {
	_ struct{} `ns:"Voice.Api.Accounts"`
	EntityInfo
	Name string
}

// ListAccounts lists the caller's accounts.
type ListAccounts struct {
	_ struct{} `ns:"Voice.Api.Accounts"`
	ListRequest
	NameFilter string
}

// accounts are named by specificIds here.
func (q *ListAccounts) accounts() *[]string { return &q.SpecificIds }

// GetAccount shows an account.
type GetAccount struct {
	_         struct{} `ns:"Voice.Api.Accounts"`
	AccountId string
}

func (q *GetAccount) account() string { return q.AccountId }

func accountInfo(a *endpoints.Account) AccountInfo {
	return AccountInfo{EntityInfo: entityInfo(a.Entity), Name: a.Name}
}

func (s *Server) listAccounts(r *Request, q *ListAccounts) (*ListResponse[AccountInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	all, total, err := s.Store.Accounts(r.Context(), endpoints.AccountFilter{List: list, NameFilter: q.NameFilter})
	if err != nil {
		return nil, err
	}
	items := make([]AccountInfo, 0, len(all))
	for a := range slices.Values(all) {
		items = append(items, accountInfo(a))
	}
	return page(&q.ListRequest, items, total), nil
}

func (s *Server) getAccount(r *Request, _ *GetAccount) (*AccountInfo, error) {
	info := accountInfo(r.found.account)
	return &info, nil
}
