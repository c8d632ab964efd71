package endpoints_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"ringflow/endpoints"
)

// field is the field that err finds wrong, "" if none.
func field(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var inv *endpoints.Invalid
	if !errors.As(err, &inv) || inv.Text == "" {
		t.Fatalf("%v (%T) isn't an *Invalid that says something", err, err)
	}
	return inv.Field
}

func members(ids ...string) *endpoints.TeamMembers { return &endpoints.TeamMembers{MemberIDs: ids} }

func TestEndpointValidate(t *testing.T) {
	one, two := strings.Repeat("1f", 16), strings.Repeat("2e", 16)
	for name, c := range map[string]struct {
		e     endpoints.Endpoint
		wrong string
	}{
		"number":            {endpoints.Endpoint{AccountID: "a", Kind: endpoints.PhoneNumber, Number: "8005550100"}, ""},
		"no account":        {endpoints.Endpoint{Kind: endpoints.PhoneNumber, Number: "8005550100"}, "accountId"},
		"no number":         {endpoints.Endpoint{AccountID: "a", Kind: endpoints.PhoneNumber}, "number"},
		"short number":      {endpoints.Endpoint{AccountID: "a", Kind: endpoints.PhoneNumber, Number: "911"}, "number"},
		"user":              {endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, FirstName: "Alice", SipUserName: " Alice "}, ""},
		"user by flow":      {endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, FirstName: "Alice", UserMode: endpoints.ModeFlow}, ""},
		"user without name": {endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, SipUserName: "alice"}, "firstName"},
		"bad sip name":      {endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, FirstName: "Alice", SipUserName: "a b"}, "sipUserName"},
		"number as name":    {endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, FirstName: "Alice", SipUserName: "18005550100"}, "sipUserName"},
		"bad mode":          {endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, FirstName: "Alice", SipUserName: "alice", UserMode: "Fax"}, "userMode"},
		"bad mail":          {endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, FirstName: "Alice", SipUserName: "alice", EmailAddress: "A <a@b>"}, "emailAddress"},
		"line break":        {endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, FirstName: "Alice\r\nVia: x", SipUserName: "alice"}, "firstName"},
		"other kind":        {endpoints.Endpoint{AccountID: "a", Kind: "Fridge"}, "type"},
		"team":              {endpoints.Endpoint{AccountID: "a", Kind: endpoints.Team, DisplayName: "Sales", Team: members(one, two)}, ""},
		"empty team":        {endpoints.Endpoint{AccountID: "a", Kind: endpoints.Team, DisplayName: "Sales"}, ""},
		"nameless team":     {endpoints.Endpoint{AccountID: "a", Kind: endpoints.Team, Team: members(one)}, "displayName"},
		"no id":             {endpoints.Endpoint{AccountID: "a", Kind: endpoints.Team, DisplayName: "Sales", Team: members(one, "alice")}, "memberIds[1]"},
		"twice in a team":   {endpoints.Endpoint{AccountID: "a", Kind: endpoints.Team, DisplayName: "Sales", Team: members(one, two, " "+strings.ToUpper(one))}, "memberIds[2]"},
		"crowd":             {endpoints.Endpoint{AccountID: "a", Kind: endpoints.Team, DisplayName: "Sales", Team: members(make([]string, 201)...)}, "memberIds"},
		"members of a user": {endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, FirstName: "A", SipUserName: "a", Team: members()}, "type"},
		"trunk of a user":   {endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, FirstName: "A", SipUserName: "a", Trunk: &endpoints.Trunk{}}, "type"},
		"two values":        {endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, FirstName: "A", SipUserName: "a", Data: map[string]endpoints.Value{"x": {Bool: new(bool), Number: new(float64)}}}, "data.x"},
	} {
		if got := field(t, c.e.Validate("US")); got != c.wrong {
			t.Errorf("%s: %q is wrong, want %q", name, got, c.wrong)
		}
	}
	e := endpoints.Endpoint{AccountID: "a", Kind: endpoints.User, FirstName: " Alice ", LastName: "Moore", SipUserName: "ALICE", EmailAddress: " Alice@Example.COM "}
	if err := e.Validate("US"); err != nil || e.SipUserName != "alice" || e.DisplayName != "Alice Moore" || e.UserMode != endpoints.SoftPhone || e.EmailAddress != "alice@example.com" {
		t.Errorf("%v: %+v", err, e)
	}
}

func TestTrunkValidate(t *testing.T) {
	good := endpoints.Trunk{Host: " sip.example.com ", AllowedIPs: []string{"192.0.2.7/24"}}
	if err := good.Validate(); err != nil || good.Host != "sip.example.com" || good.Port != 5060 || good.Transport != "udp" || good.Priority != 1 ||
		good.CallerIDFormat != endpoints.E164 || strings.Join(good.Codecs, " ") != "PCMU PCMA" || good.AllowedIPs[0] != "192.0.2.0/24" {
		t.Errorf("%v: %+v", err, good)
	}
	for wrong, c := range map[string]endpoints.Trunk{
		"host":           {},
		"userName":       {Host: "h", Register: true},
		"port":           {Host: "h", Port: 70000},
		"maxCalls":       {Host: "h", MaxCalls: -1},
		"priority":       {Host: "h", Priority: -1},
		"prefixes":       {Host: "h", Prefixes: []string{"0049"}},
		"allowedIps":     {Host: "h", AllowedIPs: []string{"0.0.0.0/0"}},
		"transport":      {Host: "h", Transport: "sctp"},
		"callerIdFormat": {Host: "h", CallerIDFormat: "Fancy"},
		"codecs":         {Host: "h", Codecs: []string{"OPUS"}},
	} {
		if got := field(t, c.Validate()); got != wrong {
			t.Errorf("%q is wrong, want %q", got, wrong)
		}
	}
	for _, host := range []string{"h;x", "a b", "h\r\nVia: x", "sip:h", "h@x", "-h"} {
		if got := field(t, (&endpoints.Trunk{Host: host}).Validate()); got != "host" {
			t.Errorf("host %q: %q is wrong", host, got)
		}
	}
	for _, host := range []string{"192.0.2.1", "2001:db8::1", "[2001:db8::1]", "sip.example.com."} {
		if got := field(t, (&endpoints.Trunk{Host: host}).Validate()); got != "" {
			t.Errorf("host %q: %q is wrong", host, got)
		}
	}
}

func TestSettingsValidate(t *testing.T) {
	change := func(f func(*endpoints.Settings)) *endpoints.Settings {
		s := endpoints.DefaultSettings("a")
		f(s)
		return s
	}
	for wrong, s := range map[string]*endpoints.Settings{
		"":                  change(func(s *endpoints.Settings) { s.AllowedCountries = []string{"de"}; s.CallerID = "8005550100" }),
		"defaultCountry":    change(func(s *endpoints.Settings) { s.DefaultCountry = "Germany" }),
		"allowedCountries":  change(func(s *endpoints.Settings) { s.AllowedCountries = []string{"001"} }),
		"timeZoneId":        change(func(s *endpoints.Settings) { s.TimeZoneID = "../etc/passwd" }),
		"callerId":          change(func(s *endpoints.Settings) { s.CallerID = "911" }),
		"maxCallsPerUser":   change(func(s *endpoints.Settings) { s.MaxCallsPerUser = 0 }),
		"maxCallsPerMinute": change(func(s *endpoints.Settings) { s.MaxCallsPerMinute = -1 }),
		"maxSteps":          change(func(s *endpoints.Settings) { s.MaxSteps = 1 << 30 }),
		"maxCallDuration":   change(func(s *endpoints.Settings) { s.MaxCallDuration = 0 }),
	} {
		if got := field(t, s.Validate()); got != wrong {
			t.Errorf("%q is wrong, want %q", got, wrong)
		}
	}
}

func TestOthersValidate(t *testing.T) {
	hash := endpoints.HashPassword("a good password")
	for _, c := range []struct {
		wrong string
		err   error
	}{
		{"", (&endpoints.Account{Name: "A"}).Validate()},
		{"name", (&endpoints.Account{Name: "  "}).Validate()},
		{"name", (&endpoints.Account{Name: strings.Repeat("x", 300)}).Validate()},
		{"", (&endpoints.Customer{AccountID: "a", Name: "C"}).Validate()},
		{"accountId", (&endpoints.Customer{Name: "C"}).Validate()},
		{"parentCustomerId", (&endpoints.Customer{Entity: endpoints.Entity{ID: "x"}, ParentCustomerID: "x", AccountID: "a", Name: "C"}).Validate()},
		{"", (&endpoints.Login{EmailAddress: "A@b.example", PasswordHash: hash, Roles: []endpoints.Role{endpoints.Manager}}).Validate()},
		{"emailAddress", (&endpoints.Login{EmailAddress: "nobody", PasswordHash: hash}).Validate()},
		{"password", (&endpoints.Login{EmailAddress: "a@b.example"}).Validate()},
		{"roles", (&endpoints.Login{EmailAddress: "a@b.example", PasswordHash: hash, Roles: []endpoints.Role{"God"}}).Validate()},
		{"password", (&endpoints.Login{}).SetPassword("short")},
		{"", (&endpoints.File{AccountID: "a", Type: endpoints.Upload, FileName: "x.wav"}).Validate()},
		{"fileName", (&endpoints.File{AccountID: "a", Type: endpoints.Upload, FileName: "../x.wav"}).Validate()},
		{"type", (&endpoints.File{AccountID: "a", Type: "Virus", FileName: "x.wav"}).Validate()},
	} {
		if got := field(t, c.err); got != c.wrong {
			t.Errorf("%q is wrong (%v), want %q", got, c.err, c.wrong)
		}
	}
}

func TestValues(t *testing.T) {
	deep := endpoints.StringValue("x")
	for range 40 {
		deep = endpoints.StructValue(map[string]endpoints.Value{"x": deep})
	}
	for name, v := range map[string]endpoints.Value{"nesting": deep, "NaN": endpoints.NumberValue(math.NaN())} {
		if field(t, endpoints.ValidateStruct("data", map[string]endpoints.Value{"x": v})) == "" {
			t.Errorf("%s passes", name)
		}
	}
	a := map[string]endpoints.Value{"list": endpoints.ListValue([]map[string]endpoints.Value{{"n": endpoints.NumberValue(1.5)}})}
	b := endpoints.CloneStruct(a)
	b["list"].List[0]["n"] = endpoints.BoolValue(true)
	if got := a["list"].List[0]["n"].Text(); got != "1.5" {
		t.Errorf("a clone shares its lists: %s", got)
	}
}

func TestSecrets(t *testing.T) {
	// RFC 7616 3.9.1
	if got := endpoints.HA1MD5("Mufasa", "http-auth@example.org", "Circle of Life"); got != "3d78807defe7de2157e2b0b6573a855f" {
		t.Errorf("HA1MD5 = %s", got)
	}
	if got := endpoints.HA1SHA256("Mufasa", "http-auth@example.org", "Circle of Life"); got != "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232" {
		t.Errorf("HA1SHA256 = %s", got)
	}
	phc := endpoints.HashPassword("correct horse")
	if !endpoints.VerifyPassword(phc, "correct horse") || endpoints.VerifyPassword(phc, "Correct horse") || strings.Contains(phc, "horse") {
		t.Error("VerifyPassword is wrong")
	}
	if phc == endpoints.HashPassword("correct horse") {
		t.Error("no salt")
	}
	for _, bad := range []string{"", "correct horse", "$argon2id$v=19$m=999999999,t=1,p=1$YWFhYWFhYWE$YWFh", "$argon2id$v=19$m=19456,t=2,p=1$!$YWFh", "$argon2id$v=19$m=0,t=0,p=0$YWFh$YWFh", strings.Replace(phc, "argon2id", "argon2i", 1)} {
		if endpoints.VerifyPassword(bad, "correct horse") {
			t.Errorf("%q verifies", bad)
		}
	}
	seen := map[string]bool{}
	for range 1000 {
		id, pw := endpoints.NewID(), endpoints.NewPassword()
		if !endpoints.ValidID(id) || len(pw) < 16 || seen[id] || seen[pw] {
			t.Fatalf("%s %s", id, pw)
		}
		seen[id], seen[pw] = true, true
	}
	for _, bad := range []string{"", "..", strings.Repeat("A", 32), strings.Repeat("a", 31) + "/", strings.Repeat("0", 33)} {
		if endpoints.ValidID(bad) {
			t.Errorf("ValidID(%q)", bad)
		}
	}
}

func TestSipUserNameFor(t *testing.T) {
	taken := map[string]bool{"alice.moore": true, "alice.moore2": true}
	for _, c := range []struct{ first, last, want string }{
		{"Alice", "Moore", "alice.moore3"},
		{"Bob", "", "bob"},
		{"José", "Müller-Łuk", "jose.muellerluk"},
		{"", "", "user"},
		{"李", "小龍", "user"},
		{"4000", "", "user"},
		{"Anonymous", "", "anonymous2"},
		{strings.Repeat("long", 20), "name", strings.Repeat("long", 6)},
	} {
		got := endpoints.SipUserNameFor(c.first, c.last, func(s string) bool { return taken[s] })
		if got != c.want || !endpoints.ValidSipUserName(got) {
			t.Errorf("SipUserNameFor(%s, %s) = %s, want %s", c.first, c.last, got, c.want)
		}
	}
}
