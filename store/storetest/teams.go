package storetest

import (
	"slices"
	"sync"
	"testing"

	"ringflow/endpoints"
)

// teams: members are users of the team's account, in order, as long as there are such users.
func teams(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	alice, bob, carol := newUser(t, s, a, "alice"), newUser(t, s, a, "bob"), newUser(t, s, a, "carol")
	stranger, number := newUser(t, s, b, "stranger"), newNumber(t, s, a, "+18005550100")
	team := &endpoints.Endpoint{AccountID: a, Kind: endpoints.Team, DisplayName: "Sales", Team: &endpoints.TeamMembers{MemberIDs: []string{carol.ID, alice.ID, bob.ID}}}
	must(t, s.PutEndpoint(ctx, team))
	empty := &endpoints.Endpoint{AccountID: a, Kind: endpoints.Team, DisplayName: "Nobody"}
	must(t, s.PutEndpoint(ctx, empty))
	want := func(e *endpoints.Endpoint, ids ...string) {
		t.Helper()
		got, err := s.Endpoint(ctx, e.ID)
		must(t, err)
		if got.Team == nil || !slices.Equal(got.Team.MemberIDs, ids) {
			t.Errorf("members of %s: %+v, want %v", e.DisplayName, got.Team, ids)
		}
	}
	want(team, carol.ID, alice.ID, bob.ID)
	want(empty)
	for _, no := range []string{stranger.ID, number.ID, team.ID, endpoints.NewID()} {
		bad := *team
		bad.Team = &endpoints.TeamMembers{MemberIDs: []string{alice.ID, no}}
		wantInvalid(t, s.PutEndpoint(ctx, &bad), "memberIds[1]")
	}
	want(team, carol.ID, alice.ID, bob.ID)

	must(t, s.DeleteEndpoint(ctx, alice.ID))
	want(team, carol.ID, bob.ID)
	if list, _, err := s.Endpoints(ctx, endpoints.EndpointFilter{Types: []endpoints.Kind{endpoints.Team}}); err != nil || len(list) != 2 || !slices.Equal(list[0].Team.MemberIDs, []string{carol.ID, bob.ID}) {
		t.Errorf("list of teams: %v, %v", list, err)
	}

	// Whoever is put into a team while it is deleted is in none at last.
	var both sync.WaitGroup
	empty.Team = &endpoints.TeamMembers{MemberIDs: []string{bob.ID}}
	both.Go(func() { _ = s.PutEndpoint(ctx, empty) }) // may come too late
	both.Go(func() { must(t, s.DeleteEndpoint(ctx, bob.ID)) })
	both.Wait()
	want(team, carol.ID)
	want(empty)
	must(t, s.DeleteEndpoint(ctx, team.ID))
	must(t, s.DeleteEndpoint(ctx, carol.ID))
}
