package session_test

import (
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// settings changes those of the account.
func (h *house) settings(change func(*endpoints.Settings)) {
	h.t.Helper()
	s, err := h.store.Settings(h.t.Context(), h.account)
	if err != nil {
		h.t.Fatal(err)
	}
	change(s)
	if err := h.store.PutSettings(h.t.Context(), s); err != nil {
		h.t.Fatal(err)
	}
}

// customer is a customer below another one.
func (h *house) customer(c *endpoints.Customer) *endpoints.Customer {
	h.t.Helper()
	c.AccountID = h.account
	if err := h.store.PutCustomer(h.t.Context(), c); err != nil {
		h.t.Fatal(err)
	}
	return c
}

func words(of ...string) map[string]endpoints.Value {
	m := map[string]endpoints.Value{}
	for i := 0; i < len(of); i += 2 {
		m[of[i]] = endpoints.StringValue(of[i+1])
	}
	return m
}

func word(s string) *endpoints.Value { v := endpoints.StringValue(s); return &v }

// field is one of type String with a default ("": none).
func field(name, value string) endpoints.DataField {
	f := endpoints.DataField{Name: name}
	if value != "" {
		f.DefaultValue = word(value)
	}
	return f
}

// shows is a flow that writes down a few values, each by its source.
func shows(sources ...string) []node {
	var out []node
	for i, s := range sources {
		n := node{id: "n" + string(rune('a'+i)), typ: "LogNode", in: map[string]any{"Message": s + " is {{ " + s + " }}"}}
		if i+1 < len(sources) {
			n.to = map[string]string{"Done": "n" + string(rune('a'+i+1))}
		}
		out = append(out, n)
	}
	return out
}

func TestData(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		secret := field("Pin", "4711")
		secret.UIHint = endpoints.HintPassword
		h.settings(func(s *endpoints.Settings) {
			s.EndpointFields = []*endpoints.EndpointField{
				{DataField: field("Greeting", "Hello")}, {DataField: field("Set", "not this")}, {DataField: field("Bare", "")},
				{DataField: field("Users", "only"), EndpointType: endpoints.User}, {DataField: secret},
			}
			s.CustomerFields = []*endpoints.CustomerField{{DataField: field("Tier", "tin")}, {DataField: field("Colour", "grey")}, {DataField: field("Own", "")}}
			s.SystemFields = []*endpoints.SystemField{{DataField: field("Company", "Nobody"), Value: word("Acme Inc.")}, {DataField: field("Slogan", "We ring")}}
		})
		top := h.customer(&endpoints.Customer{Name: "Acme", Data: words("Tier", "gold", "Own", "of Acme", "Gone", "x")})
		desk := h.customer(&endpoints.Customer{Name: "Desk", ParentCustomerID: top.ID, Data: words("Own", "of Desk")})
		nodes := shows("Endpoint.Greeting", "Endpoint.Set", "Endpoint.Bare", "Endpoint.Users", "Endpoint.Undefined", "Customer.Tier", "Customer.Colour", "Customer.Own",
			"Customer.Gone", "Customer.Name", "System.Company", "System.Slogan", "User.Users", "Endpoint.Pin")
		h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, Number: did, CustomerID: desk.ID, FlowID: h.flow(nodes...), Data: words("Set", "this", "Undefined", "kept", "Users", "x")})
		if _, err := h.carrier.call(t.Context(), toNumber(did)); err == nil {
			t.Fatal("the call was answered")
		}
		r := h.record()
		logged(t, r, "Endpoint.Greeting is Hello\n", "Endpoint.Set is this\n", "Endpoint.Bare is \n", "Endpoint.Users is \n", "Endpoint.Undefined is \n",
			"Customer.Tier is gold\n", "Customer.Colour is grey\n", "Customer.Own is of Desk\n", "Customer.Gone is \n", "Customer.Name is Desk\n",
			"System.Company is Acme Inc.\n", "System.Slogan is We ring\n", "User.Users is \n")
		if strings.Contains(logText(r), "4711") {
			t.Errorf("a password is in the log:\n%s", logText(r))
		}
		if r.CustomerID != desk.ID || r.CustomerName != "Desk" {
			t.Errorf("the customer is %s", r.CustomerName)
		}
	})
}

// The trace says where a value was found.
func TestProvenance(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.settings(func(s *endpoints.Settings) {
			s.EndpointFields = []*endpoints.EndpointField{{DataField: field("Greeting", "Hello")}, {DataField: field("Ext", "")}}
			s.CustomerFields = []*endpoints.CustomerField{{DataField: field("Tier", "tin")}, {DataField: field("Colour", "grey")}}
			s.SystemFields = []*endpoints.SystemField{{DataField: field("Company", "Nobody")}}
		})
		top := h.customer(&endpoints.Customer{Name: "Acme", Data: words("Tier", "gold")})
		desk := h.customer(&endpoints.Customer{Name: "Desk", ParentCustomerID: top.ID})
		var nodes []node
		for _, source := range []string{"Endpoint Greeting", "Endpoint Ext", "Customer Tier", "Customer Colour", "System Company"} {
			from, name, _ := strings.Cut(source, " ")
			nodes = append(nodes, node{id: name, typ: "LogNode", in: map[string]any{"Message": bound{from, name}}})
		}
		for i := range nodes[1:] {
			nodes[i].to = map[string]string{"Done": nodes[i+1].id}
		}
		h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, Number: did, CustomerID: desk.ID, FlowID: h.flow(nodes...), Data: words("Ext", "12")})
		if _, err := h.carrier.call(t.Context(), toNumber(did)); err == nil {
			t.Fatal("the call was answered")
		}
		logged(t, h.record(), `Message = "Hello", from Endpoint Field, default`, `Message = "12", from Endpoint Field`+"\n", `Message = "gold", from Customer Field of Acme`,
			`Message = "grey", from Customer Field, default`, `Message = "Nobody", from System Field, default`)
	})
}

// Whose number the outside sees: the node's, the field of the user, of the
// endpoint, the endpoint's own, the account's.
func TestCallerIDField(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		const fields, own, account = "+18005550107", "+18005550108", "+18005550109"
		var ids []string
		for _, n := range []string{did, fields, own, account} {
			ids = append(ids, h.number(n, say("x", "x", "")).ID)
		}
		h.settings(func(s *endpoints.Settings) {
			s.CallerID = account
			s.MaxCallsPerMinute = 100
			s.EndpointFields = []*endpoints.EndpointField{
				{DataField: field("Of trunks", ""), IsCallerID: true, EndpointType: endpoints.SipTrunk}, {DataField: field("Not one", ""), EndpointType: endpoints.User},
				{DataField: field("First", ""), IsCallerID: true}, {DataField: field("Second", ""), IsCallerID: true},
			}
		})
		alice := h.user("alice", dialsOut(nil)...)
		phone := h.phone("alice", "10.0.0.11")
		h.carrier.on(refuses(486, 0))
		shown := func() string {
			t.Helper()
			before := len(h.carrier.called())
			phone.mustCall(dials(outside)).over(t, 5*time.Second)
			in := h.carrier.called()
			if len(in) == before {
				return ""
			}
			return in[len(in)-1].From.User
		}
		for _, c := range []struct {
			data map[string]endpoints.Value
			want string
		}{
			{nil, account},
			{words("Not one", own, "Of trunks", own), account},
			{words("Second", fields), fields},
			{words("First", "(800) 555-0108", "Second", fields), own},
			{words("First", ids[1]), fields}, // a reference
			{words("First", "+14155550999"), ""},
		} {
			alice.Data = c.data
			h.put(alice)
			if got := shown(); got != c.want {
				t.Errorf("with %v the carrier sees %q, want %q", c.data, got, c.want)
			}
		}
		logged(t, h.record(), "the endpoint's caller ID field is +14155550999, which is not a number of this account")

		// The customer's comes before the account's, and after the endpoint's own.
		h.settings(func(s *endpoints.Settings) {
			s.CustomerFields = []*endpoints.CustomerField{{DataField: field("Desk", own)}, {DataField: field("Line", ""), IsCallerID: true}}
		})
		top := h.customer(&endpoints.Customer{Name: "Acme", Data: words("Line", "(800) 555-0108")})
		desk := h.customer(&endpoints.Customer{Name: "Desk", ParentCustomerID: top.ID})
		alice.Data, alice.CustomerID = nil, desk.ID
		h.put(alice)
		if got := shown(); got != own {
			t.Errorf("the carrier sees %q, want that of the customer above, %q", got, own)
		}
		alice.Data = words("Second", fields)
		h.put(alice)
		if got := shown(); got != fields {
			t.Errorf("the carrier sees %q, want the user's own, %q", got, fields)
		}
		alice.Data = nil
		h.put(alice)
		top.Data = words("Line", "+14155550998")
		h.customer(top)
		if got := shown(); got != "" {
			t.Errorf("the carrier sees %q", got)
		}
		logged(t, h.record(), "the customer's caller ID field is +14155550998, which is not a number of this account")
		alice.Data = words("First", fields)
		alice.FlowID = h.flow(dialsOut(map[string]any{"CallerId": own})...)
		h.put(alice)
		if got := shown(); got != own {
			t.Errorf("the node's own is not shown, but %s", got)
		}
		// A number that forwards shows its own field.
		forward := h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, Number: "+18005550120", FlowID: h.flow(dial("on", nil, nil, outside2)), Data: words("First", own)})
		if _, err := h.carrier.call(t.Context(), toNumber(forward.Number)); err == nil {
			t.Error("somebody answered")
		}
		if in := h.carrier.called(); in[len(in)-1].From.User != own || in[len(in)-1].RequestURI.User != outside2 {
			t.Errorf("a forwarded call shows %s to %s", in[len(in)-1].From.User, in[len(in)-1].RequestURI.User)
		}
		if r := h.record(); r.Direction != session.Incoming {
			t.Errorf("record %+v", r)
		}
	})
}
