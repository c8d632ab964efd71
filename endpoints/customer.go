package endpoints

import "encoding/json"

// Customer is a customer of the account; customers form a tree.
type Customer struct {
	Entity
	AccountID        string
	ParentCustomerID string
	Name             string
	ReferenceID      string
	Data             map[string]Value
	Schedule         *Schedule // nil: the parent's
	TagIDs           []string
	Staging          bool // a customer that is tried out: isStaging

	// What clients keep here. The last two count with their flag only, else the
	// nearest customer's above that has it.
	IntegrationData json.RawMessage
	OverrideBilling bool
	Billing         json.RawMessage
	OverrideApp     bool
	App             json.RawMessage
}

// Validate tells what of c cannot be kept (*Invalid). Whether its account,
// parent and tags exist is the store's to say.
func (c *Customer) Validate() error {
	if c.AccountID == "" {
		return invalid("accountId", "is missing")
	}
	if c.ID != "" && c.ParentCustomerID == c.ID {
		return invalid("parentCustomerId", "a customer can't be its own parent")
	}
	return first(text("name", &c.Name, required), text("referenceId", &c.ReferenceID, optional), ValidateStruct("data", c.Data), c.Schedule.Validate(), checkTagIDs(&c.TagIDs),
		keep("integrationData", &c.IntegrationData), keep("billingSettings", &c.Billing), keep("appSettings", &c.App))
}
