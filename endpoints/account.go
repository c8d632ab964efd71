package endpoints

import "strings"

// Account is the tenant.
type Account struct {
	Entity
	Name string
}

// Validate tells what of a cannot be kept (*Invalid).
func (a *Account) Validate() error {
	return text("name", &a.Name, required)
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
