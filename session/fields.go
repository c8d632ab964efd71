package session

import (
	"ringflow/endpoints"
	"ringflow/flow"
)

// fields gives a flow the data of those it runs for: what comes with each, and
// the fields that the account has defined. A value of no field is nobody's.
type fields struct{ c *call }

// Endpoint is the endpoint that the flow runs on.
func (f *fields) Endpoint(name string) (flow.Value, string, bool) {
	return f.c.endpointField(f.c.endpoint, name, "Endpoint")
}

// User is the user who calls, or who answered, once someone did.
func (f *fields) User(name string) (flow.Value, string, bool) {
	return f.c.endpointField(f.c.user(), name, "User")
}

// user is the caller, else who answered, if one of the account's.
func (c *call) user() *endpoints.Endpoint {
	u := c.caller
	if u == nil {
		u = c.taker
	}
	if u != nil && u.AccountID != c.account { // a call from another account inside of this server
		u = nil
	}
	return u
}

// Customer is the session's customer, or the nearest above it that has a value.
func (f *fields) Customer(name string) (flow.Value, string, bool) {
	cust := f.c.customer()
	if cust == nil {
		return flow.Value{}, "", false
	}
	switch name {
	case "Id":
		return builtIn(cust.ID), "Customer", true
	case "Name":
		return builtIn(cust.Name), "Customer", true
	case "ReferenceId":
		return builtIn(cust.ReferenceID), "Customer", true
	}
	for _, d := range f.c.settings.CustomerFields {
		if d.Name == name {
			return f.c.customerField(d)
		}
	}
	return flow.Value{}, "", false
}

// customerField is the value that the session's customer, or the nearest above
// it, has of a field.
func (c *call) customerField(d *endpoints.CustomerField) (flow.Value, string, bool) {
	for _, at := range c.customers {
		if v, ok := at.Data[d.Name]; ok && !v.Empty() {
			return shown(&d.DataField, v), "Customer Field of " + at.Name, true
		}
	}
	return byDefault(&d.DataField, "Customer")
}

// System fields are the account's settings that a flow may want to show, and its own.
func (f *fields) System(name string) (flow.Value, string, bool) {
	s := f.c.settings
	switch name {
	case "DefaultCountry":
		return builtIn(s.DefaultCountry), "System", true
	case "TimeZoneId":
		return builtIn(s.TimeZoneID), "System", true
	case "CallerId":
		return builtIn(s.CallerID), "System", true
	case "Voice":
		return builtIn(s.Voice), "System", true
	}
	for _, d := range s.SystemFields {
		if d.Name != name {
			continue
		}
		if d.Value != nil && !d.Value.Empty() {
			return shown(&d.DataField, *d.Value), "System Field", true
		}
		return byDefault(&d.DataField, "System")
	}
	return flow.Value{}, "", false
}

func builtIn(s string) flow.Value {
	if s == "" {
		return flow.Value{}
	}
	return flow.Text(s)
}

func (c *call) endpointField(e *endpoints.Endpoint, name, from string) (flow.Value, string, bool) {
	if e == nil {
		return flow.Value{}, "", false
	}
	switch name {
	case "Id":
		return builtIn(e.ID), from, true
	case "DisplayName":
		return builtIn(e.DisplayName), from, true
	case "Type":
		return builtIn(string(e.Kind)), from, true
	case "PhoneNumber":
		return builtIn(e.Number), from, true
	case "EmailAddress":
		return builtIn(e.EmailAddress), from, true
	case "SipUserName":
		return builtIn(e.SipUserName), from, true
	case "FirstName":
		return builtIn(e.FirstName), from, true
	case "LastName":
		return builtIn(e.LastName), from, true
	}
	for _, d := range c.settings.EndpointFields {
		if d.Name == name && (d.EndpointType == "" || d.EndpointType == e.Kind) {
			return fieldOf(e, d, from)
		}
	}
	return flow.Value{}, "", false
}

// fieldOf is the value of a field that endpoints of e's kind have.
func fieldOf(e *endpoints.Endpoint, d *endpoints.EndpointField, from string) (flow.Value, string, bool) {
	if v, ok := e.Data[d.Name]; ok && !v.Empty() {
		return shown(&d.DataField, v), from + " Field", true
	}
	return byDefault(&d.DataField, from)
}

// byDefault is a field that nobody has set.
func byDefault(d *endpoints.DataField, from string) (flow.Value, string, bool) {
	if d.DefaultValue == nil || d.DefaultValue.Empty() {
		return flow.Value{}, from + " Field, not set", true
	}
	return shown(d, *d.DefaultValue), from + " Field, default", true
}

// shown is a field's value, with dots where it is a password.
func shown(d *endpoints.DataField, v endpoints.Value) flow.Value {
	out := flowValue(v)
	if d.Secret() {
		out = out.Secret()
	}
	return out
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
