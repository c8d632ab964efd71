package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ringflow/endpoints"
)

func (h *house) users(who as, query string) []UserInfo {
	h.Helper()
	return decode[ListResponse[UserInfo]](h.T, h.want(200, who, "GET", "/users?all=true&"+query, "")).Items
}

// loginID is the id of the login with an address.
func (h *house) loginID(email string) string {
	h.Helper()
	l, err := h.server.Store.LoginByEmail(h.Context(), email)
	if err != nil {
		h.Fatal(err)
	}
	return l.ID
}

// A manager manages the logins of his accounts, and gives no roles.
func TestManagersManageLogins(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	for _, u := range h.users(manager, "") {
		if u.EmailAddress == adminEmail || !strings.HasSuffix(u.EmailAddress, "@default.test") || len(u.AccountIds) != 1 || u.AccountNames[0] != "Default" {
			t.Errorf("%+v", u)
		}
	}
	if n := len(h.users(admin, "")); n != 9 {
		t.Errorf("an administrator sees %d", n)
	}
	h.want(404, manager, "GET", "/users?accountIds="+h.other, "")
	h.want(403, basic("customer@default.test"), "GET", "/users", "")

	// Without customers and roles it can log in, and nothing else.
	made := decode[UserInfo](t, h.want(200, manager, "POST", "/users", `{"emailAddress":"Zoe@X.test","firstName":"Zoe","lastName":"Bell","password":"`+password+`"}`))
	if made.EmailAddress != "zoe@x.test" || made.Name != "Zoe Bell" || len(made.Roles) != 0 || len(made.AccountIds) != 1 {
		t.Errorf("%+v", made)
	}
	h.want(200, basic("zoe@x.test"), "GET", "/auth/status", "")
	h.want(403, basic("zoe@x.test"), "GET", "/flows", "")
	h.want(409, admin, "POST", "/users", `{"accountId":"`+h.other+`","emailAddress":"ZOE@x.test","password":"`+password+`"}`) // unique in the whole system
	h.want(400, manager, "POST", "/users", `{"emailAddress":"yan@x.test","password":"short"}`)
	h.want(400, manager, "POST", "/users", `{"emailAddress":"yan@x.test"}`)
	h.want(400, manager, "POST", "/users", `{"emailAddress":"yan","password":"`+password+`"}`)
	h.want(404, manager, "POST", "/users", `{"accountId":"`+h.other+`","emailAddress":"yan@x.test","password":"`+password+`"}`)
	h.want(403, manager, "POST", "/users", `{"emailAddress":"yan@x.test","password":"`+password+`","roles":["User"]}`)

	zoe := "/users/" + made.Id
	h.want(403, manager, "PATCH", zoe, `{"roles":["User"]}`)
	h.want(404, manager, "PATCH", zoe, `{"accountIds":["`+h.other+`"]}`)
	h.want(400, manager, "PATCH", zoe, `{"accountIds":[]}`)
	h.want(409, manager, "PATCH", zoe, `{"emailAddress":"manager@default.test"}`)
	h.want(400, manager, "PATCH", zoe, `{"newPassword":"short"}`)
	h.want(400, admin, "PATCH", zoe, `{"roles":["Customer"]}`) // of which customers?
	if u := decode[UserInfo](t, h.want(200, manager, "PATCH", zoe, `{"firstName":"Zora","newPassword":"","roles":[]}`)); u.FirstName != "Zora" || u.LastName != "Bell" {
		t.Errorf("%+v", u)
	}
	h.want(200, basic("zoe@x.test"), "GET", "/auth/status", "") // the password stayed
	h.want(200, manager, "PATCH", zoe, `{"newPassword":"another long one"}`)
	h.want(401, basic("zoe@x.test"), "GET", "/sessions", "")
	if u := decode[UserInfo](t, h.want(200, admin, "PATCH", zoe, `{"roles":["Manager"],"accountIds":["`+h.account+`","`+h.other+`"]}`)); len(u.AccountIds) != 2 || u.Roles[0] != "Manager" {
		t.Errorf("%+v", u)
	}
	h.want(403, manager, "PATCH", zoe, `{"firstName":"x"}`) // who has an account more
	if u := decode[UserInfo](t, h.want(200, basic("manager@default.test"), "GET", "/users/"+h.loginID("manager@default.test"), "")); !u.IsAuthenticated {
		t.Errorf("%+v", u)
	}
	for _, u := range h.users(manager, "emailFilter=zoe") {
		if len(u.AccountIds) != 1 {
			t.Errorf("another account's id is shown: %+v", u)
		}
	}
	h.want(404, manager, "DELETE", "/users/"+h.loginID("user@other.test"), "")
	h.want(404, manager, "DELETE", "/users/"+h.loginID(adminEmail), "")
	h.want(204, manager, "DELETE", "/users/"+h.loginID("user@default.test"), "")
	h.want(401, basic("user@default.test"), "GET", "/sessions", "")
}

// Nobody locks himself out, and somebody always administers the server.
func TestNobodyIsLockedOut(t *testing.T) {
	h := newHouse(t)
	root := "/users/" + h.loginID(adminEmail)
	h.want(403, admin, "DELETE", root, "")
	h.want(403, admin, "PATCH", root, `{"roles":["Manager"]}`)
	local := header("Authorization", "Bearer local-token")
	h.want(400, local, "DELETE", root, "") // the last one
	h.want(400, local, "PATCH", root, `{"roles":["Manager"]}`)
	h.want(200, admin, "PATCH", root, `{"firstName":"Root","roles":["SystemAdministrator"]}`)
	second := decode[UserInfo](t, h.want(200, admin, "POST", "/users", `{"accountId":"`+h.account+`","emailAddress":"second@x.test","password":"`+password+`","roles":["SystemAdministrator"]}`))
	h.want(204, basic("second@x.test"), "DELETE", root, "")
	h.want(403, basic("second@x.test"), "DELETE", "/users/"+second.Id, "")
	manager := "/users/" + h.loginID("manager@default.test")
	h.want(403, basic("manager@default.test"), "DELETE", manager, "")
	h.want(200, basic("second@x.test"), "PATCH", manager, `{"managerAccess":"ReadOnly"}`)
	h.want(403, basic("manager@default.test"), "PATCH", manager, `{"managerAccess":"ReadWriteDelete"}`)
}

// managerAccess bounds what a manager does, and dashboard permissions open parts
// of the dashboard to a phone user.
func TestManagerAccessAndDashboard(t *testing.T) {
	h := newHouse(t)
	on := h.furnish(h.account)
	manager, user := basic("manager@default.test"), basic("user@default.test")
	access := func(email, body string) {
		t.Helper()
		h.want(200, admin, "PATCH", "/users/"+h.loginID(email), body)
	}
	access("manager@default.test", `{"managerAccess":"ReadOnly"}`)
	h.want(200, manager, "GET", "/flows/"+on.flow, "")
	h.want(200, manager, "POST", "/flows/validate", `{"name":"x","nodes":[]}`)
	h.want(403, manager, "PATCH", "/flows/"+on.flow, `{"name":"x"}`)
	h.want(403, manager, "PATCH", "/json/reply/PatchFlow?flowId="+on.flow, `{"name":"x"}`)
	h.want(403, manager, "GET", "/api/PatchFlow?flowId="+on.flow+"&name=x", "")
	h.want(403, manager, "POST", "/sessions/outgoing", `{"flowId":"`+on.flow+`","numberToDial":"+18005550100"}`)
	access("manager@default.test", `{"managerAccess":"ReadWrite"}`)
	h.want(200, manager, "PATCH", "/flows/"+on.flow, `{"name":"x"}`)
	h.want(403, manager, "DELETE", "/flows/"+on.flow, "")
	h.want(403, manager, "PATCH", "/users/"+h.loginID("user@default.test"), `{"managerAccess":"ReadWriteDelete"}`) // more than his own
	access("manager@default.test", `{"managerAccess":"ReadWriteDelete"}`)

	h.want(403, user, "GET", "/flows/"+on.flow, "")
	h.want(404, user, "GET", "/sessions/"+on.session, "") // not his own
	access("user@default.test", `{"dashboardPermissions":["ViewFlows","ViewSessions"]}`)
	h.want(200, user, "GET", "/flows/"+on.flow, "")
	h.want(200, user, "GET", "/sessions/"+on.session, "")
	h.want(403, user, "PATCH", "/flows/"+on.flow, `{"name":"y"}`)
	h.want(403, user, "GET", "/endpoints/"+on.endpoint, "")
	h.want(403, user, "GET", "/users", "")
	access("user@default.test", `{"managerAccess":"ReadWrite"}`)
	h.want(200, user, "PATCH", "/flows/"+on.flow, `{"name":"y"}`)
	h.want(403, user, "DELETE", "/flows/"+on.flow, "")
	h.want(404, user, "GET", "/flows/"+h.furnish(h.other).flow, "")
	if who := decode[UserInfo](t, h.want(200, user, "GET", "/auth/status", "")); who.ManagerAccess != "ReadWrite" || len(who.DashboardPermissions) != 2 {
		t.Errorf("%+v", who)
	}
	if a := h.want(200, user, "GET", "/auth/status.xml", ""); !strings.Contains(a.body, `<d2p1:DashboardPermissions>ViewFlows</d2p1:DashboardPermissions><d2p1:DashboardPermissions>ViewSessions</d2p1:DashboardPermissions></DashboardPermissions>`) {
		t.Error(a.body)
	}
}

// A phone user of a customer sees the dashboard of that customer only.
func TestDashboardOfACustomer(t *testing.T) {
	h := newHouse(t)
	ctx, on := t.Context(), h.furnish(h.account)
	e := &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.User, FirstName: "Phil", SipUserName: "phil-of-customer", CustomerID: on.customer}
	if err := h.server.Store.PutEndpoint(ctx, e); err != nil {
		t.Fatal(err)
	}
	h.want(200, admin, "PATCH", "/endpoints/"+on.endpoint, `{"customerId":""}`)
	l, err := h.server.Store.LoginByEmail(ctx, "user@default.test")
	if err != nil {
		t.Fatal(err)
	}
	l.EndpointID, l.DashboardPermissions = e.ID, []endpoints.DashboardPermission{endpoints.ViewEndpoints}
	if err := h.server.Store.PutLogin(ctx, l); err != nil {
		t.Fatal(err)
	}
	user := basic("user@default.test")
	h.want(200, user, "GET", "/endpoints/"+e.ID, "")
	h.want(404, user, "GET", "/endpoints/"+on.endpoint, "")
	if a := h.want(200, user, "GET", "/endpoints", ""); !strings.Contains(a.body, e.ID) || strings.Contains(a.body, on.endpoint) {
		t.Error(a.body)
	}
}

// Countries are allowed and forbidden one by one; costly numbers never.
func TestDialingPermissions(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	read := func() map[string]DialingPermissionInfo {
		t.Helper()
		out := map[string]DialingPermissionInfo{}
		for _, p := range decode[DialingPermissionsResponse](t, h.want(200, manager, "GET", "/system/dialing-permissions?accountId="+h.account, "")).Permissions {
			out[p.IsoCode] = p
			if p.HighRiskSpecialNumbersEnabled || p.HighRiskTollfraudNumbersEnabled || p.Name == "" || p.CallingCode == 0 {
				t.Errorf("%+v", p)
			}
		}
		return out
	}
	before := read()
	if len(before) < 200 || !before["US"].IsHome || !before["US"].LowRiskNumbersEnabled || before["DE"].LowRiskNumbersEnabled || before["DE"].Name != "Germany" {
		t.Errorf("%+v", before)
	}
	on, off := `{"lowRiskNumbersEnabled":true}`, `{"lowRiskNumbersEnabled":false}`
	for range 2 {
		h.want(200, manager, "PATCH", "/system/dialing-permissions/de?accountId="+h.account, on)
	}
	if v := decode[SystemSettingsInfo](t, h.want(200, manager, "GET", "/system/settings", "")); len(v.AllowedCountries) != 1 || !read()["DE"].LowRiskNumbersEnabled {
		t.Errorf("%+v", v)
	}
	h.want(200, manager, "PATCH", "/system/dialing-permissions/DE?accountId="+h.account, off)
	if read()["DE"].LowRiskNumbersEnabled {
		t.Error("still allowed")
	}
	h.want(400, manager, "PATCH", "/system/dialing-permissions/US?accountId="+h.account, off)
	h.want(404, manager, "PATCH", "/system/dialing-permissions/XX?accountId="+h.account, on)
	h.want(404, manager, "PATCH", "/system/dialing-permissions/DE?accountId="+h.other, on)
	h.want(403, basic("customer@default.test"), "PATCH", "/system/dialing-permissions/DE?accountId="+h.account, on)
	h.want(400, manager, "PATCH", "/system/dialing-permissions/DE?accountId="+h.account, `{"highRiskSpecialNumbersEnabled":true}`)
}

// The server's own settings: what they say counts.
func TestGlobalSettings(t *testing.T) {
	h := newHouse(t)
	if g := decode[GlobalSettings](t, h.want(200, admin, "GET", "/global/settings", "")); g.LogRetentionDays != 400 || g.MinPasswordLength != 8 {
		t.Errorf("%+v", g)
	}
	h.want(403, basic("manager@default.test"), "GET", "/global/settings", "")
	h.want(403, basic("manager@default.test"), "PATCH", "/global/settings", `{"minPasswordLength":8}`)
	h.want(400, admin, "PATCH", "/global/settings", `{"minPasswordLength":7}`)
	h.want(400, admin, "PATCH", "/global/settings", `{"logRetentionDays":100000}`)
	h.want(200, admin, "PATCH", "/global/settings", `{"minPasswordLength":22}`)
	h.want(400, admin, "POST", "/users", `{"accountId":"`+h.account+`","emailAddress":"z@x.test","password":"`+password+`"}`)
	if a := h.do(basic("manager@default.test"), "POST", "/endpoints/users", `{"firstName":"A","emailAddress":"a@x.test","password":"`+password+`"}`); a.StatusCode != http.StatusBadRequest {
		t.Error(a.StatusCode, a.body)
	}
	h.want(200, admin, "POST", "/users", `{"accountId":"`+h.account+`","emailAddress":"z@x.test","password":"`+url.QueryEscape(password)+`-longer"}`)
}

// What a user may is shown with its login and with its endpoint, and is the same, whichever
// of them is changed.
func TestRightsOfUserAndLoginAgree(t *testing.T) {
	h := newHouse(t)
	e := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users", `{"accountId":"`+h.account+`","firstName":"Ann","emailAddress":"ann@default.test","password":"`+password+`","managerAccess":"ReadOnly"}`))
	login := "/users/" + h.loginID("ann@default.test")
	h.want(200, admin, "PATCH", login, `{"managerAccess":"ReadWrite","dashboardPermissions":["ViewFiles"]}`)
	now := decode[EndpointInfo](t, h.want(200, admin, "GET", "/endpoints/"+e.Id, ""))
	if now.ManagerAccess != "ReadWrite" || len(now.DashboardPermissions) != 1 || now.DashboardPermissions[0] != "ViewFiles" {
		t.Errorf("the endpoint has %q, %v", now.ManagerAccess, now.DashboardPermissions)
	}
	h.want(200, admin, "PATCH", "/endpoints/"+e.Id, `{"lastName":"Bell","dashboardPermissions":["ViewFlows"]}`)
	if l := decode[UserInfo](t, h.want(200, admin, "GET", login, "")); l.ManagerAccess != "ReadWrite" || len(l.DashboardPermissions) != 1 || l.DashboardPermissions[0] != "ViewFlows" || l.LastName != "Bell" {
		t.Errorf("%+v", l)
	}
}
