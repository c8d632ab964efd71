package session_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"ringflow/flow"
	"ringflow/media"
	"ringflow/sip"
)

// conference is the node of a room, and what comes after it.
func conference(in map[string]any) []node {
	if in["Room"] == nil {
		in["Room"] = "Sales"
	}
	return []node{{id: "conf", typ: "ConferenceNode", in: in, to: map[string]string{
		"Done": "bye", "Room Full": "full", "Wrong Pin": "wrong", "Recording Ready": "ready"}},
		say("bye", "Goodbye", ""), say("full", "Full", ""), say("wrong", "Wrong", ""),
		{id: "ready", typ: "LogNode", in: map[string]any{"Message": "ready: {{ Session.RecordingFileId }}"}},
	}
}

// Voices are tones of which ten at once are not clipped.
const voiceLevel = 2500

func voice(i int) float64 { return 300 + 120*float64(i) }

func hum(hz float64) *media.Clip {
	s := make([]int16, media.ClipRate)
	for i := range s {
		s[i] = int16(voiceLevel * math.Sin(2*math.Pi*hz*float64(i)/media.ClipRate))
	}
	c, err := media.NewClip(s, media.ClipRate)
	if err != nil {
		panic(err) // the rate is the clip's own
	}
	return c
}

// hums has a caller speak until its call is over.
func (c *talking) hums(hz float64) *talking {
	go func() { _ = c.port.Play(c.leg.Context(), hum(hz).Source(-1)) }()
	return c
}

// voices tells who of n is heard in what the ear took lately, as a list.
func (e *ear) voices(t *testing.T, n int) string {
	t.Helper()
	e.mu.Lock()
	s := e.samples
	e.samples = nil
	e.mu.Unlock()
	if len(s) < 4000 {
		t.Fatalf("heard %d samples", len(s))
	}
	s = s[len(s)-4000:]
	var who []int
	for i := range n {
		switch l := level(s, voice(i)); {
		case l > voiceLevel*0.8:
			who = append(who, i)
		case l > voiceLevel*0.1:
			t.Errorf("voice %d at %.0f", i, l)
		}
	}
	return fmt.Sprint(who)
}

// listen lets all hear each other for a while.
func listen(calls ...*talking) {
	time.Sleep(500 * time.Millisecond) // of the bubble: what was on its way
	for _, c := range calls {
		c.ear.forget()
	}
	time.Sleep(700 * time.Millisecond)
}

func expectVoices(t *testing.T, who string, c *talking, n int, want string) {
	t.Helper()
	if got := c.ear.voices(t, n); got != want {
		t.Errorf("%s hears %s, want %s", who, got, want)
	}
}

func others(n int, but ...int) string {
	var who []int
next:
	for i := range n {
		for _, b := range but {
			if i == b {
				continue next
			}
		}
		who = append(who, i)
	}
	return fmt.Sprint(who)
}

// Ten callers of one room hear all others, and not themselves; those of another
// room hear none of them.
func TestConferenceOfTen(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		const n = 10
		h.number(did, conference(map[string]any{"Room": "sales"})...)
		h.number("+18005550101", conference(map[string]any{"Room": "Support"})...)
		h.number("+18005550102", conference(map[string]any{"Room": " SALES "})...) // the same
		var all []*talking
		for i := range n {
			to := did
			if i == 3 {
				to = "+18005550102"
			}
			all = append(all, h.carrier.mustCall(toNumber(to)).hums(voice(i)))
		}
		apart := h.carrier.mustCall(toNumber("+18005550101"))
		time.Sleep(3 * time.Second)
		listen(append(all, apart)...)
		for i, c := range all {
			expectVoices(t, fmt.Sprint(i), c, n, others(n, i))
		}
		expectVoices(t, "who is in another room", apart, n, "[]")

		ids := map[string]int{}
		for _, r := range h.Live(nil) {
			ids[r.ConferenceID]++
		}
		if len(ids) != 2 || ids[""] != 0 {
			t.Errorf("conferences of the live sessions: %v", ids)
		}
		for i := range 8 { // one after the other leaves
			all[i].hangUp(t)
		}
		listen(all[8:]...)
		expectVoices(t, "8", all[8], n, "[9]")
		expectVoices(t, "9", all[9], n, "[8]")
		all[8].hangUp(t)
		all[9].hangUp(t)
		apart.hangUp(t)
		for _, r := range h.records() {
			logged(t, r, "conf: is in the conference", "conf: left the conference")
			if r.ConferenceID != "" {
				t.Errorf("a call that is over is in conference %s", r.ConferenceID)
			}
		}
	})
}

// *6 mutes its caller and ends that; no key of anybody reaches another.
func TestConferenceKeys(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, conference(map[string]any{})...)
		h.number("+18005550101", conference(map[string]any{"Muted": true})...)
		a := h.carrier.mustCall(toNumber(did)).hums(voice(0))
		b := h.carrier.mustCall(toNumber(did)).hums(voice(1))
		c := h.carrier.mustCall(toNumber("+18005550101")).hums(voice(2))
		time.Sleep(3 * time.Second)
		expect := func(when, ofA, ofB, ofC string) {
			t.Helper()
			listen(a, b, c)
			expectVoices(t, when+": a", a, 3, ofA)
			expectVoices(t, when+": b", b, 3, ofB)
			expectVoices(t, when+": c", c, 3, ofC)
		}
		expect("c comes muted", "[1]", "[0]", "[0 1]")
		c.press(t, "*6")
		time.Sleep(2 * time.Second)
		expect("c speaks", "[1 2]", "[0 2]", "[0 1]")
		b.ear.forget()
		c.ear.forget()
		a.press(t, "*6")
		time.Sleep(2 * time.Second)
		if b.ear.hears(pitch(flow.ConferenceMuted)) > 100*time.Millisecond {
			t.Error("b hears what is said to a")
		}
		expect("a is muted", "[1 2]", "[2]", "[1]")
		a.press(t, "12#*56") // of which none unmutes
		time.Sleep(2 * time.Second)
		expect("a pressed other keys", "[1 2]", "[2]", "[1]")
		a.press(t, "*")
		time.Sleep(4 * time.Second)
		a.press(t, "6") // too late
		time.Sleep(2 * time.Second)
		expect("a was too slow", "[1 2]", "[2]", "[1]")
		a.ear.forget()
		a.press(t, "*6")
		time.Sleep(2 * time.Second)
		if d := a.ear.hears(pitch(flow.ConferenceUnmuted)); d < 700*time.Millisecond {
			t.Errorf("a heard for %s that the others hear it", d)
		}
		expect("a speaks again", "[1 2]", "[0 2]", "[0 1]")
		for _, x := range []*talking{a, b, c} {
			if n := len(x.port.Digits()); n > 0 {
				t.Errorf("%d keys came through the conference", n)
			}
			x.hangUp(t)
		}
		logged(t, h.records()[0], "conf: *6: muted", "conf: *6: no longer muted")
		logged(t, h.records()[2], "with 2 others, muted", "conf: *6: no longer muted")
	})
}

// Who is alone hears music, and who waits for the moderator; with the moderator
// it begins, and ends.
func TestConferenceModerator(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		music := map[string]any{"WaitForModerator": true, "EndWhenModeratorLeaves": true, "MusicOnHold": ref{flow.AudioFileType, h.audio(1900)}}
		h.number(did, conference(music)...)
		h.number("+18005550101", conference(map[string]any{"IsModerator": true, "EndWhenModeratorLeaves": true})...)
		a := h.carrier.mustCall(toNumber(did)).hums(voice(0))
		time.Sleep(2 * time.Second)
		b := h.carrier.mustCall(toNumber(did)).hums(voice(1))
		time.Sleep(3 * time.Second)
		if a.ear.hears(pitch(flow.ConferenceWaits)) < 800*time.Millisecond || a.ear.hears(1900) < 2500*time.Millisecond {
			t.Errorf("waiting, a hears why for %s, music for %s", a.ear.hears(pitch(flow.ConferenceWaits)), a.ear.hears(1900))
		}
		expectVoices(t, "waiting, a", a, 2, "[]")
		m := h.carrier.mustCall(toNumber("+18005550101")).hums(voice(2))
		time.Sleep(3 * time.Second)
		listen(a, b, m)
		if d := a.ear.hears(1900); d > 0 {
			t.Errorf("the music goes on for %s", d)
		}
		expectVoices(t, "a", a, 3, "[1 2]")
		expectVoices(t, "b", b, 3, "[0 2]")
		expectVoices(t, "the moderator", m, 3, "[0 1]")
		a.ear.forget()
		m.hangUp(t)
		a.over(t, 5*time.Second)
		b.over(t, 5*time.Second)
		for _, text := range []string{flow.ConferenceOver, "Goodbye"} {
			if d := a.ear.hears(pitch(text)); d < 800*time.Millisecond {
				t.Errorf("a heard %q for %s", text, d)
			}
		}
		logged(t, h.records()[0], "conf: waits for a moderator", "conf: is in the conference \"Sales\"", "conf: the last moderator of the conference \"Sales\" has left", "conf: Done, to bye")

		again := h.carrier.mustCall(toNumber(did)) // another conference, of which there is no moderator
		time.Sleep(3 * time.Second)
		again.hangUp(t)
		logged(t, h.record(), "conf: waits for a moderator")
	})
}

func TestConferenceAlone(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, conference(map[string]any{"MusicOnHold": ref{flow.AudioFileType, h.audio(1900)}})...)
		a := h.carrier.mustCall(toNumber(did))
		time.Sleep(4 * time.Second)
		if a.ear.hears(pitch(flow.ConferenceFirst)) < 800*time.Millisecond || a.ear.hears(1900) < 2500*time.Millisecond {
			t.Errorf("alone, a hears so for %s, music for %s", a.ear.hears(pitch(flow.ConferenceFirst)), a.ear.hears(1900))
		}
		b := h.carrier.mustCall(toNumber(did))
		listen(a, b)
		if a.ear.hears(1900) > 0 || b.ear.hears(1900) > 0 {
			t.Error("two are there, and music plays")
		}
		b.hangUp(t)
		listen(a)
		if d := a.ear.hears(1900); d < 500*time.Millisecond {
			t.Errorf("alone again, a hears music for %s", d)
		}
		a.hangUp(t)
	})
}

func TestConferenceAdmission(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, conference(map[string]any{"Pin": "4711", "MaxMembers": 2})...)
		enter := func(keys ...string) *talking {
			c := h.carrier.mustCall(toNumber(did))
			for _, k := range keys {
				time.Sleep(time.Second)
				c.press(t, k)
			}
			time.Sleep(3 * time.Second)
			return c
		}
		a := enter("4711#")
		b := enter("471#", "12345#", "4711")
		full := enter("4711")
		full.over(t, 5*time.Second)
		if d := full.ear.hears(pitch("Full")); d < 800*time.Millisecond {
			t.Errorf("a third heard Full for %s", d)
		}
		logged(t, h.record(), "is full: 2 are in it")
		wrong := enter("4712#", "4713#", "4714#")
		wrong.over(t, 10*time.Second)
		if d := wrong.ear.hears(pitch("Wrong")); d < 800*time.Millisecond {
			t.Errorf("with wrong PINs heard Wrong for %s", d)
		}
		a.hangUp(t)
		b.hangUp(t)
		for i, r := range h.records() {
			if all := logText(r); strings.Contains(all, "471") || strings.Contains(all, "12345") {
				t.Errorf("a PIN is in the log of call %d:\n%s", i, all)
			}
		}
		for _, e := range h.log.All() {
			if text := fmt.Sprint(e.Message, e.ContextMap()); strings.Contains(text, "471") && !strings.Contains(text, "+") && strings.Contains(text, "PIN") {
				t.Errorf("a PIN is in the server's log: %s", text)
			}
		}
	})
}

// The others hear who comes and goes: by name, else by number.
func TestConferenceAnnounces(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, conference(map[string]any{"AnnounceNames": true})...)
		a := h.carrier.mustCall(toNumber(did))
		time.Sleep(2 * time.Second)
		nobody := toNumber(did)
		nobody.From = sip.Party{User: "+14155550123", Host: carrierHost}
		b := h.carrier.mustCall(nobody)
		time.Sleep(4 * time.Second)
		b.hangUp(t)
		time.Sleep(4 * time.Second)
		for _, text := range []string{"1 4 1 5 5 5 5 0 1 2 3" + flow.ConferenceJoined, "1 4 1 5 5 5 5 0 1 2 3" + flow.ConferenceLeft} {
			if d := a.ear.hears(pitch(text)); d < 800*time.Millisecond {
				t.Errorf("a heard %q for %s", text, d)
			}
		}
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(4 * time.Second)
		if d := a.ear.hears(pitch("Carla" + flow.ConferenceJoined)); d < 800*time.Millisecond {
			t.Errorf("a heard Carla's coming for %s", d)
		}
		a.hangUp(t)
		c.hangUp(t)
	})
}

// Who has the conference on hold is not heard there, whatever the phone sends.
func TestConferenceOnHold(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, conference(map[string]any{})...)
		a := h.carrier.mustCall(toNumber(did)).hums(voice(0))
		b := h.carrier.mustCall(toNumber(did)).hums(voice(1))
		c := h.carrier.mustCall(toNumber(did)).hums(voice(2))
		time.Sleep(3 * time.Second)
		hold := func(on bool) {
			t.Helper()
			a.port.SetHold(on)
			if err := a.leg.Reinvite(t.Context()); err != nil {
				t.Fatal(err)
			}
			listen(a, b, c)
		}
		hold(true)
		expectVoices(t, "b", b, 3, "[2]")
		expectVoices(t, "c", c, 3, "[1]")
		hold(false)
		expectVoices(t, "a, back", a, 3, "[1 2]")
		expectVoices(t, "b, after the hold", b, 3, "[0 2]")
		for _, x := range []*talking{a, b, c} {
			x.hangUp(t)
		}
		logged(t, h.records()[0], "Put the conference on hold", "Back from hold")
	})
}
