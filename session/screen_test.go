package session_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
	"ringflow/session"
	"ringflow/sip"
)

// asked picks up, presses keys so long after, and then whistles.
func asked(ear *ear, rings time.Duration, keys string, after time.Duration, hz float64) func(context.Context, *sip.Invite, *media.Port) error {
	return func(ctx context.Context, in *sip.Invite, port *media.Port) error {
		if err := in.Leg.Ring(ctx, false); err != nil {
			return err
		}
		select {
		case <-time.After(rings):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := in.Leg.Answer(ctx); err != nil {
			return err
		}
		defer ear.on(port)()
		select {
		case <-time.After(after):
		case <-ctx.Done():
			return nil
		}
		if keys == "hangup" {
			return nil
		}
		if err := port.SendDigits(ctx, keys); err != nil {
			return err
		}
		port.Play(ctx, tone(hz, time.Second).Source(-1)) //nolint:errcheck // until the call is over
		return nil
	}
}

// Of two who answer, the one who declines is out while the other's phone rings
// on, and the caller hears nothing of either before one accepts.
func TestScreening(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, bob := h.user("alice"), h.user("bob")
		h.number(did, dial("ring", map[string]any{"ScreenCalls": true, "TimeoutInSeconds": 10}, nil, user(alice.ID), user(bob.ID)))
		var atAlice, atBob ear
		h.phone("alice", "10.0.0.11").on(asked(&atAlice, time.Second, "5*2", 2*time.Second, 1000))
		h.phone("bob", "10.0.0.12").on(asked(&atBob, 8*time.Second, "1", 4*time.Second, 800)) // after the ringing time is over
		start := time.Now()
		c := h.carrier.mustCall(toNumber(did))
		if d := time.Since(start); d < 12*time.Second || d > 13500*time.Millisecond {
			t.Errorf("the caller was answered after %s, want 12 s: 8 of ringing, 4 of the question", d)
		}
		time.Sleep(3 * time.Second)
		if c.ear.hears(800) < 2*time.Second || c.ear.hears(1000) > 0 {
			t.Errorf("the caller heard Bob for %s, Alice for %s", c.ear.hears(800), c.ear.hears(1000))
		}
		c.hangUp(t)
		question := pitch("Call from Carla, 1 4 1 5 5 5 5 0 1 9 9. Press 1 to accept, or 2 to decline.")
		for who, e := range map[string]*ear{"Alice": &atAlice, "Bob": &atBob} {
			if e.hears(question) < 800*time.Millisecond {
				t.Errorf("%s heard the question for %s; spoken were %q", who, e.hears(question), h.said.texts)
			}
		}
		r := h.record()
		logged(t, r, "Alice is asked whether to take the call", "Alice declined the call", "Bob is asked whether to take the call", "Bob accepted the call", "Connected with Bob")
		if all := logText(r); strings.Contains(all, "5*") || strings.Contains(all, "*2") {
			t.Errorf("what was pressed is in the log:\n%s", all)
		}
		for _, l := range r.Legs {
			if l.SipCode != 200 {
				t.Errorf("leg %+v", l)
			}
		}
	})
}

// What it comes to when nobody accepts.
func TestScreeningInVain(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", map[string]any{"ScreenCalls": true, "ScreenText": "Take it?"}, map[string]string{"No Answer": "na", "Rejected": "rej", "Busy": "busy", "Failed": "failed"}, user(alice.ID)),
			say("na", "NoAnswer", ""), say("rej", "Rejected", ""), say("busy", "Busy", ""), say("failed", "Failed", ""))
		phone := h.phone("alice", "10.0.0.11")
		for _, o := range []struct {
			keys, want, log string
			after           time.Duration
		}{
			{"2", "Rejected", "Alice declined the call", time.Second},
			{"hangup", "Rejected", "Alice was asked and hung up", 3 * time.Second},
			{"0*9", "NoAnswer", "Alice was asked and did not accept the call", time.Second},
		} {
			var e ear
			phone.on(asked(&e, time.Second, o.keys, o.after, 1000))
			start := time.Now()
			c := h.carrier.mustCall(toNumber(did))
			if o.want == "NoAnswer" { // 1 s of ringing, twice the question of 1 s and 10 s to think
				if d := time.Since(start); d < 22*time.Second || d > 24*time.Second {
					t.Errorf("not accepted after %s", d)
				}
				if e.hears(pitch("Take it?")) < 1600*time.Millisecond {
					t.Error("was not asked a second time")
				}
			}
			c.over(t, 5*time.Second)
			if c.ear.hears(pitch(o.want)) < 800*time.Millisecond {
				t.Errorf("%q: not heard: %s", o.keys, o.want)
			}
			r := h.record()
			logged(t, r, o.log, `SipCode = 200`)
			if far := farLeg(t, r); far.SipCode != 200 {
				t.Errorf("%+v", far)
			}
		}
		// The caller hangs up while Alice is asked.
		over := make(chan error, 1)
		phone.on(func(ctx context.Context, in *sip.Invite, _ *media.Port) error {
			if err := in.Leg.Answer(ctx); err != nil {
				return err
			}
			<-ctx.Done()
			over <- context.Cause(ctx)
			return nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := h.carrier.call(ctx, toNumber(did)); err == nil {
			t.Fatal("the call was answered")
		}
		time.Sleep(time.Second)
		select {
		case <-over:
		default:
			t.Error("Alice is still being asked")
		}
		if r := h.record(); r.Outcome != session.Cancelled {
			t.Errorf("outcome %s", r.Outcome)
		}
	})
}

// Two accept in one moment: one has the call, the other hears so and is hung up.
func TestTwoAcceptAtOnce(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		users := []*endpoints.Endpoint{h.user("alice"), h.user("bob")}
		h.number(did, dial("ring", map[string]any{"ScreenCalls": true, "ScreenText": "Take it?"}, nil, user(users[0].ID), user(users[1].ID)))
		var ears [2]ear
		over := make(chan error, 2)
		for i, u := range users {
			act := asked(&ears[i], time.Second, "1", 2*time.Second, 1000)
			h.phone(u.SipUserName, []string{"10.0.0.11", "10.0.0.12"}[i]).on(func(ctx context.Context, in *sip.Invite, p *media.Port) error {
				defer func() { over <- context.Cause(in.Leg.Context()) }()
				return act(ctx, in, p)
			})
		}
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(4 * time.Second)
		if c.ear.hears(1000) < 3*time.Second {
			t.Errorf("the caller heard who has the call for %s", c.ear.hears(1000))
		}
		if n := len(over); n != 1 {
			t.Fatalf("%d of two are hung up", n)
		}
		word := pitch("The call has been taken.")
		if a, b := ears[0].hears(word), ears[1].hears(word); min(a, b) > 100*time.Millisecond || max(a, b) < 800*time.Millisecond {
			t.Errorf("one should have heard that the call is taken: %s and %s", a, b)
		}
		c.hangUp(t)
		logged(t, h.record(), "is told that somebody else has the call", "Connected with ")
	})
}

// The whisper is heard by who takes the call, alone: the caller hears ringing on,
// and who takes the call hears nothing of the caller.
func TestWhisper(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, node{id: "a", typ: "AnswerNode", to: map[string]string{"Done": "ring"}},
			dial("ring", map[string]any{"WhisperAudioFile": ref{flow.AudioFileType, h.audio(700)}}, map[string]string{"Rejected": "gone"}, user(alice.ID)), say("gone", "Gone", ""))
		phone := h.phone("alice", "10.0.0.11")
		var at ear
		phone.on(picksUp(&at, 2*time.Second, 1000, 0))
		c := h.carrier.mustCall(toNumber(did))
		play, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); c.port.Play(play, tone(1200, time.Second).Source(-1)) }() //nolint:errcheck // ended below
		time.Sleep(3500 * time.Millisecond)                                                      // 2 s of ringing, and the whisper has 2 s
		if at.hears(700) < time.Second || at.hears(1200) > 0 {
			t.Errorf("in the whisper Alice heard it for %s, the caller for %s", at.hears(700), at.hears(1200))
		}
		if c.ear.hears(440) < 1500*time.Millisecond || c.ear.hears(700)+c.ear.hears(1000) > 0 {
			t.Errorf("in the whisper the caller heard ringing for %s, the whisper for %s, Alice for %s", c.ear.hears(440), c.ear.hears(700), c.ear.hears(1000))
		}
		time.Sleep(3500 * time.Millisecond)
		stop()
		<-done
		if at.hears(1200) < 2*time.Second || c.ear.hears(1000) < 2*time.Second || c.ear.hears(700) > 0 {
			t.Errorf("then Alice heard the caller for %s, the caller Alice for %s and the whisper for %s", at.hears(1200), c.ear.hears(1000), c.ear.hears(700))
		}
		c.hangUp(t)
		logged(t, h.record(), "Alice hears the whisper")

		phone.on(picksUp(&ear{}, time.Second, 1000, time.Second))
		c = h.carrier.mustCall(toNumber(did))
		c.over(t, 10*time.Second)
		if c.ear.hears(pitch("Gone")) < 800*time.Millisecond {
			t.Error("the flow did not go on after Alice had hung up in the whisper")
		}
		logged(t, h.record(), "Alice hung up before the call was connected")
	})
}

// The node's own ringback is heard instead of the far end's sound.
func TestOwnRingbackInsteadOfEarlyMedia(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, dial("out", map[string]any{"Ringback": ref{flow.AudioFileType, h.audio(900)}}, nil, outside))
		newPeer(t, h, "10.0.0.3").on(soundsThen(486, 700))
		h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: "Far", Trunk: &endpoints.Trunk{Host: "10.0.0.3", Port: 5060, Transport: "udp", Prefixes: []string{"+1415"}}})
		e, early, err := h.carrier.listens(t, toNumber(did))
		if status(t, err) != 486 || !early {
			t.Errorf("early %v, got %v", early, err)
		}
		if e.hears(700) > 0 || e.hears(900) < 2*time.Second {
			t.Errorf("heard the far end for %s, the ringback for %s", e.hears(700), e.hears(900))
		}
	})
}

// Both hear a beep half a minute before the longest conversation is over.
func TestWarningBeep(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", map[string]any{"MaxDurationInSeconds": 90}, nil, user(alice.ID)))
		var at ear
		h.phone("alice", "10.0.0.11").on(asked(&at, time.Second, "7", 0, 600))
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(58 * time.Second)
		for who, e := range map[string]*ear{"caller": c.ear, "callee": &at} {
			if d := e.hears(1000); d > 0 {
				t.Errorf("the %s heard a beep too early, for %s", who, d)
			}
		}
		time.Sleep(4 * time.Second)
		for who, e := range map[string]*ear{"caller": c.ear, "callee": &at} {
			if d := e.hears(1000); d < 300*time.Millisecond || d > 500*time.Millisecond {
				t.Errorf("the %s heard a beep for %s", who, d)
			}
		}
		c.over(t, 40*time.Second)
		logged(t, h.record(), "Both hear a beep: 30 s of the call are left", "Limit: the call to Alice has lasted 90 s")
	})
}
