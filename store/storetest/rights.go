package storetest

import (
	"bytes"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"testing"
	"time"

	"ringflow/endpoints"
)

// loginRights: what a login may beside its roles is kept; the last administrator stays.
func loginRights(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	root := &endpoints.Customer{AccountID: a, Name: "Root"}
	must(t, s.PutCustomer(ctx, root))
	l := &endpoints.Login{
		EmailAddress: "c@example.com", PasswordHash: "$", Roles: []endpoints.Role{endpoints.CustomerRole}, AccountIDs: []string{a}, CustomerIDs: []string{root.ID},
		ManagerAccess: endpoints.ReadWrite, DashboardPermissions: []endpoints.DashboardPermission{endpoints.ViewFlows, endpoints.ViewFiles},
	}
	must(t, s.PutLogin(ctx, l))
	if got, err := s.Login(ctx, l.ID); err != nil || !reflect.DeepEqual(got, l) || !got.Confined() {
		t.Errorf("%+v, %v", got, err)
	}
	must(t, s.DeleteCustomer(ctx, root.ID))
	must(t, s.PutLogin(ctx, l)) // it stays confined to what is gone
	if got, err := s.Login(ctx, l.ID); err != nil || !got.Confined() {
		t.Errorf("%+v, %v", got, err)
	}
	other := &endpoints.Customer{AccountID: b, Name: "Other"}
	must(t, s.PutCustomer(ctx, other))
	l.CustomerIDs = []string{other.ID}
	wantInvalid(t, s.PutLogin(ctx, l), "customerIds")
	l.CustomerIDs, l.ManagerAccess = nil, "All"
	wantInvalid(t, s.PutLogin(ctx, l), "managerAccess")
	l.ManagerAccess, l.DashboardPermissions = "", []endpoints.DashboardPermission{"ViewAll"}
	wantInvalid(t, s.PutLogin(ctx, l), "dashboardPermissions")

	boss := &endpoints.Login{EmailAddress: "boss@example.com", PasswordHash: "$", Roles: []endpoints.Role{endpoints.SystemAdministrator}}
	must(t, s.PutLogin(ctx, boss))
	wantInvalid(t, s.DeleteLogin(ctx, boss.ID), "userId")
	boss.Roles = nil
	wantInvalid(t, s.PutLogin(ctx, boss), "roles")
	must(t, s.PutLogin(ctx, &endpoints.Login{EmailAddress: "deputy@example.com", PasswordHash: "$", Roles: []endpoints.Role{endpoints.Manager, endpoints.SystemAdministrator}}))
	must(t, s.PutLogin(ctx, boss))
	list, _, err := s.Logins(ctx, endpoints.LoginFilter{NoneOf: []endpoints.Role{endpoints.SystemAdministrator}})
	must(t, err)
	if got := ids(list, func(l *endpoints.Login) string { return l.EmailAddress }); !slices.Equal(got, []string{"c@example.com", "boss@example.com"}) {
		t.Error(got)
	}
}

// customerTree: who is within whom.
func customerTree(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	made := map[string]string{"": "", "gone": endpoints.NewID()}
	for _, step := range [][2]string{{"root", ""}, {"child", "root"}, {"leaf", "child"}, {"other", ""}} {
		c := &endpoints.Customer{AccountID: a, Name: step[0], ParentCustomerID: made[step[1]]}
		must(t, s.PutCustomer(ctx, c))
		made[step[0]] = c.ID
	}
	for _, c := range []struct {
		id     string
		within []string
		want   bool
	}{
		{"leaf", []string{"root"}, true}, {"leaf", []string{"other", "child"}, true}, {"leaf", []string{"leaf"}, true}, {"gone", []string{"gone"}, true},
		{"root", []string{"child"}, false}, {"other", []string{"root"}, false}, {"", []string{"root"}, false}, {"leaf", nil, false}, {"gone", []string{"root"}, false},
	} {
		var within []string
		for _, w := range c.within {
			within = append(within, made[w])
		}
		if got, err := s.CustomerWithin(ctx, made[c.id], within); err != nil || got != c.want {
			t.Errorf("%s within %v: %t, %v", c.id, c.within, got, err)
		}
	}
	list, _, err := s.Customers(ctx, endpoints.CustomerFilter{Within: []string{made["child"]}})
	must(t, err)
	if got := ids(list, func(c *endpoints.Customer) string { return c.Name }); !slices.Equal(got, []string{"child", "leaf"}) {
		t.Error(got)
	}
}

// apiKeys are found by hash, and go with their login.
func apiKeys(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	login := func(email, account string, roles ...endpoints.Role) *endpoints.Login {
		l := &endpoints.Login{EmailAddress: email, PasswordHash: "$", AccountIDs: []string{account}, Roles: roles}
		must(t, s.PutLogin(ctx, l))
		return l
	}
	ann, bob, eve := login("ann@example.com", a, endpoints.Manager), login("bob@example.com", a, endpoints.CustomerRole), login("eve@example.com", b)
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	keys := map[string]*endpoints.APIKey{}
	var secrets [][]byte
	for _, l := range []*endpoints.Login{ann, bob, eve} {
		k := &endpoints.APIKey{Name: " " + l.EmailAddress, LoginID: l.ID, AccountIDs: []string{a}, Scopes: []endpoints.KeyScope{endpoints.ScopeRead, endpoints.ScopeCalls, endpoints.ScopeRead}, Expires: expires}
		secret := k.NewKey()
		secrets = append(secrets, []byte(secret))
		must(t, s.AddAPIKey(ctx, k))
		keys[l.EmailAddress] = k
		got, err := s.APIKeyByHash(ctx, endpoints.HashKey(secret))
		must(t, err)
		if !reflect.DeepEqual(got, k) || len(got.Scopes) != 2 || got.Name != l.EmailAddress || len(secret) < 40 {
			t.Errorf("got %+v, put %+v", got, k)
		}
	}
	all := d.Dump(t)
	for _, secret := range secrets {
		if bytes.Contains(all, secret) {
			t.Error("who reads the database reads a key")
		}
	}
	for name, c := range map[string]struct {
		f    endpoints.APIKeyFilter
		want int
	}{
		"all": {endpoints.APIKeyFilter{}, 3}, "own": {endpoints.APIKeyFilter{LoginIDs: []string{ann.ID}}, 1}, "name": {endpoints.APIKeyFilter{NameFilter: "EVE"}, 1},
		"managed": {endpoints.APIKeyFilter{ManagedBy: []string{a}}, 1}, "managed and own": {endpoints.APIKeyFilter{ManagedBy: []string{a}, LoginIDs: []string{ann.ID}}, 2},
	} {
		if list, total, err := s.APIKeys(ctx, c.f); err != nil || len(list) != c.want || total != c.want {
			t.Errorf("%s: %d (%d), %v; want %d", name, len(list), total, err, c.want)
		}
	}
	must(t, s.TouchAPIKey(ctx, keys["ann@example.com"].ID, expires, "192.0.2.1"))
	got, err := s.APIKey(ctx, keys["ann@example.com"].ID)
	must(t, err)
	if !got.LastUsed.Equal(expires) || got.LastIP != "192.0.2.1" {
		t.Errorf("%+v", got)
	}
	must(t, s.DeleteAPIKey(ctx, got.ID))
	wantErr(t, s.DeleteAPIKey(ctx, got.ID), fs.ErrNotExist)
	must(t, s.DeleteLogin(ctx, eve.ID))
	_, err = s.APIKeyByHash(ctx, keys["eve@example.com"].Hash)
	wantErr(t, err, fs.ErrNotExist)
	wantInvalid(t, s.AddAPIKey(ctx, &endpoints.APIKey{Name: "x", LoginID: ann.ID}), "scopes")
	wantInvalid(t, s.AddAPIKey(ctx, &endpoints.APIKey{LoginID: ann.ID, Scopes: endpoints.KeyScopes}), "name")
}

// logEntries are found by account, customer, time and words, and don't grow for ever.
func logEntries(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	c := &endpoints.Customer{AccountID: a, Name: "C"}
	must(t, s.PutCustomer(ctx, c))
	below := &endpoints.Customer{AccountID: a, Name: "D", ParentCustomerID: c.ID}
	must(t, s.PutCustomer(ctx, below))
	var all []*endpoints.LogEntry
	for i, customer := range []string{"", c.ID, below.ID, "", "x"} {
		e := &endpoints.LogEntry{AccountID: a, CustomerID: customer, UserName: "ann@example.com", APIKeyName: "ci", Operation: "PatchFlow", EntityID: "f", Description: fmt.Sprintf("PatchFlow 100%% %d", i), IPAddress: "192.0.2.1"}
		if i == 3 {
			e.AccountID = ""
		}
		must(t, s.AddLogEntry(ctx, e))
		all = append(all, e)
	}
	for name, tc := range map[string]struct {
		f    endpoints.LogEntryFilter
		want []int
	}{
		"account": {endpoints.LogEntryFilter{AccountIDs: []string{a}}, []int{0, 1, 2, 4}}, "customer": {endpoints.LogEntryFilter{CustomerIDs: []string{c.ID}}, []int{1, 2}},
		"level": {endpoints.LogEntryFilter{CustomerIDs: []string{"_"}}, []int{0, 3}}, "level and below": {endpoints.LogEntryFilter{CustomerIDs: []string{"_", below.ID}, AccountIDs: []string{a}}, []int{0, 2}},
		"words": {endpoints.LogEntryFilter{Description: "patchflow 100% 4"}, []int{4}}, "since": {endpoints.LogEntryFilter{Start: all[0].DateCreated}, []int{0, 1, 2, 3, 4}}, "until": {endpoints.LogEntryFilter{End: all[0].DateCreated}, nil},
	} {
		list, total, err := s.LogEntries(ctx, tc.f)
		must(t, err)
		var want []string
		for _, i := range tc.want {
			want = append(want, all[i].ID)
		}
		got := ids(list, func(e *endpoints.LogEntry) string { return e.ID })
		slices.Sort(got)
		slices.Sort(want)
		if total != len(want) || len(want) > 0 && !slices.Equal(got, want) {
			t.Errorf("%s: %d, want %v", name, len(got), tc.want)
		}
	}
	list, _, err := s.LogEntries(ctx, endpoints.LogEntryFilter{List: endpoints.List{SpecificIDs: []string{all[0].ID}}})
	must(t, err)
	all[0].CreatedBy, all[0].LastModifiedBy = "ann@example.com", "ann@example.com"
	if len(list) != 1 || !reflect.DeepEqual(list[0], all[0]) {
		t.Errorf("got %+v, put %+v", list, all[0])
	}
	if n, err := s.TrimLog(ctx, time.Now().Add(-time.Hour), 5); err != nil || n != 0 {
		t.Error(n, err)
	}
	if n, err := s.TrimLog(ctx, time.Time{}, 2); err != nil || n < 3 {
		t.Error(n, err)
	}
	if _, err := s.TrimLog(ctx, time.Now().Add(time.Hour), 5); err != nil {
		t.Error(err)
	}
	if list, _, err := s.LogEntries(ctx, endpoints.LogEntryFilter{}); err != nil || len(list) != 0 {
		t.Error(len(list), err)
	}
}
