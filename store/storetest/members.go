package storetest

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

// accountTree: accounts stand below others, and keep what clients give them.
func accountTree(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	top := &endpoints.Account{Name: "Top", MaxPhoneNumbers: 3, CarrierSID: "AC1", TrustHubProfileSID: "BU1", LogoID: endpoints.NewID(), Billing: json.RawMessage(` {"base": {"unitCost":1.50}} `)}
	must(t, s.PutAccount(ctx, top))
	mid := &endpoints.Account{Name: "Mid", ParentAccountID: top.ID}
	must(t, s.PutAccount(ctx, mid))
	leaf := &endpoints.Account{Name: "Leaf", ParentAccountID: mid.ID}
	must(t, s.PutAccount(ctx, leaf))
	got, err := s.Account(ctx, top.ID)
	must(t, err)
	if !reflect.DeepEqual(got, top) || string(got.Billing) != `{"base":{"unitCost":1.50}}` {
		t.Errorf("got %+v, put %+v", got, top)
	}
	lines, err := s.AccountLines(ctx, top.ID, mid.ID, leaf.ID)
	if want := map[string][]string{mid.ID: {top.ID}, leaf.ID: {top.ID, mid.ID}}; err != nil || !reflect.DeepEqual(lines, want) {
		t.Errorf("%v, %v; want %v", lines, err, want)
	}
	top.ParentAccountID = leaf.ID
	wantInvalid(t, s.PutAccount(ctx, top), "parentAccountId")
	wantInvalid(t, s.PutAccount(ctx, &endpoints.Account{Name: "X", ParentAccountID: endpoints.NewID()}), "parentAccountId")
	wantInvalid(t, s.PutAccount(ctx, &endpoints.Account{Name: "X", MaxPhoneNumbers: -1}), "maxPhoneNumbers")
	wantInvalid(t, s.PutAccount(ctx, &endpoints.Account{Name: "X", Billing: json.RawMessage(`[1]`)}), "billingSettings")
}

// deleteAccount: an account goes when nothing is left in it, and takes along what
// only it has.
func deleteAccount(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	wantInvalid(t, s.DeleteAccount(ctx, a), "accountId") // the last one
	b := newAccount(t, s, "B")
	below := &endpoints.Account{Name: "Below", ParentAccountID: b}
	must(t, s.PutAccount(ctx, below))
	must(t, s.PutSettings(ctx, endpoints.DefaultSettings(b)))
	e, f, c := newNumber(t, s, b, "+18005550100"), newFlow(t, s, b, "F"), &endpoints.Customer{AccountID: b, Name: "C"}
	must(t, s.PutCustomer(ctx, c))
	rec := newRecord(b)
	rec.Ended = base
	save(t, s, session.Change{Record: rec, New: true})
	login := func(email string, role endpoints.Role, accounts ...string) *endpoints.Login {
		l := &endpoints.Login{EmailAddress: email, PasswordHash: "x", Roles: []endpoints.Role{role}, AccountIDs: accounts}
		must(t, s.PutLogin(ctx, l))
		return l
	}
	own, both, root := login("own@x.test", endpoints.Manager, b), login("both@x.test", endpoints.Manager, a, b), login("root@x.test", endpoints.SystemAdministrator, b)
	for _, l := range []*endpoints.Login{own, both, root} {
		must(t, s.AddWebSessions(ctx, 100, store.WebSession{Token: l.ID, LoginID: l.ID, Life: 1e15, Used: base}))
	}
	for _, l := range []*endpoints.Login{own, root} {
		k := &endpoints.APIKey{Name: "k", LoginID: l.ID, Scopes: []endpoints.KeyScope{endpoints.ScopeRead}}
		k.NewKey()
		must(t, s.AddAPIKey(ctx, k))
	}
	if n, keys, err := s.EndTokensOf(ctx, b); err != nil || n != 2 || keys != 1 {
		t.Errorf("%d sessions and %d keys ended, %v", n, keys, err)
	}
	if _, err := s.WebSession(ctx, root.ID); err != nil {
		t.Error("an administrator was logged out:", err)
	}
	for _, free := range []func() error{
		func() error { return s.DeleteAccount(ctx, below.ID) }, func() error { return s.DeleteEndpoint(ctx, e.ID) }, func() error { return s.DeleteFlow(ctx, f.ID) },
		func() error { return s.DeleteCustomer(ctx, c.ID) },
	} {
		wantInvalid(t, s.DeleteAccount(ctx, b), "accountId")
		must(t, free())
	}
	wantInvalid(t, s.DeleteAccount(ctx, b), "accountId") // a call is on record
	d.Exec(t, "DELETE FROM sessions")
	must(t, s.DeleteAccount(ctx, b))
	wantErr(t, s.DeleteAccount(ctx, b), fs.ErrNotExist)
	_, err := s.Login(ctx, own.ID)
	wantErr(t, err, fs.ErrNotExist)
	if l, err := s.Login(ctx, both.ID); err != nil || !slices.Equal(l.AccountIDs, []string{a}) {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err := s.Login(ctx, root.ID); err != nil {
		t.Error(err)
	}
}

// maxNumbers: an account gets no more numbers than it may have, however many ask
// at once; those it has can be changed.
func maxNumbers(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := &endpoints.Account{Name: "A", MaxPhoneNumbers: 2}
	must(t, s.PutAccount(ctx, a))
	errs := make(chan error)
	for i := range 5 {
		go func() {
			errs <- s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: a.ID, Kind: endpoints.PhoneNumber, Number: "+1800555010" + string(rune('0'+i))})
		}()
	}
	kept := 0
	for range 5 {
		if err := <-errs; err == nil {
			kept++
		} else {
			wantInvalid(t, err, "number")
		}
	}
	if kept != 2 {
		t.Errorf("%d numbers were kept", kept)
	}
	list, _, err := s.Endpoints(ctx, endpoints.EndpointFilter{NumberPrefix: "+1800", WithoutFlow: true, WithoutCustomer: true})
	must(t, err)
	if len(list) != 2 {
		t.Fatalf("%d", len(list))
	}
	list[0].DisplayName = "changed"
	must(t, s.PutEndpoint(ctx, list[0]))
	list[0].Kind = endpoints.FaxNumber
	must(t, s.PutEndpoint(ctx, list[0]))
	wantInvalid(t, s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: a.ID, Kind: endpoints.FaxNumber, Number: "+18005550188"}), "number")
	newUser(t, s, a.ID, "alice")
}

// members: what customers and endpoints carry comes back as it was put; a bot's
// tokens are sealed.
func members(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	set := endpoints.DefaultSettings(a)
	set.Tags = []endpoints.Tag{{ID: "vip", Name: "VIP"}, {ID: "late", Name: "Late"}}
	set.EmailAccounts = []endpoints.EmailAccount{{EmailAddress: "Help@X.test", DisplayName: "Help",
		SMTP: &endpoints.MailServer{Host: "smtp.x.test", UserName: "help", Password: "very-secret-smtp"}, IMAP: &endpoints.Mailbox{MailServer: endpoints.MailServer{Host: "imap.x.test", UserName: "help", Password: "very-secret-imap"}}}}
	must(t, s.PutSettings(ctx, set))
	if got, err := s.Settings(ctx, a); err != nil || !reflect.DeepEqual(got, set) || got.EmailAccounts[0].ID == "" || got.EmailAccounts[0].EmailAddress != "help@x.test" || got.DateLastModified.IsZero() {
		t.Errorf("got %+v, put %+v, %v", got, set, err)
	}
	boxes, err := s.EmailAccounts(ctx, func(e endpoints.EmailAccount) bool { return e.IMAP != nil })
	if err != nil || len(boxes[a]) != 1 || !reflect.DeepEqual(boxes[a][0], set.EmailAccounts[0]) || boxes[a][0].IMAP.Password != "very-secret-imap" {
		t.Errorf("mailboxes %+v, %v", boxes, err)
	}
	if none, err := s.EmailAccounts(ctx, func(endpoints.EmailAccount) bool { return false }); err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
	c := &endpoints.Customer{AccountID: a, Name: "C", TagIDs: []string{"late", "vip", "late"}, Staging: true, IntegrationData: json.RawMessage(`{"a":1.0}`), OverrideBilling: true, Billing: json.RawMessage(`{"b":2}`),
		OverrideApp: true, App: json.RawMessage(`{"customCss":"a{}"}`)}
	must(t, s.PutCustomer(ctx, c))
	if got, err := s.Customer(ctx, c.ID); err != nil || !reflect.DeepEqual(got, c) || string(got.IntegrationData) != `{"a":1.0}` || !slices.Equal(got.TagIDs, []string{"late", "vip"}) {
		t.Errorf("got %+v, put %+v, %v", got, c, err)
	}
	for tags, want := range map[string]int{"vip": 1, "vip late": 1, "vip VIP": 0, "ate": 0} {
		if _, n, err := s.Customers(ctx, endpoints.CustomerFilter{TagIDs: strings.Fields(tags)}); err != nil || n != want {
			t.Errorf("%s: %d, %v", tags, n, err)
		}
	}
	all := []*endpoints.Endpoint{
		{AccountID: a, Kind: endpoints.EmailAddress, EmailAddress: " Desk@X.test", TagIDs: []string{"vip"}, Portal: endpoints.Portal{AppSettings: json.RawMessage(`{"x":[1]}`)}},
		{AccountID: a, Kind: endpoints.FaxNumber, Number: "+18005550100", Portal: endpoints.Portal{AddressSID: "AD1", DisableSms: true, External10Dlc: true}},
		{AccountID: a, Kind: endpoints.SlackBot, DisplayName: "Slack", Bot: &endpoints.Bot{AppID: "A1", Token: "xoxb-very-secret", SigningSecret: "signing-secret", AppToken: "xapp-very-secret"}},
		{AccountID: a, Kind: endpoints.SkypeBot, DisplayName: "Skype", Bot: &endpoints.Bot{AppID: "app", Token: "skype-secret", TenantID: "t-1", DirectLineSecret: "a-page's-very-secret", AllowedOrigins: []string{"https://shop.example.com"}}},
		{AccountID: a, Kind: endpoints.User, FirstName: "Ann", SipUserName: "ann", Portal: endpoints.Portal{ManagerAccess: "ReadWrite", DashboardPermissions: []endpoints.DashboardPermission{"ViewCallCenter", "ViewFiles"}}},
	}
	for _, e := range all {
		must(t, s.PutEndpoint(ctx, e))
		if got, err := s.Endpoint(ctx, e.ID); err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("got\n%+v, put\n%+v, %v", got, e, err)
		}
	}
	if dump := d.Dump(t); bytes.Contains(dump, []byte("very-secret")) || bytes.Contains(dump, []byte("signing-secret")) || bytes.Contains(dump, []byte("skype-secret")) {
		t.Error("a bot's secret is in the database")
	}
	if all[0].EmailAddress != "desk@x.test" || all[0].DisplayName != "desk@x.test" {
		t.Errorf("%+v", all[0])
	}
	wantErr(t, s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: b, Kind: endpoints.EmailAddress, EmailAddress: "DESK@x.test"}), fs.ErrExist)
	must(t, s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: b, Kind: endpoints.User, FirstName: "Desk", SipUserName: "desk", EmailAddress: "desk@x.test"}))
	for field, e := range map[string]endpoints.Endpoint{
		"emailAddress":         {Kind: endpoints.EmailAddress, EmailAddress: "nobody"},
		"botToken":             {Kind: endpoints.SlackBot, DisplayName: "S", Bot: &endpoints.Bot{}},
		"appId":                {Kind: endpoints.SkypeBot, DisplayName: "S", Bot: &endpoints.Bot{Token: "t"}},
		"appPassword":          {Kind: endpoints.SkypeBot, DisplayName: "S", Bot: &endpoints.Bot{AppID: "a"}},
		"signingSecret":        {Kind: endpoints.SkypeBot, DisplayName: "S", Bot: &endpoints.Bot{AppID: "a", Token: "t", SigningSecret: "x"}},
		"appToken":             {Kind: endpoints.SlackBot, DisplayName: "S", Bot: &endpoints.Bot{Token: "t", AppToken: "xoxb-1"}},
		"tenantId":             {Kind: endpoints.SkypeBot, DisplayName: "S", Bot: &endpoints.Bot{AppID: "a", Token: "t", TenantID: "../common"}},
		"directLineSecret":     {Kind: endpoints.SkypeBot, DisplayName: "S", Bot: &endpoints.Bot{AppID: "a", Token: "t", DirectLineSecret: "short"}},
		"allowedOrigins":       {Kind: endpoints.SkypeBot, DisplayName: "S", Bot: &endpoints.Bot{AppID: "a", Token: "t", AllowedOrigins: []string{"https://x.test/path"}}},
		"managerAccess":        {Kind: endpoints.Team, DisplayName: "T", Portal: endpoints.Portal{ManagerAccess: "ReadOnly"}},
		"dashboardPermissions": {Kind: endpoints.User, FirstName: "U", SipUserName: "u", Portal: endpoints.Portal{DashboardPermissions: []endpoints.DashboardPermission{"ViewAll"}}},
		"addressSid":           {Kind: endpoints.User, FirstName: "U", SipUserName: "u", Portal: endpoints.Portal{AddressSID: "x"}},
		"appSettings":          {Kind: endpoints.User, FirstName: "U", SipUserName: "u", Portal: endpoints.Portal{AppSettings: json.RawMessage(`"x"`)}},
		"tagIds":               {Kind: endpoints.User, FirstName: "U", SipUserName: "u", TagIDs: []string{"nothing"}},
	} {
		e.AccountID = a
		wantInvalid(t, s.PutEndpoint(ctx, &e), field)
	}
	// A tag that is gone can't be given, and goes with the next change of what has it.
	set.Tags = set.Tags[:1]
	must(t, s.PutSettings(ctx, set))
	must(t, s.PutCustomer(ctx, c))
	if !slices.Equal(c.TagIDs, []string{"vip"}) {
		t.Error(c.TagIDs)
	}
	c.TagIDs = []string{"late"}
	wantInvalid(t, s.PutCustomer(ctx, c), "tagIds")
}

// duplicates: values that more than one endpoint has.
func duplicates(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	var made []string
	for i, e := range []endpoints.Endpoint{
		{AccountID: a, FirstName: "Ann", Data: data("Ext", "12")}, {AccountID: a, FirstName: "Bob", Data: map[string]endpoints.Value{"Ext": endpoints.NumberValue(12)}}, {AccountID: a, FirstName: "ANN", Data: data("Ext", "13")},
		{AccountID: b, FirstName: "Eve", Data: data("Ext", "13")}, {AccountID: a, FirstName: "Joe", Data: data("Ext", " ")},
	} {
		e.Kind, e.SipUserName = endpoints.User, "u"+string(rune('a'+i))
		must(t, s.PutEndpoint(ctx, &e))
		made = append(made, e.ID)
	}
	for field, want := range map[string][]store.Duplicates{"Ext": {{Value: "12", IDs: made[:2]}}, "FirstName": {{Value: "Ann", IDs: []string{made[0], made[2]}}}, "Nothing": {}, "Id": {}} {
		if got, err := s.EndpointDuplicates(ctx, a, field); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", field, got, err, want)
		}
	}
}
