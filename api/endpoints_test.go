package api

import (
	"fmt"
	"strings"
	"testing"

	"ringflow/endpoints"
)

func TestUserEndpoint(t *testing.T) {
	h := newHouse(t)
	at := `"accountId":"` + h.account + `"`
	f := decode[FlowInfo](t, h.want(200, admin, "POST", "/flows", `{`+at+`,"name":"Dial out"}`))
	made := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users", `{`+at+`,"firstName":"Alice","lastName":"Moore","emailAddress":"alice@default.test","password":"`+password+`","userMode":"SipPhone","flowId":"`+f.Id+`","data":{"Ext":{"stringValue":"4000"}}}`))
	if made.Type != "User" || made.SipUserName == "" || len(made.SipPassword) < 16 || made.FlowName != "Dial out" || made.UserMode != "SipPhone" || made.DisplayName != "Alice Moore" || *made.Data["Ext"].String != "4000" {
		t.Errorf("%+v", made)
	}
	e, err := h.server.Store.Endpoint(t.Context(), made.Id)
	if err != nil || e.SipHA1MD5 != endpoints.HA1MD5(made.SipUserName, "ringflow", made.SipPassword) || e.SipHA1SHA256 != endpoints.HA1SHA256(made.SipUserName, "ringflow", made.SipPassword) {
		t.Error("the digest isn't that of the password", err)
	}
	if again := h.want(200, admin, "GET", "/endpoints/"+made.Id, ""); strings.Contains(again.body, made.SipPassword) || strings.Contains(again.body, "sipPassword") {
		t.Error(again.body)
	}
	status := decode[UserInfo](t, h.want(200, basic("alice@default.test"), "GET", "/auth/status", ""))
	if fmt.Sprint(status.Roles) != "[User]" || status.EndpointId != made.Id || len(status.AccountIds) != 1 || status.AccountIds[0] != h.account {
		t.Errorf("%+v", status)
	}
	fresh := decode[EndpointInfo](t, h.want(200, admin, "PATCH", "/endpoints/sip/"+made.Id+"/password", ""))
	if fresh.SipUserName != made.SipUserName || fresh.SipPassword == made.SipPassword || len(fresh.SipPassword) < 16 {
		t.Errorf("%+v", fresh)
	}
	h.want(409, admin, "POST", "/endpoints/users", `{`+at+`,"firstName":"Al","emailAddress":"ALICE@default.test","password":"`+password+`"}`)
	h.want(400, admin, "POST", "/endpoints/users", `{`+at+`,"firstName":"Al","emailAddress":"al@default.test","password":"short"}`)
	h.want(400, admin, "POST", "/endpoints/users", `{`+at+`,"firstName":"Al","password":"`+password+`"}`)
	h.want(400, admin, "POST", "/endpoints/users", `{`+at+`}`)
	h.want(400, admin, "POST", "/endpoints/users", `{`+at+`,"firstName":"Al","userMode":"Pager"}`)
	if l := decode[ListResponse[EndpointInfo]](t, h.want(200, admin, "GET", "/endpoints?type=User", "")); len(l.Items) != 1 {
		t.Errorf("a refused user was kept: %+v", l.Items)
	}
	twin := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users", `{`+at+`,"firstName":"Alice","lastName":"Moore"}`))
	if twin.SipUserName == "" || twin.SipUserName == made.SipUserName || twin.UserMode != "SoftPhone" {
		t.Errorf("%+v", twin)
	}
}

// Mode Flow has no phone, so no credentials; who gets a phone gets them.
func TestUserModes(t *testing.T) {
	h := newHouse(t)
	e := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users", `{"accountId":"`+h.account+`","firstName":"Robot","userMode":2}`))
	if e.UserMode != "Flow" || e.SipUserName != "" || e.SipPassword != "" {
		t.Errorf("%+v", e)
	}
	h.want(400, admin, "PATCH", "/endpoints/sip/"+e.Id+"/password", "")
	e = decode[EndpointInfo](t, h.want(200, admin, "PATCH", "/endpoints/"+e.Id, `{"userMode":"softphone","lastName":"Two"}`))
	if e.SipUserName == "" || e.SipPassword == "" || e.DisplayName != "Robot Two" {
		t.Errorf("%+v", e)
	}
	e = decode[EndpointInfo](t, h.want(200, admin, "PATCH", "/endpoints/"+e.Id, `{"userMode":"Flow"}`))
	if e.SipUserName != "" || e.SipPassword != "" {
		t.Errorf("%+v", e)
	}
}

func TestPhoneNumbers(t *testing.T) {
	h := newHouse(t)
	in := `{"accountId":"` + h.account + `","number":`
	n := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/phone-numbers", in+`"(800) 555-0100"}`))
	if n.PhoneNumber != "+18005550100" || n.Type != "PhoneNumber" || n.IsVirtualPhoneNumber == nil || !*n.IsVirtualPhoneNumber {
		t.Errorf("%+v", n)
	}
	h.want(409, admin, "POST", "/endpoints/phone-numbers", in+`"+18005550100"}`)
	h.want(409, admin, "POST", "/endpoints/phone-numbers", `{"accountId":"`+h.other+`","number":"+18005550100"}`)
	for _, bad := range []string{`""`, `"hello"`, `"+1"`, `"sip:x@y"`} {
		h.want(400, admin, "POST", "/endpoints/phone-numbers", in+bad+`}`)
	}
	if fax := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/phone-numbers", in+`"+18005550101","isFaxNumber":true}`)); fax.Type != "FaxNumber" || fax.PhoneNumber != "+18005550101" {
		t.Errorf("%+v", fax)
	}
	h.want(204, admin, "DELETE", "/endpoints/"+n.Id, "")
	h.want(404, admin, "GET", "/endpoints/"+n.Id, "")
	h.want(200, admin, "POST", "/endpoints/phone-numbers", `{"accountId":"`+h.other+`","number":"+18005550100"}`)
}

func TestSipTrunk(t *testing.T) {
	up := TrunkState{Registered: true, ActiveCalls: 3}
	h := newHouse(t, func(s *Server) { s.Trunk = func(string) (TrunkState, bool) { return up, true } })
	at := `"accountId":"` + h.account + `"`
	a := h.want(200, admin, "POST", "/endpoints/sip-trunk", `{`+at+`,"displayName":"Carrier","host":"sip.example.com"}`)
	d := decode[EndpointInfo](t, a)
	if d.Type != "SipTrunk" || *d.Port != 5060 || d.Transport != "udp" || *d.Register || *d.Priority != 1 || d.CallerIdFormat != "E164" || *d.AllowOriginalCallerId || *d.MaxCalls != 0 ||
		fmt.Sprint(d.Codecs) != "[PCMU PCMA]" || d.Prefixes == nil || len(d.Prefixes) != 0 || d.AllowedIps == nil || !*d.Registered || *d.ActiveCalls != 3 {
		t.Error(a.body)
	}
	a = h.want(200, admin, "POST", "/endpoints/sip-trunk", `{`+at+`,"displayName":"B","host":"192.0.2.1","port":5080,"transport":"TLS","userName":"u","password":"geheim-1234","register":true,"allowedIps":["192.0.2.0/24","198.51.100.7:5062"],"priority":2,"prefixes":["+1","+49"],"callerIdFormat":"e164noplus","allowOriginalCallerId":true,"maxCalls":10,"codecs":["PCMA"]}`)
	b := decode[EndpointInfo](t, a)
	if *b.Port != 5080 || b.Transport != "tls" || b.UserName != "u" || !*b.Register || len(b.AllowedIps) != 2 || *b.Priority != 2 || len(b.Prefixes) != 2 || b.CallerIdFormat != "E164NoPlus" || !*b.AllowOriginalCallerId || *b.MaxCalls != 10 || fmt.Sprint(b.Codecs) != "[PCMA]" {
		t.Error(a.body)
	}
	a = h.want(200, admin, "PATCH", "/endpoints/"+b.Id, `{"maxCalls":0,"prefixes":[],"register":false}`)
	p := decode[EndpointInfo](t, a)
	e, err := h.server.Store.Endpoint(t.Context(), b.Id)
	if err != nil || *p.MaxCalls != 0 || len(p.Prefixes) != 0 || *p.Register || *p.Port != 5080 || len(p.AllowedIps) != 2 || e.Trunk.Password != "geheim-1234" {
		t.Error(a.body, err)
	}
	if all := h.want(200, admin, "GET", "/endpoints?types=SipTrunk", ""); strings.Contains(all.body, "geheim") {
		t.Error("a trunk's password is shown")
	}
	for _, bad := range []string{`"host":"h"`, `"displayName":"x"`, `"displayName":"x","host":"a b"`, `"displayName":"x","host":"h","port":70000`, `"displayName":"x","host":"h","transport":"sctp"`,
		`"displayName":"x","host":"h","allowedIps":["::/x"]`, `"displayName":"x","host":"h","codecs":["G729"]`, `"displayName":"x","host":"h\r\nVia: evil"`, `"displayName":"x","host":"h","userName":"a\r\nb"`, `"displayName":"x","host":"h","maxCalls":-1`} {
		h.want(400, admin, "POST", "/endpoints/sip-trunk", `{`+at+`,`+bad+`}`)
	}
}

// Flow parameters are replaced whole, unless only a part is given.
func TestPatchFlowParams(t *testing.T) {
	h := newHouse(t)
	e := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/phone-numbers", `{"accountId":"`+h.account+`","number":"+18005550100","flowParams":{"A":{"numberValue":1},"B":{"boolValue":false}}}`))
	part := decode[EndpointInfo](t, h.want(200, admin, "PATCH", "/endpoints/"+e.Id, `{"isPartialFlowUpdate":true,"flowParams":{"A":{"numberValue":2}},"displayName":"Main","customerId":null}`))
	if *part.FlowParams["A"].Number != 2 || *part.FlowParams["B"].Bool || part.DisplayName != "Main" {
		t.Errorf("%+v", part)
	}
	whole := decode[EndpointInfo](t, h.want(200, admin, "PATCH", "/endpoints/"+e.Id, `{"flowParams":{}}`))
	if len(whole.FlowParams) != 0 {
		t.Errorf("%+v", whole)
	}
	h.want(400, admin, "PATCH", "/endpoints/"+e.Id, `{"data":{"A":{"numberValue":1,"stringValue":"x"}}}`)
	h.want(400, admin, "PATCH", "/endpoints/"+e.Id, `{"data":"x"}`)
}

func TestListEndpoints(t *testing.T) {
	h := newHouse(t)
	at := `"accountId":"` + h.account + `"`
	ann := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users", `{`+at+`,"firstName":"Ann","referenceId":"r1"}`))
	h.want(200, admin, "POST", "/endpoints/users", `{`+at+`,"firstName":"Ben","userMode":"Flow"}`)
	h.want(200, admin, "POST", "/endpoints/phone-numbers", `{`+at+`,"number":"+18005550100"}`)
	for query, want := range map[string]int{
		"": 3, "type=User": 2, "type=1": 2, "types=User,PhoneNumber": 3, "type=Email": 0, "nameFilter=an": 1, "phoneNumberFilter=5550": 1, "phoneNumberFilter=(800)%20555": 1, "phoneNumberFilter=800-555": 1, "phoneNumberFilter=+1800": 1, "userMode=flow": 1,
		"sipUserName=" + strings.ToUpper(ann.SipUserName): 1, "referenceIds=r1,r2": 1, "specificIds=" + ann.Id: 1, "countPerPage=2": 2, "all=true": 3, "simplifiedPaging=true": 3,
	} {
		if l := decode[ListResponse[EndpointInfo]](t, h.want(200, admin, "GET", "/endpoints?"+query, "")); len(l.Items) != want {
			t.Errorf("%s: %d, want %d", query, len(l.Items), want)
		}
	}
	h.want(400, admin, "GET", "/endpoints?type=Elephant", "")
}

// A customer shows with its way from the root, in every list.
func TestBreadcrumbs(t *testing.T) {
	h := newHouse(t)
	top := &endpoints.Customer{AccountID: h.account, Name: "Top"}
	if err := h.server.Store.PutCustomer(t.Context(), top); err != nil {
		t.Fatal(err)
	}
	leaf := &endpoints.Customer{AccountID: h.account, Name: "Leaf", ParentCustomerID: top.ID}
	if err := h.server.Store.PutCustomer(t.Context(), leaf); err != nil {
		t.Fatal(err)
	}
	h.want(200, admin, "POST", "/endpoints/users", `{"accountId":"`+h.account+`","firstName":"Ann","customerId":"`+leaf.ID+`"}`)
	h.want(200, admin, "POST", "/flows", `{"accountId":"`+h.account+`","name":"F","customerId":"`+leaf.ID+`"}`)
	want := `"customerId":"` + leaf.ID + `","customerName":"Leaf","customerBreadcrumb":[{"id":"` + top.ID + `","name":"Top"},{"id":"` + leaf.ID + `","name":"Leaf"}]`
	for _, path := range []string{"/endpoints", "/flows", "/endpoints?customerIds=" + top.ID} {
		if a := h.want(200, admin, "GET", path, ""); !strings.Contains(a.body, want) {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	if a := h.want(200, admin, "GET", "/endpoints?shallowParent=true&customerIds="+top.ID, ""); !strings.Contains(a.body, `"items":[]`) {
		t.Error(a.body)
	}
}

// A user and its login change together, or not at all.
func TestUserAndLoginAreOne(t *testing.T) {
	h := newHouse(t)
	user := func(name string) string {
		return `{"accountId":"` + h.account + `","firstName":"` + name + `","emailAddress":"` + name + `@default.test","password":"` + password + `"}`
	}
	ann := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users", user("ann")))
	h.want(200, admin, "POST", "/endpoints/users", user("ben"))
	h.want(409, admin, "PATCH", "/endpoints/"+ann.Id, `{"emailAddress":"ben@default.test","lastName":"Moved"}`)
	if got := decode[EndpointInfo](t, h.want(200, admin, "GET", "/endpoints/"+ann.Id, "")); got.EmailAddress != "ann@default.test" || got.UserEmailAddress != got.EmailAddress || got.LastName != "" {
		t.Errorf("half of a change stays: %+v", got)
	}
	h.want(200, basic("ann@default.test"), "GET", "/auth", "")
	h.want(200, admin, "PATCH", "/endpoints/"+ann.Id, `{"emailAddress":"anna@default.test"}`)
	h.want(200, basic("anna@default.test"), "GET", "/auth", "")
	h.want(401, basic("ann@default.test"), "GET", "/auth", "")
	before := len(decode[ListResponse[EndpointInfo]](t, h.want(200, admin, "GET", "/endpoints", "")).Items)
	h.want(409, admin, "POST", "/endpoints/users", user("ben"))
	if after := len(decode[ListResponse[EndpointInfo]](t, h.want(200, admin, "GET", "/endpoints", "")).Items); after != before {
		t.Errorf("%d endpoints, there were %d", after, before)
	}
}

// No filter is dropped: what isn't there yet matches nothing, and what can't be
// read is told.
func TestNoFilterIsDropped(t *testing.T) {
	h := newHouse(t)
	at := `"accountId":"` + h.account + `"`
	h.want(200, admin, "POST", "/endpoints/users", `{`+at+`,"firstName":"Ann","userMode":"Flow","data":{"Tier":{"stringValue":"Gold"},"Vip":{"boolValue":true}},"flowParams":{"Greeting":{"stringValue":"Hi <b>"},"Rings":{"numberValue":3}}}`)
	h.want(200, admin, "POST", "/endpoints/users", `{`+at+`,"firstName":"Ben","userMode":"Flow","data":{"Tier":{"stringValue":"Gold plus"},"Note":{"stringValue":"Tier=Gold"},"Deep":{"structValue":{"Tier":{"stringValue":"Gold"}}}}}`)
	h.want(200, admin, "POST", "/flows", `{`+at+`,"name":"F"}`)
	h.furnish(h.account) // a file
	for query, want := range map[string]int{
		"/endpoints?nameFilter=a&dataFilters=Tier%3DGold": 1, "/endpoints?dataFilters=Tier%3DGold,Vip%3Dtrue": 0, "/endpoints?dataFilters=Tier%3Dgold+plus": 0,
		"/endpoints?dataFilters=Tier%3DGold+plus&dataFilters=Note%3DTier%3DGold": 1, "/endpoints?dataFilters=Nobody%3D": 0, "/endpoints?dataFilters=Tier%3D%25": 0,
		"/endpoints?flowParametersFilter=%7B%22Rings%22:%7B%22numberValue%22:3%7D%7D":                                                           1,
		"/endpoints?flowParametersFilter=%7B%22Greeting%22:%7B%22stringValue%22:%22Hi%20%3Cb%3E%22%7D,%22Rings%22:%7B%22numberValue%22:4%7D%7D": 0,
		"/endpoints?flowParametersFilter=%7B%22Greeting%22:%7B%22stringValue%22:%22Hi%20%3Cb%3E%22%7D%7D&all=true":                              1,
		"/endpoints?tagIds=x": 0, "/endpoints?flowState=Open": 0, "/flows?tagIds=x": 0, "/files?transcriptionContains=x": 0, "/files": 1, "/flows": 2,
	} {
		a := h.want(200, admin, "GET", query, "")
		if l := decode[ListResponse[EntityInfo]](t, a); len(l.Items) != want || l.TotalCount != want {
			t.Errorf("%s: %d of %d, want %d", query, len(l.Items), l.TotalCount, want)
		}
	}
	h.want(400, admin, "GET", "/endpoints?dataFilters=Tier", "")
	h.want(400, admin, "GET", "/endpoints?flowParametersFilter=%7B%22A%22:1%7D", "")
}

// A user shows what it is doing; nothing else has a presence.
func TestPresence(t *testing.T) {
	h := newHouse(t)
	u := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users", `{"accountId":"`+h.account+`","firstName":"Alice","emailAddress":"alice@default.test","userMode":"SipPhone"}`))
	got := decode[EndpointInfo](t, h.want(200, admin, "GET", "/endpoints/"+u.Id, ""))
	if got.Presence != "Busy" {
		t.Errorf("%q", got.Presence)
	}
}
