package session_test

import (
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
)

// clockAt sets the account's test clock.
func (h *house) clockAt(when string) {
	h.t.Helper()
	h.settings(func(s *endpoints.Settings) {
		s.OverrideSystemTime, s.OverrideSystemTimeZoneID, s.OverrideSystemDateTime = true, "America/New_York", when
	})
}

// says is a flow that writes down its parameter P.
func (h *house) says(name string) string {
	h.t.Helper()
	raw := graph(h.t, node{id: "n", typ: "LogNode", in: map[string]any{"Message": name + " with {{ Flow.P }}"}})
	raw.Parameters = []byte(`[{"name": "P", "type": "String", "isPublic": true, "defaultValue": {"stringValue": "nothing"}}]`)
	f := &flow.Flow{AccountID: h.account, Name: name, Raw: raw}
	if err := h.store.PutFlow(h.t.Context(), f); err != nil {
		h.t.Fatal(err)
	}
	return f.ID
}

// officeHours are those of a company in New York, Thanksgiving left out.
func officeHours(holiday string) *endpoints.Schedule {
	return &endpoints.Schedule{TimeZoneID: "America/New_York", DefaultState: endpoints.AfterHours, Rules: []endpoints.SchedulingRule{
		{State: endpoints.BusinessHours, SimpleRuleType: endpoints.RuleTime, StartTime: "09:00", EndTime: "17:00", Frequency: "Weekly", ByDay: []endpoints.ScheduleDay{
			{DayOfWeek: "Monday"}, {DayOfWeek: "Tuesday"}, {DayOfWeek: "Wednesday"}, {DayOfWeek: "Thursday"}, {DayOfWeek: "Friday"}}},
		{State: endpoints.Holiday, Priority: 1, SimpleRuleType: endpoints.RuleTime, IsAllDay: true, Frequency: "Yearly", ByMonth: []int{11},
			ByDay: []endpoints.ScheduleDay{{Offset: 4, DayOfWeek: "Thursday"}}, FlowID: holiday, FlowParams: words("P", "turkey")},
	}}
}

func TestScheduledFlows(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		day, holiday, plain := h.says("Day"), h.says("Holiday"), h.says("Plain")
		top := h.customer(&endpoints.Customer{Name: "Acme", Schedule: officeHours(holiday)})
		desk := h.customer(&endpoints.Customer{Name: "Desk", ParentCustomerID: top.ID})
		number := h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, Number: did, CustomerID: desk.ID, FlowID: plain, FlowParams: words("P", "its own"), Scheduled: true,
			ScheduledFlows: []endpoints.ScheduledFlow{{State: "business hours", FlowID: day, FlowParams: words("P", "sun")}}})
		h.user("alice", dialsOut(nil)...)
		alice := h.phone("alice", "10.0.0.11")
		runs := func(when, want string) {
			t.Helper()
			h.clockAt(when)
			if _, err := h.carrier.call(t.Context(), toNumber(did)); err == nil {
				t.Error("the call was answered")
			}
			logged(t, h.record(), want+"\n", "by the account's test clock at")
			alice.mustCall(dials(did)).over(t, 5*time.Second)
			rs := h.records()
			child := rs[len(rs)-1]
			if child.ParentSessionID == "" {
				child = rs[len(rs)-2]
			}
			logged(t, child, want+"\n")
		}
		runs("2026-11-20T09:00", "Day with sun")
		runs("2026-11-20T16:59:50", "Day with sun")
		runs("2026-11-20T17:00", "Plain with its own")
		runs("2026-11-21T12:00", "Plain with its own")
		runs("2026-11-26T12:00", "Holiday with turkey")
		number.Schedule = &endpoints.Schedule{ForceClosed: true}
		h.put(number)
		runs("2026-11-26T12:00", "Plain with its own")
		number.Schedule, number.Scheduled = &endpoints.Schedule{Inherit: true}, false
		h.put(number)
		runs("2026-11-20T10:00", "Plain with its own")
	})
}

// A call that we make for a number gets the parameters of the number's flow.
func TestScheduledOutgoing(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		day, plain, other := h.says("Day"), h.says("Plain"), h.says("Other")
		h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, Number: did, FlowID: plain, FlowParams: words("P", "its own"), Scheduled: true, Schedule: officeHours(""),
			ScheduledFlows: []endpoints.ScheduledFlow{{State: endpoints.BusinessHours, FlowID: day, FlowParams: words("P", "sun")}}})
		h.clockAt("2026-11-20T10:00")
		for id, want := range map[string]string{day: "Day with sun", plain: "Plain with its own", other: "Other with nothing"} {
			h.carrier.on(picksUp(&ear{}, 0, 440, 0))
			if _, err := h.Outgoing(t.Context(), session.OutgoingCall{FlowID: id, NumberToDial: outside, CallerID: did}); err != nil {
				t.Fatal(err)
			}
			logged(t, h.record(), want)
		}
		if _, err := h.Outgoing(t.Context(), session.OutgoingCall{FlowID: day, NumberToDial: outside, CallerID: did, FlowParams: words("P", "the caller's")}); err != nil {
			t.Fatal(err)
		}
		logged(t, h.record(), "Day with the caller's")
	})
}

// A Schedule node sees the account's clock, which goes on while the call lasts.
func TestScheduleNode(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ask := func(id, of string) node {
			to := map[string]string{endpoints.BusinessHours: id + "-open", "Closed": id + "-closed", "No Matches": id + "-none"}
			return node{id: id, typ: "ScheduleNode", in: map[string]any{"Of": of, "Choices": []map[string]any{{"State": endpoints.BusinessHours}, {"State": "Closed"}}}, to: to}
		}
		hours := officeHours("")
		hours.DefaultState = "Closed"
		acme := h.customer(&endpoints.Customer{Name: "Acme", Schedule: hours})
		nodes := []node{
			ask("a", "Endpoint"), note("a-open", "it is open", "wait"), note("a-closed", "it is closed at first", ""), note("a-none", "no state at first", "c"),
			{id: "wait", typ: "WaitNode", in: map[string]any{"Timeout": 20}, to: map[string]string{"Done": "b"}},
			ask("b", "Endpoint"), note("b-open", "it is still open", ""), note("b-closed", "it has closed", "c"), note("b-none", "no state", ""),
			ask("c", "Customer"), note("c-open", "the customer is open", ""), note("c-closed", "the customer is closed", ""), note("c-none", "no customer's state", ""),
		}
		h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, Number: did, CustomerID: acme.ID, FlowID: h.flow(nodes...)})
		h.number("+18005550101", nodes...)
		h.clockAt("2026-11-20T16:59:50")
		if _, err := h.carrier.call(t.Context(), toNumber(did)); err == nil {
			t.Error("the call was answered")
		}
		logged(t, h.record(), "it is open\n", "it has closed\n", "the customer is closed\n")
		if _, err := h.carrier.call(t.Context(), toNumber("+18005550101")); err == nil {
			t.Error("the call was answered")
		}
		logged(t, h.record(), "no state at first\n", "no customer's state\n")
	})
}

// A rule can ask for the state of the customer.
func TestCustomersState(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		acme := h.customer(&endpoints.Customer{Name: "Acme", Schedule: officeHours("")})
		h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, Number: did, CustomerID: acme.ID, FlowID: h.says("Plain"), Scheduled: true,
			Schedule: &endpoints.Schedule{Rules: []endpoints.SchedulingRule{{State: "Open", SimpleRuleType: endpoints.RuleCustomerState, CustomerState: endpoints.BusinessHours, FlowID: h.says("Open")}}}})
		for when, want := range map[string]string{"2026-11-20T10:00": "Open with nothing\n", "2026-11-20T18:00": "Plain with nothing\n"} {
			h.clockAt(when)
			logged(t, h.rings(did), want)
		}
		// Where the flow of a state is gone all the same, calls are refused, and told why.
		h.clockAt("2026-11-20T10:00")
		ep := h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, Number: "+18005550102", Scheduled: true, Schedule: officeHours(""),
			ScheduledFlows: []endpoints.ScheduledFlow{{State: endpoints.BusinessHours, FlowID: h.says("Gone")}}})
		if err := h.store.DeleteFlow(t.Context(), ep.ScheduledFlows[0].FlowID); err == nil {
			t.Error("a flow that a schedule runs was deleted")
		}
		h.away.lost.Store(ep.ScheduledFlows[0].FlowID)
		logged(t, h.rings("+18005550102"), "Refused with 480: the flow "+ep.ScheduledFlows[0].FlowID+" of +18005550102 does not exist")
	})
}
