package storetest

import (
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
	must(t, s.DeleteEndpoint(ctx, alice.ID))
	if all, err := s.Agents(ctx); err != nil || len(all) != 1 || all[0].EndpointID != bob.ID {
		t.Errorf("after the user was deleted: %v, %v", all, err)
	}
}
