package endpoints_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"ringflow/endpoints"
)

func TestParseNumber(t *testing.T) {
	for _, c := range []struct{ text, country, want string }{
		{"+18005550100", "US", "+18005550100"},
		{"+18005550100", "DE", "+18005550100"},
		{"8005550100", "US", "+18005550100"},
		{"18005550100", "US", "+18005550100"},
		{"(800) 555-0100", "us", "+18005550100"},
		{"800.555.0100", "US", "+18005550100"},
		{"0114989123456", "US", "+4989123456"},
		{"004989123456", "US", "+4989123456"},
		{"004989123456", "DE", "+4989123456"},
		{"089 123456", "DE", "+4989123456"},
		{"89123456", "DE", "+4989123456"},
		{"0113 496 0000", "GB", "+441134960000"}, // Leeds, not the American prefix
		{"0018005550100", "DE", "+18005550100"},
		{"001118005550100", "AU", "+18005550100"},
		{"442079460000", "US", "+442079460000"}, // E.164 without its plus
		{"5551234567", "US", "+15551234567"},    // ten digits in the US, in use or not
		{"+39 06 698 12345", "US", "+390669812345"},
		{" +1 202 555 0143 ", "US", "+12025550143"},

		{"", "US", ""},
		{"911", "US", ""},
		{"112", "DE", ""},
		{"+911", "US", ""},
		{"4000", "US", ""},
		{"4000", "DE", ""},
		{"123456", "DE", ""},
		{"*65", "US", ""},
		{"alice", "US", ""},
		{"1-800-FLOWERS", "US", ""},
		{"555 0100 x12", "US", ""},
		{"5550100", "US", ""}, // local only: no area code
		{"+", "US", ""},
		{"++18005550100", "US", ""},
		{"1+8005550100", "US", ""},
		{"+1800555010", "US", ""},
		{"+180055501000", "US", ""},
		{"+99912345678", "US", ""},
		{"٨٠٠٥٥٥٠١٠٠", "US", ""},
		{"8005550100;ext=5", "US", ""},
		{"+1 800 555 0100 +1 800 555 0100 +1 800 555", "US", ""},
		{"8005550100", "", ""},
		{"8005550100", "ZZ", ""},
	} {
		got, err := endpoints.ParseNumber(c.text, c.country)
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("ParseNumber(%q, %s) = %q, %v; want %q", c.text, c.country, got, err, c.want)
		}
		if err != nil && !errors.Is(err, endpoints.ErrNotNumber) {
			t.Errorf("ParseNumber(%q): %v isn't ErrNotNumber", c.text, err)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"+18005550100", "011 49 89 1234567", "*65", "00", "+", "0800-555"} {
		f.Add(s, "US")
		f.Add(s, "DE")
		f.Add("0000000", "FI")
	}
	e164 := regexp.MustCompile(`^\+[1-9][0-9]{5,16}$`)
	f.Fuzz(func(t *testing.T, text, country string) {
		got, err := endpoints.ParseNumber(text, country)
		if err != nil {
			return
		}
		if !e164.MatchString(got) {
			t.Fatalf("%q in %q became %q", text, country, got)
		}
		if again, err := endpoints.ParseNumber(got, country); again != got {
			t.Fatalf("%q became %q, which becomes %q, %v", text, got, again, err)
		}
	})
}

func TestAllowedOutside(t *testing.T) {
	us := endpoints.DefaultSettings("a")
	wide := endpoints.DefaultSettings("a")
	wide.AllowedCountries = []string{"DE", "gb", "AT"}
	for _, c := range []struct {
		settings *endpoints.Settings
		number   string
		ok       bool
	}{
		{us, "+12025550143", true},
		{us, "+18005550100", true},
		{us, "+4989123456", false},
		{wide, "+4989123456", true},
		{wide, "+442079460000", true},
		{us, "+14165550123", false},    // Canada shares +1
		{us, "+18765550123", false},    // so does Jamaica
		{us, "+19005550123", false},    // premium
		{wide, "+49900123456", false},  // premium in an allowed country: +49 900
		{wide, "+491806123456", false}, // shared cost
		{wide, "+447012345678", false}, // personal
		{wide, "+449098790123", false},
		{us, "+979123456789", false}, // international premium
		{us, "+881612345678", false}, // satellite
		{us, "+882161234567", false},
		{us, "+911", false},
		{us, "911", false},
		{us, "+15551234567", false}, // in no plan
		{us, "", false},
		{us, "sip:alice@example.com", false},
	} {
		err := endpoints.AllowedOutside(c.settings, c.number)
		if (err == nil) != c.ok {
			t.Errorf("AllowedOutside(%s) = %v, want ok %v", c.number, err, c.ok)
		}
		var inv *endpoints.Invalid
		if err != nil && !errors.As(err, &inv) {
			t.Errorf("AllowedOutside(%s) = %T", c.number, err)
		}
	}
}

// A number that nobody can have is a bad number, and not one that isn't allowed.
func TestUnassigned(t *testing.T) {
	us := endpoints.DefaultSettings("a")
	for number, bad := range map[string]bool{"+15555550123": true, "+1202555014": true, "+4989123456": false, "+19005550123": false} {
		err := endpoints.AllowedOutside(us, number)
		var inv *endpoints.Invalid
		if err == nil || errors.Is(err, endpoints.ErrNotNumber) != bad || !errors.As(err, &inv) || bad && !strings.Contains(inv.Text, "area code") {
			t.Errorf("%s: %v", number, err)
		}
	}
}

func TestFormatted(t *testing.T) {
	for number, want := range map[string]string{"+18005550100": "(800) 555-0100", "+442079460000": "+44 20 7946 0000", "alice": "alice", "": "", "*65": "*65", "anonymous": "anonymous"} {
		if got := endpoints.Formatted(number); got != want {
			t.Errorf("%s: %s, want %s", number, got, want)
		}
	}
}

func TestCallerID(t *testing.T) {
	owned := []string{"+18005550100", "+18005550101", "+18005550102", "+18005550103", "+18005550104"}
	all := endpoints.CallerIDRules{Asked: "8005550100", Field: "+18005550101", Endpoint: "+18005550102", Customer: "+18005550103", Account: "+18005550104", Owned: owned, Country: "US"}
	for i, want := range owned { // each source in its turn, once those before it are empty
		if got, err := endpoints.CallerID(all); got != want || err != nil {
			t.Errorf("rule %d: %q, %v; want %q", i, got, err, want)
		}
		for _, source := range []*string{&all.Asked, &all.Field, &all.Endpoint, &all.Customer, &all.Account} {
			if *source != "" {
				*source = ""
				break
			}
		}
	}
	all.Pick = func(n int) int { return n - 1 }
	if got, err := endpoints.CallerID(all); got != "+18005550104" || err != nil {
		t.Errorf("picked %q, %v", got, err)
	}
	for _, r := range []endpoints.CallerIDRules{
		{},
		{Asked: "+18005550199", Owned: owned, Country: "US"},
		{Asked: "alice", Owned: owned, Country: "US"},
		{Field: "+18005550199", Account: "+18005550100", Owned: owned, Country: "US"}, // not replaced by the next one
		{Asked: "+18005550100\r\nX-Evil: 1", Owned: owned, Country: "US"},
	} {
		var inv *endpoints.Invalid
		if got, err := endpoints.CallerID(r); got != "" || !errors.As(err, &inv) || inv.Field != "callerId" {
			t.Errorf("CallerID(%+v) = %q, %v", r, got, err)
		}
	}
}
