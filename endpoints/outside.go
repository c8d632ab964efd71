package endpoints

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// costly are the kinds of numbers that pay their owner: never called, whatever
// the settings say. They are what toll fraud lives on.
var costly = map[phonenumbers.PhoneNumberType]string{
	phonenumbers.PREMIUM_RATE:    "a premium rate number",
	phonenumbers.SHARED_COST:     "a shared cost number",
	phonenumbers.PERSONAL_NUMBER: "a personal number",
}

// noCountry is the library's word for country codes that belong to no country:
// satellites, international networks, +979.
const noCountry = "001"

// unassigned is a number that nobody has: ErrNotNumber too.
type unassigned struct{ *Invalid }

func (e unassigned) Unwrap() []error { return []error{e.Invalid, ErrNotNumber} }

// AllowedOutside says whether the account may call an E.164 number: its home
// country always, others when they stand in AllowedCountries, costly ranges and
// numbers that no numbering plan knows never. The error (*Invalid) says why not.
func AllowedOutside(s *Settings, e164 string) error {
	n, ok := international(e164, "")
	if !ok {
		return unassigned{&Invalid{Field: "number", Text: fmt.Sprintf("%.64q isn't a telephone number in E.164 form; check its country code, area code and length", e164)}}
	}
	home := strings.ToUpper(s.DefaultCountry)
	if phonenumbers.IsEmergencyNumber(strings.TrimPrefix(e164, "+"), home) {
		return invalid("number", "%s is an emergency number; those aren't routed", e164)
	}
	country, kind := phonenumbers.GetRegionCodeForNumber(n), phonenumbers.GetNumberType(n)
	if country == "" || kind == phonenumbers.UNKNOWN { // of no kind: not valid
		return unassigned{&Invalid{Field: "number", Text: fmt.Sprintf("%s is in no numbering plan: nobody can have it, and what a call to it costs isn't known; check its area code and length", e164)}}
	}
	if what, bad := costly[kind]; bad {
		return invalid("number", "%s is %s; those are never called", e164, what)
	}
	if country == noCountry {
		return invalid("number", "%s belongs to no country (a satellite or international network); those are never called", e164)
	}
	if country == home || slices.ContainsFunc(s.AllowedCountries, func(c string) bool { return strings.EqualFold(c, country) }) {
		return nil
	}
	return invalid("number", "%s is in %s; calls outside %s are allowed to the countries in the setting allowedCountries only", e164, country, home)
}
