package endpoints

import (
	"strings"
	"time"
)

// Settings are an account's SystemSettings that calls depend on.
type Settings struct {
	AccountID         string
	DefaultCountry    string        // ISO 3166, US
	TimeZoneID        string        // IANA, UTC
	Voice             string        // empty: the engine's
	CallerID          string        // the account's default number; empty: any owned
	AllowedCountries  []string      // beyond the home country
	MaxCallsPerUser   int           // outside calls at once: 2
	MaxCallsPerMinute int           // outside calls a minute a user: 6
	MaxSteps          int           // 10,000
	MaxStepsNoWait    int           // 1,000
	MaxCallDuration   time.Duration // 4 h
}

// DefaultSettings are those of an account that never changed any.
func DefaultSettings(accountID string) *Settings {
	return &Settings{
		AccountID: accountID, DefaultCountry: "US", TimeZoneID: "UTC",
		MaxCallsPerUser: 2, MaxCallsPerMinute: 6,
		MaxSteps: 10_000, MaxStepsNoWait: 1_000, MaxCallDuration: 4 * time.Hour,
	}
}

// Location is the account's time zone.
func (s *Settings) Location() *time.Location {
	if l, err := time.LoadLocation(s.TimeZoneID); err == nil {
		return l
	}
	return time.UTC // Validate let no other pass; the machine's zone data may be gone
}

// Validate tells what of s cannot be kept (*Invalid), and brings the rest into
// its normal form.
func (s *Settings) Validate() error {
	s.DefaultCountry = strings.ToUpper(strings.TrimSpace(s.DefaultCountry))
	if !ValidCountry(s.DefaultCountry) {
		return invalid("defaultCountry", "%.16q is no country; write its two letters (ISO 3166), such as US", s.DefaultCountry)
	}
	for i, c := range s.AllowedCountries {
		s.AllowedCountries[i] = strings.ToUpper(strings.TrimSpace(c))
		if !ValidCountry(s.AllowedCountries[i]) {
			return invalid("allowedCountries", "%.16q is no country; write two letters (ISO 3166) for each, such as US", c)
		}
	}
	if _, err := time.LoadLocation(s.TimeZoneID); err != nil || s.TimeZoneID == "" || s.TimeZoneID == "Local" {
		return invalid("timeZoneId", "%.64q is no time zone; write its IANA name, such as America/New_York", s.TimeZoneID)
	}
	if s.CallerID != "" {
		e164, err := ParseNumber(s.CallerID, s.DefaultCountry)
		if err != nil {
			return invalid("callerId", "%.64q isn't a telephone number", s.CallerID)
		}
		s.CallerID = e164
	}
	for _, n := range []struct {
		field string
		value int
		max   int
	}{
		{"maxCallsPerUser", s.MaxCallsPerUser, 1_000},
		{"maxCallsPerMinute", s.MaxCallsPerMinute, 10_000},
		{"maxSteps", s.MaxSteps, 1_000_000},
		{"maxStepsNoWait", s.MaxStepsNoWait, 100_000},
	} {
		if n.value < 1 || n.value > n.max {
			return invalid(n.field, "is %d; 1 to %d is allowed", n.value, n.max)
		}
	}
	if s.MaxCallDuration < time.Minute || s.MaxCallDuration > 24*time.Hour {
		return invalid("maxCallDuration", "is %s; 1m to 24h is allowed", s.MaxCallDuration)
	}
	return text("voice", &s.Voice, optional)
}
