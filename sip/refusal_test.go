package sip

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRedirected: a 3xx is a refusal that says where to; it is not followed, for
// the far end of a call must not choose whom we call next.
func TestRedirected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, n := facing(t, nil)
		evil := &peer{t, n.listen("10.0.0.66:5060"), p.to}
		errs := make(chan error, 1)
		go func() {
			_, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2"}, &audio{})
			errs <- err
		}()
		inv := p.expect("INVITE")
		p.reply(inv, 302, "b", "", "Contact: <sip:+900123456@10.0.0.66>;q=0.7, <sip:two@10.0.0.66>")
		p.expect("ACK")
		err := <-errs
		if st, ok := asStatus(err); !ok || st.Code != 302 || !strings.Contains(st.Reason, "sip:+900123456@10.0.0.66") || !strings.Contains(st.Reason, "not followed") {
			t.Error(err)
		}
		evil.quiet(10 * time.Second)
		rest(t, ua)
	})
}

// TestOverloadIsNotAmplified: while we are overloaded a source that proved nothing
// gets a limited number of 503s, and stray CANCELs a limited number of 481s.
func TestOverloadIsNotAmplified(t *testing.T) {
	for _, method := range []string{"INVITE", "CANCEL"} {
		synctest.Test(t, func(t *testing.T) {
			ua, p, _ := facing(t, nil)
			ua.Directory = somePeople() // 10.0.0.2 is nobody's
			if method == "INVITE" {
				ua.core.strands.queued.Add(softQueue + 1)
			}
			// The directory was taken at the start.
			ua.core.access.directory = somePeople()
			answers := 0
			for i := range 3 * strangeBurst {
				id := "o" + itoa(i)
				p.request(method, "sip:alice@10.0.0.1", id, id, "", 1, "")
				synctest.Wait()
				for len(p.c.in) > 0 {
					<-p.c.in
					answers++
				}
			}
			if answers != strangeBurst {
				t.Errorf("%d answers to %d %ss", answers, 3*strangeBurst, method)
			}
			if method == "INVITE" {
				ua.core.strands.queued.Add(-softQueue - 1)
			}
			rest(t, ua)
		})
	}
}

// TestRingsOn: proxies give up a call that says nothing for three minutes
// (RFC 3261 13.3.1.1, 16.6 timer C), so ringing is told again each minute.
func TestRingsOn(t *testing.T) {
	for _, reliable := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
				in.Leg.Attach(&audio{name: "alice"})
				in.Leg.Ring(ctx, false)
				time.Sleep(5*time.Minute + 30*time.Second)
				return &Status{Code: 480}
			})
			extra := "X: y"
			if reliable {
				extra = "Require: 100rel"
			}
			p.request("INVITE", "sip:alice@10.0.0.1", "r1", "r1", "", 1, "v=0", extra)
			start := time.Now()
			var at []string
			var m msgOf
			for seq := 2; ; seq++ {
				if m = p.nextWithin(2 * time.Minute); m.what() != "180 INVITE" {
					break
				}
				at = append(at, time.Since(start).Round(time.Second).String())
				if reliable {
					n := m.header("RSeq")
					p.request("PRACK", m.contact(), "r1", "r1p"+n, m.tag("To"), seq, "", "RAck: "+n+" 1 INVITE")
					p.expect("200 PRACK")
				}
			}
			if got := strings.Join(at, " "); got != "0s 1m0s 2m0s 3m0s 4m0s 5m0s" || m.what() != "480 INVITE" {
				t.Errorf("180 at %s, then %s", got, m.what())
			}
			p.request("ACK", "sip:alice@10.0.0.1", "r1", "r1", m.tag("To"), 1, "")
			rest(t, ua)
		})
	}
}

// TestManyForks: a proxy that tried twenty devices one after the other finds one
// that answers.
func TestManyForks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		legs := make(chan *Leg, 1)
		go func() {
			l, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2"}, &audio{})
			if err != nil {
				t.Error(err)
			}
			legs <- l
		}()
		inv := p.expect("INVITE")
		for i := range 20 {
			p.reply(inv, 180, "f"+itoa(i), "")
		}
		p.reply(inv, 200, "f20", "v=0 answer")
		if ack := p.expect("ACK"); ack.tag("To") != "f20" {
			t.Error(ack.fields)
		}
		l := <-legs
		go l.Hangup(t.Context(), nil)
		p.reply(p.expect("BYE"), 200, "", "")
		rest(t, ua)
	})
}

// TestRequirePath: a proxy between phone and us may insist on Path (RFC 3327 5.2).
func TestRequirePath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		for i, c := range []struct{ method, want string }{{"OPTIONS", "420"}, {"REGISTER", "200"}} {
			id := "rp" + itoa(i)
			req := func(auth string) {
				p.send(fmt.Sprintf("%s sip:ringflow SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;rport;branch=z9hG4bK%s%d\r\nFrom: <sip:alice@ringflow>;tag=1\r\n"+
					"To: <sip:alice@ringflow>\r\nCall-ID: %s\r\nCSeq: 1 %s\r\nRequire: path\r\nSupported: path\r\nPath: <sip:10.0.0.2;lr>\r\n"+
					"Contact: <sip:alice@10.9.9.9>\r\n%sContent-Length: 0\r\n\r\n", c.method, id, len(auth), id, c.method, auth))
			}
			if c.method == "REGISTER" {
				ua.core.access.directory = realmPeople{}
				req("")
				m := p.expect("401 REGISTER")
				var challenges []string
				for _, f := range m.fields {
					if f.name == "WWW-Authenticate" {
						challenges = append(challenges, f.value)
					}
				}
				d, err := parseDigest(challenges[0])
				if err != nil {
					t.Fatal(err)
				}
				ha1 := algSHA256.hash("alice", "ringflow", "pw")
				req(`Authorization: Digest username="alice", realm="ringflow", nonce="` + d.nonce + `", uri="sip:ringflow", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="x", response="` +
					algSHA256.response(ha1, d.nonce, "00000001", "x", "auth", "REGISTER", "sip:ringflow") + "\"\r\n")
			} else {
				req("")
			}
			if m := p.next(); m.what() != c.want+" "+c.method {
				t.Errorf("%s: %s", c.method, m.what())
			}
		}
		ua.Close()
	})
}

// realmPeople knows alice by the password pw, in the default realm.
type realmPeople struct{}

func (realmPeople) Credentials(_ context.Context, name string) (Credentials, error) {
	return Credentials{Caller: Caller{Kind: User, ID: "1", Name: name}, SHA256: algSHA256.hash(name, "ringflow", "pw"), MD5: algMD5.hash(name, "ringflow", "pw")}, nil
}
func (realmPeople) TrunkBySource(netip.AddrPort) (Caller, bool) { return Caller{}, false }
