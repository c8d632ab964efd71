package session_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

func TestOutgoing(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ours := h.number(did, say("x", "x", ""))
		id := h.flow(say("hello", "Your parcel is here", "ask"),
			node{id: "ask", typ: "CollectDigitsNode", in: map[string]any{"MaxDigits": 2, "Text": "Press two keys"}, to: map[string]string{"Done": "bye"}},
			say("bye", "You pressed {{ Session.Digits }}", ""))
		for _, callerID := range []string{"", did} {
			var far ear
			h.carrier.on(picksUp(&far, 2*time.Second, 440, 4*time.Second))
			rec, err := h.Outgoing(t.Context(), session.OutgoingCall{FlowID: id, NumberToDial: "(415) 555-0123", CallerID: callerID, CreatedBy: "admin@ringflow.test"})
			if err != nil {
				t.Fatal(err)
			}
			if rec.ID == "" || !rec.Ended.IsZero() || rec.ToAddress != outside || rec.FromAddress != did || rec.EndpointID != ours.ID || rec.Direction != session.Outgoing {
				t.Errorf("accepted: %+v", rec)
			}
			if _, err := h.store.Record(t.Context(), rec.ID); err != nil {
				t.Errorf("an accepted call is not in the store: %v", err)
			}
			time.Sleep(10 * time.Second)
			if far.hears(pitch("Your parcel is here")) < 800*time.Millisecond {
				t.Error("the far end did not hear the flow")
			}
			r, err := h.store.Record(t.Context(), rec.ID)
			if err != nil {
				t.Fatal(err)
			}
			if r.Outcome != session.Completed || r.Ended.IsZero() || r.Answered.IsZero() || r.CreatedBy != "admin@ringflow.test" || len(r.Legs) != 1 {
				t.Errorf("record %+v", r)
			}
			in := h.carrier.called()
			if last := in[len(in)-1]; last.From.User != did || last.RequestURI.User != outside {
				t.Errorf("the carrier got From %s to %s", last.From.User, last.RequestURI.User)
			}
		}
	})
}

func TestOutgoingNotAnswered(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("x", "x", ""))
		id := h.flow(say("hello", "Hello", ""))
		for code, outcome := range map[int]string{486: session.Busy, 603: session.Rejected, 480: session.NoAnswer, 500: session.Failed} {
			h.carrier.on(refuses(code, time.Second))
			rec, err := h.Outgoing(t.Context(), session.OutgoingCall{FlowID: id, NumberToDial: outside})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Second)
			r, err := h.store.Record(t.Context(), rec.ID)
			if err != nil {
				t.Fatal(err)
			}
			if r.Outcome != outcome || r.Ended.IsZero() || !r.Answered.IsZero() {
				t.Errorf("%d: %+v", code, r)
			}
		}
		h.carrier.on(refuses(486, time.Hour))
		rec, err := h.Outgoing(t.Context(), session.OutgoingCall{FlowID: id, NumberToDial: outside})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if err := h.End(t.Context(), rec.ID, "somebody changed her mind"); err != nil {
			t.Fatal(err)
		}
		r := h.record()
		if r.Outcome != session.Cancelled {
			t.Errorf("outcome %s", r.Outcome)
		}
		logged(t, r, "somebody changed her mind")
		if err := h.End(t.Context(), rec.ID, ""); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("ending it again: %v", err)
		}
		if len(h.said.texts) != 0 {
			t.Errorf("a flow ran that should not have: %v", h.said.texts)
		}
	})
}

func TestOutgoingRefused(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		id := h.flow(say("hello", "Hello", ""))
		broken := h.flow(node{id: "a", typ: "NoSuchNode"})
		ask := func(o session.OutgoingCall) error {
			t.Helper()
			_, err := h.Outgoing(t.Context(), o)
			return err
		}
		invalid := func(field string, o session.OutgoingCall) {
			t.Helper()
			var i *endpoints.Invalid
			if err := ask(o); !errors.As(err, &i) || i.Field != field {
				t.Errorf("%+v: %v, want it to be about %s", o, err, field)
			}
		}
		invalid("callerId", session.OutgoingCall{FlowID: id, NumberToDial: outside}) // the account has no number
		h.number(did, say("x", "x", ""))
		invalid("callerId", session.OutgoingCall{FlowID: id, NumberToDial: outside, CallerID: "+14155550999"})
		invalid("callerId", session.OutgoingCall{FlowID: id, NumberToDial: outside, CallerID: "mother"})
		invalid("numberToDial", session.OutgoingCall{FlowID: id, NumberToDial: "sip:bob@example.com"})
		invalid("numberToDial", session.OutgoingCall{FlowID: id})
		invalid("numberToDial", session.OutgoingCall{FlowID: id, NumberToDial: "+15555550123"}) // nobody can have it
		invalid("flowId", session.OutgoingCall{FlowID: broken, NumberToDial: outside})
		invalid("flowId", session.OutgoingCall{NumberToDial: outside})
		if err := ask(session.OutgoingCall{FlowID: endpoints.NewID(), NumberToDial: outside}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("unknown flow: %v", err)
		}
		if err := ask(session.OutgoingCall{AccountID: endpoints.NewID(), FlowID: id, NumberToDial: outside}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("another account's flow: %v", err)
		}
		if err := ask(session.OutgoingCall{FlowID: id, NumberToDial: "+442079460123"}); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("a country that isn't allowed: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		if err := ask(session.OutgoingCall{FlowID: id, NumberToDial: outside}); !errors.Is(err, session.ErrDraining) {
			t.Errorf("draining: %v", err)
		}
		if n := len(h.carrier.called()); n != 0 {
			t.Errorf("%d calls were placed", n)
		}
		if rs := h.records(); len(rs) != 0 {
			t.Errorf("%d sessions came to be", len(rs))
		}
	})
}

// A call that can't be kept isn't placed, and nothing of it comes up later: who asked was told.
func TestOutgoingNotKept(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("hello", "Hello", ""))
		id := h.flow(say("hello", "Hello", ""))
		h.away.away.Store(true)
		told, cancel := h.Watch("")
		defer cancel()
		for range 3 {
			if rec, err := h.Outgoing(t.Context(), session.OutgoingCall{FlowID: id, NumberToDial: outside}); err == nil || !strings.Contains(err.Error(), "keep the session") {
				t.Errorf("%v, %v", rec, err)
			}
		}
		h.away.away.Store(false)
		if rs := h.records(); len(rs) != 0 {
			t.Errorf("%d sessions are kept, the first: %+v", len(rs), rs[0])
		}
		if n, live, st := len(h.carrier.called()), len(h.Live(nil)), h.Stats(); n != 0 || live != 0 || st.Live != 0 || len(told) != 0 {
			t.Errorf("%d calls were placed, %d are live, %d count, %d things were told", n, live, st.Live, len(told))
		}
	})
}
