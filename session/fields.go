package session

import (
	"ringflow/endpoints"
	"ringflow/flow"
)

// fields gives a flow the data of those it runs for.
type fields struct{ c *call }

// Endpoint is the endpoint that the flow runs on.
func (f *fields) Endpoint(name string) (flow.Value, string, bool) {
	return endpointField(f.c.endpoint, name, "Endpoint")
}

// User is the user who calls, or who answered, once someone did.
func (f *fields) User(name string) (flow.Value, string, bool) {
	u := f.c.caller
	if u == nil {
		u = f.c.taker
	}
	if u != nil && u.AccountID != f.c.account { // a call from another account inside of this server
		u = nil
	}
	return endpointField(u, name, "User")
}

// Customer is the endpoint's customer.
func (f *fields) Customer(name string) (flow.Value, string, bool) {
	cust := f.c.customer
	if cust == nil {
		return flow.Value{}, "", false
	}
	switch name {
	case "Id":
		return flow.Text(cust.ID), "Customer", true
	case "Name":
		return flow.Text(cust.Name), "Customer", true
	case "ReferenceId":
		return flow.Text(cust.ReferenceID), "Customer", true
	}
	if v, ok := cust.Data[name]; ok {
		return flowValue(v), "Customer Field of " + cust.Name, true
	}
	return flow.Value{}, "", false
}

// System fields are the account's settings that a flow may want to show.
func (f *fields) System(name string) (flow.Value, string, bool) {
	s := f.c.settings
	switch name {
	case "DefaultCountry":
		return flow.Text(s.DefaultCountry), "System", true
	case "TimeZoneId":
		return flow.Text(s.TimeZoneID), "System", true
	case "CallerId":
		return flow.Text(s.CallerID), "System", true
	case "Voice":
		return flow.Text(s.Voice), "System", true
	}
	return flow.Value{}, "", false
}

func endpointField(e *endpoints.Endpoint, name, from string) (flow.Value, string, bool) {
	if e == nil {
		return flow.Value{}, "", false
	}
	builtIn := func(s string) (flow.Value, string, bool) {
		if s == "" {
			return flow.Value{}, from, true
		}
		return flow.Text(s), from, true
	}
	switch name {
	case "Id":
		return builtIn(e.ID)
	case "DisplayName":
		return builtIn(e.DisplayName)
	case "Type":
		return builtIn(string(e.Kind))
	case "PhoneNumber":
		return builtIn(e.Number)
	case "EmailAddress":
		return builtIn(e.EmailAddress)
	case "SipUserName":
		return builtIn(e.SipUserName)
	case "FirstName":
		return builtIn(e.FirstName)
	case "LastName":
		return builtIn(e.LastName)
	}
	if v, ok := e.Data[name]; ok {
		return flowValue(v), from + " Field", true
	}
	return flow.Value{}, "", false
}

// flowValue is a stored value as flows have it; of several members the first counts.
func flowValue(v endpoints.Value) flow.Value {
	switch {
	case v.Bool != nil:
		return flow.Bool(*v.Bool)
	case v.Number != nil:
		return flow.Number(*v.Number)
	case v.List != nil:
		rows := make([]flow.Value, len(v.List))
		for i, m := range v.List {
			rows[i] = flow.Struct(flowValues(m))
		}
		return flow.List(rows...)
	case v.Struct != nil:
		return flow.Struct(flowValues(v.Struct))
	case v.String != nil:
		return flow.Text(*v.String)
	}
	return flow.Value{}
}

func flowValues(m map[string]endpoints.Value) map[string]flow.Value {
	if len(m) == 0 {
		return nil
	}
	out := make(map[string]flow.Value, len(m))
	for k, v := range m {
		out[k] = flowValue(v)
	}
	return out
}

// numbers are the functions of expressions that know the account's country.
type numbers struct{ country string }

func (n numbers) E164(s string) string {
	if e, err := endpoints.ParseNumber(s, n.country); err == nil {
		return e
	}
	return s
}

func (n numbers) National(s string) string {
	if e, err := endpoints.ParseNumber(s, n.country); err == nil {
		return endpoints.FormatCallerID(endpoints.National, e)
	}
	return s
}
