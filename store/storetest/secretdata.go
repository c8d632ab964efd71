package storetest

import (
	"io/fs"
	"testing"

	"ringflow/endpoints"
	"ringflow/store"
)

// pin is a field whose values are secret once hint says so.
func pin(hint string) endpoints.DataField {
	nobody := endpoints.StringValue("pin-of-nobody")
	return endpoints.DataField{ID: "pin", Name: "PIN", UIHint: hint, Uniqueness: endpoints.Unique, DefaultValue: &nobody}
}

// withSecretFields defines Password fields and gives them values.
func withSecretFields(t *testing.T, s *store.Store, account string) {
	t.Helper()
	key := endpoints.StringValue("key-of-the-account")
	withFields(t, s, account, func(set *endpoints.Settings) {
		set.EndpointFields = []*endpoints.EndpointField{{DataField: pin(endpoints.HintPassword)}}
		set.CustomerFields = []*endpoints.CustomerField{{DataField: pin(endpoints.HintPassword)}}
		set.SystemFields = []*endpoints.SystemField{{DataField: pin(endpoints.HintPassword), Value: &key}}
	})
	must(t, s.PutEndpoint(t.Context(), &endpoints.Endpoint{AccountID: account, Kind: endpoints.PhoneNumber, Number: "+18005550100", Data: data("PIN", "pin-of-a-number")}))
	must(t, s.PutCustomer(t.Context(), &endpoints.Customer{AccountID: account, Name: "C", Data: data("PIN", "pin-of-a-customer")}))
}

// secretData: values of Password fields come back, are found, and are unique,
// although they are sealed; those from before are read as they are.
func secretData(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	withFields(t, s, a, func(set *endpoints.Settings) { set.EndpointFields = []*endpoints.EndpointField{{DataField: pin("")}} })
	old := &endpoints.Endpoint{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550101", Data: data("PIN", "from before")}
	must(t, s.PutEndpoint(ctx, old))
	withSecretFields(t, s, a)
	set, err := s.Settings(ctx, a)
	must(t, err)
	if f := set.SystemFields[0]; f.Value.Text() != "key-of-the-account" || f.DefaultValue.Text() != "pin-of-nobody" || set.CustomerFields[0].DefaultValue.Text() != "pin-of-nobody" {
		t.Errorf("the settings came back as %+v, %v", f, f.Value)
	}
	must(t, s.PutSettings(ctx, set)) // as it is read, it is kept
	if set, err = s.Settings(ctx, a); err != nil || set.SystemFields[0].Value.Text() != "key-of-the-account" {
		t.Errorf("%v, %v", set.SystemFields[0].Value, err)
	}
	e, err := s.EndpointByNumber(ctx, "+18005550100")
	must(t, err)
	if e.Data["PIN"].Text() != "pin-of-a-number" {
		t.Errorf("an endpoint's data came back as %v", e.Data)
	}
	for value, want := range map[string]string{"PIN-of-a-number": e.ID, "from before": old.ID} {
		if id, err := s.FindEndpoint(ctx, a, "PIN", value, ""); err != nil || id != want {
			t.Errorf("by %s there is %q, %v", value, id, err)
		}
	}
	_, err = s.FindEndpoint(ctx, a, "PIN", "pin-of-a-customer", "")
	wantErr(t, err, fs.ErrNotExist)
	// Lists are filtered by the database, which can't open what is sealed: nobody guesses a value by them.
	if _, total, err := s.Endpoints(ctx, endpoints.EndpointFilter{AccountIDs: []string{a}, DataFilters: []string{"PIN=pin-of-a-number"}}); err != nil || total != 0 {
		t.Errorf("the filter gives %d, %v", total, err)
	}
	if values, err := s.EndpointValues(ctx, a, "PIN"); err != nil || len(values) != 2 || !values["pin-of-a-number"] {
		t.Errorf("%v, %v", values, err)
	}
	id, err := s.FindCustomer(ctx, a, "PIN", "pin-of-a-customer")
	must(t, err)
	c, err := s.Customer(ctx, id)
	if err != nil || c.Data["PIN"].Text() != "pin-of-a-customer" {
		t.Errorf("a customer's data came back as %v, %v", c, err)
	}
	wantInvalid(t, s.PutCustomer(ctx, &endpoints.Customer{AccountID: a, Name: "D", Data: data("PIN", "pin-of-a-customer")}), "data.PIN")
	old.Data = data("PIN", "PIN-of-a-number")
	wantInvalid(t, s.PutEndpoint(ctx, old), "data.PIN")
	old.Data = data("PIN", "from now on")
	must(t, s.PutEndpoint(ctx, old))
	if e, err := s.Endpoint(ctx, old.ID); err != nil || e.Data["PIN"].Text() != "from now on" {
		t.Errorf("%v, %v", e, err)
	}
	withFields(t, s, a, func(set *endpoints.Settings) { set.EndpointFields = nil }) // a removed field leaves its values
	if e, err := s.Endpoint(ctx, old.ID); err != nil || e.Data["PIN"].Text() != "from now on" {
		t.Errorf("%v, %v", e, err)
	}
}
