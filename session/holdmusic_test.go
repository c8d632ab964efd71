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

// takes answers a call and hands it to the test, which whistles and holds.
func takes(to chan<- *talking) func(context.Context, *sip.Invite, *media.Port) error {
	return func(ctx context.Context, in *sip.Invite, port *media.Port) error {
		if err := in.Leg.Answer(ctx); err != nil {
			return err
		}
		c := &talking{leg: in.Leg, port: port, ear: &ear{}}
		defer c.ear.on(port)()
		to <- c
		<-ctx.Done()
		return nil
	}
}

// hold puts the far end on hold, or takes it back.
func (c *talking) hold(t *testing.T, on bool) {
	t.Helper()
	c.port.SetHold(on)
	if err := c.leg.Reinvite(t.Context()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // of the bubble
}

// sings plays a tone until the call is over.
func (c *talking) sings(hz float64) {
	go c.port.Play(c.leg.Context(), tone(hz, time.Second).Source(-1)) //nolint:errcheck // until the call is over
}

const (
	carlas, alices = 880.0, 440.0 // Hz
	waltz          = 1200.0
)

// inTalk is a call of Carla's that Alice has taken, both of them singing.
func (h *house) inTalk(t *testing.T, recorded bool, nodes ...node) (carla, alice *talking, up chan *talking) {
	t.Helper()
	user := h.user("alice")
	h.number(did, append(nodes, dial("ring", map[string]any{"RecordCall": recorded}, nil, ref{"User", user.ID}))...)
	up = make(chan *talking, 1)
	h.phone("alice", "10.0.0.11").on(takes(up))
	carla = h.carrier.mustCall(toNumber(did))
	alice = <-up
	carla.sings(carlas)
	alice.sings(alices)
	time.Sleep(time.Second)
	return carla, alice, up
}

// hears asserts what somebody heard in the last two seconds.
func (c *talking) hears(t *testing.T, who string, want ...float64) {
	t.Helper()
	c.ear.forget()
	time.Sleep(2 * time.Second)
	for _, hz := range []float64{carlas, alices, waltz} {
		d, wanted := c.ear.hears(hz), false
		for _, w := range want {
			wanted = wanted || w == hz
		}
		if wanted && d < 1800*time.Millisecond || !wanted && d > 100*time.Millisecond {
			t.Errorf("%s hears %g Hz for %s, wanted: %v", who, hz, d, wanted)
		}
	}
}

func (h *house) state(t *testing.T, want session.CallState) {
	t.Helper()
	if live := h.Live(nil); len(live) != 1 || live[0].CallState != want {
		t.Errorf("want %s, live: %+v", want, live)
	}
}

// Whoever is put on hold hears the music, from whichever side; the holder is not
// heard though it goes on sending; then they talk on.
func TestHoldWithMusic(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		music := h.audio(waltz)
		carla, alice, _ := h.inTalk(t, true, node{id: "music", typ: "SetMusicOnHoldNode", in: map[string]any{"AudioFile": music}, to: map[string]string{"Done": "ring"}})
		events, stop := h.Watch(h.Live(nil)[0].ID)
		defer stop()
		carla.hears(t, "Carla", alices)
		h.state(t, session.Connected)

		alice.hold(t, true)
		h.state(t, session.Hold)
		carla.hears(t, "Carla, held by Alice,", waltz)
		alice.hold(t, false)
		h.state(t, session.Connected)
		carla.hears(t, "Carla", alices)
		alice.hears(t, "Alice", carlas)

		carla.hold(t, true)
		h.state(t, session.Hold)
		alice.hears(t, "Alice, held by Carla,", waltz)

		// Both: nobody listens. When Carla comes back she is still held.
		alice.hold(t, true)
		carla.hears(t, "Carla, who holds,")
		alice.hears(t, "Alice, who holds,")
		carla.hold(t, false)
		h.state(t, session.Hold)
		carla.hears(t, "Carla, back but held,", waltz)
		alice.hold(t, false)
		h.state(t, session.Connected)
		carla.hears(t, "Carla", alices)
		alice.hears(t, "Alice", carlas)

		alice.hold(t, true) // and she hangs up so
		alice.hangUp(t)
		r := h.record()
		logged(t, r, "Alice put the caller on hold: music, the file "+music, "Alice is back from hold", "The caller put Alice on hold: music", "The caller is back from hold")
		if r.CallState != session.Disconnected {
			t.Errorf("ended as %s", r.CallState)
		}
		var kinds []string
		for len(events) > 0 {
			if e := <-events; e.Kind != session.Logged {
				kinds = append(kinds, string(e.Kind))
			}
		}
		if got := strings.Join(kinds, " "); got != "held resumed held resumed held ended" {
			t.Errorf("events: %s", got)
		}
		// The recording goes on meanwhile: what each says, which of who holds is nothing or not heard.
		if fs := h.files(); len(fs) != 2 || fs[1].Type != endpoints.CallRecording || fs[1].RecordingDuration < 20*time.Second {
			t.Errorf("%d files: %+v", len(fs), fs[len(fs)-1])
		}
	})
}

// The endpoint's music wins over the account's; with none there is silence, and
// the holder's own sound, if its phone plays some, is heard.
func TestWhoseMusic(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		carla, alice, up := h.inTalk(t, false)
		alice.hold(t, true)
		carla.hears(t, "Carla, where no music is set,", alices) // Alice's phone sends its own
		alice.hold(t, false)
		carla.hangUp(t)
		logged(t, h.record(), "on hold: silence, as no music is set")

		settings, err := h.store.Settings(t.Context(), h.account)
		if err != nil {
			t.Fatal(err)
		}
		settings.MusicOnHold = h.audio(600)
		if err := h.store.PutSettings(t.Context(), settings); err != nil {
			t.Fatal(err)
		}
		number, err := h.store.EndpointByNumber(t.Context(), did)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			endpoints string
			hz        float64
		}{{"", 600}, {h.audio(750), 750}, {"00000000000000000000000000000000", 0}} {
			number.MusicOnHold = row.endpoints
			if err := h.store.PutEndpoint(t.Context(), number); err != nil {
				t.Fatal(err)
			}
			carla := h.carrier.mustCall(toNumber(did))
			alice := <-up
			alice.hold(t, true)
			carla.ear.forget()
			time.Sleep(2 * time.Second)
			for _, hz := range []float64{600, 750} {
				if d := carla.ear.hears(hz); hz == row.hz && d < 1800*time.Millisecond || hz != row.hz && d > 0 {
					t.Errorf("with %q of the endpoint: %g Hz for %s", row.endpoints, hz, d)
				}
			}
			carla.hangUp(t)
			if row.hz == 0 {
				logged(t, h.record(), "The music can't be played: ")
			}
		}
	})
}
