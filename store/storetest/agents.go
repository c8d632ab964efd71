package storetest

import (
	"slices"
	"testing"
	"time"

	"ringflow/endpoints"
)

// agents: the latest state of each user stays, over a restart too, as long as
// there is the user.
func agents(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	alice, bob := newUser(t, s, a, "alice"), newUser(t, s, a, "bob")
	if all, err := s.Agents(ctx); err != nil || len(all) != 0 {
		t.Errorf("of new users: %v, %v", all, err)
	}
	at := time.Date(2026, 11, 21, 10, 0, 0, 1000, time.UTC)
	early := endpoints.Agent{AccountID: a, EndpointID: alice.ID, State: endpoints.Ready, Reason: endpoints.SetByUser, Since: at}
	late := endpoints.Agent{AccountID: a, EndpointID: alice.ID, State: endpoints.WrapUp, Reason: endpoints.SetBySystem, Since: at.Add(time.Microsecond), Until: at.Add(time.Minute)}
	other := endpoints.Agent{AccountID: a, EndpointID: bob.ID, State: endpoints.NotReady, Reason: endpoints.MissedCall, Since: at}
	before := s.Revision()
	for _, set := range []endpoints.Agent{early, late, early, other} { // early comes late
		must(t, s.PutAgent(ctx, set))
	}
	if s.Revision() != before {
		t.Error("a state that changed made every call read all anew")
	}
	must(t, s.PutAgent(ctx, endpoints.Agent{AccountID: a, EndpointID: endpoints.NewID(), State: endpoints.Ready, Since: at})) // a user who is gone

	all, err := d.Open(t).Agents(ctx)
	must(t, err)
	got := map[string]endpoints.Agent{}
	for _, x := range all {
		got[x.EndpointID] = x
	}
	if len(all) != 2 || got[alice.ID] != late || got[bob.ID] != other {
		t.Errorf("after a restart: %+v", all)
	}
	states := func(start, end time.Time) (out []endpoints.AgentState) {
		list, more, err := s.AgentStates(ctx, alice.ID, start, end)
		if must(t, err); more {
			t.Error("more of two")
		}
		for i, x := range list {
			if out = append(out, x.State); i+1 < len(list) && !x.Until.Equal(list[i+1].Since) {
				t.Errorf("%v ends otherwise than the next begins", x)
			}
		}
		return out
	}
	for _, c := range []struct {
		start, end time.Time
		want       []endpoints.AgentState
	}{
		{time.Time{}, time.Time{}, []endpoints.AgentState{endpoints.Ready, endpoints.WrapUp}},
		{at.Add(-time.Hour), at, nil},
		{at.Add(-time.Hour), at.Add(time.Microsecond), []endpoints.AgentState{endpoints.Ready}},
		{at.Add(time.Hour), time.Time{}, []endpoints.AgentState{endpoints.WrapUp}},
	} {
		if got := states(c.start, c.end); !slices.Equal(got, c.want) {
			t.Errorf("from %s to %s: %v, want %v", c.start, c.end, got, c.want)
		}
	}
	for i := range 1_500 {
		must(t, s.PutAgent(ctx, endpoints.Agent{AccountID: a, EndpointID: bob.ID, State: endpoints.Ready, Since: at.Add(time.Duration(i+1) * time.Second)}))
	}
	list, more, err := s.AgentStates(ctx, bob.ID, time.Time{}, time.Time{})
	if must(t, err); len(list) != 1_000 || !more {
		t.Errorf("%d of 1,501, %t", len(list), more)
	}
	rest, more, err := s.AgentStates(ctx, bob.ID, list[999].Since, time.Time{})
	if must(t, err); len(rest) != 502 || more || rest[0].Since != list[999].Since {
		t.Errorf("then %d, %t", len(rest), more)
	}
	must(t, s.DeleteEndpoint(ctx, alice.ID))
	if all, err := s.Agents(ctx); err != nil || len(all) != 1 || all[0].EndpointID != bob.ID || len(states(time.Time{}, time.Time{})) != 0 {
		t.Errorf("after the user was deleted: %v, %v", all, err)
	}
}
