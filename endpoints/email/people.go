package email

import (
	netmail "net/mail"
	"regexp"
	"strings"

	"github.com/emersion/go-message/mail"
)

// people are the addresses of a field. Programs write names that RFC 5322 would have quoted
// (Doe, Ann <ann@…>, ann@… <ann@…>): such a field is read if it has one address only, so
// that nobody can be taken for another.
func people(h *mail.Header, field string) []*netmail.Address {
	raw := utf8Text(h.Get(field), "")
	all, err := (&netmail.AddressParser{WordDecoder: &headerWords}).ParseList(raw)
	if err != nil {
		all = nil
		if found := angled.FindAllStringSubmatchIndex(raw, 2); len(found) == 1 && strings.TrimSpace(raw[found[0][1]:]) == "" {
			if a, err := netmail.ParseAddress(raw[found[0][2]:found[0][3]]); err == nil {
				all = []*netmail.Address{{Name: raw[:found[0][0]], Address: a.Address}}
			}
		}
	}
	for _, a := range all { // quoted or not, some programs encode it
		if a.Name = strings.Trim(headerText(a.Name), ` "`); strings.EqualFold(a.Name, a.Address) {
			a.Name = ""
		}
	}
	return all
}

// angled is an address in a field.
var angled = regexp.MustCompile(`<\s*([^<>\s]+@[^<>\s]+)\s*>`)
