package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func (h *house) newCustomer(body string) CustomerInfo {
	h.Helper()
	return decode[CustomerInfo](h.T, h.want(200, basic("manager@default.test"), "POST", "/customers", body))
}

// A tree of customers: made, read, moved, listed and deleted from its leaves.
func TestCustomers(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	root := h.newCustomer(`{"name":"Acme","referenceId":"A-1","data":{"Tier":{"stringValue":"Gold"},"Vip":{"boolValue":true}}}`)
	if root.Id == "" || root.AccountId != h.account || root.AccountName != "Default" || root.CreatedBy != "manager@default.test" || root.Data["Tier"].Text() != "Gold" || root.ReferenceId != "A-1" {
		t.Errorf("%+v", root)
	}
	branch := h.newCustomer(`{"name":"Branch","parentCustomerId":"` + root.Id + `"}`)
	leaf := h.newCustomer(`{"name":"Leaf","parentCustomerId":"` + branch.Id + `"}`)
	if got := fmt.Sprint(leaf.Breadcrumb); got != fmt.Sprintf("[{{} %s Acme} {{} %s Branch} {{} %s Leaf}]", root.Id, branch.Id, leaf.Id) {
		t.Error(got)
	}
	names := func(query string) string {
		var out []string
		for _, c := range decode[ListResponse[CustomerInfo]](t, h.want(200, manager, "GET", "/customers?sortField=name&"+query, "")).Items {
			out = append(out, c.Name)
		}
		return strings.Join(out, " ")
	}
	for query, want := range map[string]string{
		"": "Acme Branch Leaf", "accountIds=" + h.account: "Acme Branch Leaf", "nameFilter=EA": "Leaf", "countPerPage=1&page=1": "Branch",
		"parentCustomerIds=" + root.Id: "Branch Leaf", "parentCustomerIds=" + root.Id + "&shallowParent=true": "Branch", "shallowParent=true": "Acme", "shallowParent=true&nameFilter=leaf": "", "specificIds=" + leaf.Id: "Leaf", "tagIds=x": "",
	} {
		if got := names(query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	h.want(200, manager, "POST", "/users", `{"accountId":"`+h.account+`","emailAddress":"b@x.test","firstName":"B","lastName":"B","password":"a long password","customerIds":["`+branch.Id+`"]}`)
	kept := func(r *http.Request) { r.SetBasicAuth("b@x.test", "a long password") }
	if a := decode[ListResponse[CustomerInfo]](t, h.want(200, kept, "GET", "/customers?shallowParent=true", "")); len(a.Items) != 1 || a.Items[0].Id != branch.Id {
		t.Errorf("%+v: the top of what a login sees is its own customer", a.Items)
	}
	moved := decode[CustomerInfo](t, h.want(200, manager, "PATCH", "/customers/"+leaf.Id, `{"name":"Top","parentCustomerId":"","data":{"Tier":{"stringValue":"Tin"}}}`))
	if moved.ParentCustomerId != "" || moved.Name != "Top" || len(moved.Breadcrumb) != 1 || moved.Data["Tier"].Text() != "Tin" {
		t.Errorf("%+v", moved)
	}
	if got := decode[CustomerInfo](t, h.want(200, manager, "PATCH", "/customers/"+root.Id, `{"referenceId":"A-2"}`)); got.Data["Tier"].Text() != "Gold" || got.Name != "Acme" || got.ReferenceId != "A-2" {
		t.Errorf("%+v", got)
	}
	h.want(400, manager, "PATCH", "/customers/"+root.Id, `{"parentCustomerId":"`+branch.Id+`"}`) // a circle
	h.want(400, manager, "PATCH", "/customers/"+root.Id, `{"name":" "}`)
	h.want(400, manager, "POST", "/customers", `{"referenceId":"nameless"}`)
	h.want(404, manager, "POST", "/customers", `{"name":"x","parentCustomerId":"nobody"}`)
	foreign := h.furnish(h.other)
	h.want(404, manager, "PATCH", "/customers/"+root.Id, `{"parentCustomerId":"`+foreign.customer+`"}`)
	h.want(404, manager, "PATCH", "/customers/"+root.Id, `{"schedule":{"rules":[{"state":"Open","flowId":"`+foreign.flow+`"}]}}`)
	h.want(400, manager, "DELETE", "/customers/"+root.Id, "") // a branch stands below it
	h.want(204, manager, "DELETE", "/customers/"+branch.Id, "")
	h.want(204, manager, "DELETE", "/customers/"+root.Id, "")
	h.want(404, manager, "GET", "/customers/"+root.Id, "")
	if h.calls.reloads == 0 {
		t.Error("nobody told the switchboard")
	}
}

// Data is held against the fields, and a Password field's value is never shown
// nor lost.
func TestCustomerAndEndpointData(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	h.want(200, manager, "PATCH", "/system/settings", `{"customerFields":[{"name":"Tier","possibleValues":["Gold","Tin"]},{"name":"PIN","uiHint":"Password"}],
		"endpointFields":[{"name":"Floor","type":"Number"},{"name":"PIN","uiHint":"Password","uniqueness":"Unique"}]}`)
	h.want(400, manager, "POST", "/customers", `{"name":"A","data":{"Tier":{"stringValue":"Wood"}}}`)
	c := h.newCustomer(`{"name":"A","data":{"Tier":{"stringValue":"Gold"},"PIN":{"stringValue":"hush-1"}}}`)
	made := h.want(200, manager, "POST", "/endpoints/phone-numbers", `{"number":"+18005550100","customerId":"`+c.Id+`","data":{"Floor":{"numberValue":4},"PIN":{"stringValue":"hush-2"}}}`)
	e := decode[EndpointInfo](t, made)
	if e.CustomerId != c.Id || e.CustomerName != "A" || len(e.CustomerBreadcrumb) != 1 || e.Data["Floor"].Text() != "4" {
		t.Errorf("%+v", e)
	}
	h.want(400, manager, "PATCH", "/endpoints/"+e.Id, `{"data":{"Floor":{"stringValue":"x"}}}`)
	h.want(400, manager, "POST", "/endpoints/phone-numbers", `{"number":"+18005550101","data":{"PIN":{"stringValue":"hush-2"}}}`) // unique
	h.want(200, manager, "PATCH", "/endpoints/"+e.Id, `{"data":{"Floor":{"numberValue":5}}}`)
	h.want(200, manager, "PATCH", "/customers/"+c.Id, `{"data":{"Tier":{"stringValue":"Tin"}}}`)
	for _, path := range []string{"/customers/" + c.Id, "/customers", "/endpoints/" + e.Id, "/endpoints", "/endpoints.xml", "/customers.csv"} {
		if a := h.want(200, manager, "GET", path, ""); strings.Contains(a.body, "hush") || strings.Contains(a.body, "PIN") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	stored, err := h.server.Store.Endpoint(t.Context(), e.Id)
	if err != nil || stored.Data["PIN"].Text() != "hush-2" || stored.Data["Floor"].Text() != "5" {
		t.Errorf("%+v %v", stored, err)
	}
	owner, err := h.server.Store.Customer(t.Context(), c.Id)
	if err != nil || owner.Data["PIN"].Text() != "hush-1" || owner.Data["Tier"].Text() != "Tin" {
		t.Errorf("%+v %v", owner, err)
	}
	for _, who := range []as{manager, admin} {
		h.want(400, who, "GET", "/endpoints?dataFilters=PIN%3Dhush-2", "")
	}
	h.want(200, manager, "PATCH", "/endpoints/"+e.Id, `{"data":{"PIN":{}}}`)
	if stored, err = h.server.Store.Endpoint(t.Context(), e.Id); err != nil || stored.Data["PIN"].Text() != "" {
		t.Errorf("%+v %v", stored, err)
	}
	if got := h.want(200, manager, "GET", "/endpoints?customerIds="+c.Id, ""); !strings.Contains(got.body, e.Id) {
		t.Error(got.body)
	}
	if got := decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/endpoints/"+e.Id, `{"customerId":""}`)); got.CustomerId != "" {
		t.Errorf("%+v", got)
	}
}
