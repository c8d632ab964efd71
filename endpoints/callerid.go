package endpoints

// CallerIDRules are what the caller ID of a call to the outside is chosen from,
// in this order; the first one set is taken and must be owned.
type CallerIDRules struct {
	Asked    string          // by the node or the API
	Field    string          // first Endpoint Field flagged isCallerId
	Endpoint string          // the endpoint's own number
	Customer string          // the customer's default number
	Account  string          // the account's default number
	Owned    []string        // numbers of the account, E.164
	Country  string          // for numbers without a country code
	Pick     func(n int) int // which of n owned numbers when none is set; nil: the first
}

// CallerID is the number to show, E.164; *Invalid when it isn't the account's.
func CallerID(r CallerIDRules) (string, error) { return "", nil }
