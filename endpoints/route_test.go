package endpoints_test

import (
	"net/netip"
	"slices"
	"testing"

	"ringflow/endpoints"
)

func trunk(id string, priority int, prefixes ...string) *endpoints.Endpoint {
	e := &endpoints.Endpoint{Kind: endpoints.SipTrunk, Trunk: &endpoints.Trunk{Host: "sip.example.com", Priority: priority, Prefixes: prefixes}}
	e.ID = id
	return e
}

func TestRoute(t *testing.T) {
	incoming := trunk("incoming", 1)
	incoming.Trunk.Host = ""
	trunks := []*endpoints.Endpoint{
		trunk("all-2", 2), trunk("all-1b", 1), trunk("all-1a", 1), trunk("germany", 9, "+49", "+43"), trunk("munich", 5, "+4989"), trunk("us", 1, "+1"), incoming,
		{Kind: endpoints.User},
	}
	for number, want := range map[string][]string{
		"+4989123456":   {"munich", "germany", "all-1a", "all-1b", "all-2"},
		"+493012345678": {"germany", "all-1a", "all-1b", "all-2"},
		"+12025550143":  {"us", "all-1a", "all-1b", "all-2"},
		"+33123456789":  {"all-1a", "all-1b", "all-2"},
	} {
		var got []string
		for _, e := range endpoints.Route(trunks, number) {
			got = append(got, e.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("Route(%s) = %v, want %v", number, got, want)
		}
	}
	if got := endpoints.Route(trunks[3:6], "+33123456789"); len(got) != 0 {
		t.Errorf("no trunk has the prefix, got %d", len(got))
	}
}

func TestFormatCallerID(t *testing.T) {
	for _, c := range []struct{ format, number, want string }{
		{endpoints.E164, "+18005550100", "+18005550100"},
		{"", "+18005550100", "+18005550100"},
		{endpoints.E164NoPlus, "+18005550100", "18005550100"},
		{endpoints.National, "+18005550100", "8005550100"},
		{endpoints.National, "+4989123456", "089123456"},
		{endpoints.National, "anonymous", "anonymous"},
		{endpoints.E164NoPlus, "+alice", "+alice"},
	} {
		if got := endpoints.FormatCallerID(c.format, c.number); got != c.want {
			t.Errorf("FormatCallerID(%s, %s) = %s, want %s", c.format, c.number, got, c.want)
		}
	}
}

func TestAllowedIP(t *testing.T) {
	for _, c := range []struct {
		text, normal string
		in, out      []string
	}{
		{"192.0.2.7", "192.0.2.7", []string{"192.0.2.7:5060", "192.0.2.7:1", "[::ffff:192.0.2.7]:5060"}, []string{"192.0.2.8:5060", "[2001:db8::1]:5060"}},
		{"192.0.2.7/24", "192.0.2.0/24", []string{"192.0.2.255:9"}, []string{"192.0.3.0:9"}},
		{"192.0.2.7:5060", "192.0.2.7:5060", []string{"192.0.2.7:5060"}, []string{"192.0.2.7:5061"}},
		{"192.0.2.0/24:5060", "192.0.2.0/24:5060", []string{"192.0.2.9:5060"}, []string{"192.0.2.9:5061"}},
		{"2001:db8::1", "2001:db8::1", []string{"[2001:db8::1]:5060"}, []string{"[2001:db8::2]:5060", "192.0.2.1:5060"}},
		{"2001:db8::/32", "2001:db8::/32", []string{"[2001:db8:ffff::1]:5060"}, []string{"[2001:db9::1]:5060"}},
		{"[2001:db8::1]:5060", "[2001:db8::1]:5060", []string{"[2001:db8::1]:5060"}, []string{"[2001:db8::1]:5061"}},
		{"[2001:db8::/32]:5060", "[2001:db8::/32]:5060", []string{"[2001:db8::7]:5060"}, []string{"[2001:db8::7]:7"}},
		{"[2001:db8::]/32:5060", "[2001:db8::/32]:5060", []string{"[2001:db8::7]:5060"}, []string{"[2001:db8::7]:7"}},
		{"[2001:db8::1]", "2001:db8::1", []string{"[2001:db8::1]:5060"}, nil},
		{"::ffff:192.0.2.0/120", "192.0.2.0/24", []string{"192.0.2.1:1"}, []string{"192.0.3.1:1"}},
		{" 127.0.0.2 ", "127.0.0.2", []string{"127.0.0.2:40000"}, []string{"127.0.0.1:40000"}},
	} {
		a, err := endpoints.ParseAllowedIP(c.text)
		if err != nil || a.String() != c.normal {
			t.Errorf("ParseAllowedIP(%q) = %s, %v; want %s", c.text, a, err, c.normal)
			continue
		}
		if again, err := endpoints.ParseAllowedIP(a.String()); again != a || err != nil {
			t.Errorf("%q doesn't read its own form %q: %v", c.text, a, err)
		}
		for _, src := range c.in {
			if !a.Match(netip.MustParseAddrPort(src)) {
				t.Errorf("%s doesn't match %s", c.text, src)
			}
		}
		for _, src := range c.out {
			if a.Match(netip.MustParseAddrPort(src)) {
				t.Errorf("%s matches %s", c.text, src)
			}
		}
	}
	for _, bad := range []string{"", "carrier.example.com", "192.0.2", "192.0.2.7/33", "192.0.2.7/-1", "192.0.2.7/+8", "192.0.2.7/", "192.0.2.7:0", "192.0.2.7:", "192.0.2.7:99999",
		"0.0.0.0/0", "10.0.0.0/7", "::/0", "2000::/3", "::ffff:0.0.0.0/95", "[2001:db8::1", "[2001:db8::1]x", "fe80::1%eth0", "2001:db8::/129", "[2001:db8::1]:"} {
		if a, err := endpoints.ParseAllowedIP(bad); err == nil {
			t.Errorf("ParseAllowedIP(%q) = %s", bad, a)
		}
	}
}

func FuzzParseAllowedIP(f *testing.F) {
	for _, s := range []string{"192.0.2.7/24:5060", "[2001:db8::/32]:5060", "::ffff:1.2.3.4", "[", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := endpoints.ParseAllowedIP(text)
		if err != nil {
			return
		}
		if again, err := endpoints.ParseAllowedIP(a.String()); again != a || err != nil {
			t.Fatalf("%q became %q, which reads as %q, %v", text, a, again, err)
		}
	})
}
