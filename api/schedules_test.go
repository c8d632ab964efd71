package api

import (
	"strings"
	"testing"
)

// officeHours is open on weekdays from nine to five in New York, with a holiday.
const officeHours = `{"timeZoneId":"America/New_York","inherit":false,"forceClosed":false,"defaultState":"After Hours","rules":[
	{"id":"r1","name":"Office","priority":1,"state":"Business Hours","simpleRuleType":"Time","startTime":"09:00","endTime":"17:00","frequency":"Weekly","interval":1,
	 "byDay":[{"offset":0,"dayOfWeek":"Monday"},{"dayOfWeek":2},{"dayOfWeek":"wednesday"},{"dayOfWeek":"Thursday"},{"dayOfWeek":"Friday"}]},
	{"name":"Thanksgiving","priority":10,"state":"Holiday","simpleRuleType":2,"isAllDay":true,"frequency":7,"byMonth":[11],"byDay":[{"offset":4,"dayOfWeek":4}]}]}`

func TestSchedules(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	root := h.newCustomer(`{"name":"Acme","schedule":` + officeHours + `}`)
	if s := root.Schedule; s == nil || s.TimeZoneId != "America/New_York" || len(s.Rules) != 2 || s.Rules[0].Id != "r1" || s.Rules[1].Id == "" || s.Rules[1].Frequency != "Yearly" ||
		s.Rules[0].ByDay[1].DayOfWeek != "Tuesday" || s.Rules[1].ByDay[0].Offset != 4 || s.Rules[1].ByDay[0].DayOfWeek != "Thursday" || s.Rules[1].SimpleRuleType != "Time" || !s.Rules[1].IsAllDay {
		t.Fatalf("%+v", s)
	}
	branch := h.newCustomer(`{"name":"Branch","parentCustomerId":"` + root.Id + `","schedule":{"inherit":true,"timeZoneId":"America/Los_Angeles"}}`)
	e := decode[EndpointInfo](t, h.want(200, manager, "POST", "/endpoints/phone-numbers", `{"number":"+18005550100","customerId":"`+branch.Id+`"}`))

	state := func(path, body string) string {
		t.Helper()
		a := decode[TestScheduleResponse](t, h.want(200, manager, "POST", path+"/test-schedule", body))
		return a.StateName + " " + a.TimeZoneId
	}
	for _, c := range []struct{ path, at, want string }{
		{"/customers/" + root.Id, "2026-11-23T09:00", "Business Hours America/New_York"},
		{"/customers/" + root.Id, "2026-11-23T17:00", "After Hours America/New_York"},
		{"/customers/" + root.Id, "2026-11-23T14:00:00Z", "Business Hours America/New_York"},
		{"/customers/" + root.Id, "2026-11-23T13:59:59Z", "After Hours America/New_York"},
		{"/customers/" + root.Id, "2026-11-23T09:00:00-05:00", "Business Hours America/New_York"},
		{"/customers/" + root.Id, "2026-11-26T10:00", "Holiday America/New_York"},
		{"/customers/" + branch.Id, "2026-11-23T14:00:00Z", "After Hours America/Los_Angeles"},
		{"/endpoints/" + e.Id, "2026-11-23T17:00:00Z", "Business Hours America/Los_Angeles"},
		{"/endpoints/" + e.Id, "2026-11-21T17:00:00Z", "After Hours America/Los_Angeles"},
	} {
		if got := state(c.path, `{"dateTime":"`+c.at+`"}`); got != c.want {
			t.Errorf("%s at %s: %q, want %q", c.path, c.at, got, c.want)
		}
	}
	// one that isn't saved, and the state of the customer
	if got := state("/endpoints/"+e.Id, `{"dateTime":"2026-11-26T18:00:00Z","schedule":{"defaultState":"Open","rules":[{"state":"Closed","simpleRuleType":"CustomerState","customerState":"Holiday"}]}}`); got != "Closed America/Los_Angeles" {
		t.Error(got)
	}
	if got := state("/endpoints/"+e.Id, `{"dateTime":"2026-11-26T18:00:00Z","schedule":{"forceClosed":true}}`); got != "After Hours America/Los_Angeles" {
		t.Error(got)
	}
	// the account's test clock is now
	h.want(200, manager, "PATCH", "/system/settings", `{"overrideSystemTime":true,"overrideSystemTimeZoneId":"America/New_York","overrideSystemDateTime":"2026-11-26T10:00"}`)
	if got := state("/customers/"+root.Id, ""); got != "Holiday America/New_York" {
		t.Error(got)
	}
	for _, bad := range []string{`{"dateTime":"noon"}`, `{"schedule":{"timeZoneId":"Mars"}}`, `{"schedule":{"rules":[{"simpleRuleType":"Time"}]}}`, `{"schedule":{"rules":[{"state":"x","simpleRuleType":"Moon"}]}}`} {
		h.want(400, manager, "POST", "/endpoints/"+e.Id+"/test-schedule", bad)
	}

	counts := func(path string) Schedule {
		t.Helper()
		return decode[Schedule](t, h.want(200, manager, "GET", path+"/inherited-schedule", ""))
	}
	for path, zone := range map[string]string{"/customers/" + root.Id: "America/New_York", "/customers/" + branch.Id: "America/Los_Angeles", "/endpoints/" + e.Id: "America/Los_Angeles"} {
		if got := counts(path); got.TimeZoneId != zone || len(got.Rules) != 2 || got.DefaultState != "After Hours" {
			t.Errorf("%s: %+v", path, got)
		}
	}
	h.want(200, manager, "PATCH", "/endpoints/"+e.Id, `{"customerId":""}`)
	h.want(200, manager, "PATCH", "/system/settings", `{"timeZoneId":"Europe/Berlin"}`)
	if got := counts("/endpoints/" + e.Id); got.TimeZoneId != "Europe/Berlin" || len(got.Rules) != 0 || !got.Inherit {
		t.Errorf("%+v", got)
	}
	if got := state("/endpoints/"+e.Id, `{"dateTime":"2026-11-26T10:00"}`); got != " Europe/Berlin" {
		t.Errorf("%q", got)
	}
}

// Which flow runs when: kept, shown, and only the account's own flows.
func TestScheduledFlows(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	mine, foreign := h.furnish(h.account), h.furnish(h.other)
	night := decode[FlowInfo](t, h.want(200, manager, "POST", "/flows", `{"name":"Night"}`))
	e := decode[EndpointInfo](t, h.want(200, manager, "POST", "/endpoints/phone-numbers", `{"number":"+18005550100","flowId":"`+mine.flow+`","flowParams":{"A":{"stringValue":"1"},"B":{"stringValue":"2"}},
		"flowSchedule":"scheduled","schedule":`+officeHours+`,"scheduledFlows":[{"state":"After Hours","flowId":"`+night.Id+`","flowParams":{"Text":{"stringValue":"Good night"}}}]}`))
	if e.FlowSchedule != "Scheduled" || len(e.ScheduledFlows) != 1 || e.ScheduledFlows[0].FlowId != night.Id || e.ScheduledFlows[0].FlowParams["Text"].Text() != "Good night" || len(e.Schedule.Rules) != 2 {
		t.Errorf("%+v", e)
	}
	stored, err := h.server.Store.Endpoint(t.Context(), e.Id)
	if err != nil || !stored.Scheduled || len(stored.ScheduledFlows) != 1 || len(stored.Schedule.Rules) != 2 {
		t.Errorf("%+v %v", stored, err)
	}
	for query, found := range map[string]bool{"flowIds=" + mine.flow: true, "flowIds=" + night.Id: true, "flowIds=nobody": false, "flowIds=nobody," + night.Id: true,
		"flowIds=" + strings.Repeat("x,", 99) + night.Id: true, "flowIds=" + strings.Repeat("x,", 2000) + mine.flow: true,
		"flowState=After%20Hours": true, "flowState=after%20hours": true, "flowState=After": false, "flowState=Holiday": false} {
		if a := h.want(200, manager, "GET", "/endpoints?"+query, ""); strings.Contains(a.body, e.Id) != found {
			t.Errorf("%s: %s", query, a.body)
		}
	}
	e = decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/endpoints/"+e.Id, `{"flowParams":{"B":{"stringValue":"3"},"C":{"numberValue":4}},"isPartialFlowUpdate":true}`))
	if len(e.FlowParams) != 3 || e.FlowParams["A"].Text() != "1" || e.FlowParams["B"].Text() != "3" || e.FlowParams["C"].Text() != "4" || e.FlowSchedule != "Scheduled" || len(e.ScheduledFlows) != 1 || e.Schedule == nil {
		t.Errorf("%+v", e)
	}
	e = decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/endpoints/"+e.Id, `{"flowParams":{"C":{"numberValue":5}},"flowSchedule":0,"scheduledFlows":[]}`))
	if len(e.FlowParams) != 1 || e.FlowSchedule != "Always" || len(e.ScheduledFlows) != 0 {
		t.Errorf("%+v", e)
	}
	for _, body := range []string{`{"scheduledFlows":[{"state":"x","flowId":"` + foreign.flow + `"}]}`, `{"schedule":{"rules":[{"state":"x","flowId":"` + foreign.flow + `"}]}}`} {
		if a := h.want(404, manager, "PATCH", "/endpoints/"+e.Id, body); strings.Contains(a.body, "Flow of") {
			t.Error(a.body)
		}
	}
	h.want(400, manager, "PATCH", "/endpoints/"+e.Id, `{"scheduledFlows":[{"state":"x"},{"state":"X"}]}`)
	h.want(400, manager, "PATCH", "/endpoints/"+e.Id, `{"flowSchedule":"Sometimes"}`)
	user := decode[EndpointInfo](t, h.want(200, manager, "POST", "/endpoints/users", `{"firstName":"Zoe","flowSchedule":"Scheduled"}`))
	if user.FlowSchedule != "Scheduled" {
		t.Errorf("%+v", user)
	}
}
