package session_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/media"
	"ringflow/session"
	"ringflow/sip"
)

// menu is the front door: press 1 for Alice.
func menu(alice string, more ...node) []node {
	return append([]node{
		{id: "menu", typ: "MenuNode", in: map[string]any{"Text": "Press one", "TimeoutInSeconds": 4, "Choices": []map[string]any{{"Key": "1", "Value": "Alice"}, {"Key": "2", "Value": "Bob"}}},
			to: map[string]string{"Alice": "ring", "No Input": "bye"}},
		dial("ring", map[string]any{"TimeoutInSeconds": 20}, map[string]string{"No Answer": "nobody"}, user(alice)),
		say("nobody", "Nobody is there", ""),
		say("bye", "Goodbye", ""),
	}, more...)
}

func TestMenuRingsAliceAndTheyTalk(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, menu(alice.ID)...)
		phone := h.phone("alice", "10.0.0.11")
		var aliceHears ear
		phone.on(picksUp(&aliceHears, 3*time.Second, 440, 0))

		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(1500 * time.Millisecond)
		if c.ear.hears(pitch("Press one")) < 800*time.Millisecond {
			t.Error("the caller did not hear the menu")
		}
		c.press(t, "1")
		time.Sleep(3500 * time.Millisecond)
		if got := phone.called(); len(got) != 1 || got[0].From.User != "+14155550199" || got[0].From.Name != "Carla" {
			t.Fatalf("Alice's phone sees %+v", got)
		}
		c.ear.forget()
		play, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); c.port.Play(play, tone(880, time.Second).Source(-1)) }() //nolint:errcheck // ended below
		time.Sleep(2 * time.Second)
		c.press(t, "42#")
		if err := c.leg.Info(t.Context(), "application/dtmf-relay", []byte("Signal=7\r\nDuration=160\r\n")); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		stop()
		<-done
		if d := c.ear.hears(440); d < 2*time.Second {
			t.Errorf("the caller heard Alice for %s", d)
		}
		if d := aliceHears.hears(880); d < 1500*time.Millisecond {
			t.Errorf("Alice heard the caller for %s", d)
		}
		c.hangUp(t)
		if d := aliceHears.pressed(); d != "42#7" {
			t.Errorf("Alice's phone got the digits %q", d)
		}

		r := h.record()
		if r.AnsweredByName != "Alice" || r.Outcome != "Completed" || len(r.Legs) != 2 {
			t.Errorf("record: %+v", r)
		}
		logged(t, r, "Press one", "180 Ringing", "Connected with Alice", "4 by the caller", "Talked with Alice")
		for _, l := range r.Legs {
			if l.SipCode != 200 || l.Ended.IsZero() || l.Quality == nil || l.Quality.PacketsIn == 0 {
				t.Errorf("leg %+v", l)
			}
		}
	})
}

func TestDialResults(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, DisplayName: "d", Number: did, FlowID: h.flow(
			dial("ring", map[string]any{"TimeoutInSeconds": 5}, map[string]string{"No Answer": "na", "Busy": "busy", "Rejected": "rej", "Failed": "fail"}, user(alice.ID)),
			say("na", "NoAnswer", ""), say("busy", "Busy", ""), say("rej", "Rejected", ""), say("fail", "Failed", ""),
		)})
		try := func(want string, code int) {
			t.Helper()
			c := h.carrier.mustCall(toNumber(did))
			c.over(t, 5*time.Second)
			if c.ear.hears(pitch(want)) < 800*time.Millisecond {
				t.Errorf("not heard: %s", want)
				return
			}
			r := h.record()
			if code == 0 {
				return
			}
			if far := farLeg(t, r); far.SipCode != code {
				t.Errorf("%s: the leg has SIP code %d (%s), want %d", want, far.SipCode, far.Cause, code)
			}
		}
		try("Failed", 0) // nothing is registered
		phone := h.phone("alice", "10.0.0.11")
		for _, o := range []struct {
			code int
			want string
		}{{486, "Busy"}, {600, "Busy"}, {403, "Rejected"}, {603, "Rejected"}, {607, "Rejected"}, {480, "NoAnswer"}, {408, "NoAnswer"}, {500, "Failed"}, {404, "Failed"}} {
			phone.on(refuses(o.code, time.Second))
			try(o.want, o.code)
		}
		phone.on(refuses(486, time.Hour)) // it rings until we cancel
		try("NoAnswer", 487)
		logged(t, h.record(), `ring gives DialStatus = "NoAnswer"; Duration = 0; SipCode = 487`)
	})
}

// farLeg is the one leg of a session that we placed.
func farLeg(t testing.TB, r *session.Record) session.LegRecord {
	t.Helper()
	var out []session.LegRecord
	for _, l := range r.Legs {
		if l.Direction == session.Outgoing {
			out = append(out, l)
		}
	}
	if len(out) != 1 {
		t.Fatalf("%d legs were placed: %+v", len(out), r.Legs)
	}
	return out[0]
}

func TestUnconnectedDialRefusesTheCaller(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", map[string]any{"TimeoutInSeconds": 5}, nil, user(alice.ID)))
		phone := h.phone("alice", "10.0.0.11")
		for code, want := range map[int]int{486: 486, 603: 603, 480: 480, 500: 480} {
			phone.on(refuses(code, 0))
			if _, err := h.carrier.call(t.Context(), toNumber(did)); status(t, err) != want {
				t.Errorf("Alice refuses with %d: the caller gets %v, want %d", code, err, want)
			}
		}
	})
}

func TestFirstDeviceWins(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", nil, nil, user(alice.ID)))
		slow, quick := h.phone("alice", "10.0.0.11"), h.phone("alice", "10.0.0.12")
		cancelled := make(chan error, 1)
		slow.on(func(ctx context.Context, in *sip.Invite, _ *media.Port) error {
			if err := in.Leg.Ring(ctx, false); err != nil {
				return err
			}
			<-ctx.Done()
			cancelled <- context.Cause(ctx)
			return nil
		})
		var heard ear
		quick.on(picksUp(&heard, 2*time.Second, 440, 0))
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(2 * time.Second)
		if c.ear.hears(440) < time.Second {
			t.Error("the caller does not hear the device that answered")
		}
		select {
		case err := <-cancelled:
			if err == nil || !strings.Contains(err.Error(), `cause=200;text="Call completed elsewhere"`) {
				t.Errorf("the slow device was cancelled because of %v", err)
			}
		default:
			t.Error("the slow device still rings")
		}
		c.hangUp(t)
		r := h.record()
		causes := ""
		for _, l := range r.Legs {
			causes += l.Cause + "; "
		}
		if len(r.Legs) != 3 || !strings.Contains(causes, "answered elsewhere") {
			t.Errorf("legs: %s", causes)
		}
	})
}

func TestCallerCancels(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", nil, nil, user(alice.ID)))
		phone := h.phone("alice", "10.0.0.11")
		gone := make(chan struct{})
		phone.on(func(ctx context.Context, in *sip.Invite, _ *media.Port) error {
			if err := in.Leg.Ring(ctx, false); err != nil {
				return err
			}
			<-ctx.Done()
			close(gone)
			return nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := h.carrier.call(ctx, toNumber(did)); err == nil {
			t.Fatal("the call was answered")
		}
		select {
		case <-gone:
		case <-time.After(2 * time.Second):
			t.Error("Alice's phone rings on")
		}
		if r := h.record(); r.Outcome != "Cancelled" || !r.WasMissed {
			t.Errorf("outcome %s, missed %v", r.Outcome, r.WasMissed)
		}
	})
}

func TestFarEndHangsUp(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", map[string]any{"ContinueAfterHangup": true}, map[string]string{"Done": "thanks"}, user(alice.ID)), say("thanks", "Thank you", ""))
		h.number("+18005550101", dial("ring", nil, map[string]string{"No Answer": "no"}, user(alice.ID)), say("no", "No", ""))
		phone := h.phone("alice", "10.0.0.11")
		phone.on(picksUp(&ear{}, time.Second, 440, 5*time.Second))
		c := h.carrier.mustCall(toNumber(did))
		c.over(t, 10*time.Second)
		if c.ear.hears(pitch("Thank you")) < 800*time.Millisecond {
			t.Error("the flow did not go on after Alice had hung up")
		}
		c = h.carrier.mustCall(toNumber("+18005550101"))
		c.over(t, 10*time.Second)
		if c.ear.hears(pitch("No")) > 0 {
			t.Error("the flow went on although it should have ended")
		}
		logged(t, h.record(), "Alice hung up")
	})
}
