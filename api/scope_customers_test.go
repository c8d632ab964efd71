package api

import (
	"testing"

	"ringflow/endpoints"
)

// A login of the role Customer that has no customers, as older ones may, sees nothing of
// the account's.
func TestCustomerWithoutCustomersSeesNothing(t *testing.T) {
	h := newHouse(t)
	on := h.furnish(h.account)
	l := &endpoints.Login{EmailAddress: "lost@default.test", Roles: []endpoints.Role{endpoints.CustomerRole}, AccountIDs: []string{h.account}}
	if err := l.SetPassword(password); err != nil {
		t.Fatal(err)
	}
	if err := h.server.Store.PutLogin(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	lost := basic("lost@default.test")
	for _, path := range []string{"/flows", "/endpoints", "/customers", "/files", "/sessions"} {
		if got := decode[struct{ Items []any }](t, h.want(200, lost, "GET", path, "")); len(got.Items) != 0 {
			t.Errorf("%s shows %v", path, got.Items)
		}
	}
	h.want(404, lost, "GET", "/endpoints/"+on.endpoint, "")
	h.want(404, lost, "GET", "/customers/"+on.customer, "")
	h.want(404, lost, "GET", "/sessions/"+on.session, "")
	if a := h.do(lost, "POST", "/customers", `{"accountId":"`+h.account+`","name":"Mine"}`); a.StatusCode/100 != 4 {
		t.Errorf("it makes a customer: %d", a.StatusCode)
	}
}
