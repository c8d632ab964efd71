package session_test

import (
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// byParent is the child among sessions, and its parent.
func byParent(t testing.TB, rs []*session.Record) (parent, child *session.Record) {
	t.Helper()
	for _, r := range rs {
		if r.ParentSessionID == "" {
			parent = r
		} else {
			child = r
		}
	}
	if len(rs) != 2 || parent == nil || child == nil || child.ParentSessionID != parent.ID {
		t.Fatalf("want a session and its child, got %+v", rs)
	}
	return parent, child
}

func TestOwnNumberRunsInside(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("hello", "You reached us", ""))
		h.user("alice", dialsOut(nil)...)
		phone := h.phone("alice", "10.0.0.11")
		c := phone.mustCall(dials("8005550100"))
		c.over(t, 5*time.Second)
		if c.ear.hears(pitch("You reached us")) < 700*time.Millisecond {
			t.Error("Alice does not hear the number's flow")
		}
		if n := len(h.carrier.called()); n != 0 {
			t.Errorf("%d calls left the house", n)
		}
		parent, child := byParent(t, h.records())
		if child.ToAddress != did || child.FromAddress != "alice" || child.Outcome != session.Completed || child.Answered.IsZero() {
			t.Errorf("child %+v", child)
		}
		logged(t, parent, "runs inside as session "+child.ID)
	})
}

func TestUserInModeFlow(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		bob := h.user("bob")
		carol := h.put(&endpoints.Endpoint{Kind: endpoints.User, DisplayName: "Carol", UserMode: endpoints.ModeFlow,
			FlowID: h.flow(dial("on", nil, nil, user(bob.ID)))})
		h.number(did, dial("ring", map[string]any{"TimeoutInSeconds": 8}, map[string]string{"No Answer": "na", "Busy": "busy"}, user(carol.ID)), say("na", "NA", ""), say("busy", "BUSY", ""))
		phone := h.phone("bob", "10.0.0.12")
		var bobHears ear
		phone.on(picksUp(&bobHears, 2*time.Second, 440, 3*time.Second))
		c := h.carrier.mustCall(toNumber(did))
		c.over(t, 10*time.Second)
		if d := c.ear.hears(440); d < 2*time.Second {
			t.Errorf("the caller heard Bob for %s", d)
		}
		if in := phone.called(); in[0].From.User != "+14155550199" {
			t.Errorf("Bob sees %+v", in[0].From)
		}
		_, child := byParent(t, h.records())
		if child.EndpointName != "Carol" || child.AnsweredByName != "Bob" {
			t.Errorf("child %+v", child)
		}
		phone.on(refuses(486, time.Second))
		c = h.carrier.mustCall(toNumber(did))
		c.over(t, 10*time.Second)
		if c.ear.hears(pitch("BUSY")) < 800*time.Millisecond {
			t.Error("Bob's busy did not come through Carol's flow")
		}
		phone.on(refuses(486, time.Hour))
		c = h.carrier.mustCall(toNumber(did))
		c.over(t, 10*time.Second)
		if c.ear.hears(pitch("NA")) < 800*time.Millisecond {
			t.Error("the caller was not told that nobody answers")
		}
	})
}

func TestNumbersThatForwardToEachOther(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, dial("on", nil, nil, "+18005550101"))
		h.number("+18005550101", dial("on", nil, nil, did))
		if _, err := h.carrier.call(t.Context(), toNumber(did)); status(t, err) != 480 {
			t.Errorf("got %v", err)
		}
		time.Sleep(time.Second)
		if rs := h.records(); len(rs) > 25 || len(rs) < 10 {
			t.Errorf("%d sessions came to be, want about 20", len(rs))
		}
		if live := h.Live(nil); len(live) != 0 {
			t.Errorf("%d sessions still live", len(live))
		}
	})
}

func TestOutgoingToOwnNumber(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("hello", "You reached us", ""))
		id := h.flow(say("hi", "Hi", "w"), node{id: "w", typ: "WaitNode", in: map[string]any{"Timeout": 5}})
		if _, err := h.Outgoing(t.Context(), session.OutgoingCall{FlowID: id, NumberToDial: did}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		parent, child := byParent(t, h.records())
		if parent.Outcome != session.Completed || child.Outcome != session.Completed {
			t.Errorf("outcomes %s and %s", parent.Outcome, child.Outcome)
		}
		if n := len(h.carrier.called()); n != 0 {
			t.Errorf("%d calls left the house", n)
		}
	})
}

// A number of another account on this server is the outside world: it sees a
// number that the caller's account owns, and nothing else of the user.
func TestNumberOfAnotherAccount(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("x", "x", ""))
		h.user("alice", dialsOut(nil)...)
		h.user("mallory", dialsOut(map[string]any{"CallerId": "+18005550101"})...)
		other := &endpoints.Account{Name: "Other"}
		if err := h.store.PutAccount(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		mine := h.account
		h.account = other.ID
		h.number("+18005550101", node{id: "a", typ: "LogNode", in: map[string]any{"Message": "<{{ Session.FromAddress }}> <{{ Session.FromName }}> <{{ User.SipUserName }}>"}})
		h.account = mine
		alice, mallory := h.phone("alice", "10.0.0.11"), h.phone("mallory", "10.0.0.12")
		alice.mustCall(dials("+18005550101")).over(t, 10*time.Second)
		_, child := byParent(t, h.records())
		if child.AccountID != other.ID || child.FromAddress != did {
			t.Errorf("child %+v", child)
		}
		logged(t, child, "a: <"+did+"> <> <>")
		mallory.mustCall(dials("+18005550101")).over(t, 10*time.Second)
		if n := len(h.records()); n != 3 {
			t.Errorf("%d sessions: a call with a caller ID that is not owned got through", n)
		}
		logged(t, h.record(), "is not a number of this account")
	})
}
