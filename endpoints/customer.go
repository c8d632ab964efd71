package endpoints

// Customer is a customer of the account; customers form a tree.
type Customer struct {
	Entity
	AccountID        string
	ParentCustomerID string
	Name             string
	ReferenceID      string
	Data             map[string]Value
	Schedule         *Schedule // nil: the parent's
}

// Validate tells what of c cannot be kept (*Invalid). Whether its account and
// parent exist is the store's to say.
func (c *Customer) Validate() error {
	if c.AccountID == "" {
		return invalid("accountId", "is missing")
	}
	if c.ID != "" && c.ParentCustomerID == c.ID {
		return invalid("parentCustomerId", "a customer can't be its own parent")
	}
	return first(text("name", &c.Name, required), text("referenceId", &c.ReferenceID, optional), ValidateStruct("data", c.Data), c.Schedule.Validate())
}
