package session_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
	"ringflow/media/speech"
	"ringflow/session"
	"ringflow/sip"
)

func init() { flow.Register("TestPanicNode", func() flow.Node { return new(panicNode) }) }

// panicNode is a bug.
type panicNode struct{}

func (*panicNode) Spec(s *flow.Spec) {
	s.Title, s.Doc, s.Category = "Panic", "Panics.", flow.General
	s.Exit("Done", "Never.")
}

func (*panicNode) Run(context.Context, *flow.Execution) (string, error) { panic("a bug") }

func waits(seconds int) []node {
	return []node{{id: "a", typ: "AnswerNode", to: map[string]string{"Done": "w"}}, {id: "w", typ: "WaitNode", in: map[string]any{"Timeout": seconds}}}
}

func TestPanicEndsOneCallOnly(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, waits(30)...)
		h.number("+18005550101", node{id: "p", typ: "TestPanicNode"})
		h.number("+18005550102", node{id: "a", typ: "AnswerNode", to: map[string]string{"Done": "p"}}, node{id: "p", typ: "TestPanicNode"})
		other := h.carrier.mustCall(toNumber(did))
		if _, err := h.carrier.call(t.Context(), toNumber("+18005550101")); status(t, err) != 500 {
			t.Errorf("got %v, want 500", err)
		}
		c := h.carrier.mustCall(toNumber("+18005550102"))
		c.over(t, 5*time.Second)
		if c.ear.hears(apologyTone) < 800*time.Millisecond {
			t.Error("the caller heard no apology")
		}
		if r := h.record(); r.Outcome != session.Error {
			t.Errorf("outcome %s", r.Outcome)
		}
		if err := context.Cause(other.leg.Context()); err != nil {
			t.Errorf("another call ended: %v", err)
		}
		other.hangUp(t)
	})
}

// hung is a speech engine that never answers.
type hung struct{}

func (hung) Name() string { return "hung" }

func (hung) Speak(ctx context.Context, _, _ string) (*media.Clip, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

// A speech engine that is dead or hangs gives way within 5 s: to On Failure where
// the node has it, else the node goes on without its prompt.
func TestEngineGivesWay(t *testing.T) {
	say := node{id: "s", typ: "SayNode", in: map[string]any{"WhatToSay": "Hello"}, to: map[string]string{"On Failure": "w"}}
	ask := node{id: "s", typ: "CollectDigitsNode", in: map[string]any{"Text": "Your number", "TimeoutInSeconds": 0, "Retries": 0}, to: map[string]string{"No Input": "w"}}
	for _, first := range []node{say, ask} {
		for _, dead := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, dead %v", first.typ, dead), func(t *testing.T) {
				inHouse(t, func(t *testing.T, h *house) {
					h.said.fail = errors.New("the engine is dead")
					least := 3 * time.Second
					if !dead {
						s, err := speech.NewSpeaker([]speech.Engine{hung{}}, "", "", 0, nil)
						if err != nil {
							t.Fatal(err)
						}
						defer s.Close()
						h.Speech = s
						least += speech.Patience
					}
					h.number(did, first, node{id: "w", typ: "WaitNode", in: map[string]any{"Timeout": 3}})
					started := time.Now()
					c := h.carrier.mustCall(toNumber(did))
					c.over(t, 20*time.Second)
					if d := time.Since(started); d < least || d > least+2*time.Second {
						t.Errorf("the call lasted %s", d)
					}
					logged(t, h.record(), "that could not be heard", "w starts")
				})
			})
		}
	}
}

func TestEndLiveAndGet(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, waits(60)...)
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(time.Second)
		live := h.Live([]string{h.account})
		if len(live) != 1 || live[0].CallState != session.Connected || live[0].ToAddress != did {
			t.Fatalf("live: %+v", live)
		}
		if h.Live([]string{endpoints.NewID()}) != nil {
			t.Error("another account sees the call")
		}
		if r, err := h.Get(live[0].ID); err != nil || !strings.Contains(logText(r), "Answered") {
			t.Errorf("get: %v", err)
		}
		if err := h.End(t.Context(), live[0].ID, "by the operator"); err != nil {
			t.Fatal(err)
		}
		c.over(t, 2*time.Second)
		if !errors.Is(context.Cause(c.leg.Context()), sip.ErrRemoteBye) {
			t.Errorf("the caller's end: %v", context.Cause(c.leg.Context()))
		}
		r := h.record()
		if r.Outcome != session.Cancelled {
			t.Errorf("outcome %s", r.Outcome)
		}
		logged(t, r, "Hung up: by the operator")
	})
}

func TestDrainAndShutdown(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.phone("alice", "10.0.0.11").on(picksUp(&ear{}, 0, 440, 0))
		h.number(did, node{id: "w", typ: "WaitNode", in: map[string]any{"Timeout": 5}, to: map[string]string{"Done": "ring"}}, dial("ring", nil, nil, user(alice.ID)))
		h.number("+18005550101", waits(3600)...)
		long := h.carrier.mustCall(toNumber("+18005550101"))
		answered := make(chan *talking, 1)
		go func() {
			c, err := h.carrier.call(t.Context(), toNumber(did))
			if err != nil {
				t.Error(err)
			}
			answered <- c
		}()
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		drained := make(chan error, 1)
		go func() { drained <- h.Drain(ctx) }()
		time.Sleep(time.Second)
		if _, err := h.carrier.call(t.Context(), toNumber(did)); status(t, err) != 503 {
			t.Errorf("a new call while draining: %v", err)
		}
		c := <-answered // a call that lives may still ring the next phone
		time.Sleep(time.Second)
		if c == nil || c.ear.hears(440) == 0 {
			t.Fatal("a live call could not dial while draining")
		}
		if err := <-drained; err == nil || !strings.Contains(err.Error(), "2 calls") {
			t.Errorf("drain: %v", err)
		}
		h.Shutdown(nil)
		time.Sleep(time.Second)
		for _, c := range []*talking{c, long} {
			if !errors.Is(context.Cause(c.leg.Context()), sip.ErrRemoteBye) {
				t.Errorf("after the shutdown a caller's end is %v, want BYE", context.Cause(c.leg.Context()))
			}
		}
		for _, r := range h.records() {
			if r.Ended.IsZero() {
				t.Errorf("not closed: %+v", r)
			}
		}
	})
}

// What the flow still has to do when its caller has gone is done before the end.
func TestShutdownWaitsForBranches(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, append(waits(60), node{id: "h", typ: "OnHangupNode", to: map[string]string{"Hung Up": "p"}},
			node{id: "p", typ: "WaitNode", in: map[string]any{"Timeout": 3}, to: map[string]string{"Done": "log"}},
			node{id: "log", typ: "LogNode", in: map[string]any{"Message": "all is tidied up"}})...)
		c := h.carrier.mustCall(toNumber(did))
		c.hangUp(t)
		h.Shutdown(nil)
		logged(t, h.record(), "all is tidied up")
	})
}

func TestFull(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, waits(60)...)
		h.Max = 2
		a, b := h.carrier.mustCall(toNumber(did)), h.carrier.mustCall(toNumber(did))
		_, err := h.carrier.call(t.Context(), toNumber(did))
		var s *sip.Status
		if !errors.As(err, &s) || s.Code != 503 || s.RetryAfter < 5*time.Second || s.RetryAfter > 30*time.Second {
			t.Errorf("got %+v", s)
		}
		a.hangUp(t)
		b.hangUp(t)
		h.carrier.mustCall(toNumber(did)).hangUp(t)
		if st := h.Stats(); st.Live != 0 || st.Started != 3 || st.Ended != 3 || st.Refused["full"] != 1 {
			t.Errorf("stats %+v", st)
		}
	})
}

func TestWatch(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("hello", "Hello", ""))
		all, cancel := h.Watch("")
		slow, cancelSlow := h.Watch("")
		defer cancelSlow()
		for range 30 {
			h.carrier.mustCall(toNumber(did)).over(t, 5*time.Second)
			for len(all) > 0 {
				<-all
			}
		}
		h.carrier.mustCall(toNumber(did)).over(t, 5*time.Second)
		var kinds []string
		for len(all) > 0 {
			e := <-all
			kinds = append(kinds, string(e.Kind))
			if e.SessionID == "" || e.SipCallID == "" {
				t.Errorf("%+v", e)
			}
		}
		if s := strings.Join(kinds, " "); !strings.HasPrefix(s, "started log") || !strings.HasSuffix(s, "ended") || !strings.Contains(s, "answered") {
			t.Errorf("events: %s", s)
		}
		n := 0
		for range slow { // a listener that doesn't listen is dropped, and sees so
			n++
		}
		if n == 0 || n > 256 {
			t.Errorf("the slow listener got %d events", n)
		}
		cancel()
		cancel()
		if _, open := <-all; open {
			t.Error("still open after its cancel")
		}
	})
}

// awayStore is a database that can go away.
type awayStore struct {
	session.Store
	away  atomic.Bool
	lost  atomic.Value // the id of a flow that is not there
	dies  atomic.Pointer[death]
	steps atomic.Pointer[func(string)] // told of each step of keeping a file
}

func (s *awayStore) Flow(ctx context.Context, id string) (*flow.Flow, error) {
	if s.lost.Load() == id {
		return nil, fs.ErrNotExist
	}
	return s.Store.Flow(ctx, id)
}

func (s *awayStore) SaveSessions(ctx context.Context, c []session.Change) error {
	if s.away.Load() {
		return errors.New("the database is away")
	}
	return s.Store.SaveSessions(ctx, c)
}

func TestStoreAway(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("hello", "Hello", ""))
		st := h.away
		st.away.Store(true)
		for range 3 {
			h.carrier.mustCall(toNumber(did)).over(t, 5*time.Second)
		}
		if rs := h.records(); len(rs) != 0 {
			t.Fatalf("%d sessions are kept in a store that is away", len(rs))
		}
		if h.log.FilterMessageSnippet("can't be saved").Len() != 1 {
			t.Errorf("told %d times that the store is away, want once", h.log.FilterMessageSnippet("can't be saved").Len())
		}
		st.away.Store(false)
		rs := h.records()
		if len(rs) != 3 {
			t.Fatalf("%d of 3 sessions are kept after the store came back", len(rs))
		}
		for _, r := range rs {
			if r.Ended.IsZero() || len(r.Legs) != 1 {
				t.Errorf("%+v", r)
			}
			logged(t, r, "Call from", "Ended: Completed")
			if strings.Count(logText(r), "Ended:") != 1 {
				t.Errorf("a line is there twice:\n%s", logText(r))
			}
		}
	})
}
