package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Accounts: made, changed, nested, held to their numbers, and deleted when empty;
// by administrators only.
func TestAccounts(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	a := decode[AccountInfo](t, h.want(200, admin, "POST", "/accounts", `{"name":" Acme ","parentAccountId":"`+h.account+`","maxPhoneNumbers":1,"twilioAccountSid":"AC1","twilioAuthToken":"carrier-secret","billingSettings":{"base":{"unitCost":1.50}}}`))
	if a.Name != "Acme" || fmt.Sprint(a.AncestorIds) != "["+h.account+"]" || !a.IsBYOA || a.MaxPhoneNumbers != 1 || string(a.BillingSettings) != `{"base":{"unitCost":1.50}}` || a.CreatedBy != adminEmail {
		t.Errorf("%+v", a)
	}
	leaf := decode[AccountInfo](t, h.want(200, admin, "POST", "/accounts", `{"name":"Leaf","parentAccountId":"`+a.Id+`"}`))
	if fmt.Sprint(leaf.AncestorIds) != fmt.Sprintf("[%s %s]", h.account, a.Id) || leaf.IsBYOA {
		t.Errorf("%+v", leaf)
	}
	if got := h.want(200, admin, "GET", "/accounts?nameFilter=ACM&sortField=name", ""); strings.Contains(got.body, "carrier-secret") || strings.Contains(got.body, "Leaf") || !strings.Contains(got.body, `"isBYOA":true`) {
		t.Error(got.body)
	}
	h.want(400, admin, "PATCH", "/accounts/"+a.Id, `{"parentAccountId":"`+leaf.Id+`"}`) // a circle
	for _, bad := range []string{`{"name":""}`, `{"maxPhoneNumbers":-1}`, `{"logoId":"nobody"}`, `{"billingSettings":"x"}`, `{"parentAccountId":"nobody"}`} {
		h.want(400, admin, "PATCH", "/accounts/"+a.Id, bad)
	}
	for _, who := range []as{manager, basic("customer@default.test"), basic("user@default.test")} {
		h.want(403, who, "POST", "/accounts", `{"name":"Mine"}`)
		h.want(403, who, "PATCH", "/accounts/"+h.account, `{"name":"Mine"}`)
		h.want(403, who, "DELETE", "/accounts/"+h.account, "")
		h.want(403, who, "POST", "/accounts/"+h.account+"/check", "")
		h.want(403, who, "POST", "/accounts/"+h.account+"/tokens", "")
	}
	file := h.furnish(h.account).file
	logo := decode[AccountInfo](t, h.want(200, admin, "PATCH", "/accounts/"+h.account, `{"logoId":"`+file+`"}`))
	if logo.LogoId != file || logo.LogoUri != "/files/"+file+"/content" {
		t.Errorf("%+v", logo)
	}
	number := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/phone-numbers", `{"accountId":"`+a.Id+`","number":"+18005550100"}`))
	h.want(400, admin, "POST", "/endpoints/phone-numbers", `{"accountId":"`+a.Id+`","number":"+18005550101"}`)
	h.want(200, admin, "PATCH", "/accounts/"+a.Id, `{"maxPhoneNumbers":2}`)
	h.want(200, admin, "POST", "/endpoints/phone-numbers", `{"accountId":"`+a.Id+`","number":"+18005550101","isFaxNumber":true}`)

	h.want(400, admin, "DELETE", "/accounts/"+a.Id, "") // Leaf, and numbers
	h.want(204, admin, "DELETE", "/accounts/"+leaf.Id, "")
	h.want(404, admin, "GET", "/accounts/"+leaf.Id, "")
	if got := h.want(400, admin, "DELETE", "/accounts/"+a.Id, ""); !strings.Contains(got.body, "2 endpoints") {
		t.Error(got.body)
	}
	if got := h.want(400, admin, "DELETE", "/accounts/"+h.account, ""); !strings.Contains(got.body, "live") {
		t.Error(got.body)
	}
	h.want(200, admin, "GET", "/endpoints/"+number.Id, "")
}

// A check tells what keeps calls from working.
func TestCheckAccount(t *testing.T) {
	h := newHouse(t, func(s *Server) {
		s.Trunk = func(string) (TrunkState, bool) { return TrunkState{LastError: "403 Forbidden"}, true }
	})
	a := decode[AccountInfo](t, h.want(200, admin, "POST", "/accounts", `{"name":"Acme"}`))
	at := `{"accountId":"` + a.Id + `",`
	check := func() CheckAccountResponse {
		return decode[CheckAccountResponse](t, h.want(200, admin, "POST", "/accounts/"+a.Id+"/check", ""))
	}
	if c := check(); !c.IsHealthy || len(c.Problems) != 1 || c.Problems[0].Severity != "Warning" {
		t.Errorf("%+v", c)
	}
	number := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/phone-numbers", at+`"number":"+18005550100"}`))
	trunk := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/sip-trunk", at+`"displayName":"Carrier","host":"192.0.2.9","userName":"u","password":"p","register":true}`))
	bad := decode[FlowInfo](t, h.want(200, admin, "POST", "/flows", at+`"name":"Bad","nodes":[{"id":"x","isStartNode":true,"spec":{"typeName":"NobodyKnowsNode","url":"/json/reply/NobodyKnowsNode"},"parameters":{}}]}`))
	h.want(200, admin, "POST", "/endpoints/users", at+`"firstName":"Ann","userMode":"Flow","flowId":"`+bad.Id+`"}`)
	h.want(200, admin, "POST", "/endpoints/team", at+`"displayName":"Empty"}`)
	c := check()
	text := fmt.Sprintf("%+v", c.Problems)
	for _, want := range []string{number.Id, "no flow", trunk.Id, "403 Forbidden", bad.Id, "can't run", "no members"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if c.IsHealthy || c.PhoneNumbers != 1 || c.Users != 1 || c.Trunks != 1 || c.TrunksRegistered != 0 || c.FlowsInUse != 1 {
		t.Errorf("%+v", c)
	}
}

// Tokens end: who was logged in is not any more, but administrators.
func TestRegenerateTokens(t *testing.T) {
	h := newHouse(t)
	login := func(email string) as {
		a := h.want(200, nobody, "POST", "/auth/credentials", `{"userName":"`+email+`","password":"`+password+`"}`)
		var id string
		for _, c := range a.Cookies() {
			if c.Name == "ss-id" {
				id = c.Value
			}
		}
		return header("X-ss-id", id)
	}
	mine, others, root := login("manager@default.test"), login("manager@other.test"), login(adminEmail)
	token := decode[RequestAuthTokenResponse](t, h.want(200, mine, "GET", "/auth/token?userEmailAddress=user@default.test", "")).AuthToken
	out := decode[RegenerateTokensResponse](t, h.want(200, root, "POST", "/accounts/"+h.account+"/tokens", ""))
	if out.SessionsEnded != 2 || out.TokensEnded != 1 || out.AccountId != h.account {
		t.Errorf("%+v", out)
	}
	h.want(401, mine, "GET", "/accounts", "")
	h.want(200, others, "GET", "/accounts", "")
	h.want(200, root, "GET", "/accounts", "")
	h.want(401, nobody, "POST", "/auth/token", `{"accessToken":"`+token+`"}`)
	h.want(200, basic("manager@default.test"), "GET", "/accounts", "")
}

// Numbers that nobody has been given, caller IDs, doubles, and what apps need.
func TestEndpointHelpers(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	h.want(200, manager, "PATCH", "/system/settings", `{"endpointFields":[{"name":"Ext"},{"name":"PIN","uiHint":"Password"}]}`)
	flow := h.furnish(h.account).flow
	h.want(200, manager, "POST", "/endpoints/phone-numbers", `{"number":"+18005550100"}`)
	h.want(200, manager, "POST", "/endpoints/phone-numbers", `{"number":"+18005550101","flowId":"`+flow+`"}`)
	h.want(200, manager, "POST", "/endpoints/phone-numbers", `{"number":"+4989555123","isFaxNumber":true}`)
	for query, want := range map[string]string{"": "+18005550100 +4989555123", "areaCode=800": "+18005550100", "countryCode=de": "+4989555123", "contains=0100": "+18005550100", "isFaxNumber=true": "+4989555123", "isFaxNumber=false&contains=0101": "", "contains=%25'": ""} {
		var got []string
		for _, n := range decode[[]AvailablePhoneNumber](t, h.want(200, manager, "GET", "/endpoints/phone-numbers/search?"+query, "")) {
			got = append(got, n.PhoneNumber)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
	h.want(400, manager, "GET", "/endpoints/phone-numbers/search?areaCode=8x", "")
	before := h.calls.reloads
	h.want(204, manager, "POST", "/phone-numbers/sync", "")
	h.want(403, basic("customer@default.test"), "POST", "/phone-numbers/sync", "")
	if h.calls.reloads == before {
		t.Error("nothing was read anew")
	}
	user := func(name, ext string) EndpointInfo {
		return decode[EndpointInfo](t, h.want(200, manager, "POST", "/endpoints/users", `{"firstName":"`+name+`","emailAddress":"`+name+`@x.test","password":"a long password","data":{"Ext":{"stringValue":"`+ext+`"}}}`))
	}
	ann, bob := user("Ann", "12"), user("Bob", "12")
	user("Joe", "13")
	d := decode[ListDuplicateEndpointsResponse](t, h.want(200, manager, "GET", "/endpoints/duplicates?endpointFieldName=Ext", ""))
	if len(d.Duplicates) != 1 || d.Duplicates[0].Value != "12" || d.Duplicates[0].Count != 2 || d.Duplicates[0].Endpoints[0].Id != ann.Id || d.Duplicates[0].Endpoints[1].Id != bob.Id {
		t.Errorf("%+v", d)
	}
	h.want(400, manager, "GET", "/endpoints/duplicates?endpointFieldName=PIN", "")
	if v := decode[VerifyCallerIdResponse](t, h.want(200, manager, "POST", "/endpoints/verify-caller-id", `{"endpointId":"`+ann.Id+`"}`)); !v.IsVerified || !strings.HasPrefix(v.CallerId, "+") {
		t.Errorf("%+v", v)
	}
	c := h.newCustomer(`{"name":"C","overrideAppSettings":true,"appSettings":{"enableDialer":false,"enableDeviceManagement":true}}`)
	h.want(200, manager, "PATCH", "/endpoints/"+ann.Id, `{"customerId":"`+c.Id+`"}`)
	config := decode[AppConfig](t, h.want(200, manager, "GET", "/endpoints/app/config?endpointEmailAddress=ANN@x.test&deviceType=Web", ""))
	if config.EndpointId != ann.Id || config.CustomerId != c.Id || config.Identity != ann.SipUserName || config.UserInfo.FirstName != "Ann" || fmt.Sprint(config.Tabs) != "[CallHistory Devices]" || config.AccessToken == "" || config.AgentState != "LoggedOut" {
		t.Errorf("%+v", config)
	}
	if a := decode[AuthenticateResponse](t, h.want(200, nobody, "POST", "/auth/token", `{"accessToken":"`+config.AccessToken+`"}`)); a.UserName != "ann@x.test" {
		t.Errorf("%+v", a)
	}
	h.want(200, manager, "POST", "/users", `{"accountId":"`+h.account+`","emailAddress":"c@x.test","firstName":"C","lastName":"C","password":"a long password","customerIds":["`+c.Id+`"]}`)
	kept := func(r *http.Request) { r.SetBasicAuth("c@x.test", "a long password") }
	if config := decode[AppConfig](t, h.want(200, kept, "GET", "/endpoints/app/config?endpointId="+ann.Id+"&deviceType=iOS", "")); config.AccessToken != "" || len(config.Tabs) != 2 {
		t.Errorf("%+v", config)
	}
	h.want(404, kept, "GET", "/endpoints/app/config?endpointId="+bob.Id+"&deviceType=iOS", "") // of no customer of his
	h.want(404, basic("manager@other.test"), "GET", "/endpoints/app/config?endpointEmailAddress=ann@x.test", "")
	h.want(400, manager, "GET", "/endpoints/app/config", "")

	// A phone user sees his own, and learns of no other.
	phone := func(r *http.Request) { r.SetBasicAuth("ann@x.test", "a long password") }
	for _, query := range []string{"", "?deviceType=iOS", "?endpointId=" + ann.Id, "?endpointEmailAddress=ann@x.test"} {
		own := decode[AppConfig](t, h.want(200, phone, "GET", "/endpoints/app/config"+query, ""))
		if own.EndpointId != ann.Id || (own.AccessToken != "") != strings.Contains(query, "deviceType") {
			t.Errorf("%s: %+v", query, own)
		}
	}
	for _, query := range []string{"?endpointId=" + bob.Id, "?endpointEmailAddress=bob@x.test", "?endpointEmailAddress=nobody@x.test"} {
		if a := h.want(404, phone, "GET", "/endpoints/app/config"+query, ""); strings.Contains(query, "Email") && strings.Contains(a.body, bob.Id) {
			t.Error(a.body)
		}
	}
	h.want(400, basic("user@default.test"), "GET", "/endpoints/app/config", "") // who has no phone

	// A key that only reads gets no token that would log in with all rights.
	key := decode[ApiKeyInfo](t, h.want(200, phone, "POST", "/api-keys", `{"name":"k","scopes":["read"]}`))
	if own := decode[AppConfig](t, h.want(200, header("Authorization", "Bearer "+key.Key), "GET", "/endpoints/app/config?deviceType=Web", "")); own.EndpointId != ann.Id || own.AccessToken != "" {
		t.Errorf("%+v", own)
	}
}
