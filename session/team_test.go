package session_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
	"ringflow/sip"
)

func (h *house) team(name string, members ...*endpoints.Endpoint) *endpoints.Endpoint {
	h.t.Helper()
	var ids []string
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	return h.put(&endpoints.Endpoint{Kind: endpoints.Team, DisplayName: name, Team: &endpoints.TeamMembers{MemberIDs: ids}})
}

func team(id string) ref { return ref{flow.TeamType, id} }

// crew are three users with phones, who note in which order they are rung.
type crew struct {
	users  []*endpoints.Endpoint
	phones []*peer
	mu     sync.Mutex
	order  string
}

func newCrew(h *house) *crew {
	c := &crew{}
	for i, name := range []string{"ann", "ben", "cleo"} {
		c.users = append(c.users, h.user(name))
		c.phones = append(c.phones, h.phone(name, []string{"10.0.0.11", "10.0.0.12", "10.0.0.13"}[i]))
		c.does(i, refuses(486, 2*time.Second))
	}
	return c
}

func (c *crew) does(i int, act func(context.Context, *sip.Invite, *media.Port) error) {
	c.phones[i].on(func(ctx context.Context, in *sip.Invite, p *media.Port) error {
		c.mu.Lock()
		c.order += c.users[i].SipUserName[:1]
		c.mu.Unlock()
		return act(ctx, in, p)
	})
}

// rang is in which order they were rung since it was asked last.
func (c *crew) rang() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.order
	c.order = ""
	return was
}

func TestTeamOneAfterTheOther(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		c := newCrew(h)
		sales := h.team("Sales", c.users[2], c.users[0], c.users[1])
		h.number(did, dial("ring", map[string]any{"Strategy": "Sequential", "TimeoutInSeconds": 5}, nil, team(sales.ID)))
		c.does(0, refuses(486, time.Hour))
		c.does(1, picksUp(&ear{}, time.Second, 1000, 0))
		start := time.Now()
		call := h.carrier.mustCall(toNumber(did))
		if d := time.Since(start); d < 8*time.Second || d > 9*time.Second {
			t.Errorf("Ben answered after %s, want 8 s: 2 at Cleo, 5 at Ann, 1 at his", d)
		}
		if got := c.rang(); got != "cab" {
			t.Errorf("rang in the order %s, want cab", got)
		}
		call.hangUp(t)
		r := h.record()
		logged(t, r, "dials "+c.users[2].ID+", Cleo of "+sales.ID+", for 5 s")
		if r.AnsweredByName != "Ben" {
			t.Errorf("answered by %s", r.AnsweredByName)
		}

		// A change of the team counts for the next call; who is deleted is not rung.
		sales.Team.MemberIDs = []string{c.users[1].ID, c.users[2].ID}
		h.put(sales)
		if err := h.store.DeleteEndpoint(t.Context(), c.users[1].ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := h.carrier.call(t.Context(), toNumber(did)); status(t, err) != 486 {
			t.Errorf("got %v", err)
		}
		if got := c.rang(); got != "c" {
			t.Errorf("rang %s, want Cleo alone", got)
		}
	})
}

func TestTeamAtOnce(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		c := newCrew(h)
		sales := h.team("Sales", c.users...)
		h.number(did, dial("ring", nil, nil, team(sales.ID), user(c.users[1].ID)))
		c.does(2, picksUp(&ear{}, time.Second, 1000, 0))
		call := h.carrier.mustCall(toNumber(did))
		if got := c.rang(); len(got) != 3 {
			t.Errorf("rang %s, want each once", got)
		}
		call.hangUp(t)
		h.number("+18005550105", dial("ring", nil, nil, ref{"String", sales.ID})) // as text, such as an endpoint's field
		call = h.carrier.mustCall(toNumber("+18005550105"))
		if got := c.rang(); len(got) != 3 {
			t.Errorf("by its id as text, rang %s", got)
		}
		call.hangUp(t)

		// Of another account there is none; and a team can have nobody.
		empty := h.team("Nobody")
		other := &endpoints.Account{Name: "Other"}
		if err := h.store.PutAccount(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		foreign := &endpoints.Endpoint{AccountID: other.ID, Kind: endpoints.Team, DisplayName: "Foreign"}
		if err := h.store.PutEndpoint(t.Context(), foreign); err != nil {
			t.Fatal(err)
		}
		for _, o := range []struct{ number, id, why string }{
			{"+18005550101", empty.ID, "has no members"}, {"+18005550102", foreign.ID, "there is no team"}, {"+18005550103", c.users[0].ID, "there is no team"}, {"+18005550104", "sales", "there is no team"},
		} {
			h.number(o.number, dial("ring", nil, nil, team(o.id)))
			if _, err := h.carrier.call(t.Context(), toNumber(o.number)); status(t, err) != 480 {
				t.Errorf("%s: %v", o.why, err)
			}
			logged(t, h.record(), "could not be dialled: ", o.why)
		}
	})
}

// Three calls begin with three members, the fourth with the first again; another
// node has a turn of its own.
func TestRoundRobin(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		c := newCrew(h)
		sales := h.team("Sales", c.users...)
		turns := map[string]any{"Strategy": "RoundRobin", "TimeoutInSeconds": 5}
		h.number(did, dial("ring", turns, nil, team(sales.ID)))
		h.number("+18005550101", dial("ring", turns, nil, team(sales.ID)))
		for i, want := range []string{"abc", "bca", "cab", "abc"} {
			if _, err := h.carrier.call(t.Context(), toNumber(did)); status(t, err) != 486 {
				t.Errorf("got %v", err)
			}
			if got := c.rang(); got != want {
				t.Errorf("call %d: rang in the order %s, want %s", i+1, got, want)
			}
		}
		if _, err := h.carrier.call(t.Context(), toNumber("+18005550101")); status(t, err) != 486 {
			t.Errorf("got %v", err)
		}
		if got := c.rang(); got != "abc" {
			t.Errorf("the other node began with %s", got)
		}
		// The next in turn answers; who comes after that one begins then.
		c.does(1, picksUp(&ear{}, time.Second, 1000, 0))
		call := h.carrier.mustCall(toNumber(did))
		call.hangUp(t)
		if got := c.rang(); got != "b" {
			t.Errorf("rang %s, want Ben", got)
		}
		if log := logText(h.record()); !strings.Contains(log, "Strategy = \"RoundRobin\"") {
			t.Error(log)
		}
	})
}

// A member in mode Flow is his flow; with Channels Mono both are in one channel
// of the recording.
func TestTeamMemberOfModeFlowAndMono(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		robot := h.put(&endpoints.Endpoint{Kind: endpoints.User, FirstName: "Robot", UserMode: endpoints.ModeFlow, FlowID: h.flow(say("hello", "I am the robot", "more"), say("more", "I am the robot", ""))})
		sales := h.team("Sales", robot)
		h.number(did, dial("ring", map[string]any{"RecordCall": true, "Channels": "Mono"}, nil, team(sales.ID)))
		c := h.carrier.mustCall(toNumber(did))
		hz := pitch("I am the robot")
		c.whistle(t, 1400, 1500*time.Millisecond)
		c.over(t, 5*time.Second)
		if d := c.ear.hears(hz); d < 1500*time.Millisecond {
			t.Errorf("heard the robot for %s", d)
		}
		h.records()
		fs := h.files()
		if len(fs) != 1 {
			t.Fatalf("%d files", len(fs))
		}
		r, _, err := h.Blob.Open(fs[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		b, err := io.ReadAll(r)
		if err != nil || len(b) < 44 || b[22] != 1 {
			t.Fatalf("not a mono WAV: %d bytes, %v", len(b), err)
		}
		both := &ear{}
		for b = b[44:]; len(b) >= 2; b = b[2:] {
			both.samples = append(both.samples, int16(b[0])|int16(b[1])<<8)
		}
		if both.hears(hz) < time.Second || both.hears(1400) < time.Second {
			t.Errorf("the recording has the robot for %s, the caller for %s", both.hears(hz), both.hears(1400))
		}
	})
}
