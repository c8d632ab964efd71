package api

import "ringflow/endpoints"

// CustomerInfo is a customer of the account; customers form a tree.
type CustomerInfo struct {
	_ struct{} `ns:"Voice.Api.Customers"`
	EntityInfo
	AccountId        string
	AccountName      string
	ParentCustomerId string
	Breadcrumb       []CustomerBreadcrumb
	Name             string
	ReferenceId      string
	Data             map[string]endpoints.Value
	Schedule         *Schedule
}

// ListCustomers lists customers.
type ListCustomers struct {
	_ struct{} `ns:"Voice.Api.Customers"`
	ListRequest
	AccountIds        []string
	NameFilter        string
	ParentCustomerIds []string
	ShallowParent     bool // direct children only
	TagIds            []string
}

func (q *ListCustomers) accounts() *[]string { return &q.AccountIds }

// GetCustomer shows a customer.
type GetCustomer struct {
	_          struct{} `ns:"Voice.Api.Customers"`
	CustomerId string
}

func (q *GetCustomer) customer() string { return q.CustomerId }

// NewCustomer makes a customer.
type NewCustomer struct {
	_                struct{} `ns:"Voice.Api.Customers"`
	AccountId        string
	Name             string
	ParentCustomerId string
	ReferenceId      string
	Data             map[string]endpoints.Value
	Schedule         *Schedule
}

func (q *NewCustomer) account() string { return q.AccountId }

// PatchCustomer changes the members that are given.
type PatchCustomer struct {
	_                struct{} `ns:"Voice.Api.Customers"`
	CustomerId       string
	Name             *string
	ParentCustomerId *string // empty: to the top
	ReferenceId      *string
	Data             map[string]endpoints.Value
	Schedule         *Schedule
}

func (q *PatchCustomer) customer() string { return q.CustomerId }

// DeleteCustomer deletes a customer.
type DeleteCustomer struct {
	_          struct{} `ns:"Voice.Api.Customers"`
	CustomerId string
}

func (q *DeleteCustomer) customer() string { return q.CustomerId }
