package endpoints

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Settings are an account's SystemSettings that calls depend on.
type Settings struct {
	AccountID         string
	Revision          int64         `json:"-"` // as Entity's; 1 for what was never changed
	DefaultCountry    string        // ISO 3166, US
	TimeZoneID        string        // IANA, UTC
	Voice             string        // empty: the engine's
	MusicOnHold       string        // id of an audio file, for who waits in a call; empty: silence
	PickupPrefix      string        // before a user's SIP name: picks up what rings there; **; empty: off
	CallerID          string        // the account's default number; empty: any owned
	AllowedCountries  []string      // beyond the home country
	MaxCallsPerUser   int           // outside calls at once: 2
	MaxCallsPerMinute int           // outside calls a minute a user: 6
	MaxSteps          int           // 10,000
	MaxStepsNoWait    int           // 1,000
	MaxCallDuration   time.Duration // 4 h
	ChatIdleHours     int           // after so long without a message a chat is closed: 24

	// Texts: what answers HELP (empty: a sentence of ours), and how many segments may leave a
	// minute (0: 600 to who has not written to us before, answers as many as there are) and a
	// day to who has not written to us before (0: 10,000).
	TextHelp       string
	TextsPerMinute int
	TextsPerDay    int

	EndpointFields []*EndpointField
	CustomerFields []*CustomerField
	SystemFields   []*SystemField

	// What an administrator writes down, and how long and how calls are kept and moved.
	Documentation          string
	Tags                   []Tag
	EmailAccounts          []EmailAccount
	DefaultSipRegion       string // a carrier's word; kept for clients
	RecordingRetentionDays *int   // nil or 0: for ever
	EnableSipRefer         *bool  // phones may transfer their calls; nil: they may
	AutoAgentLogoffSeconds *int   // nil or 0: never

	// The test clock: schedules and flows of the account see this time, and
	// nothing else does.
	OverrideSystemTime       bool
	OverrideSystemTimeZoneID string // IANA; empty: TimeZoneID
	OverrideSystemDateTime   string // 2026-11-26T10:00, there

	DateLastModified time.Time // UTC; zero: never changed
	LastModifiedBy   string    // e-mail of a login
}

var prefixOfKeys = regexp.MustCompile(`^[0-9*#]{0,8}$`)

// Transfers tells whether users may transfer their calls by REFER.
func (s *Settings) Transfers() bool { return s.EnableSipRefer == nil || *s.EnableSipRefer }

// Now is the account's time: real is the true one.
func (s *Settings) Now(real time.Time) time.Time {
	if !s.OverrideSystemTime {
		return real
	}
	if t, err := s.testClock(); err == nil {
		return t
	}
	return real // Validate let no other pass
}

func (s *Settings) testClock() (time.Time, error) {
	zone := s.Location()
	if s.OverrideSystemTimeZoneID != "" {
		l, err := time.LoadLocation(s.OverrideSystemTimeZoneID)
		if err != nil {
			return time.Time{}, err
		}
		zone = l
	}
	var err error
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		var t time.Time
		if t, err = time.ParseInLocation(layout, s.OverrideSystemDateTime, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, err
}

// ValidateTestClock checks the moment of the test clock, whether it is on or off (*Invalid).
func (s *Settings) ValidateTestClock() error {
	if err := checkZone("overrideSystemTimeZoneId", s.OverrideSystemTimeZoneID); err != nil {
		return err
	}
	if _, err := s.testClock(); err != nil {
		return invalid("overrideSystemDateTime", "%.64q is no moment; write it as 2026-11-26T10:00", s.OverrideSystemDateTime)
	}
	return nil
}

// validateFields checks the definitions of all three sorts, and the values of
// the account's own.
func (s *Settings) validateFields() error {
	var e, c, a []*DataField
	for _, f := range s.EndpointFields {
		e = append(e, &f.DataField)
	}
	for _, f := range s.CustomerFields {
		c = append(c, &f.DataField)
	}
	for _, f := range s.SystemFields {
		a = append(a, &f.DataField)
	}
	if err := first(checkFields("endpointFields", e, EndpointBuiltIns), checkFields("customerFields", c, CustomerBuiltIns), checkFields("systemFields", a, SystemBuiltIns)); err != nil {
		return err
	}
	for _, f := range s.EndpointFields {
		if f.EndpointType != "" && f.EndpointType != Assistant && !slices.Contains(Kinds, f.EndpointType) {
			return invalid("endpointFields", "%.32q, the endpointType of %s, is none", f.EndpointType, f.Name)
		}
	}
	for _, f := range s.SystemFields {
		if f.Value != nil {
			if err := f.Accepts("systemFields."+f.Name, *f.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// DefaultSettings are those of an account that never changed any.
func DefaultSettings(accountID string) *Settings {
	return &Settings{
		Revision: 1, AccountID: accountID, DefaultCountry: "US", TimeZoneID: "UTC", PickupPrefix: "**",
		MaxCallsPerUser: 2, MaxCallsPerMinute: 6,
		MaxSteps: 10_000, MaxStepsNoWait: 1_000, MaxCallDuration: 4 * time.Hour, ChatIdleHours: 24,
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
	if err := s.validateTexts(); err != nil {
		return err
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
		{"chatIdleHours", s.ChatIdleHours, 24 * 365},
	} {
		if n.value < 1 || n.value > n.max {
			return invalid(n.field, "is %d; 1 to %d is allowed", n.value, n.max)
		}
	}
	if s.MaxCallDuration < time.Minute || s.MaxCallDuration > 24*time.Hour {
		return invalid("maxCallDuration", "is %s; 1m to 24h is allowed", s.MaxCallDuration)
	}
	if !prefixOfKeys.MatchString(s.PickupPrefix) {
		return invalid("pickupPrefix", "%.32q is none; write up to 8 of 0-9, * and #, such as **, or nothing", s.PickupPrefix)
	}
	if err := checkZone("overrideSystemTimeZoneId", s.OverrideSystemTimeZoneID); err != nil {
		return err
	}
	if s.OverrideSystemTime {
		if err := s.ValidateTestClock(); err != nil {
			return err
		}
	}
	return first(text("voice", &s.Voice, optional), text("defaultSipRegion", &s.DefaultSipRegion, optional), checkMusic(s.MusicOnHold), s.validateKept(), s.validateEmailAccounts(), s.validateFields())
}
