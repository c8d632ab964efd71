package storetest

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/store"
)

// drafts: what waits isn't what calls get, publishing moves a pointer, and no
// version is ever written over.
func drafts(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	f := &flow.Flow{AccountID: a, Name: "Menu", CreatedBy: "ann@example.com", Raw: flow.Raw{Nodes: []byte(`[{"id":"1"}]`)}}
	must(t, s.PutFlow(ctx, f))
	state := func(draft bool, live, newest int) {
		t.Helper()
		got, err := s.FlowStates(ctx, f.ID, endpoints.NewID())
		must(t, err)
		if want := (store.FlowState{ID: f.ID, Draft: draft, Live: live, Newest: newest}); got[f.ID] != want || len(got) != 1 {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	state(false, 1, 1)
	second := *f
	second.Name, second.LastModifiedBy, second.Raw.Nodes = "Menu 2", "bob@example.com", []byte(odd)
	must(t, s.PutDraft(ctx, &second))
	state(true, 1, 2)
	live, err := s.Flow(ctx, f.ID)
	must(t, err)
	if live.Version != 1 || live.Name != "Menu" || string(live.Raw.Nodes) != `[{"id":"1"}]` || second.Version != 2 {
		t.Errorf("live is %+v, the draft %+v", live, second)
	}
	newest, at, err := s.NewestFlow(ctx, f.ID)
	must(t, err)
	if newest.Version != 2 || string(newest.Raw.Nodes) != odd || newest.CreatedBy != "ann@example.com" || newest.LastModifiedBy != "bob@example.com" || !newest.DateCreated.Equal(f.DateCreated) || !at.Draft {
		t.Errorf("newest is %+v, %+v", newest, at)
	}
	before := s.Revision()
	must(t, s.Publish(ctx, f.ID, 2, "eve@example.com"))
	if s.Revision() == before {
		t.Error("caches weren't told")
	}
	state(true, 2, 2)
	if live, err = s.Flow(ctx, f.ID); err != nil || live.Name != "Menu 2" || string(live.Raw.Nodes) != odd {
		t.Errorf("%+v %v", live, err)
	}
	must(t, s.Publish(ctx, f.ID, 1, "eve@example.com")) // and back
	state(true, 1, 2)
	wantErr(t, s.Publish(ctx, f.ID, 3, "eve@example.com"), fs.ErrNotExist)
	wantErr(t, s.Publish(ctx, endpoints.NewID(), 1, "eve@example.com"), fs.ErrNotExist)
	if list, _, err := s.Flows(ctx, store.FlowFilter{AccountIDs: []string{a}}); err != nil || len(list) != 1 || list[0].Name != "Menu" {
		t.Errorf("%+v %v", list, err)
	}
	third := *newest
	wantErr(t, s.PutFlow(ctx, &third), endpoints.ErrStale) // it was published since
	third.Revision = 0
	must(t, s.PutFlow(ctx, &third)) // live at once
	state(true, 3, 3)
	must(t, s.EndDraft(ctx, f.ID))
	state(false, 3, 3)

	versions, total, err := s.FlowVersions(ctx, f.ID, endpoints.List{CountPerPage: 2})
	must(t, err)
	if total != 3 || !slices.Equal(numbers(versions), []int{3, 2}) || versions[1].LastModifiedBy != "bob@example.com" || versions[0].Raw.Nodes != nil || versions[1].NodeCount != 1 {
		t.Errorf("%d: %+v", total, versions)
	}
	if versions, _, err = s.FlowVersions(ctx, f.ID, endpoints.List{CountPerPage: 2, Page: 1}); err != nil || !slices.Equal(numbers(versions), []int{1}) {
		t.Errorf("%+v %v", versions, err)
	}
	_, _, err = s.FlowVersions(ctx, f.ID, endpoints.List{Page: -1})
	wantInvalid(t, err, "page")
	_, _, err = s.FlowVersions(ctx, f.ID, endpoints.List{All: true, Most: 2})
	wantInvalid(t, err, "all")

	born := &flow.Flow{AccountID: a, Name: "Born", Raw: flow.Raw{Nodes: []byte(`[{"id":"1"}]`)}}
	must(t, s.PutDraft(ctx, born))
	if live, err = s.Flow(ctx, born.ID); err != nil || live.Version != 1 || live.Raw.Nodes != nil || born.Version != 2 {
		t.Errorf("live before it was ever published: %+v, %v", live, err)
	}
	wantInvalid(t, s.PutDraft(ctx, &flow.Flow{AccountID: a}), "name")
	stolen := *born
	stolen.AccountID = newAccount(t, s, "B")
	wantInvalid(t, s.PutDraft(ctx, &stolen), "accountId")
	_, _, err = s.NewestFlow(ctx, endpoints.NewID())
	wantErr(t, err, fs.ErrNotExist)
}

func numbers(heads []store.FlowHead) []int {
	var out []int
	for _, h := range heads {
		out = append(out, h.Version)
	}
	return out
}

// flowSignatures: what flows take and give, of one account, and where schedules run them.
func flowSignatures(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	ask := &flow.Flow{AccountID: a, Name: "Ask", Raw: flow.Raw{Nodes: []byte(`[]`), Parameters: []byte(`[{"name":"Q","type":"String","isPublic":true}]`), Exits: []byte(`[{"id":"e","name":"Yes"}]`)}}
	must(t, s.PutFlow(ctx, ask))
	newFlow(t, s, b, "Foreign")
	got, err := s.FlowSignatures(ctx, a, 10)
	must(t, err)
	if len(got) != 1 || got[0].ID != ask.ID || got[0].Name != "Ask" || len(got[0].Parameters) != 1 || got[0].Parameters[0].Name != "Q" || len(got[0].Exits) != 1 || got[0].Exits[0].Name != "Yes" {
		t.Errorf("%+v", got)
	}
	number := &endpoints.Endpoint{AccountID: a, Kind: endpoints.PhoneNumber, DisplayName: "E", Number: "+18005550100", ScheduledFlows: []endpoints.ScheduledFlow{{State: "S", FlowID: ask.ID}}}
	must(t, s.PutEndpoint(ctx, number))
	customer := &endpoints.Customer{AccountID: a, Name: "C", Schedule: &endpoints.Schedule{Rules: []endpoints.SchedulingRule{{State: "S", FlowID: ask.ID}}}}
	must(t, s.PutCustomer(ctx, customer))
	for _, users := range []string{"(of E, C)", "(of C)"} {
		err := s.DeleteFlow(ctx, ask.ID)
		wantInvalid(t, err, "flowId")
		if !strings.Contains(err.Error(), users) {
			t.Errorf("%v; want %s", err, users)
		}
		must(t, s.DeleteEndpoint(ctx, number.ID))
		number = &endpoints.Endpoint{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550100"}
		must(t, s.PutEndpoint(ctx, number))
	}
	customer.Schedule.Rules[0].FlowID = endpoints.NewID()
	wantInvalid(t, s.PutCustomer(ctx, customer), "schedule.rules.flowId")
	customer.Schedule = nil
	must(t, s.PutCustomer(ctx, customer))
	must(t, s.DeleteFlow(ctx, ask.ID))

	values := func(name string) map[string]bool {
		t.Helper()
		v, err := s.EndpointValues(ctx, a, name)
		must(t, err)
		return v
	}
	must(t, s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550101", Data: data("PIN", "Ab1")}))
	must(t, s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: b, Kind: endpoints.PhoneNumber, Number: "+18005550102", Data: data("PIN", "foreign")}))
	if v := values("PIN"); len(v) != 1 || !v["ab1"] {
		t.Errorf("%v", v)
	}
	if v := values("Ab1"); len(v) != 0 {
		t.Errorf("%v", v)
	}
}
