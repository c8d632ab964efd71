package endpoints_test

import (
	"errors"
	"testing"
	"time"

	"ringflow/endpoints"
)

func fieldSettings(change func(*endpoints.Settings)) *endpoints.Settings {
	s := endpoints.DefaultSettings(endpoints.NewID())
	greeting := endpoints.StringValue("Hello")
	s.EndpointFields = []*endpoints.EndpointField{
		{DataField: endpoints.DataField{ID: "given", Name: "Greeting", Type: "String", DefaultValue: &greeting}},
		{DataField: endpoints.DataField{Name: "Outbound", Type: "PhoneNumber", Uniqueness: endpoints.Unique}, EndpointType: endpoints.User, IsCallerID: true},
	}
	change(s)
	return s
}

func TestFieldDefinitions(t *testing.T) {
	s := fieldSettings(func(*endpoints.Settings) {})
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	if a, b := s.EndpointFields[0], s.EndpointFields[1]; a.ID != "given" || !endpoints.ValidID(b.ID) {
		t.Errorf("ids %q, kept, and %q, made", a.ID, b.ID)
	}
	number, word := endpoints.NumberValue(1), endpoints.StringValue("blue")
	for want, change := range map[string]func(*endpoints.Settings){
		"endpointFields[1].name": func(s *endpoints.Settings) { s.EndpointFields[1].Name = "Greeting" },
		"endpointFields[0].name": func(s *endpoints.Settings) { s.EndpointFields[0].Name = "PhoneNumber" },
		"endpointFields[1].id":   func(s *endpoints.Settings) { s.EndpointFields[1].ID = "given" },
		"endpointFields[0].type": func(s *endpoints.Settings) { s.EndpointFields[0].Type = "Transition" },
		"endpointFields[1].uniqueness": func(s *endpoints.Settings) {
			s.EndpointFields[1].Uniqueness = "Sometimes"
		},
		"endpointFields[0].uiHint":       func(s *endpoints.Settings) { s.EndpointFields[0].UIHint = "Big" },
		"endpointFields[0].defaultValue": func(s *endpoints.Settings) { s.EndpointFields[0].DefaultValue = &number },
		"endpointFields":                 func(s *endpoints.Settings) { s.EndpointFields[0].EndpointType = "Car" },
		"customerFields[0].name": func(s *endpoints.Settings) {
			s.CustomerFields = []*endpoints.CustomerField{{DataField: endpoints.DataField{Name: "ReferenceId"}}}
		},
		"systemFields.Colour": func(s *endpoints.Settings) {
			s.SystemFields = []*endpoints.SystemField{{DataField: endpoints.DataField{Name: "Colour", PossibleValues: []string{"red", "green"}}, Value: &word}}
		},
		"overrideSystemDateTime": func(s *endpoints.Settings) { s.OverrideSystemTime, s.OverrideSystemDateTime = true, "tomorrow" },
	} {
		var invalid *endpoints.Invalid
		if err := fieldSettings(change).Validate(); !errors.As(err, &invalid) || invalid.Field != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestFieldAccepts(t *testing.T) {
	list := endpoints.ListValue([]map[string]endpoints.Value{})
	for _, c := range []struct {
		kind  string
		value endpoints.Value
		ok    bool
	}{
		{"String", endpoints.StringValue("x"), true}, {"String", endpoints.NumberValue(1), false}, {"String", endpoints.Value{}, true},
		{"Number", endpoints.NumberValue(1), true}, {"Number", endpoints.StringValue("1"), false},
		{"Boolean", endpoints.BoolValue(false), true}, {"Boolean", endpoints.StringValue("yes"), false},
		{"List", list, true}, {"List", endpoints.StringValue("a"), false}, {"Struct", list, false},
		{"Date", endpoints.StringValue("2026-11-26"), true}, {"Date", endpoints.StringValue("Thursday"), false},
		{"Time", endpoints.StringValue("17:30"), true}, {"Time", endpoints.StringValue("late"), false},
		{"TimeZoneId", endpoints.StringValue("Europe/Berlin"), true}, {"TimeZoneId", endpoints.StringValue("Berlin"), false},
		{"User", endpoints.StringValue("id"), true}, {"NotSpecified", list, true},
	} {
		f := endpoints.DataField{Name: "F", Type: c.kind}
		if err := f.Accepts("data.F", c.value); (err == nil) != c.ok {
			t.Errorf("%s takes %+v: %v, want %v", c.kind, c.value, err, c.ok)
		}
	}
}

func TestTestClock(t *testing.T) {
	s := endpoints.DefaultSettings(endpoints.NewID())
	real := time.Now()
	if got := s.Now(real); !got.Equal(real) {
		t.Errorf("%v without a test clock", got)
	}
	s.OverrideSystemTime, s.OverrideSystemTimeZoneID, s.OverrideSystemDateTime = true, "America/New_York", "2026-11-26T10:00"
	if got := s.Now(real); !got.Equal(at(t, "2026-11-26T15:00:00Z")) {
		t.Errorf("%v by the test clock", got)
	}
	s.OverrideSystemDateTime = "2026-11-26T10:00:00Z" // says its own zone
	if got := s.Now(real); !got.Equal(at(t, "2026-11-26T10:00:00Z")) {
		t.Errorf("%v by the test clock", got)
	}
}

func TestFlowAt(t *testing.T) {
	e := &endpoints.Endpoint{FlowID: "always", FlowParams: map[string]endpoints.Value{"P": endpoints.StringValue("1")},
		ScheduledFlows: []endpoints.ScheduledFlow{{State: "After Hours", FlowID: "night", FlowParams: map[string]endpoints.Value{"P": endpoints.StringValue("2")}}}}
	rule := &endpoints.SchedulingRule{State: "Holiday", FlowID: "rule", FlowParams: map[string]endpoints.Value{"P": endpoints.StringValue("3")}}
	for _, c := range []struct {
		scheduled bool
		moment    endpoints.Moment
		flow, p   string
	}{
		{false, endpoints.Moment{State: "After Hours"}, "always", "1"},
		{true, endpoints.Moment{State: "after hours"}, "night", "2"},
		{true, endpoints.Moment{State: "Holiday", Rule: rule}, "rule", "3"},
		{true, endpoints.Moment{State: "Business Hours"}, "always", "1"},
		{true, endpoints.Moment{}, "always", "1"},
	} {
		e.Scheduled = c.scheduled
		if flow, params := e.FlowAt(c.moment); flow != c.flow || params["P"].Text() != c.p {
			t.Errorf("%+v: %s with P = %s, want %s with %s", c.moment, flow, params["P"].Text(), c.flow, c.p)
		}
	}
}
