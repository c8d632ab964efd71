package endpoints

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrNotNumber is what is no telephone number: letters, stars, short codes.
var ErrNotNumber = errors.New("not a telephone number")

// longest text that may be a number: 15 digits, an international prefix, and
// what people put between.
const maxNumberText = 40

// fewest digits of a number written without its country code. Below that it
// is an extension, or a short code such as an emergency number, which must
// not be taken for a stranger's number.
const minNational = 7

// ParseNumber reads a number as people and carriers write it, in the country
// (ISO 3166), and returns E.164 with plus sign: "+", "00" and the country's own
// prefix (011) go before a country code, a leading trunk prefix (0, 1) falls.
// Anything else wraps ErrNotNumber.
func ParseNumber(text, country string) (string, error) {
	n, err := parse(text, country)
	if err != nil {
		return "", err
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

func parse(text, country string) (*phonenumbers.PhoneNumber, error) {
	digits, ok := bare(text)
	if !ok {
		return nil, fmt.Errorf("%.64q: %w", text, ErrNotNumber)
	}
	for _, try := range []func(string, string) (*phonenumbers.PhoneNumber, bool){international, prefixed, national, withoutPlus} {
		if n, ok := try(digits, strings.ToUpper(country)); ok && stable(n) {
			return n, nil
		}
	}
	return nil, fmt.Errorf("%.64q in %s: %w", text, country, ErrNotNumber)
}

// stable tells whether n's E.164 form reads as n again: a few odd ones lose a
// zero each time, and would be another number at the next hop.
func stable(n *phonenumbers.PhoneNumber) bool {
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	again, ok := international(e164, "")
	return ok && phonenumbers.Format(again, phonenumbers.E164) == e164
}

// bare is text without what people put between digits; false if there is
// anything that no number has.
func bare(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxNumberText {
		return "", false
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -.()/", r):
		default:
			return "", false
		}
	}
	return b.String(), true
}

func international(digits, _ string) (*phonenumbers.PhoneNumber, bool) {
	if !strings.HasPrefix(digits, "+") {
		return nil, false
	}
	n, err := phonenumbers.Parse(digits, "")
	return n, err == nil && phonenumbers.IsPossibleNumber(n)
}

// prefixed reads the country's own international prefix, and "00" wherever one is.
func prefixed(digits, country string) (*phonenumbers.PhoneNumber, bool) {
	n := new(phonenumbers.PhoneNumber)
	err := phonenumbers.ParseAndKeepRawInputToNumber(digits, country, n)
	if err == nil && n.GetCountryCodeSource() == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD {
		return n, phonenumbers.IsPossibleNumber(n)
	}
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		return international("+"+rest, "")
	}
	return nil, false
}

func national(digits, country string) (*phonenumbers.PhoneNumber, bool) {
	if len(digits) < minNational {
		return nil, false
	}
	n, err := phonenumbers.Parse(digits, country)
	if err != nil || phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE {
		return nil, false
	}
	return n, true
}

// withoutPlus reads E.164 as some carriers send it, but only what is in use
// somewhere: else every mistyped number would become one of another country.
func withoutPlus(digits, _ string) (*phonenumbers.PhoneNumber, bool) {
	if len(digits) < minNational+2 || strings.HasPrefix(digits, "0") {
		return nil, false
	}
	n, ok := international("+"+digits, "")
	return n, ok && phonenumbers.IsValidNumber(n)
}

// ValidCountry tells whether the country (ISO 3166, two letters) has a
// numbering plan that we know.
func ValidCountry(country string) bool {
	return len(country) == 2 && phonenumbers.GetCountryCodeForRegion(country) != 0
}
