package endpoints

import (
	"encoding/json"
	"strings"
)

// Account is the tenant. Accounts may stand below others, as a reseller's
// customers do below the reseller; that gives no login any rights.
type Account struct {
	Entity
	Name            string
	ParentAccountID string
	MaxPhoneNumbers int // fax numbers included; 0: no limit

	// What clients keep here, and nothing of ours looks at.
	CarrierSID         string // twilioAccountSid
	TrustHubProfileSID string
	LogoID             string // a file of the account
	Billing            json.RawMessage
}

// most phone numbers that an account can be held to.
const maxPhoneNumbers = 1_000_000

// Validate tells what of a cannot be kept (*Invalid). Whether its parent exists
// is the store's to say.
func (a *Account) Validate() error {
	if a.ID != "" && a.ParentAccountID == a.ID {
		return invalid("parentAccountId", "an account can't be its own parent")
	}
	if a.MaxPhoneNumbers < 0 || a.MaxPhoneNumbers > maxPhoneNumbers {
		return invalid("maxPhoneNumbers", "is %d; 1 to %d is allowed, and 0 for no limit", a.MaxPhoneNumbers, maxPhoneNumbers)
	}
	return first(text("name", &a.Name, required), text("twilioAccountSid", &a.CarrierSID, optional), text("trustHubProfileSid", &a.TrustHubProfileSID, optional),
		text("logoId", &a.LogoID, optional), keep("billingSettings", &a.Billing))
}

// longest name, address or other text of one line.
const maxText = 256

const (
	optional = false
	required = true
)

// text trims *s and checks it as one line.
func text(field string, s *string, need bool) error {
	*s = strings.TrimSpace(*s)
	if *s == "" && need {
		return invalid(field, "is missing")
	}
	if len(*s) > maxText {
		return invalid(field, "has %d bytes; %d are allowed", len(*s), maxText)
	}
	if strings.ContainsFunc(*s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return invalid(field, "has a control character")
	}
	return nil
}

// first is the first error of several checks.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
