package endpoints

import (
	"slices"
)

// CallerIDRules are what the caller ID of a call to the outside is chosen from,
// in this order; the first one set is taken and must be owned.
type CallerIDRules struct {
	Asked    string          // by the node or the API
	Field    string          // first Endpoint Field flagged isCallerId
	Endpoint string          // the endpoint's own number
	Customer string          // first Customer Field flagged isCallerId
	Account  string          // the account's default number
	Owned    []string        // numbers of the account, E.164
	Country  string          // for numbers without a country code
	Pick     func(n int) int // which of n owned numbers when none is set; nil: the first
}

// CallerID is the number to show, E.164. A number that isn't the account's is
// refused wherever it comes from (*Invalid), not replaced: who sees another
// number than the one that was set would never learn of the mistake.
func CallerID(r CallerIDRules) (string, error) {
	for _, source := range []struct{ name, number string }{
		{"callerId", r.Asked},
		{"the endpoint's caller ID field", r.Field},
		{"the endpoint's number", r.Endpoint},
		{"the customer's caller ID field", r.Customer},
		{"the account's default number (setting callerId)", r.Account},
	} {
		if source.number == "" {
			continue
		}
		if slices.Contains(r.Owned, source.number) { // as most are written; to parse it has its price
			return source.number, nil
		}
		e164, err := ParseNumber(source.number, r.Country)
		if err != nil {
			return "", invalid("callerId", "%s is %.64q, which isn't a telephone number", source.name, source.number)
		}
		if !slices.Contains(r.Owned, e164) {
			return "", invalid("callerId", "%s is %s, which is not a number of this account; add it as a phone number first", source.name, e164)
		}
		return e164, nil
	}
	if len(r.Owned) == 0 {
		return "", invalid("callerId", "the account has no phone number to show; add one first")
	}
	if r.Pick == nil {
		return r.Owned[0], nil
	}
	return r.Owned[r.Pick(len(r.Owned))], nil
}
