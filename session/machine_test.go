package session_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"ringflow/media"
	"ringflow/session"
	"ringflow/sip"
)

// sound is a stretch of two tones, or of one, or of silence.
func sound(d time.Duration, hz ...float64) []int16 {
	s := make([]int16, d*media.ClipRate/time.Second)
	for i := range s {
		for _, f := range hz {
			s[i] += int16(6000 * math.Sin(2*math.Pi*f*float64(i)/media.ClipRate))
		}
	}
	return s
}

// humming is as much of a voice as the clock of a detector needs.
func humming(d time.Duration) []int16 { return sound(d, 230, 370) }

// greets answers and plays a greeting, then listens until the call is over.
func greets(e *ear, greeting []int16) func(context.Context, *sip.Invite, *media.Port) error {
	return func(ctx context.Context, in *sip.Invite, port *media.Port) error {
		if err := in.Leg.Answer(ctx); err != nil {
			return err
		}
		defer e.on(port)()
		c, err := media.NewClip(greeting, media.ClipRate)
		if err != nil {
			return err
		}
		port.Play(ctx, c.Source(1)) //nolint:errcheck // the call may be over before
		<-ctx.Done()
		return nil
	}
}

// Whoever answers a call that we place is told from a machine, and the message
// begins after the beep.
func TestDetectMachine(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("x", "x", ""))
		detect := func(beep bool) string {
			return h.flow(node{id: "who", typ: "DetectMachineNode", in: map[string]any{"WaitForBeep": beep}, to: map[string]string{"Human": "person", "Machine": "message", "Unknown": "unsure"}},
				say("person", "Hello to you", ""), say("message", "Call us back", ""), say("unsure", "Anybody there", ""))
		}
		before := sound(500 * time.Millisecond)
		long := slices.Concat(before, humming(4200*time.Millisecond), sound(400*time.Millisecond), sound(300*time.Millisecond, 1000))
		for name, c := range map[string]struct {
			greeting  []int16
			beep      bool
			says, log string
			within    [2]time.Duration // of the answer, the message begins
		}{
			"a person":               {slices.Concat(before, humming(600*time.Millisecond)), false, "Hello to you", "who: Human: greeting of 0.6 s, 1 word, then silence of 0.8 s; it began after 0.5 s", [2]time.Duration{1800 * time.Millisecond, 2500 * time.Millisecond}},
			"a machine":              {long, false, "Call us back", "who: Machine: greeting of 2.4 s without a pause of 0.8 s, 1 word", [2]time.Duration{2800 * time.Millisecond, 3500 * time.Millisecond}},
			"a machine and its beep": {long, true, "Call us back", "who: Machine: greeting of 4.2 s without a pause of 0.8 s, 1 word; it began after 0.5 s; beep of 1,000 Hz at 5.1 s", [2]time.Duration{5300 * time.Millisecond, 6 * time.Second}},
			"silence":                {before, false, "Anybody there", "who: Unknown: silence for 5 s", [2]time.Duration{4900 * time.Millisecond, 5600 * time.Millisecond}},
		} {
			var far ear
			h.carrier.on(greets(&far, c.greeting))
			if _, err := h.Outgoing(t.Context(), session.OutgoingCall{FlowID: detect(c.beep), NumberToDial: outside}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(12 * time.Second)
			r := h.record()
			logged(t, r, c.log)
			if d := far.hears(pitch(c.says)); d < 800*time.Millisecond {
				t.Errorf("%s: heard %q for %s", name, c.says, d)
			}
			if at := far.first(pitch(c.says)); at < c.within[0] || at > c.within[1] {
				t.Errorf("%s: %q began after %s", name, c.says, at)
			}
		}
	})
}

// first is when a tone began.
func (e *ear) first(hz float64) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	const window = 400
	for at := 0; at+window <= len(e.samples); at += window {
		if level(e.samples[at:at+window], hz) > 2000 {
			return time.Duration(at) * time.Second / 8000
		}
	}
	return -1
}

// Digits reach the far end as telephone-events, in more than one piece, with
// their pauses; a hang-up meanwhile ends the node.
func TestSendDigits(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		const many = "1234567890*#ABCD1234567890*#ABCD1234567890"
		h.number(did, node{id: "send", typ: "SendDigitsNode", in: map[string]any{"Digits": "ww" + many}, to: map[string]string{"Done": "bye"}}, say("bye", "All sent", ""))
		c := h.carrier.mustCall(toNumber(did))
		up := time.Now()
		c.over(t, 20*time.Second)
		got := ""
		for len(c.port.Digits()) > 0 {
			got += string(<-c.port.Digits())
		}
		if got != many || c.ear.hears(pitch("All sent")) < 800*time.Millisecond {
			t.Errorf("the far end got %q", got)
		}
		if d := time.Since(up); d < 12*time.Second || d > 14*time.Second {
			t.Errorf("it took %s", d)
		}
		logged(t, h.record(), "send: sends ww"+many)

		c = h.carrier.mustCall(toNumber(did))
		time.Sleep(2 * time.Second)
		c.hangUp(t)
		if r := h.record(); r.Ended.Sub(r.Started) > 3*time.Second {
			t.Errorf("the call went on for %s", r.Ended.Sub(r.Started))
		}
	})
}
