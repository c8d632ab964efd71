package sip

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestOrder: one call's handler is stuck on the strand; all others go on, and
// its own messages keep their order.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		var got, bad atomic.Int64
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			last := 0
			first := in.From.User == "bob" && in.Header("X-Stuck") != ""
			in.Leg.OnInfo(func(_ string, b []byte) {
				if first {
					<-stuck
				}
				n := 0
				fmt.Sscan(string(b), &n)
				if n <= last {
					bad.Add(1)
				}
				last = n
				got.Add(1)
			})
			in.Leg.Attach(&audio{name: "alice"})
			in.Leg.Answer(ctx)
			<-ctx.Done()
			return nil
		})
		const calls, infos = 20, 50
		var tags, contacts [calls]string
		for i := range calls {
			extra := []string{}
			if i == 0 {
				extra = append(extra, "X-Stuck: yes")
			}
			tags[i], contacts[i] = p.call("o"+itoa(i), extra...)
		}
		for n := 1; n <= infos; n++ {
			for i := range calls {
				p.request("INFO", contacts[i], "o"+itoa(i), fmt.Sprintf("i%d-%d", i, n), tags[i], 1+n, itoa(n))
			}
			synctest.Wait()
		}
		synctest.Wait()
		if n := got.Load(); n != (calls-1)*infos {
			t.Errorf("%d INFOs handled beside the stuck call", n)
		}
		close(stuck)
		synctest.Wait()
		if n := got.Load(); n != calls*infos || bad.Load() != 0 {
			t.Errorf("%d INFOs, %d out of order", n, bad.Load())
		}
		for i := range calls {
			p.request("BYE", contacts[i], "o"+itoa(i), "b"+itoa(i), tags[i], 1000, "")
		}
		drainPeer(p)
		rest(t, ua)
	})
}

// drainPeer throws away what came.
func drainPeer(p *peer) {
	synctest.Wait()
	for len(p.c.in) > 0 {
		<-p.c.in
	}
}

// TestOneCallFlooded: the queue of one Call-ID is bounded, others do not notice.
func TestOneCallFlooded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			in.Leg.OnInfo(func(string, []byte) { <-stuck })
			in.Leg.Attach(&audio{name: "alice"})
			in.Leg.Answer(ctx)
			<-ctx.Done()
			return nil
		})
		tag, contact := p.call("f1")
		for n := range 500 {
			p.request("INFO", contact, "f1", "f"+itoa(n), tag, 2+n, "x")
		}
		synctest.Wait()
		if n := ua.Stats().Refused["strand"]; n < 400 || n > 450 {
			t.Errorf("%d refused", n)
		}
		drainPeer(p)
		tag2, contact2 := p.call("f2")
		p.request("BYE", contact2, "f2", "f2b", tag2, 2, "")
		close(stuck)
		drainPeer(p)
		p.request("BYE", contact, "f1", "f1b", tag, 5000, "")
		drainPeer(p)
		rest(t, ua)
	})
}

func TestMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			in.Leg.Ring(ctx, false)
			<-ctx.Done()
			return nil
		})
		p.request("INVITE", "sip:alice@10.0.0.1", "m1", "m1", "", 1, "v=0 x")
		p.expect("180 INVITE")
		p.request("INVITE", "sip:alice@10.0.0.1", "m1", "m1other", "", 1, "v=0 x")
		p.expect("482 INVITE")
		p.request("INVITE", "sip:alice@10.0.0.1", "m1", "m1", "", 1, "v=0 x") // a mere repetition
		p.expect("180 INVITE")
		p.request("CANCEL", "sip:alice@10.0.0.1", "m1", "m1", "", 1, "")
		p.expect("200 CANCEL")
		p.expect("487 INVITE")
		rest(t, ua)
	})
}

// TestOutside: what gets which answer outside of dialogs.
func TestOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error {
			calls++
			return &Status{Code: 404}
		})
		for i, c := range []struct{ method, uri, extra, want, header, value string }{
			{"OPTIONS", "sip:alice@10.0.0.1", "X: y", "200", "Accept", "application/sdp"},
			{"INVITE", "sip:nobody@10.0.0.1", "X: y", "404", "", ""},
			{"INVITE", "tel:+4912345", "X: y", "404", "", ""},
			{"INVITE", "http://example.com", "X: y", "416", "", ""},
			{"INVITE", "sip:a@b", "Require: foo, timer, bar", "420", "Unsupported", "foo, bar"},
			{"INVITE", "sip:a@b", "Accept: text/plain", "406", "Accept", "application/sdp"},
			{"INVITE", "sip:a@b", "Accept: text/plain, application/sdp;level=1", "404", "", ""},
			{"INVITE", "sip:a@b", "e: gzip", "415", "Accept-Encoding", "identity"},
			{"MESSAGE", "sip:a@b", "X: y", "405", "Allow", allow},
			{"SUBSCRIBE", "sip:a@b", "X: y", "489", "", ""},
			{"FOO", "sip:a@b", "X: y", "501", "", ""},
			{"BYE", "sip:a@b", "X: y", "481", "", ""},
			{"INFO", "sip:a@b", "X: y", "481", "", ""},
			{"PRACK", "sip:a@b", "X: y", "481", "", ""},
			{"INVITE", "sip:a@b", "Bad header", "400", "", ""},
		} {
			id := "x" + itoa(i)
			p.request(c.method, c.uri, id, id, "", 1, "v=0", c.extra)
			m := p.next()
			if m.what() != c.want+" "+c.method {
				t.Errorf("%s %s %s: got %s", c.method, c.uri, c.extra, m.what())
			}
			if c.header != "" && m.header(c.header) != c.value {
				t.Errorf("%s %s: %s: %q", c.method, c.extra, c.header, m.header(c.header))
			}
			if c.method == "INVITE" {
				p.request("ACK", c.uri, id, id, m.tag("To"), 1, "")
			}
		}
		p.send("INVITE sip:alice@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKmf\r\nFrom: <sip:b@c>;tag=1\r\n" +
			"To: <sip:a@b>\r\nCall-ID: mf\r\nCSeq: 1 INVITE\r\nContact: <sip:b@c>\r\nMax-Forwards: 0\r\nContent-Length: 0\r\n\r\n")
		p.expect("483 INVITE")
		ua.Drain(true)
		p.request("OPTIONS", "sip:a@b", "dr1", "dr1", "", 1, "")
		if m := p.expect("503 OPTIONS"); m.header("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
		p.request("INVITE", "sip:a@b", "dr2", "dr2", "", 1, "v=0")
		if m := p.expect("503 INVITE"); m.header("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
		ua.Drain(false)
		p.request("OPTIONS", "sip:a@b", "dr3", "dr3", "", 1, "")
		p.expect("200 OPTIONS")
		if calls != 3 {
			t.Errorf("%d calls", calls)
		}
		rest(t, ua)
	})
}

// TestFull: the table of dialogs is bounded.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		ua.Handler = picksUp(&audio{name: "alice"})
		ua.MaxDialogs = 2
		p.call("a")
		tag, contact := p.call("b")
		p.request("INVITE", "sip:x@y", "c", "c", "", 1, "v=0")
		p.expect("503 INVITE")
		if _, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2"}, &audio{}); statusOf(err, 0).Code != 503 {
			t.Error(err)
		}
		p.request("BYE", contact, "b", "bb", tag, 2, "")
		p.expect("200 BYE")
		synctest.Wait()
		p.call("d")
		// Close says goodbye to those that are up, and to nobody else.
		ua.Close()
		byes := map[string]bool{}
		for len(p.c.in) > 0 {
			if m := p.next(); m.what() == "BYE" { // the peer doesn't answer: more than once
				byes[m.header("Call-ID")] = true
			}
		}
		if len(byes) != 2 || !byes["a"] || !byes["d"] {
			t.Errorf("BYEs at Close to %v", byes)
		}
	})
}

// TestResponsePath: answers go to the source address, whatever Via says; its
// port only without rport.
func TestResponsePath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemnet()
		ua := &UA{Directory: trusting{}}
		if err := ua.ServePacket(n.listen(addrA)); err != nil {
			t.Fatal(err)
		}
		src, other := n.listen("10.0.0.2:7000"), n.listen("10.0.0.2:6000")
		for i, c := range []struct {
			via  string
			at   *memConn
			want string
		}{
			{"192.168.1.1:6000;branch=z9hG4bK0", other, "192.168.1.1:6000;branch=z9hG4bK0;received=10.0.0.2"},
			{"10.0.0.2:6000;branch=z9hG4bK1", other, "10.0.0.2:6000;branch=z9hG4bK1"},
			{"192.168.1.1:6000;rport;branch=z9hG4bK2", src, "192.168.1.1:6000;branch=z9hG4bK2;received=10.0.0.2;rport=7000"},
			{"255.255.255.255:6000;maddr=224.0.0.1;branch=z9hG4bK3", other, "255.255.255.255:6000;maddr=224.0.0.1;branch=z9hG4bK3;received=10.0.0.2"},
			{"a.b ; BRANCH = z9hG4bK4;rport=1", src, "a.b;branch=z9hG4bK4;received=10.0.0.2;rport=7000"},
		} {
			src.WriteTo([]byte(fmt.Sprintf("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP %s, SIP/2.0/TCP next;branch=\"x,y\"\r\n"+
				"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: v%d\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n", c.via, i)), net.UDPAddrFromAddrPort(ua.core.sockets[0].local))
			select {
			case d := <-c.at.in:
				p, _ := scan(d.b)
				v, _ := p.get("Via")
				if v != "SIP/2.0/UDP "+c.want || strings.Count(string(d.b), "Via: ") != 2 {
					t.Errorf("%s: got\n%s", c.via, d.b)
				}
			case <-time.After(time.Second):
				t.Errorf("%s: no answer where it belongs", c.via)
			}
		}
		ua.Close()
	})
}

// TestPanic: a handler's panic ends its call with 500, one on a strand its
// message; nothing else.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, func(ctx context.Context, in *Invite) error { panic("a bug") })
		p.request("INVITE", "sip:a@b", "p1", "p1", "", 1, "v=0")
		m := p.expect("500 INVITE")
		p.request("ACK", "sip:a@b", "p1", "p1", m.tag("To"), 1, "")
		p.request("OPTIONS", "sip:a@b", "p2", "p2", "", 1, "")
		p.expect("200 OPTIONS")
		if n := ua.Stats().Panics; n != 1 {
			t.Error(n)
		}
		ua.Close()
	})
}
