package session_test

import (
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
)

// listener is a flow by which a user listens to a box; empty: one's own.
func listener(owner string, ask bool) []node {
	return []node{{id: "box", typ: "VoicemailMenuNode", in: map[string]any{"User": owner, "AskPin": ask}, to: map[string]string{"Done": "done"}}, note("done", "done with the box", "")}
}

// messageTone is no pitch of a text.
const messageTone = 2000

// A message is left, listened to, forwarded and deleted by phone; lamps follow.
func TestListening(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, bob := h.user("alice", listener("", true)...), h.user("bob")
		phone := h.phone("alice", "10.0.0.11")
		lamps := h.lampsOf(t, "alice", "10.0.0.21")
		lamps.event = "message-summary"
		lamp, _ := lamps.subscribes("alice")
		h.number(did, takesMessages(alice.ID)...)
		for range 2 {
			h.leaves(t, did, messageTone, 2*time.Second).hangUp(t)
		}
		lamps.shows(lamp, "Voice-Message: 2/0")

		c := phone.mustCall(dials("500"))
		time.Sleep(5 * time.Second) // both numbers, about the first, and its sound
		if c.ear.hears(messageTone) < 1500*time.Millisecond {
			t.Errorf("%s of the message are heard", c.ear.hears(messageTone))
		}
		c.press(t, "2")
		time.Sleep(300 * time.Millisecond)
		lamps.shows(lamp, "Messages-Waiting: yes", "Voice-Message: 1/1")
		time.Sleep(2 * time.Second)
		c.press(t, "3")
		time.Sleep(500 * time.Millisecond)
		lamps.shows(lamp, "Messages-Waiting: no", "Voice-Message: 0/1")
		time.Sleep(3 * time.Second) // deleted, no more, the main menu
		c.press(t, "1")
		time.Sleep(1500 * time.Millisecond)
		c.press(t, "5")
		time.Sleep(1500 * time.Millisecond)
		c.press(t, "262#") // nobody's
		time.Sleep(2500 * time.Millisecond)
		c.press(t, "#")
		c.hangUp(t)
		r := h.record()
		logged(t, r, "2 new messages, 0 saved", "the message is saved", "the message is deleted", "0 new messages, 1 saved", "heard 262: nobody has this extension")
		fs := h.files()
		if len(fs) != 1 || fs[0].Unread {
			t.Fatalf("left: %+v", fs)
		}
		if r, _, err := h.Blob.Open(fs[0].ID); err != nil {
			t.Error(err)
		} else {
			r.Close()
		}
		// Bob's extension is 201.
		bob.Data = map[string]endpoints.Value{"Extension": endpoints.StringValue("201")}
		h.put(bob)
		c = phone.mustCall(dials("500"))
		time.Sleep(2500 * time.Millisecond)
		c.press(t, "5")
		time.Sleep(1500 * time.Millisecond)
		c.press(t, "201#")
		time.Sleep(2 * time.Second)
		c.hangUp(t)
		logged(t, h.record(), `heard 201: forwards the message to "Bob"`, "the message is forwarded")
		b, err := h.store.Box(t.Context(), bob.ID)
		if err != nil || b != (endpoints.Box{New: 1}) {
			t.Errorf("Bob's box: %+v, %v", b, err)
		}
		for _, f := range h.files() {
			if e := (ear{samples: h.sound(f.ID).Samples()}); e.hears(messageTone) < 1500*time.Millisecond {
				t.Errorf("of the file of %s, %s are heard", f.UserID, e.hears(messageTone))
			}
		}
	})
}

// Wrong PINs open nothing, however many calls are made, and are in no log.
func TestPIN(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		if err := alice.Voicemail.SetPIN("4711"); err != nil {
			t.Fatal(err)
		}
		h.put(alice)
		h.number(did, listener(alice.ID, true)...)
		try := func(pins ...string) string {
			t.Helper()
			c := h.carrier.mustCall(toNumber(did))
			for _, p := range pins {
				time.Sleep(2500 * time.Millisecond)
				c.press(t, p+"#")
			}
			time.Sleep(1500 * time.Millisecond)
			c.hangUp(t)
			return logText(h.record())
		}
		if log := try("8147", "4711"); !strings.Contains(log, "a wrong PIN") || !strings.Contains(log, "the right PIN") || !strings.Contains(log, "0 new messages") {
			t.Error(log)
		}
		for range 3 {
			if log := try("8147", "8148", "8149"); !strings.Contains(log, "no right PIN in 3 tries") {
				t.Error(log)
			}
		}
		if log := try("4711"); !strings.Contains(log, "it is locked for a while") || strings.Contains(log, "the right PIN") {
			t.Error(log)
		}
		time.Sleep(61 * time.Minute)
		if log := try("4711"); !strings.Contains(log, "the right PIN") {
			t.Error(log)
		}
		for _, e := range h.log.All() {
			for _, v := range e.ContextMap() {
				if s, ok := v.(string); ok && (strings.Contains(s, "4711") || strings.Contains(s, "8147")) && !strings.Contains(s, "-") {
					t.Errorf("%s: %v", e.Message, v)
				}
			}
		}
	})
}

// A greeting that is recorded by phone is heard by who calls, and stays.
func TestOwnGreeting(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice", listener("", false)...)
		h.keepDays(t, 1)
		c := h.phone("alice", "10.0.0.11").mustCall(dials("500"))
		time.Sleep(2500 * time.Millisecond)
		c.press(t, "7")
		time.Sleep(2 * time.Second) // what to do, and the beep
		c.whistle(t, messageTone, 2*time.Second)
		c.press(t, "#")
		time.Sleep(3 * time.Second)
		c.press(t, "9")
		time.Sleep(1500 * time.Millisecond)
		c.press(t, "2580#")
		time.Sleep(1500 * time.Millisecond)
		c.press(t, "2580#")
		time.Sleep(3 * time.Second)
		c.hangUp(t)
		r := h.record()
		logged(t, r, "the greeting is the owner's own", "the PIN is another one")
		if strings.Contains(logText(r), "2580") {
			t.Error("the PIN is in the log")
		}
		if e, err := h.store.Endpoint(t.Context(), alice.ID); err != nil || !e.Voicemail.Opens("2580") {
			t.Errorf("the new PIN doesn't open the box: %v", err)
		}
		time.Sleep(49 * time.Hour) // longer than recordings are kept
		h.number(did, takesMessages(alice.ID)...)
		caller := h.carrier.mustCall(toNumber(did))
		time.Sleep(3 * time.Second)
		if caller.ear.hears(messageTone) < 1500*time.Millisecond {
			t.Errorf("%s of the greeting are heard", caller.ear.hears(messageTone))
		}
		caller.hangUp(t)
	})
}

// What retention deletes, the lamp no longer shows.
func TestRetentionOfMessages(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.keepDays(t, 1)
		h.number(did, takesMessages(alice.ID)...)
		h.leaves(t, did, 600, 2*time.Second).hangUp(t)
		time.Sleep(26 * time.Hour)
		lamps := h.lampsOf(t, "alice", "10.0.0.21")
		lamps.event = "message-summary"
		lamp, _ := lamps.subscribes("alice")
		lamps.shows(lamp, "Voice-Message: 0/0")
	})
}
