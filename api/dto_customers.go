package api

import (
	"encoding/json"

	"ringflow/endpoints"
)

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
	IsStaging        bool
	Tags             []Tag

	// Kept as clients give them.
	IntegrationData         json.RawMessage
	OverrideBillingSettings bool
	BillingSettings         json.RawMessage
	OverrideAppSettings     bool
	AppSettings             json.RawMessage
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
	customerMembers
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
	customerMembers
}

func (q *PatchCustomer) customer() string { return q.CustomerId }

// customerMembers are what a customer may be given beside its name and place, the
// same in POST and PATCH.
type customerMembers struct {
	_                       struct{} `ns:"Voice.Api.Customers"`
	TagIds                  []string
	IntegrationData         json.RawMessage
	OverrideBillingSettings *bool
	BillingSettings         json.RawMessage
	OverrideAppSettings     *bool
	AppSettings             json.RawMessage
}

// apply sets what the request gives.
func (q *customerMembers) apply(c *endpoints.Customer) {
	if q.TagIds != nil {
		c.TagIDs = q.TagIds
	}
	set(&c.OverrideBilling, q.OverrideBillingSettings)
	set(&c.OverrideApp, q.OverrideAppSettings)
	keptAs(&c.IntegrationData, q.IntegrationData)
	keptAs(&c.Billing, q.BillingSettings)
	keptAs(&c.App, q.AppSettings)
}

// keptAs sets an object that is kept as it is given; {} takes it away.
func keptAs(to *json.RawMessage, raw json.RawMessage) {
	if len(raw) > 0 {
		*to = raw
	}
}

// SetCustomerStagingMode says whether a customer is tried out.
type SetCustomerStagingMode struct {
	_          struct{} `ns:"Voice.Api.Customers"`
	CustomerId string
	IsStaging  *bool
}

func (q *SetCustomerStagingMode) customer() string { return q.CustomerId }

// DeleteCustomer deletes a customer.
type DeleteCustomer struct {
	_          struct{} `ns:"Voice.Api.Customers"`
	CustomerId string
}

func (q *DeleteCustomer) customer() string { return q.CustomerId }
