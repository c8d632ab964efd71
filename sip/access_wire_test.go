package sip

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// homes is a house in which b knows the people, and a is alice's phone: it registers
// with b as with a carrier.
func homes(t *testing.T, password string, edit func(*UA), b Handler) *house {
	h := open(t, b)
	h.b.Directory, h.b.Realm = somePeople(), testRealm
	h.a.Handler = picksUp(&audio{name: "phone"})
	if edit != nil {
		edit(h.b)
	}
	h.serve()
	h.a.SetTrunks([]OutTrunk{{ID: "home", Host: "10.0.0.2", UserName: "alice", Password: password, Register: true}})
	time.Sleep(2 * time.Second)
	synctest.Wait()
	return h
}

// endCalls hangs up, so that close finds nothing.
func (h *house) sleepOver() {
	h.a.SetTrunks(nil)
	h.close()
}

func TestPhoneRegistersAndIsCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := homes(t, "pw-alice", nil, nil)
		if s, ok := h.a.TrunkState("home"); !ok || !s.Registered {
			t.Fatalf("%+v %v\n%s", s, ok, h.seen())
		}
		list := h.b.Bindings("alice")
		if len(list) != 1 || list[0].Source.String() != addrA || list[0].Transport != "UDP" || list[0].Contact != "sip:alice@10.0.0.1:5060" {
			t.Fatalf("%+v", list)
		}
		leg, err := h.b.Dial(t.Context(), Dial{To: list[0].Contact, Binding: &list[0], From: Party{User: "bob", Host: testRealm}}, &audio{name: "bob"})
		if err != nil {
			t.Fatalf("%v\n%s", err, h.seen())
		}
		leg.Hangup(t.Context(), nil)
		time.Sleep(2 * time.Minute)
		if n := len(h.times("10.0.0.2 OPTIONS")); n < 3 || n > 6 {
			t.Errorf("%d keep-alives in 2 minutes", n)
		}
		h.sleepOver()
		if len(h.b.Bindings("alice")) != 0 {
			t.Error("the phone did not unregister")
		}
	})
}

func TestWrongPasswordRegistersNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := homes(t, "guess", nil, nil)
		if s, _ := h.a.TrunkState("home"); s.Registered || !strings.Contains(s.LastError, "401") {
			t.Errorf("%+v", s)
		}
		if len(h.b.Bindings("alice")) != 0 {
			t.Error("somebody else is alice")
		}
		h.sleepOver()
	})
}

// A phone's call is challenged once, its requests inside of the call are not.
func TestPhoneCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		callers := make(chan Caller, 1)
		h := homes(t, "pw-alice", nil, func(ctx context.Context, in *Invite) error {
			callers <- in.Caller
			in.Leg.Attach(&audio{name: "b"})
			if err := in.Leg.Answer(ctx); err != nil {
				return err
			}
			<-ctx.Done()
			return nil
		})
		leg, err := h.a.Dial(t.Context(), Dial{To: "sip:4000@10.0.0.2", Trunk: "home", From: Party{User: "alice", Host: "10.0.0.2"}}, &audio{name: "a"})
		if err != nil {
			t.Fatalf("%v\n%s", err, h.seen())
		}
		if c := <-callers; c.Name != "alice" || c.Kind != User || c.By != "digest" {
			t.Errorf("%+v", c)
		}
		if s, _ := h.a.TrunkState("home"); s.ActiveCalls != 1 {
			t.Errorf("%+v", s)
		}
		if err := leg.Reinvite(t.Context()); err != nil {
			t.Errorf("re-INVITE: %v", err)
		}
		if err := leg.Info(t.Context(), "application/dtmf-relay", []byte("Signal=1")); err != nil {
			t.Errorf("INFO: %v", err)
		}
		leg.Hangup(t.Context(), nil)
		time.Sleep(time.Second)
		if n := len(h.times("10.0.0.2 401 INVITE")); n != 1 {
			t.Errorf("%d challenges to INVITE\n%s", n, h.seen())
		}
		for _, m := range []string{"INFO", "BYE", "ACK"} {
			if n := len(h.times("10.0.0.2 401 " + m)); n != 0 {
				t.Errorf("%d challenges to %s", n, m)
			}
		}
		h.sleepOver()
		if s, _ := h.a.TrunkState("home"); s.ActiveCalls != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// Nobody unknown reaches the handler, whatever he dials and says he is.
func TestStrangersReachNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := homes(t, "pw-alice", nil, func(context.Context, *Invite) error {
			t.Error("a stranger's call came through")
			return nil
		})
		for _, from := range []string{"alice", "bob", "anonymous", "", "+18005550100", "carrier"} {
			for _, to := range []string{"+442071234567", "00442071234567", "011442071234567", "9011442071234567", "*9011442071234567"} {
				_, err := h.a.Dial(t.Context(), Dial{To: "sip:" + to + "@10.0.0.2", From: Party{User: from, Host: "10.0.0.2"}}, &audio{name: "x"})
				if s := (*Status)(nil); !errors.As(err, &s) || s.Code != 401 {
					t.Errorf("%s to %s: %v", from, to, err)
				}
			}
		}
		h.sleepOver()
	})
}

// Credentials that went over the wire once are worth nothing to who heard them.
func TestReplayOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, nil)
		h.b.Directory, h.b.Realm = somePeople(), testRealm
		h.serve()
		thief := h.net.listen("10.0.0.66:5060")
		var heard []byte
		pass := h.net.pass
		h.net.pass = func(from, to netip.AddrPort, b []byte) bool {
			if strings.HasPrefix(string(b), "REGISTER") && strings.Contains(string(b), "Authorization:") && from.String() == addrA && heard == nil {
				heard = append([]byte(nil), b...)
			}
			return pass(from, to, b)
		}
		h.a.SetTrunks([]OutTrunk{{ID: "home", Host: "10.0.0.2", UserName: "alice", Password: "pw-alice", Register: true}})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if heard == nil {
			t.Fatalf("no REGISTER was heard\n%s", h.seen())
		}
		stolen := strings.NewReplacer("z9hG4bK", "z9hG4bKx", "Call-ID: ", "Call-ID: x", "alice@10.0.0.1:5060", "alice@10.0.0.66:5060", "10.0.0.1", "10.0.0.66").Replace(string(heard))
		thief.WriteTo([]byte(stolen), thief.udp(addrB))
		buf := make([]byte, 4096)
		n, _, err := thief.ReadFrom(buf)
		if err != nil || !strings.HasPrefix(string(buf[:n]), "SIP/2.0 401") || !strings.Contains(string(buf[:n]), "stale=true") {
			t.Errorf("%v: %.300s", err, buf[:n])
		}
		for _, b := range h.b.Bindings("alice") {
			if b.Source.Addr().String() == "10.0.0.66" {
				t.Error("alice's calls go to the thief")
			}
		}
		thief.Close()
		h.sleepOver()
	})
}
