package storetest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/store"
)

func accounts(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := &endpoints.Account{Name: " Acme ", Entity: endpoints.Entity{CreatedBy: "ann@example.com"}}
	before := s.Revision()
	must(t, s.PutAccount(ctx, a))
	if !endpoints.ValidID(a.ID) || a.Name != "Acme" || a.DateCreated.IsZero() || a.LastModifiedBy != "ann@example.com" {
		t.Errorf("put set %+v", a)
	}
	if s.Revision() == before {
		t.Error("the revision stood still")
	}
	got, err := s.Account(ctx, a.ID)
	must(t, err)
	if !reflect.DeepEqual(got, a) {
		t.Errorf("got %+v, put %+v", got, a)
	}
	changed := &endpoints.Account{Entity: endpoints.Entity{ID: a.ID, CreatedBy: "eve@example.com", LastModifiedBy: "bob@example.com"}, Name: "Acme Ltd"}
	must(t, s.PutAccount(ctx, changed))
	got, err = s.Account(ctx, a.ID)
	must(t, err)
	if got.Name != "Acme Ltd" || got.CreatedBy != "ann@example.com" || got.LastModifiedBy != "bob@example.com" || !got.DateCreated.Equal(a.DateCreated) || got.DateLastModified.Before(a.DateLastModified) {
		t.Errorf("after the change: %+v", got)
	}
	newAccount(t, s, "Other")
	list, total, err := s.Accounts(ctx, endpoints.AccountFilter{NameFilter: "ACME"})
	must(t, err)
	if total != 1 || len(list) != 1 || list[0].ID != a.ID {
		t.Errorf("filter by name: %d of %d", len(list), total)
	}
	_, err = s.Account(ctx, endpoints.NewID())
	wantErr(t, err, errUnknown)
	wantInvalid(t, s.PutAccount(ctx, &endpoints.Account{}), "name")
}

func settings(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	id := newAccount(t, s, "A")
	got, err := s.Settings(ctx, id)
	must(t, err)
	if !reflect.DeepEqual(got, endpoints.DefaultSettings(id)) {
		t.Errorf("a new account has %+v", got)
	}
	got.DefaultCountry, got.AllowedCountries, got.CallerID, got.MaxCallDuration = "de", []string{"at"}, "089 123456", time.Hour
	must(t, s.PutSettings(ctx, got))
	again, err := s.Settings(ctx, id)
	must(t, err)
	if !reflect.DeepEqual(again, got) || again.CallerID != "+4989123456" || again.DefaultCountry != "DE" {
		t.Errorf("got %+v, put %+v", again, got)
	}
	_, err = s.Settings(ctx, endpoints.NewID())
	wantErr(t, err, errUnknown)
	wantInvalid(t, s.PutSettings(ctx, endpoints.DefaultSettings(endpoints.NewID())), "accountId")

	// The country is what numbers without one are read in.
	if n := newNumber(t, s, id, "089 7654321"); n.Number != "+49897654321" {
		t.Errorf("the number became %s", n.Number)
	}
}

func customers(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, other := newAccount(t, s, "A"), newAccount(t, s, "B")
	put := func(name, parent string) *endpoints.Customer {
		c := &endpoints.Customer{AccountID: a, Name: name, ParentCustomerID: parent, Data: map[string]endpoints.Value{"Tier": endpoints.StringValue("Gold"), "Vip": endpoints.BoolValue(true)}}
		must(t, s.PutCustomer(ctx, c))
		return c
	}
	root := put("Root", "")
	child := put("Child", root.ID)
	leaf := put("Leaf", child.ID)
	got, err := s.Customer(ctx, leaf.ID)
	must(t, err)
	if !reflect.DeepEqual(got, leaf) {
		t.Errorf("got %+v, put %+v", got, leaf)
	}
	for shallow, want := range map[bool][]string{true: {"Child"}, false: {"Child", "Leaf"}} {
		list, total, err := s.Customers(ctx, endpoints.CustomerFilter{AccountIDs: []string{a}, ParentCustomerIDs: []string{root.ID}, ShallowParent: shallow})
		must(t, err)
		if names := ids(list, func(c *endpoints.Customer) string { return c.Name }); !slices.Equal(names, want) || total != len(want) {
			t.Errorf("below root, shallow %v: %v (%d)", shallow, names, total)
		}
	}
	root.ParentCustomerID = leaf.ID
	wantInvalid(t, s.PutCustomer(ctx, root), "parentCustomerId")
	wantInvalid(t, s.PutCustomer(ctx, &endpoints.Customer{AccountID: other, Name: "X", ParentCustomerID: child.ID}), "parentCustomerId")
	wantInvalid(t, s.DeleteCustomer(ctx, child.ID), "customerId")
	must(t, s.DeleteCustomer(ctx, leaf.ID))
	wantErr(t, s.DeleteCustomer(ctx, leaf.ID), errUnknown)
}

func names(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "Acme")
	f := newFlow(t, s, a, "Menu")
	u := newUser(t, s, a, "alice")
	var path []store.CustomerStep
	for _, name := range []string{"Top", "Middle", "Leaf"} {
		c := &endpoints.Customer{AccountID: a, Name: name}
		if len(path) > 0 {
			c.ParentCustomerID = path[len(path)-1].ID
		}
		must(t, s.PutCustomer(ctx, c))
		path = append(path, store.CustomerStep{ID: c.ID, Name: name})
	}
	paths, err := s.CustomerPaths(ctx, path[2].ID, path[0].ID, endpoints.NewID())
	if want := map[string][]store.CustomerStep{path[2].ID: path, path[0].ID: path[:1]}; err != nil || !reflect.DeepEqual(paths, want) {
		t.Errorf("%v, %v; want %v", paths, err, want)
	}
	got, err := s.Names(ctx, a, f.ID, u.ID, endpoints.NewID(), "' OR 1=1 --")
	must(t, err)
	if want := map[string]string{a: "Acme", f.ID: "Menu", u.ID: "alice"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, err := s.Names(ctx); err != nil || len(got) != 0 {
		t.Errorf("no ids: %v, %v", got, err)
	}
}

func meta(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	_, err := s.Meta(ctx, "x")
	wantErr(t, err, errUnknown)
	must(t, s.PutMeta(ctx, "x", "1"))
	must(t, s.PutMeta(ctx, "x", "2"))
	if v, err := s.Meta(ctx, "x"); v != "2" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	for _, want := range []string{"first.example", "second.example"} {
		if realm, err := s.Realm(ctx, want); realm != "first.example" || err != nil {
			t.Errorf("realm %q, %v", realm, err)
		}
	}
}

func bootstrap(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	made, err := s.Bootstrap(ctx, "Admin@Ringflow.local", "")
	must(t, err)
	if len(made) < 16 {
		t.Errorf("made the password %q", made)
	}
	list, _, err := s.Accounts(ctx, endpoints.AccountFilter{})
	must(t, err)
	if len(list) != 1 || list[0].Name != "Default" {
		t.Fatalf("accounts: %+v", list)
	}
	set, err := s.Settings(ctx, list[0].ID)
	must(t, err)
	if set.DefaultCountry != "US" || set.TimeZoneID != "UTC" {
		t.Errorf("settings: %+v", set)
	}
	l, err := s.LoginByEmail(ctx, "admin@ringflow.local")
	must(t, err)
	if !l.Has(endpoints.SystemAdministrator) || !slices.Equal(l.AccountIDs, []string{list[0].ID}) || !endpoints.VerifyPassword(l.PasswordHash, made) {
		t.Errorf("login: %+v", l)
	}
	if made, err := s.Bootstrap(ctx, "other@ringflow.local", "a second one"); made != "" || err != nil {
		t.Errorf("the second time: %q, %v", made, err)
	}
	_, err = s.LoginByEmail(ctx, "other@ringflow.local")
	wantErr(t, err, errUnknown)
}
