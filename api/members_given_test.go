package api

import (
	"testing"

	"ringflow/endpoints"
)

// TestNewEndpointsTakeName makes endpoints by the member that PATCH and the answers have for it, too.
func TestNewEndpointsTakeName(t *testing.T) {
	h := newHouse(t)
	for path, more := range map[string]string{
		"team": "", "email": `,"emailAddress":"sales@default.test"`, "phone-numbers": `,"number":"+12025550133"`, "sip-trunk": `,"host":"192.0.2.1"`, "users": "",
	} {
		body := `{"accountId":"` + h.account + `","name":"Sales"` + more
		if got := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/"+path, body+`}`)); got.DisplayName != "Sales" {
			t.Errorf("%s: %q", path, got.DisplayName)
		}
	}
	if got := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/team", `{"accountId":"`+h.account+`","name":"Sales","displayName":"Support"}`)); got.DisplayName != "Support" {
		t.Errorf("%q", got.DisplayName)
	}
}

// TestAFileChangesItsCustomer gives a file to a customer and takes it back; not to another account's.
func TestAFileChangesItsCustomer(t *testing.T) {
	h := newHouse(t)
	acme := h.newCustomer(`{"accountId":"` + h.account + `","name":"Acme"}`).Id
	afar := decode[CustomerInfo](t, h.want(200, admin, "POST", "/customers", `{"accountId":"`+h.other+`","name":"Afar"}`)).Id
	user := &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.User, DisplayName: "Una", UserMode: endpoints.ModeFlow}
	h.putEndpoints(user)
	f := endpoints.File{AccountID: h.account, Type: endpoints.Upload, FileName: "a.wav", ContentType: "audio/wav", UserID: user.ID}
	if err := h.server.Store.PutFile(t.Context(), &f); err != nil {
		t.Fatal(err)
	}
	change := func(status int, customer string) (out FileInfo) {
		if a := h.want(status, admin, "PATCH", "/files/"+f.ID, `{"customerId":"`+customer+`"}`); status == 200 {
			out = decode[FileInfo](t, a)
		}
		return out
	}
	if got := change(200, acme); got.CustomerId != acme || got.CustomerName != "Acme" {
		t.Errorf("%+v", got)
	}
	change(404, afar)
	change(404, "nobody")
	if got := change(200, ""); got.CustomerId != "" {
		t.Errorf("%+v", got)
	}
}

// TestReportsTakeIdempotencyKeys queues a report once, though it takes all verbs.
func TestReportsTakeIdempotencyKeys(t *testing.T) {
	h := newHouse(t)
	ask := func() ReportInfo {
		return decode[ReportInfo](t, h.want(200, admin, "POST", "/reports/cdr", `{"accountId":"`+h.account+`"}`, key("one report")))
	}
	if first, second := ask(), ask(); first.Id != second.Id {
		t.Errorf("%s and %s", first.Id, second.Id)
	}
}
