package session_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
	"ringflow/session"
	"ringflow/sip"
)

// parks is the node that parks, and what comes after it.
func parks(in map[string]any) []node {
	return []node{{id: "park", typ: "ParkNode", in: in, to: map[string]string{"Timeout": "sorry"}}, say("sorry", "Nobody came", "")}
}

// retrieves is the flow of who fetches the call of a slot.
func retrieves(slot string) []node {
	return []node{{id: "fetch", typ: "RetrieveNode", in: map[string]any{"Slot": slot}, to: map[string]string{"Done": "done", "Not Found": "none"}},
		say("done", "They hung up", ""), say("none", "Nobody there", "")}
}

// lot has a number that parks to music, and Alice's phone, whose calls retrieve
// what is parked in 701.
func (h *house) lot(t *testing.T, in map[string]any) *peer {
	t.Helper()
	in["MusicOnHold"] = ref{flow.AudioFileType, h.audio(waltz)}
	h.number(did, parks(in)...)
	h.user("alice", retrieves("701")...)
	return h.phone("alice", "10.0.0.11")
}

// with is the record of the session in whose log these words are.
func (h *house) with(t *testing.T, words string) *session.Record {
	t.Helper()
	for _, r := range h.records() {
		if strings.Contains(logText(r), words) {
			return r
		}
	}
	t.Fatalf("no session has %q in its log", words)
	return nil
}

// A call waits to music, is retrieved from a phone, and the two hear each other
// and nothing else; when either hangs up the other call goes its way.
func TestParkAndRetrieve(t *testing.T) {
	for _, first := range []string{"the caller", "who retrieved"} {
		t.Run(first+" hangs up", func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				phone := h.lot(t, map[string]any{})
				events, stop := h.Watch("")
				defer stop()
				carla := h.carrier.mustCall(toNumber(did))
				of := h.Live(nil)[0].ID
				carla.sings(carlas)
				time.Sleep(time.Second)
				carla.press(t, "12#") // nobody's
				carla.hears(t, "Carla, parked,", waltz)
				h.state(t, session.Hold)

				alice := phone.mustCall(dials("fetch"))
				alice.sings(alices)
				time.Sleep(time.Second)
				carla.hears(t, "Carla", alices)
				alice.hears(t, "Alice", carlas)
				for _, r := range h.Live(nil) {
					if r.CallState != session.Connected {
						t.Errorf("in the talk a session is %s", r.CallState)
					}
				}
				other := h.carrier.mustCall(toNumber(did)) // the slot is free again
				time.Sleep(time.Second)
				logged(t, h.Live([]string{h.account})[2], `parked in the lot "default", slot 701`)
				other.hangUp(t)

				if first == "the caller" {
					carla.hangUp(t)
					alice.over(t, 5*time.Second)
					if d := alice.ear.hears(pitch("They hung up")); d < 800*time.Millisecond {
						t.Errorf("Alice's flow went on for %s", d)
					}
					logged(t, h.with(t, "fetch: "), "Carla hung up after", "fetch: Done, to done")
				} else {
					alice.hangUp(t)
					carla.over(t, 2*time.Second)
					logged(t, h.with(t, "retrieved by"), "Alice hung up after", "park ends the flow")
				}
				parked, fetched := h.with(t, "retrieved by"), h.with(t, "fetch: ")
				logged(t, parked, "park: retrieved by Alice after", "Connected with Alice", "park: talked for")
				logged(t, fetched, `fetch: retrieves Carla from the lot "default", slot 701`, "Connected with Carla")
				if strings.Contains(logText(parked), "Nobody came") || parked.AnsweredByName != "Alice" || parked.Outcome != session.Completed {
					t.Errorf("answered by %q, %s:\n%s", parked.AnsweredByName, parked.Outcome, logText(parked))
				}
				var kinds []string
				for len(events) > 0 {
					if e := <-events; e.Kind != session.Logged && e.SessionID == of {
						kinds = append(kinds, string(e.Kind))
					}
				}
				if got := strings.Join(kinds, " "); got != "started answered parked resumed ended" {
					t.Errorf("events: %s", got)
				}
			})
		})
	}
}

// Of those who retrieve one call in one moment one has it, whoever it is.
func TestTwoRetrieveAtOnce(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.lot(t, map[string]any{})
		h.number("+18005550101", retrieves("701")...)
		carla := h.carrier.mustCall(toNumber(did))
		time.Sleep(time.Second)
		const n = 8
		var wg sync.WaitGroup
		calls := make([]*talking, n)
		for i := range calls {
			wg.Go(func() {
				c, err := h.carrier.call(t.Context(), toNumber("+18005550101"))
				if err != nil {
					t.Error(err)
					return
				}
				calls[i] = c
			})
		}
		wg.Wait()
		time.Sleep(4 * time.Second)
		up := 0
		for _, c := range calls {
			if c.leg.Context().Err() == nil {
				up++
				c.hangUp(t)
			}
		}
		if up != 1 {
			t.Errorf("%d of %d are still up", up, n)
		}
		carla.over(t, 2*time.Second)
		found, none := 0, 0
		for _, r := range h.records() {
			found += strings.Count(logText(r), "fetch: retrieves")
			none += strings.Count(logText(r), "fetch: Not Found")
		}
		if found != 1 || none != n-1 {
			t.Errorf("%d found it, %d did not", found, none)
		}
	})
}

// Nobody comes: the flow goes on. Who hangs up while parked leaves the slot to
// the next, a server that stops ends all, and so does who ends the session.
func TestParkEnds(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		phone := h.lot(t, map[string]any{"TimeoutInSeconds": 30})
		begin := time.Now()
		late := h.carrier.mustCall(toNumber(did))
		late.over(t, 40*time.Second)
		if d := time.Since(begin); d < 31*time.Second || late.ear.hears(pitch("Nobody came")) < 800*time.Millisecond || late.ear.hears(waltz) < 25*time.Second {
			t.Errorf("after %s heard music for %s", d, late.ear.hears(waltz))
		}
		logged(t, h.record(), "park: nobody came within 30 s", "park: Timeout, to sorry")

		gone := h.carrier.mustCall(toNumber(did))
		time.Sleep(time.Second)
		gone.hangUp(t)
		logged(t, h.record(), "slot 701", "park: left the slot after")
		none := phone.mustCall(dials("fetch"))
		none.over(t, 5*time.Second)
		if d := none.ear.hears(pitch("Nobody there")); d < 800*time.Millisecond {
			t.Errorf("who found nobody heard so for %s", d)
		}
		logged(t, h.record(), `fetch: nobody is parked in the lot "default", slot "701"`)

		// Ended from outside in the talk.
		killed := h.carrier.mustCall(toNumber(did))
		time.Sleep(time.Second)
		alice := phone.mustCall(dials("fetch"))
		time.Sleep(time.Second)
		for _, r := range h.Live(nil) {
			if strings.Contains(logText(r), "parked in") {
				if err := h.End(t.Context(), r.ID, "by the test"); err != nil {
					t.Error(err)
				}
			}
		}
		killed.over(t, 2*time.Second)
		alice.over(t, 5*time.Second)
		logged(t, h.record(), "fetch: Done, to done")

		// The server stops with one in the slot, and two in a talk.
		a := h.carrier.mustCall(toNumber(did))
		time.Sleep(time.Second)
		b := phone.mustCall(dials("fetch"))
		time.Sleep(time.Second)
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(time.Second)
		h.Shutdown(nil)
		for _, x := range []*talking{a, b, c} {
			x.over(t, 2*time.Second)
		}
	})
}

// The user of AnnounceTo is rung and hears the slot twice, the caller only music.
func TestParkIsAnnounced(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ben := h.user("ben")
		phone := h.phone("ben", "10.0.0.12")
		e := &ear{}
		phone.on(picksUp(e, 2*time.Second, alices, 0))
		h.lot(t, map[string]any{"AnnounceTo": user(ben.ID)})
		carla := h.carrier.mustCall(toNumber(did))
		time.Sleep(10 * time.Second)
		if d := e.hears(pitch("Call parked on 7 0 1.")); d < 1800*time.Millisecond || d > 2200*time.Millisecond {
			t.Errorf("Ben heard the slot for %s", d)
		}
		if n := len(h.said.texts); n == 0 || h.said.texts[0] != "Call parked on 7 0 1." {
			t.Errorf("said: %q", h.said.texts)
		}
		carla.hears(t, "Carla", waltz)
		carla.hangUp(t)
		logged(t, h.record(), "park: Ben was told the slot 701")

		phone.on(refuses(486, 0))
		again := h.carrier.mustCall(toNumber(did))
		time.Sleep(3 * time.Second)
		again.hangUp(t)
		logged(t, h.record(), "park: Ben was not told the slot: ")

		rings := make(chan error, 1)
		phone.on(func(ctx context.Context, in *sip.Invite, _ *media.Port) error { // rings until given up
			if err := in.Leg.Ring(ctx, false); err != nil {
				return err
			}
			<-ctx.Done()
			rings <- context.Cause(ctx)
			return nil
		})
		hung := h.carrier.mustCall(toNumber(did))
		time.Sleep(3 * time.Second)
		hung.hangUp(t)
		select {
		case <-rings:
		case <-time.After(2 * time.Second):
			t.Error("Ben's phone rings on though nobody is parked")
		}
	})
}

// With Timeout not connected, who was told gets the call back.
func TestParkComesBack(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ben := h.user("ben")
		phone := h.phone("ben", "10.0.0.12")
		up := make(chan *talking, 2)
		phone.on(takes(up))
		h.number(did, node{id: "park", typ: "ParkNode", in: map[string]any{"TimeoutInSeconds": 20, "AnnounceTo": user(ben.ID)}})
		carla := h.carrier.mustCall(toNumber(did))
		carla.sings(carlas)
		<-up // is told
		time.Sleep(19 * time.Second)
		back := <-up
		back.sings(alices)
		time.Sleep(time.Second)
		carla.hears(t, "Carla", alices)
		back.hears(t, "Ben", carlas)
		back.hangUp(t)
		carla.over(t, 2*time.Second)
		logged(t, h.record(), "park: nobody came within 20 s", "Connected with Ben", "park ends the flow")
	})
}

// Who is not of the account is not told, and its slots are others.
func TestParkIsTheAccounts(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		other := &endpoints.Account{Name: "Others"}
		if err := h.store.PutAccount(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		h.lot(t, map[string]any{})
		f := &flow.Flow{AccountID: other.ID, Name: "Theirs", Raw: graph(t, retrieves("701")...)}
		if err := h.store.PutFlow(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		theirs := &endpoints.Endpoint{AccountID: other.ID, Kind: endpoints.PhoneNumber, DisplayName: "Theirs", Number: "+18005550177", FlowID: f.ID}
		if err := h.store.PutEndpoint(t.Context(), theirs); err != nil {
			t.Fatal(err)
		}
		if err := h.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		carla := h.carrier.mustCall(toNumber(did))
		time.Sleep(time.Second)
		c, err := h.carrier.call(t.Context(), toNumber("+18005550177"))
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Log(err)
		} else {
			c.over(t, 5*time.Second)
		}
		carla.hears(t, "Carla, parked in an account,", waltz)
		carla.hangUp(t)
		for _, r := range h.records() {
			if strings.Contains(logText(r), "fetch: retrieves") {
				t.Error("another account has retrieved the call")
			}
		}
		logged(t, h.with(t, "fetch starts"), "fetch: Not Found")
	})
}
