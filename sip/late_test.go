package sip

import (
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// carriers makes a UA with a trunk of two hosts, 10.0.0.2 and 10.0.0.3.
func carriers(t *testing.T, srv bool) (*UA, *peer, *peer) {
	t.Helper()
	n := newMemnet()
	ua := &UA{Directory: trusting{}, Resolver: &zone{
		srv: map[string][]*net.SRV{"_sip._udp.carrier.example": {
			{Target: "a.carrier.example.", Port: 5060, Priority: 1}, {Target: "b.carrier.example.", Port: 5060, Priority: 2}}},
		ip: map[string]string{"a.carrier.example": "10.0.0.2", "b.carrier.example": "10.0.0.3"}}}
	if err := ua.ServePacket(n.listen(addrA)); err != nil {
		t.Fatal(err)
	}
	ua.SetTrunks([]OutTrunk{{ID: "t", Name: "carrier", Host: "carrier.example", UserName: "us", Password: "secret"}})
	to := netip.MustParseAddrPort(addrA)
	return ua, &peer{t, n.listen("10.0.0.2:5060"), to}, &peer{t, n.listen("10.0.0.3:5060"), to}
}

// ignores takes and forgets INVITEs until nothing more comes for a second.
func (p *peer) ignores() (last msgOf) {
	p.t.Helper()
	last = p.expect("INVITE")
	for {
		select {
		case d := <-p.c.in:
			if s := summary(d.b); s != "INVITE" {
				p.t.Fatalf("unexpected %s", s)
			}
		case <-time.After(5 * time.Second):
			return last
		}
	}
}

// TestGivenUpAnswersLate: a host of a trunk that kept silent wakes up when the
// call is elsewhere, or is over: its ringing is cancelled, its answer gets ACK
// and BYE, and the call is left alone.
func TestGivenUpAnswersLate(t *testing.T) {
	for _, late := range []string{"180", "200"} {
		for _, elsewhere := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				ua, a, b := carriers(t, true)
				n := &audio{name: "alice"}
				type result struct {
					leg *Leg
					err error
				}
				got := make(chan result, 1)
				go func() {
					l, err := ua.Dial(t.Context(), Dial{To: "sip:+4930@carrier.example", Trunk: "t"}, n)
					got <- result{l, err}
				}()
				inv := a.ignores()
				other := b.expect("INVITE")
				if n1, _ := inv.cseq(); other.header("Call-ID") == inv.header("Call-ID") {
					if n2, _ := other.cseq(); n2 <= n1 {
						t.Error("the second INVITE repeats the first one's CSeq")
					}
				}
				code, body := 486, ""
				if elsewhere {
					code, body = 200, "v=0 answer b"
				}
				for len(b.c.in) > 0 {
					<-b.c.in // repetitions
				}
				b.reply(other, code, "b", body, "Contact: <sip:b@10.0.0.3>")
				b.expect("ACK")
				r := <-got
				if elsewhere != (r.err == nil) {
					t.Fatal(r.err)
				}
				if late == "180" {
					a.reply(inv, 180, "a", "")
					can := a.expect("CANCEL")
					if can.branch() != inv.branch() {
						t.Error("CANCEL of another INVITE")
					}
					a.reply(can, 200, "a", "")
					a.reply(inv, 487, "a", "")
					if ack := a.expect("ACK"); ack.branch() != inv.branch() {
						t.Error("ACK of another INVITE")
					}
				} else {
					a.reply(inv, 200, "a", "v=0 answer a")
					ack := a.expect("ACK")
					if c1, _ := ack.cseq(); ack.tag("To") != "a" {
						t.Error(ack.fields)
					} else if c2, _ := inv.cseq(); c1 != c2 {
						t.Errorf("ACK %d of INVITE %d", c1, c2)
					}
					bye := a.expect("BYE")
					if bye.tag("To") != "a" || bye.line != "BYE sip:bob@10.0.0.2 SIP/2.0" {
						t.Error(bye.line, bye.fields)
					}
					a.reply(bye, 200, "", "")
					a.reply(inv, 200, "a", "v=0 answer a") // the ACK was lost
					a.expect("ACK")
				}
				a.quiet(2 * time.Second)
				if elsewhere {
					if r.leg.Context().Err() != nil {
						t.Error("the call that is up was ended with it")
					}
					if got := n.said(); got != "offer; accept v=0 answer b" {
						t.Error(got)
					}
					go r.leg.Hangup(t.Context(), nil)
					b.reply(b.expect("BYE"), 200, "", "")
				}
				b.quiet(time.Second)
				if s, _ := ua.TrunkState("t"); s.ActiveCalls != 0 {
					t.Errorf("%d calls count", s.ActiveCalls)
				}
				rest(t, ua)
			})
		}
	}
}

// TestSilentTrunk: a carrier that says nothing at all is given up after 8 s, and
// after 4 s if there is another one; one that said as much as 100 is not.
func TestSilentTrunk(t *testing.T) {
	for _, c := range []struct {
		name  string
		hurry bool
		heard bool
		want  time.Duration
	}{{"silent", false, false, 8 * time.Second}, {"in a hurry", true, false, 4 * time.Second}, {"trying", true, true, 60 * time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ua, p, _ := facing(t, nil)
				ua.SetTrunks([]OutTrunk{{ID: "t", Name: "carrier", Host: "10.0.0.2"}})
				start := time.Now()
				errs := make(chan error, 1)
				go func() {
					_, err := ua.Dial(t.Context(), Dial{To: "sip:+4930@10.0.0.2", Trunk: "t", Hurry: c.hurry}, &audio{name: "alice"})
					errs <- err
				}()
				inv := p.expect("INVITE")
				want := 408
				if c.heard {
					p.reply(inv, 100, "", "")
					p.quiet(60 * time.Second)
					p.reply(inv, 486, "b", "")
					p.expect("ACK")
					want = 486
				}
				err := <-errs
				if took := time.Since(start); statusOf(err, 0).Code != want || took != c.want {
					t.Errorf("%v after %s", err, took)
				}
				if !c.heard {
					// It answers a moment after all.
					drainPeer(p)
					p.reply(inv, 200, "b", "v=0 late")
					p.expect("ACK")
					p.reply(p.expect("BYE"), 200, "", "")
				}
				rest(t, ua)
			})
		})
	}
}
