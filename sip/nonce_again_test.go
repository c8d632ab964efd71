package sip

import (
	"strings"
	"testing"
	"testing/synctest"
)

// digests are the credentials in a message, by header name.
func digests(t *testing.T, m msgOf) map[string]digestHeader {
	t.Helper()
	out := map[string]digestHeader{}
	for _, f := range m.fields {
		if strings.HasSuffix(f.name, "uthorization") {
			c, err := parseDigest(f.value)
			if err != nil {
				t.Errorf("%s: %v", f.value, err)
			}
			method, uri := strings.Fields(m.line)[0], strings.Fields(m.line)[1]
			if method == "ACK" {
				method, uri = "INVITE", c.uri // it repeats the INVITE's (RFC 3261 22.1)
			}
			want := algMD5.response(algMD5.hash("us", c.realm, "secret"), c.nonce, c.nc, c.cnonce, "auth", method, c.uri)
			if c.response != want || c.uri != uri {
				t.Errorf("%s has wrong credentials: %s", m.what(), f.value)
			}
			out[f.name] = c
		}
	}
	return out
}

// TestNonceAgain: what a trunk asked for once it gets with every request of its
// calls, under the same nonce and the next count, so that nothing need be asked
// twice. What goes elsewhere brings none.
func TestNonceAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, n := facing(t, nil)
		other := &peer{t, n.listen("10.0.0.7:5060"), p.to}
		ua.SetTrunks([]OutTrunk{{ID: "t", Name: "carrier", Host: "10.0.0.2", UserName: "us", Password: "secret"}})
		dial := func(want int) chan *Leg {
			legs := make(chan *Leg, 1)
			go func() {
				l, err := ua.Dial(t.Context(), Dial{To: "sip:+4930@10.0.0.2", Trunk: "t"}, &audio{name: "alice"})
				if statusOf(err, 200).Code != want {
					t.Error(err)
				}
				legs <- l
			}()
			return legs
		}
		count := func(m msgOf, nc string) {
			t.Helper()
			d := digests(t, m)
			if c := d["Proxy-Authorization"]; len(d) != 1 || c.nc != nc || c.nonce != "once" {
				t.Errorf("%s: %+v, want count %s", m.what(), d, nc)
			}
		}
		legs := dial(200)
		inv := p.expect("INVITE")
		p.reply(inv, 407, "c", "", `Proxy-Authenticate: Digest realm="carrier", nonce="once", algorithm=MD5, qop="auth"`)
		p.expect("ACK")
		inv = p.expect("INVITE")
		count(inv, "00000001")
		p.reply(inv, 422, "c", "", "Min-SE: 3600")
		p.expect("ACK")
		inv = p.expect("INVITE")
		count(inv, "00000002")
		p.reply(inv, 183, "b", "v=0 early", "Require: 100rel", "RSeq: 1")
		prack := p.expect("PRACK")
		count(prack, "00000003")
		p.reply(prack, 200, "", "")
		p.reply(inv, 200, "b", "v=0 answer")
		count(p.expect("ACK"), "00000002")
		l := <-legs
		done := make(chan error, 1)
		go func() { done <- l.Reinvite(t.Context()) }()
		re := p.expect("INVITE")
		count(re, "00000004")
		p.reply(re, 200, "", "v=0 answer", "Contact: <sip:bob@10.0.0.7>")
		// The far end has moved to an address that is not the trunk's.
		count(other.expect("ACK"), "00000004")
		<-done
		go l.Hangup(t.Context(), nil)
		bye := other.expect("BYE")
		if d := digests(t, bye); len(d) != 0 {
			t.Errorf("credentials went to another host: %+v", d)
		}
		other.reply(bye, 200, "", "")

		legs = dial(401)
		inv = p.expect("INVITE")
		count(inv, "00000005")
		// The nonce has grown old: one more try, with the new one.
		p.reply(inv, 407, "c", "", `Proxy-Authenticate: Digest realm="carrier", nonce="twice", algorithm=MD5, qop="auth", stale=true`)
		p.expect("ACK")
		inv = p.expect("INVITE")
		if c := digests(t, inv)["Proxy-Authorization"]; c.nonce != "twice" || c.nc != "00000001" {
			t.Errorf("%+v", c)
		}
		// Then somebody behind the carrier wants to know as well.
		p.reply(inv, 401, "c", "", `WWW-Authenticate: Digest realm="carrier", nonce="behind", algorithm=MD5, qop="auth"`)
		p.expect("ACK")
		inv = p.expect("INVITE")
		d := digests(t, inv)
		if d["Proxy-Authorization"].nc != "00000002" || d["Authorization"].nonce != "behind" {
			t.Errorf("%+v", d)
		}
		p.reply(inv, 401, "c", "", `WWW-Authenticate: Digest realm="carrier", nonce="again", algorithm=MD5, qop="auth"`)
		p.expect("ACK")
		p.quiet(1e9)
		if l := <-legs; l != nil {
			t.Error("a leg of a call that was refused")
		}
		rest(t, ua)
	})
}
