package session_test

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

var boss = session.Asker{Name: "manager@example.com"}

func asUser(u *endpoints.Endpoint) session.Asker {
	return session.Asker{User: u, Name: u.SipUserName + "@example.com"}
}

// find is a user by SIP name.
func (h *house) find(name string) *endpoints.Endpoint {
	h.t.Helper()
	all, _, err := h.store.Endpoints(h.t.Context(), endpoints.EndpointFilter{List: endpoints.List{All: true}})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range all {
		if e.SipUserName == name {
			return e
		}
	}
	h.t.Fatalf("there is no user %s", name)
	return nil
}

// live is the session that began first of those that go on.
func (h *house) first(t *testing.T) *session.Record {
	t.Helper()
	all := h.Live(nil)
	if len(all) == 0 {
		t.Fatal("no session is live")
	}
	return all[0]
}

// A user holds the call by the API: the other hears music, and neither hears the other, though
// no phone knows of it; and resumes.
func TestHoldByTheAPI(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		music := h.audio(waltz)
		h.settings(func(s *endpoints.Settings) { s.MusicOnHold = music })
		_, _, ups, _ := threeInHouse(t, h)
		carla, alice := callsAlice(h, ups)
		by, id := asUser(h.find("alice")), h.first(t).ID
		if err := h.Hold(t.Context(), id, by, session.Holding{On: true, Reason: session.HoldTransferring}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		carla.heard(t, "Carla on hold", waltz, true)
		carla.heard(t, "Carla on hold", alices, false)
		alice.heard(t, "Alice who holds", carlas, false)
		r := h.first(t)
		if r.CallState != session.Hold || r.HeldByUserID != by.User.ID || r.HoldReason != session.HoldTransferring {
			t.Errorf("%s %q %q", r.CallState, r.HeldByUserID, r.HoldReason)
		}
		if len(r.Members) != 2 || r.Members[0].State != session.Hold || r.Members[0].Role != session.RoleCaller || r.Members[1].EndpointID != by.User.ID || r.Members[1].Role != session.RoleAgent {
			t.Errorf("%+v", r.Members)
		}
		if err := h.SetHoldReason(t.Context(), id, "", nil); err != nil || h.first(t).HoldReason != "" {
			t.Error(err, h.first(t).HoldReason)
		}
		if err := h.Hold(t.Context(), id, by, session.Holding{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		carla.heard(t, "Carla", waltz, false)
		carla.heard(t, "Carla", alices, true)
		alice.heard(t, "Alice", carlas, true)
		if r := h.first(t); r.CallState != session.Connected || r.HeldByUserID != "" {
			t.Errorf("%s %q", r.CallState, r.HeldByUserID)
		}
		// What is refused.
		var bad *endpoints.Invalid
		if err := h.Hold(t.Context(), id, by, session.Holding{On: true, Reason: "Bored"}); !errors.As(err, &bad) {
			t.Error(err)
		}
		if err := h.SetHoldReason(t.Context(), id, session.HoldTransferring, nil); !errors.Is(err, session.ErrNotOnHold) {
			t.Error(err)
		}
		if err := h.Hold(t.Context(), id, asUser(h.find("bob")), session.Holding{On: true}); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("who is not in the call holds it: %v", err)
		}
		if err := h.Hold(t.Context(), id, by, session.Holding{On: true, Leg: r.Members[0].CallSid}); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("a user holds for another: %v", err)
		}
		if err := h.Hold(t.Context(), endpoints.NewID(), boss, session.Holding{On: true}); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		carla.hangUp(t)
		alice.gone(t, "Alice")
		logged(t, h.record(), "is put on hold, by alice@example.com", "is back from hold, by alice@example.com")
		h.nothingLeft(t)
	})
}

// A call of two becomes a conference of three; one is muted, one is held; who called leaves and the
// others talk on; one is taken out, and it is over.
func TestConferenceByTheAPI(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.settings(func(s *endpoints.Settings) { s.MusicOnHold = h.audio(waltz) })
		_, _, ups, bobUps := threeInHouse(t, h)
		carla, alice := callsAlice(h, ups)
		by, id := asUser(h.find("alice")), h.first(t).ID
		if err := h.AddMember(t.Context(), id, by, session.Redirection{Destination: "bob"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if r := h.first(t); len(r.Members) != 3 || r.Members[2].State != session.Ringing || r.Members[2].Role != session.RoleTransfer || r.ConferenceID == "" {
			t.Errorf("%q %+v", r.ConferenceID, r.Members)
		}
		bob := <-bobUps
		bob.sings(bobs)
		time.Sleep(time.Second)
		for _, e := range []struct {
			who  string
			at   *talking
			a, b float64
		}{{"Carla", carla, alices, bobs}, {"Alice", alice, carlas, bobs}, {"Bob", bob, alices, carlas}} {
			e.at.heard(t, e.who, e.a, true)
			e.at.heard(t, e.who, e.b, true)
		}
		yes, no := true, false
		ms := h.first(t).Members
		if len(ms) != 3 {
			t.Fatalf("%+v", ms)
		}
		change := func(m session.Member, c session.MemberChange) {
			t.Helper()
			if err := h.ChangeMember(t.Context(), id, by, m.CallSid, c); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		change(ms[2], session.MemberChange{Mute: &yes})
		carla.heard(t, "Carla, with Bob muted,", bobs, false)
		bob.heard(t, "muted Bob", carlas, true)
		if !h.first(t).Members[2].Muted {
			t.Error("Bob is not shown as muted")
		}
		change(ms[2], session.MemberChange{Mute: &no, Hold: &yes})
		bob.heard(t, "Bob on hold", waltz, true)
		bob.heard(t, "Bob on hold", carlas, false)
		alice.heard(t, "Alice, with Bob on hold,", bobs, false)
		change(ms[2], session.MemberChange{Hold: &no})
		bob.heard(t, "Bob", waltz, false)
		alice.heard(t, "Alice", bobs, true)

		carla.hangUp(t)
		alice.heard(t, "Alice, without Carla,", bobs, true)
		bob.heard(t, "Bob, without Carla,", alices, true)
		var bad *endpoints.Invalid
		if err := h.ChangeMember(t.Context(), id, by, ms[0].CallSid, session.MemberChange{Mute: &yes}); !errors.As(err, &bad) {
			t.Errorf("who has gone is muted: %v", err)
		}
		if err := h.RemoveMember(t.Context(), id, boss, ms[2].CallSid); err != nil {
			t.Fatal(err)
		}
		bob.gone(t, "Bob")
		alice.gone(t, "Alice")
		h.nothingLeft(t)
		logged(t, h.records()[0], "The call is a conference, by alice@example.com", "bob joins the conference", "has left the conference", "is taken out of the call, by manager@example.com")
	})
}

// Who is added first takes the place of who was dialled; the flow goes on when only its own
// party is left.
func TestConferenceGoesOn(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, ups, bobUps := threeInHouse(t, h)
		h.number(did, dial("ring", map[string]any{"ContinueAfterHangup": true}, map[string]string{"Done": "bye"}, ref{"String", "alice"}), say("bye", "Goodbye", ""))
		carla := h.carrier.mustCall(toNumber(did))
		alice := <-ups
		carla.sings(carlas)
		time.Sleep(time.Second)
		id := h.first(t).ID
		if err := h.Confer(t.Context(), id, boss); err != nil {
			t.Fatal(err)
		}
		if err := h.AddMember(t.Context(), id, boss, session.Redirection{Destination: "bob"}); err != nil {
			t.Fatal(err)
		}
		bob := <-bobUps
		bob.sings(bobs)
		time.Sleep(time.Second)
		alice.hangUp(t)
		carla.heard(t, "Carla, without Alice,", bobs, true)
		carla.ear.forget()
		bob.hangUp(t)
		time.Sleep(time.Second)
		if d := carla.ear.hears(pitch("Goodbye")); d < 500*time.Millisecond {
			t.Errorf("the flow said goodbye for %s", d)
		}
		carla.over(t, 5*time.Second)
		h.nothingLeft(t)
	})
}

// Nobody is added who can't be reached, and a guest who declines changes nothing.
func TestConferenceRefused(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, bobs, ups, _ := threeInHouse(t, h)
		carla, alice := callsAlice(h, ups)
		id := h.first(t).ID
		var bad *endpoints.Invalid
		for _, to := range []session.Redirection{{}, {Destination: "nobody"}, {Destination: "bob", CallerID: "+18005550999"}, {Destination: "bob", Leg: "nobody's"}} {
			if err := h.AddMember(t.Context(), id, boss, to); !errors.As(err, &bad) {
				t.Errorf("%+v: %v", to, err)
			}
		}
		ms := h.first(t).Members
		if err := h.AddMember(t.Context(), id, asUser(h.find("alice")), session.Redirection{Destination: "bob", Leg: ms[0].CallSid}); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("a user adds for another: %v", err)
		}
		bobs.on(refuses(486, time.Second))
		if err := h.AddMember(t.Context(), id, boss, session.Redirection{Destination: "bob", Leg: ms[0].CallSid}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		carla.heard(t, "Carla", alices, true)
		carla.hangUp(t)
		alice.gone(t, "Alice")
		h.nothingLeft(t)
		logged(t, h.records()[0], `"bob" does not join: Bob: 486 Busy Here`)
	})
}

// What a console declines: its user's ringing phone, or the caller.
func TestReject(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		threeInHouse(t, h)
		h.number(did, dial("ring", nil, map[string]string{"Rejected": "no"}, ref{"String", "alice"}), say("no", "Declined", ""))
		failed := make(chan error, 1)
		go func() {
			c, err := h.carrier.call(t.Context(), toNumber(did))
			if err == nil {
				c.over(t, 5*time.Second)
			}
			failed <- err
		}()
		time.Sleep(500 * time.Millisecond)
		r := h.first(t)
		if err := h.Reject(t.Context(), r.ID, asUser(h.find("bob"))); !errors.Is(err, session.ErrNotRinging) {
			t.Errorf("who isn't rung declines: %v", err)
		}
		if err := h.Reject(t.Context(), r.ID, asUser(h.find("alice"))); err != nil {
			t.Fatal(err)
		}
		if err := <-failed; err != nil {
			t.Errorf("the flow did not go on at Rejected: %v", err)
		}
		logged(t, h.record(), "alice@example.com declines the call")
		go func() {
			_, err := h.carrier.call(t.Context(), toNumber(did))
			failed <- err
		}()
		time.Sleep(500 * time.Millisecond)
		if err := h.Reject(t.Context(), h.first(t).ID, boss); err != nil {
			t.Fatal(err)
		}
		if err := <-failed; code(err) != 603 {
			t.Errorf("the caller gets %v", err)
		}
		if r := h.record(); r.Outcome != session.Rejected {
			t.Error(r.Outcome)
		}
		h.nothingLeft(t)
	})
}

// A console records, keeps data and writes into the log; a user does it in his own calls.
func TestConsole(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, ups, _ := threeInHouse(t, h)
		carla, alice := callsAlice(h, ups)
		by, r := asUser(h.find("alice")), h.first(t)
		if err := h.Tape(t.Context(), r.ID, asUser(h.find("bob")), true); !errors.Is(err, fs.ErrPermission) {
			t.Error(err)
		}
		for _, on := range []bool{true, true} {
			if err := h.Tape(t.Context(), r.ID, by, on); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Second)
		for _, on := range []bool{false, false} {
			if err := h.Tape(t.Context(), r.ID, by, on); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.SetConsoleData(t.Context(), r.ID, `{"ticket":7}`); err != nil || h.first(t).ConsoleData != `{"ticket":7}` {
			t.Error(err, h.first(t).ConsoleData)
		}
		var bad *endpoints.Invalid
		if err := h.SetConsoleData(t.Context(), r.ID, string(make([]byte, 1<<20))); !errors.As(err, &bad) {
			t.Error(err)
		}
		if err := h.Note(t.Context(), r, by, "wants\r\na refund"); err != nil {
			t.Error(err)
		}
		files, _, err := h.store.Files(t.Context(), endpoints.FileFilter{SessionID: r.ID})
		if err != nil || len(files) != 1 || files[0].RecordingDuration < 2*time.Second {
			t.Errorf("%v %+v", err, files)
		}
		carla.hangUp(t)
		alice.gone(t, "Alice")
		r = h.record()
		if r.ConsoleData != `{"ticket":7}` {
			t.Error(r.ConsoleData)
		}
		if err := h.Note(t.Context(), r, boss, "called back"); err != nil {
			t.Error(err)
		}
		logged(t, h.record(), "alice@example.com: wants  a refund", "manager@example.com: called back", "Recording starts, by alice@example.com")
		if err := h.Tape(t.Context(), r.ID, boss, true); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	})
}
