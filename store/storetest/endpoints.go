package storetest

import (
	"io/fs"
	"reflect"
	"slices"
	"testing"

	"ringflow/endpoints"
)

func endpointsKept(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	f := newFlow(t, s, a, "Menu")
	c := &endpoints.Customer{AccountID: a, Name: "C"}
	must(t, s.PutCustomer(ctx, c))

	number := &endpoints.Endpoint{
		AccountID: a, CustomerID: c.ID, Kind: endpoints.PhoneNumber, Number: "8005550100", Virtual: true, FlowID: f.ID, ReferenceID: "ref", MusicOnHold: endpoints.NewID(),
		FlowParams: map[string]endpoints.Value{"greeting": endpoints.StringValue("It's \"us\"")},
		Data:       map[string]endpoints.Value{"list": endpoints.ListValue([]map[string]endpoints.Value{{"n": endpoints.NumberValue(1.25)}})},
	}
	user := &endpoints.Endpoint{AccountID: a, Kind: endpoints.User, FirstName: "Alice", LastName: "Moore", EmailAddress: "alice@example.com", SipUserName: "alice", UserMode: endpoints.SipPhone}
	user.SetSipPassword("ringflow", "secret of alice")
	trunk := &endpoints.Endpoint{AccountID: a, Kind: endpoints.SipTrunk, DisplayName: "Carrier", Trunk: &endpoints.Trunk{
		Host: "sip.example.com", UserName: "acme", Password: "secret of the trunk", Register: true, AllowedIPs: []string{"192.0.2.0/24"}, Prefixes: []string{"+1"}, MaxCalls: 10,
	}}
	for _, e := range []*endpoints.Endpoint{number, user, trunk} {
		must(t, s.PutEndpoint(ctx, e))
		got, err := s.Endpoint(ctx, e.ID)
		must(t, err)
		if !reflect.DeepEqual(got, e) {
			t.Errorf("got\n%+v, put\n%+v", got, e)
		}
	}
	if trunk.Trunk.Password != "secret of the trunk" {
		t.Error("putting took the caller's password away")
	}
	if got, err := s.EndpointByNumber(ctx, "+18005550100"); err != nil || got.ID != number.ID {
		t.Errorf("by number: %v, %v", got, err)
	}
	if got, err := s.UserBySipName(ctx, "alice"); err != nil || got.SipHA1MD5 != user.SipHA1MD5 || got.SipHA1SHA256 != user.SipHA1SHA256 {
		t.Errorf("by name: %v, %v", got, err)
	}
	if all, err := s.Trunks(ctx); err != nil || len(all) != 1 || all[0].Trunk.Password != "secret of the trunk" {
		t.Errorf("trunks: %v, %v", all, err)
	}
	for _, gone := range []string{"+18005550199", "", "'"} {
		_, err := s.EndpointByNumber(ctx, gone)
		wantErr(t, err, fs.ErrNotExist)
		_, err = s.UserBySipName(ctx, gone)
		wantErr(t, err, fs.ErrNotExist)
		_, err = s.Endpoint(ctx, gone)
		wantErr(t, err, fs.ErrNotExist)
	}
	newNumber(t, s, a, "+18005550101")
	newNumber(t, s, newAccount(t, s, "B"), "+18005550102")
	if owned, err := s.OwnedNumbers(ctx, a); err != nil || !slices.Equal(owned, []string{"+18005550100", "+18005550101"}) {
		t.Errorf("owned: %v, %v", owned, err)
	}

	// A user that runs a flow has no device, and gives its name back.
	user.UserMode = endpoints.ModeFlow
	must(t, s.PutEndpoint(ctx, user))
	_, err := s.UserBySipName(ctx, "alice")
	wantErr(t, err, fs.ErrNotExist)

	must(t, s.DeleteEndpoint(ctx, number.ID))
	wantErr(t, s.DeleteEndpoint(ctx, number.ID), fs.ErrNotExist)
	newNumber(t, s, a, "+18005550100")
}

func endpointFilters(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	f := newFlow(t, s, a, "Menu")
	top := &endpoints.Customer{AccountID: a, Name: "Top"}
	must(t, s.PutCustomer(ctx, top))
	sub := &endpoints.Customer{AccountID: a, Name: "Sub", ParentCustomerID: top.ID}
	must(t, s.PutCustomer(ctx, sub))
	set := endpoints.DefaultSettings(a)
	set.Tags = []endpoints.Tag{{ID: "vip", Name: "VIP"}, {ID: "VIP", Name: "Other"}, {ID: "x%_", Name: "Odd"}}
	must(t, s.PutSettings(ctx, set))
	g := newFlow(t, s, a, "Night")
	put := func(name string, e endpoints.Endpoint) {
		e.DisplayName = name
		must(t, s.PutEndpoint(ctx, &e))
	}
	gold := map[string]endpoints.Value{"Tier": endpoints.StringValue(`"Gold" 100% <b>`), "Rings": endpoints.NumberValue(3), "a<b>\"%": endpoints.StringValue("odd\\ name\x00")}
	put("DID 50%", endpoints.Endpoint{AccountID: a, Data: gold, Kind: endpoints.PhoneNumber, Number: "+18005550100", FlowID: f.ID, CustomerID: top.ID})
	put("DID 501", endpoints.Endpoint{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550101", ReferenceID: "r1", CustomerID: sub.ID, TagIDs: []string{"vip", "x%_"}, Data: map[string]endpoints.Value{"a<b>\"%": endpoints.StringValue("it's")},
		ScheduledFlows: []endpoints.ScheduledFlow{{State: "Open", FlowID: f.ID}, {State: "Closed", FlowID: g.ID}}})
	put("alice", endpoints.Endpoint{AccountID: a, Kind: endpoints.User, FirstName: "Alice", LastName: "Mooré-Ünal", SipUserName: "alice", TagIDs: []string{"VIP"}})
	put("bob", endpoints.Endpoint{AccountID: a, Kind: endpoints.User, FirstName: "Bob", UserMode: endpoints.ModeFlow, FlowParams: gold, Data: map[string]endpoints.Value{"Deep": endpoints.StructValue(gold)}})
	put("carrier", endpoints.Endpoint{AccountID: b, Kind: endpoints.SipTrunk, Trunk: &endpoints.Trunk{Host: "sip.example.com"}})
	for name, c := range map[string]struct {
		f    endpoints.EndpointFilter
		want []string
	}{
		"all":          {endpoints.EndpointFilter{}, []string{"DID 50%", "DID 501", "alice", "bob", "carrier"}},
		"account":      {endpoints.EndpointFilter{AccountIDs: []string{b}}, []string{"carrier"}},
		"types":        {endpoints.EndpointFilter{Types: []endpoints.Kind{endpoints.User, endpoints.SipTrunk}}, []string{"alice", "bob", "carrier"}},
		"name":         {endpoints.EndpointFilter{NameFilter: "MOOR"}, []string{"alice"}},
		"letters":      {endpoints.EndpointFilter{NameFilter: "MOORÉ-ün"}, []string{"alice"}},
		"other letter": {endpoints.EndpointFilter{NameFilter: "moorè"}, nil},
		"percent":      {endpoints.EndpointFilter{NameFilter: "50%"}, []string{"DID 50%"}},
		"number":       {endpoints.EndpointFilter{PhoneNumberFilter: "0101"}, []string{"DID 501"}},
		"mode":         {endpoints.EndpointFilter{UserMode: endpoints.ModeFlow}, []string{"bob"}},
		"sip name":     {endpoints.EndpointFilter{SipUserName: "Alice"}, []string{"alice"}},
		"flow":         {endpoints.EndpointFilter{FlowIDs: []string{f.ID}}, []string{"DID 50%", "DID 501"}},
		"state":        {endpoints.EndpointFilter{FlowState: "closed"}, []string{"DID 501"}},
		"state's flow": {endpoints.EndpointFilter{FlowState: "Closed", FlowIDs: []string{g.ID, endpoints.NewID()}}, []string{"DID 501"}},
		"other flow":   {endpoints.EndpointFilter{FlowState: "Closed", FlowIDs: []string{f.ID}}, nil},
		"tag":          {endpoints.EndpointFilter{TagIDs: []string{"vip"}}, []string{"DID 501"}},
		"tags":         {endpoints.EndpointFilter{TagIDs: []string{"vip", "x%_"}}, []string{"DID 501"}},
		"all tags":     {endpoints.EndpointFilter{TagIDs: []string{"vip", "VIP"}}, nil},
		"case of tags": {endpoints.EndpointFilter{TagIDs: []string{"VIP"}}, []string{"alice"}},
		"odd field":    {endpoints.EndpointFilter{DataFilters: []string{`a<b>"%=it's`}}, []string{"DID 501"}},
		"reference":    {endpoints.EndpointFilter{ReferenceIDs: []string{"r1"}}, []string{"DID 501"}},
		"customer":     {endpoints.EndpointFilter{CustomerIDs: []string{top.ID}}, []string{"DID 50%", "DID 501"}},
		"shallow":      {endpoints.EndpointFilter{CustomerIDs: []string{top.ID}, ShallowParent: true}, []string{"DID 50%"}},
		"sorted":       {endpoints.EndpointFilter{List: endpoints.List{SortField: "displayName"}}, []string{"alice", "bob", "carrier", "DID 50%", "DID 501"}},
		"sorted down":  {endpoints.EndpointFilter{List: endpoints.List{SortField: "dateCreated", SortOrder: endpoints.Descend}, AccountIDs: []string{a}}, []string{"bob", "alice", "DID 501", "DID 50%"}},
		"data":         {endpoints.EndpointFilter{DataFilters: []string{`Tier="Gold" 100% <b>`}}, []string{"DID 50%"}},
		"data, number": {endpoints.EndpointFilter{DataFilters: []string{"Rings=3"}}, nil},
		"parameters":   {endpoints.EndpointFilter{FlowParams: gold, List: endpoints.List{CountPerPage: 1}}, []string{"bob"}},
		"nothing left": {endpoints.EndpointFilter{AccountIDs: []string{b}, SipUserName: "alice"}, nil},
	} {
		list, total, err := s.Endpoints(ctx, c.f)
		must(t, err)
		if got := ids(list, func(e *endpoints.Endpoint) string { return e.DisplayName }); !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 || total != len(c.want) {
			t.Errorf("%s: %v (%d), want %v", name, got, total, c.want)
		}
	}
}

// bounds: who asks for all gets all, up to what was agreed.
func bounds(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	for _, name := range []string{"A", "B", "C"} {
		newAccount(t, s, name)
	}
	for most, want := range map[int]int{0: 3, 3: 3, 2: -1} {
		for _, simple := range []bool{true, false} {
			list, _, err := s.Accounts(ctx, endpoints.AccountFilter{List: endpoints.List{All: true, Most: most, Simplified: simple}})
			if want < 0 {
				wantInvalid(t, err, "all")
			} else if must(t, err); len(list) != want {
				t.Errorf("%d at most: %d", most, len(list))
			}
		}
	}
}

func unique(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	newNumber(t, s, a, "+18005550100")
	newUser(t, s, a, "alice")
	wantErr(t, s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: b, Kind: endpoints.PhoneNumber, Number: "+1 800 555 0100"}), fs.ErrExist)
	wantErr(t, s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: b, Kind: endpoints.User, FirstName: "A", SipUserName: "ALICE"}), fs.ErrExist)
	for _, want := range []string{"alice2", "alice3"} {
		name, err := s.FreeSipName(ctx, "Alice", "")
		must(t, err)
		if name != want {
			t.Errorf("free is %s, want %s", name, want)
		}
		newUser(t, s, a, name)
	}
	login := func() *endpoints.Login {
		return &endpoints.Login{EmailAddress: "Ann@Example.com", PasswordHash: "$"}
	}
	must(t, s.PutLogin(ctx, login()))
	wantErr(t, s.PutLogin(ctx, login()), fs.ErrExist)
}

func references(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	f := newFlow(t, s, b, "Theirs")
	c := &endpoints.Customer{AccountID: b, Name: "Theirs"}
	must(t, s.PutCustomer(ctx, c))
	number := func(change func(*endpoints.Endpoint)) error {
		e := &endpoints.Endpoint{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550100"}
		change(e)
		return s.PutEndpoint(ctx, e)
	}
	wantInvalid(t, number(func(e *endpoints.Endpoint) { e.AccountID = endpoints.NewID() }), "accountId")
	wantInvalid(t, number(func(e *endpoints.Endpoint) { e.AccountID = "" }), "accountId")
	wantInvalid(t, number(func(e *endpoints.Endpoint) { e.FlowID = endpoints.NewID() }), "flowId")
	wantInvalid(t, number(func(e *endpoints.Endpoint) { e.FlowID = f.ID }), "flowId") // another account's
	wantInvalid(t, number(func(e *endpoints.Endpoint) { e.CustomerID = c.ID }), "customerId")
	wantInvalid(t, number(func(e *endpoints.Endpoint) { e.ID = "../../etc" }), "id")
	must(t, number(func(e *endpoints.Endpoint) { e.AccountID = b; e.FlowID = f.ID; e.CustomerID = c.ID }))
	e, err := s.EndpointByNumber(ctx, "+18005550100")
	must(t, err)
	e.AccountID = a
	wantInvalid(t, s.PutEndpoint(ctx, e), "accountId") // rows don't change hands
	wantInvalid(t, s.DeleteFlow(ctx, f.ID), "flowId")
	wantInvalid(t, s.DeleteCustomer(ctx, c.ID), "customerId")
	must(t, s.DeleteEndpoint(ctx, e.ID))
	must(t, s.DeleteFlow(ctx, f.ID))
	must(t, s.DeleteCustomer(ctx, c.ID))
}
