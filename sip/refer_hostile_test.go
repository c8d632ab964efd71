package sip

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestReferFlood: one transfer at a time, however many are asked for.
func TestReferFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most, all atomic.Int64
		release := make(chan struct{})
		ua, p := transferring(t, func(r *Refer) {
			most.Store(max(most.Load(), running.Add(1)))
			all.Add(1)
			r.Accept()
			<-release
			running.Add(-1)
		})
		tag, contact := p.call("f1")
		codes := map[string]int{}
		for i := range 500 {
			p.request("REFER", contact, "f1", "f1"+itoa(i), tag, 2+i, "", "Refer-To: <sip:a@b>")
			for len(codes) == 0 || p.pending() {
				m := p.next()
				if m.what() == "NOTIFY" {
					p.reply(m, 200, "", "")
					continue
				}
				codes[m.what()]++
			}
		}
		p.quiet(time.Second)
		if most.Load() != 1 || all.Load() != 1 || codes["202 REFER"] != 1 || codes["491 REFER"] != 499 {
			t.Errorf("%d handlers, %d at once, answers %v", all.Load(), most.Load(), codes)
		}
		close(release)
		p.bye(contact, "f1", tag, 600)
		rest(t, ua)
	})
}

// pending tells whether something has come.
func (p *peer) pending() bool {
	synctest.Wait()
	return len(p.c.in) > 0
}

// TestReferNotHeard: a transferor who does not take his NOTIFYs gets no more of them,
// keeps his call, and may ask again.
func TestReferNotHeard(t *testing.T) {
	for _, silent := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			ua, p := transferring(t, func(r *Refer) {
				r.Accept()
				for i := range 20 {
					r.Notify(180 + i%2*3)
					time.Sleep(5 * time.Second)
				}
				r.Notify(200)
			})
			tag, contact := p.call("n1")
			p.request("REFER", contact, "n1", "n1a", tag, 2, "", "Refer-To: <sip:a@b>")
			p.expect("202 REFER")
			m := p.expect("NOTIFY")
			if silent {
				for range 10 { // sent eleven times in all, always the same one
					if again := p.expect("NOTIFY"); again.branch() != m.branch() {
						t.Error("another NOTIFY while the first is on its way")
					}
				}
			} else {
				p.reply(m, 481, "", "")
			}
			p.quiet(120 * time.Second)
			if n := ua.Stats().NotifyFailed; n != 1 {
				t.Errorf("%d NOTIFYs failed", n)
			}
			p.request("REFER", contact, "n1", "n1b", tag, 3, "", "Refer-To: <sip:a@b>", "Refer-Sub: false")
			p.expect("202 REFER")
			p.bye(contact, "n1", tag, 4)
			p.quiet(120 * time.Second)
			rest(t, ua)
		})
	}
}

// TestReferSubscription: the subscription of a REFER has an end, may be lengthened within
// bounds and given up; nothing else can be subscribed to within a call.
func TestReferSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p := transferring(t, func(r *Refer) {
			r.Accept()
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Minute):
			}
		})
		tag, contact := p.call("s1")
		p.request("SUBSCRIBE", contact, "s1", "s1a", tag, 2, "", "Event: refer")
		p.expect("481 SUBSCRIBE")
		p.request("SUBSCRIBE", contact, "s1", "s1b", tag, 3, "", "Event: dialog")
		p.expect("489 SUBSCRIBE")
		p.request("REFER", contact, "s1", "s1c", tag, 4, "", "Refer-To: <sip:a@b>")
		p.expect("202 REFER")
		p.frag("100", "active;expires=300")
		p.request("SUBSCRIBE", contact, "s1", "s1d", tag, 5, "", "Event: refer;id=4", "Expires: 100000")
		if m := p.expect("200 SUBSCRIBE"); m.header("Expires") != "300" {
			t.Error(m.header("Expires"))
		}
		p.frag("100", "active;expires=300")
		start := time.Now()
		m := p.nextWithin(301 * time.Second)
		if d := time.Since(start); m.what() != "NOTIFY" || m.header("Subscription-State") != "terminated;reason=timeout" || d != 300*time.Second {
			t.Error(m.what(), m.fields, d)
		}
		p.reply(m, 200, "", "")
		p.request("SUBSCRIBE", contact, "s1", "s1e", tag, 6, "", "Event: refer")
		p.expect("481 SUBSCRIBE")
		p.bye(contact, "s1", tag, 7)
		p.quiet(time.Second)

		tag, contact = p.call("s2")
		p.request("REFER", contact, "s2", "s2c", tag, 4, "", "Refer-To: <sip:a@b>")
		p.expect("202 REFER")
		p.frag("100", "active")
		p.request("SUBSCRIBE", contact, "s2", "s2d", tag, 5, "", "Event: refer", "Expires: 0")
		p.expect("200 SUBSCRIBE")
		p.frag("100", "terminated;reason=timeout")
		p.request("REFER", contact, "s2", "s2e", tag, 6, "", "Refer-To: <sip:a@b>")
		p.expect("491 REFER") // its handler still runs
		start = time.Now()
		closed := make(chan struct{})
		go func() { ua.Close(); close(closed) }() // ends the handlers
		p.reply(p.expect("BYE"), 200, "", "")
		<-closed
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("Close took %s", d)
		}
	})
}

// TestReferDuringSetup: no REFER before the call is answered.
func TestReferDuringSetup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			in.Leg.OnRefer(func(*Refer) { t.Error("asked") })
			in.Leg.Ring(ctx, false)
			<-ctx.Done()
			return nil
		})
		p.request("INVITE", "sip:alice@10.0.0.1", "e1", "e1", "", 1, "v=0 offer")
		m := p.expect("180 INVITE")
		p.request("REFER", m.contact(), "e1", "e1a", m.tag("To"), 2, "", "Refer-To: <sip:a@b>")
		p.expect("603 REFER")
		p.request("CANCEL", "sip:alice@10.0.0.1", "e1", "e1", "", 1, "")
		p.expect("200 CANCEL")
		p.expect("487 INVITE")
		p.request("ACK", "sip:alice@10.0.0.1", "e1", "e1", m.tag("To"), 1, "")
		rest(t, ua)
	})
}
