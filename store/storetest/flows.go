package storetest

import (
	"io/fs"
	"reflect"
	"slices"
	"testing"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/store"
)

// odd is a graph whose bytes a database or an encoder would like to tidy up:
// order, blanks, duplicate keys, escapes, big numbers, and text that is SQL.
const odd = `[ {"id":"n1", "z":1,"a" : 1e400, "a":2, "s":"é \u00e9 \u0000 ?0 ?TableAlias '; DROP TABLE flows; --", "big":12345678901234567890.10 } ]`

func flows(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	f := &flow.Flow{
		AccountID: a, Name: "Menu", Description: "what it does", Notes: "line\nline", Roles: []string{"InboundCall"}, CreatedBy: "ann@example.com",
		Raw: flow.Raw{Nodes: []byte(odd), Parameters: []byte(`[]`), UI: []byte(`{"x" : 1}`)},
	}
	must(t, s.PutFlow(ctx, f))
	if f.Version != 1 || !endpoints.ValidID(f.ID) || f.DateCreated.IsZero() {
		t.Errorf("put set %+v", f)
	}
	got, err := s.Flow(ctx, f.ID)
	must(t, err)
	if !reflect.DeepEqual(got, f) {
		t.Errorf("got\n%+v, put\n%+v", got, f)
	}
	second := *f
	second.Name, second.Raw.Nodes, second.LastModifiedBy = "Menu 2", []byte(`[]`), "bob@example.com"
	must(t, s.PutFlow(ctx, &second))
	if got, err = s.Flow(ctx, f.ID); err != nil || got.Version != 2 || string(got.Raw.Nodes) != "[]" || got.CreatedBy != "ann@example.com" || got.LastModifiedBy != "bob@example.com" {
		t.Errorf("the second: %+v, %v", got, err)
	}
	first, err := s.FlowVersion(ctx, f.ID, 1)
	must(t, err)
	if string(first.Raw.Nodes) != odd || first.Name != "Menu" || first.Version != 1 {
		t.Errorf("version 1 is now %+v", first)
	}
	_, err = s.FlowVersion(ctx, f.ID, 3)
	wantErr(t, err, fs.ErrNotExist)

	newFlow(t, s, a, "other")
	for name, c := range map[string]struct {
		f    store.FlowFilter
		want []string
	}{
		"all":     {store.FlowFilter{AccountIDs: []string{a}}, []string{"Menu 2", "other"}},
		"name":    {store.FlowFilter{NameFilter: "OTH"}, []string{"other"}},
		"role":    {store.FlowFilter{Role: "InboundCall"}, []string{"Menu 2"}},
		"no role": {store.FlowFilter{Role: "Inbound"}, nil},
		"sorted":  {store.FlowFilter{List: endpoints.List{SortField: "name", SortOrder: endpoints.Descend}}, []string{"other", "Menu 2"}},
	} {
		list, total, err := s.Flows(ctx, c.f)
		must(t, err)
		if got := ids(list, func(f *flow.Flow) string { return f.Name }); !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 || total != len(c.want) {
			t.Errorf("%s: %v (%d), want %v", name, got, total, c.want)
		}
	}
	three := &flow.Flow{AccountID: a, Name: "three", Roles: []string{"UI"}, Raw: flow.Raw{Nodes: []byte(`[{"id":"1"},{"id":"2"},{"id":"3"}]`), UI: []byte(`{}`)}}
	must(t, s.PutFlow(ctx, three))
	for _, counted := range []bool{true, false} {
		heads, total, err := s.FlowHeads(ctx, store.FlowFilter{NameFilter: "three"})
		must(t, err)
		if len(heads) != 1 || total != 1 || heads[0].NodeCount != 3 || heads[0].Raw.Nodes != nil || heads[0].ID != three.ID || !slices.Equal(heads[0].Roles, three.Roles) || !heads[0].DateCreated.Equal(three.DateCreated) {
			t.Errorf("counted %v: %+v of %d", counted, heads, total)
		}
		d.Exec(t, "UPDATE flow_versions SET node_count = -1") // as an older program saved it
	}
	must(t, s.DeleteFlow(ctx, three.ID))
	wantInvalid(t, s.PutFlow(ctx, &flow.Flow{AccountID: a}), "name")
	wantInvalid(t, s.PutFlow(ctx, &flow.Flow{AccountID: a, Name: "x", Raw: flow.Raw{Nodes: []byte(`[`)}}), "nodes")
	wantInvalid(t, s.PutFlow(ctx, &flow.Flow{AccountID: endpoints.NewID(), Name: "x"}), "accountId")
}

func flowVersionsStay(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	f := newFlow(t, s, a, "Menu")
	must(t, s.DeleteFlow(ctx, f.ID))
	wantErr(t, s.DeleteFlow(ctx, f.ID), fs.ErrNotExist)
	_, err := s.Flow(ctx, f.ID)
	wantErr(t, err, fs.ErrNotExist)
	if _, err := s.FlowVersion(ctx, f.ID, 1); err != nil {
		t.Errorf("a session that runs it finds %v", err)
	}
	f.Name = "Back"
	wantErr(t, s.PutFlow(ctx, f), fs.ErrNotExist) // what was read is gone
	f.Revision = 0                                // it is brought back on purpose
	must(t, s.PutFlow(ctx, f))
	if f.Version != 2 {
		t.Errorf("it came back as version %d, over an old one", f.Version)
	}
}
