package sip

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

// TestInjection: 500 values that try to add a header, in every text input.
func TestInjection(t *testing.T) {
	breaks := []string{"\r\n", "\n", "\r", "\x00\r\n", "\u2028", "\r\n ", "\x0b", "\x85", "\xff\r\n", "%0d%0a"}
	rest := []string{"X-Injected: yes", "\r\nX-Injected: yes", `"\r\n <sip:evil@x>`, `">;tag=1`, "<sip:evil@x>", ",<sip:evil@x>", ";tag=evil", "@evil", " ", "é"}
	n := 0
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		ua.UserAgent = "Ringflow\r\nX-Injected: yes"
		for _, b := range breaks {
			for _, r := range rest {
				v := "a" + b + r
				for i := range 5 {
					d := Dial{To: "sip:bob@10.0.0.2", From: Party{User: "alice"}}
					switch i {
					case 0:
						d.From.Name = v
					case 1:
						d.From.User = v
					case 2:
						// What cannot be mended is refused.
						n++
						d.From.Host = v
						if _, err := ua.Dial(t.Context(), d, &audio{}); err == nil {
							t.Errorf("host %q let through", v)
						}
						continue
					case 3:
						d.PAI = &Party{Name: v, User: v, Host: "h"}
					case 4:
						d.Headers = [][2]string{{"X-Any", v}}
					}
					n++
					ctx, stop := context.WithCancel(t.Context())
					done := make(chan struct{})
					go func() {
						defer close(done)
						ua.Dial(ctx, d, &audio{})
					}()
					m := p.expect("INVITE")
					if _, ok := m.get("X-Injected"); ok {
						t.Errorf("%d %q: a header of theirs", i, v)
					}
					if a, err := parseAddress(m.header("From")); err != nil || len(a.params) != 1 || a.uri.User != escapeUser(d.From.User) {
						t.Errorf("%d %q: From %q", i, v, m.header("From"))
					} else if i == 0 && a.party().Name != clean(v) {
						t.Errorf("%q became %q", v, a.party().Name)
					} else if i == 1 && a.party().User != v {
						t.Errorf("%q became %q", v, a.party().User)
					}
					p.reply(m, 486, "x", "")
					p.expect("ACK")
					<-done
					stop()
				}
			}
		}
		for _, name := range []string{"X: y\r\nZ", "Via", "v", "contact", "", "X Y", "Content-Length", "l"} {
			if _, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2", Headers: [][2]string{{name, "v"}}}, &audio{}); err == nil {
				t.Errorf("header name %q let through", name)
			}
		}
		for _, to := range []string{"", "bob", "sip:", "sip:bob@10.0.0.2\r\nX: y", "sip:bob@[::1", "sip:bob@h:99999"} {
			if _, err := ua.Dial(t.Context(), Dial{To: to}, &audio{}); err == nil {
				t.Errorf("dialled %q", to)
			}
		}
		ua.Close()
	})
	if n != 500 {
		t.Error(n)
	}
}

// TestStatusText: what a flow says of a refusal is one line too.
func TestStatusText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, func(context.Context, *Invite) error {
			return &Status{Code: 480, Reason: "Gone\r\nX-Injected: yes", Cause: "SIP\r\nX-Injected: yes"}
		})
		p.request("INVITE", "sip:a@b", "s1", "s1", "", 1, "v=0")
		m := p.expect("480 INVITE")
		if _, ok := m.get("X-Injected"); ok || m.line != "SIP/2.0 480 GoneX-Injected: yes" {
			t.Errorf("%q %v", m.line, m.fields)
		}
		ua.Close()
	})
}

func TestParseAddress(t *testing.T) {
	for _, c := range []struct{ in, name, user, host, tag string }{
		{`"A \"quoted\", name;x" <sip:a%20b@h;lr>;tag=1`, `A "quoted", name;x`, "a b", "h", "1"},
		{`sip:+49@h;TAG=x`, "", "+49", "h", "x"},
		{`Bob Brown <sip:b@[2001:db8::1]:5070> ; tag = 5`, "Bob Brown", "b", "[2001:db8::1]", "5"},
		{`<tel:+4930123;phone-context=x>`, "", "+4930123", "", ""},
		{`"" <sips:b@h>;q="a;tag=no";tag=yes`, "", "b", "h", "yes"},
	} {
		a, err := parseAddress(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if p := a.party(); p.Name != c.name || p.User != c.user || p.Host != c.host || a.tag() != c.tag {
			t.Errorf("%s: %+v tag %q", c.in, p, a.tag())
		}
	}
	for _, in := range []string{"", `"open <sip:a@b>`, "<sip:a@b", "sip:a@b?x=y", `a"b <sip:a@b>`, "<sip:a b@c>", "<>", "sip:a@b, sip:c@d", `"n" sip:a@b`} {
		if a, err := parseAddress(in); err == nil {
			t.Errorf("%q gave %+v", in, a)
		}
	}
}

func TestScan(t *testing.T) {
	head := "OPTIONS sip:a@b SIP/2.0\r\n"
	good := "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
	for name, c := range map[string]struct {
		text string
		code int
	}{
		"as it should be": {head + good + "\r\n", 0},
		"bare LF":         {strings.ReplaceAll(head+good+"\r\n", "\r\n", "\n"), 0},
		"compact":         {head + "v: SIP/2.0/UDP h;branch=z9hG4bK1\r\nf: <sip:a@b>;tag=1\r\nt: <sip:a@b>\r\ni: 1\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n", 0},
		"long line":       {head + good + "X: " + strings.Repeat("y", 9000) + "\r\n\r\n", 513},
		"many fields":     {head + good + strings.Repeat("X: y\r\n", 130) + "\r\n", 513},
		"many routes":     {head + good + "Route: " + strings.Repeat("<sip:a@b>,", 130) + "<sip:a@b>\r\n\r\n", 513},
		"long Call-ID":    {head + strings.Replace(good, "Call-ID: 1", "Call-ID: "+strings.Repeat("x", 600), 1) + "\r\n", 400},
		"negative length": {head + good + "Content-Length: -1\r\n\r\n", 400},
		"huge length":     {head + good + "Content-Length: 4294967328\r\n\r\n", 400},
		"no end":          {head + good, 400},
	} {
		p, flt := scan([]byte(c.text))
		if flt == nil {
			_, _, flt = validate(p, hop{})
		}
		code := 0
		if flt != nil {
			code = flt.code
		}
		if code != c.code {
			t.Errorf("%s: %v, want %d", name, flt, c.code)
		}
	}
	for _, j := range []string{"", "\r\n\r\n", "\x00\x01" + strings.Repeat("x", 90), strings.Repeat("GET / HTTP/1.1\r\n", 9)} {
		if !junk([]byte(j)) {
			t.Errorf("%.20q is taken for SIP", j)
		}
	}
}

func ExampleParty() {
	fmt.Println(nameAddr(`Al "x" \ y`, partyURI(Party{User: "a b@c", Host: "h"})))
	// Output: "Al \"x\" \\ y" <sip:a%20b%40c@h>
}
