package endpoints

import "fmt"

// EmailAccount is an address that the account writes from. Mail itself leaves by
// the server's own smtp; no password is kept.
type EmailAccount struct {
	ID           string `json:"id"`
	DisplayName  string `json:"displayName,omitempty"`
	EmailAddress string `json:"emailAddress"`
	UserName     string `json:"userName,omitempty"`
}

const maxEmailAccounts = 100

// validateEmailAccounts checks them, and gives those without an id one.
func (s *Settings) validateEmailAccounts() error {
	if len(s.EmailAccounts) > maxEmailAccounts {
		return invalid("emailAccounts", "are %d; %d are allowed", len(s.EmailAccounts), maxEmailAccounts)
	}
	ids, addresses := map[string]bool{}, map[string]bool{}
	for i := range s.EmailAccounts {
		a := &s.EmailAccounts[i]
		where := fmt.Sprintf("emailAccounts[%d]", i)
		a.EmailAddress = NormalEmail(a.EmailAddress)
		if err := first(text(where+".displayName", &a.DisplayName, optional), text(where+".userName", &a.UserName, optional), CheckEmail(where+".emailAddress", a.EmailAddress)); err != nil {
			return err
		}
		if a.ID == "" {
			a.ID = NewID()
		}
		if ids[a.ID] || !validTagID(a.ID) {
			return invalid(where+".id", "%.64q is another's, or no id", a.ID)
		}
		if addresses[a.EmailAddress] {
			return invalid(where+".emailAddress", "%.64q is in the list twice", a.EmailAddress)
		}
		ids[a.ID], addresses[a.EmailAddress] = true, true
	}
	return nil
}
