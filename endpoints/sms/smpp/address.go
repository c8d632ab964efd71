package smpp

import (
	"strings"

	"ringflow/endpoints"
)

// Types and plans of numbers, 5.2.5 and 5.2.6.
const (
	tonUnknown, tonInternational, tonNational, tonNetwork, tonSubscriber, tonAlphanumeric, tonAbbreviated byte = 0, 1, 2, 3, 4, 5, 6
	npiUnknown, npiISDN                                                                                   byte = 0, 1
)

// shortCode is as long as the longest number that is known to one network alone.
const shortCode = 8

// addressOf is a number or name as it goes to the message centre.
func addressOf(s string) Address {
	digits := strings.TrimPrefix(s, "+")
	switch {
	case digits == "" || strings.Trim(digits, "0123456789") != "":
		return Address{tonAlphanumeric, npiUnknown, s}
	case digits != s:
		return Address{tonInternational, npiISDN, digits}
	case len(digits) <= shortCode:
		return Address{tonNetwork, npiUnknown, s}
	}
	return Address{tonUnknown, npiISDN, s}
}

// party is who an address stands for: an E.164 number where it is one, else what it
// says: a short code, a name. Many centres write whole numbers and don't say so;
// ParseNumber tells them from those of country.
func (a Address) party(country string) string {
	s := strings.TrimSpace(a.Addr)
	if a.TON == tonAlphanumeric || a.TON == tonNetwork || a.TON == tonAbbreviated {
		return s
	}
	digits := strings.TrimPrefix(s, "+")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return s
	}
	international := a.TON == tonInternational || digits != s
	if !international && len(digits) <= 6 {
		return s
	}
	if international {
		return "+" + digits
	}
	if n, err := endpoints.ParseNumber(digits, country); err == nil {
		return n
	}
	return s
}
