package main

import (
	"strings"
	"testing"
	"time"
)

// ownNumber is what the outside world sees of the account.
const ownNumber = "+18005550151"

// The acceptance scenarios that flows alone decide, on real calls and as stories
// of testdata/stories/scenarios: the same flow, the same way through it, and the
// same words. What stories say in text, these calls hear.
func TestScenarios(t *testing.T) {
	h, port := carrierHouse(t)
	h.number(ownNumber, "")
	h.patch("/system/settings", M{ // at once: the scenarios run side by side
		"callerId": ownNumber, "timeZoneId": "Europe/Berlin",
		"endpointFields": []M{{"name": "Greeting", "type": "String", "endpointType": "PhoneNumber", "defaultValue": value("Welcome.")}},
		"customerFields": []M{{"name": "Manager", "type": "String"}},
	})
	for _, c := range []struct {
		name string
		test func(*acceptance)
	}{
		{"hello-world", helloWorld},
		{"dial-patrick", dialPatrick},
		{"read-back", readBack},
		{"extensions", func(s *acceptance) { extensions(s, port) }},
		{"own-greeting", ownGreeting},
		{"customer-data", customerData},
		{"opening-hours", openingHours},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(h.scenario(t, c.name))
		})
	}
}

// value is a parameter's, or a field's.
func value(s string) M { return M{"stringValue": s} }

// A number says a text in a British woman's voice, and ends.
func helloWorld(s *acceptance) {
	s.runs("+18005550111", nil)
	s.makes("Hello World", s.caller(), "+18005550111").asTold("British Female")
}

// Patrick's own flow is for what he dials, not for who dials him.
func dialPatrick(s *acceptance) {
	own := s.flow("Patrick's own", node("own", "SayNode", M{"WhatToSay": text("This is my own flow.")}))
	patricks := s.user("Patrick", own)
	s.runs("+18005550121", M{"flowParams": M{"Patrick": value(patricks.ID)}})
	caller := s.caller()
	s.makes("Patrick's phone is not there", caller, "+18005550121").asTold("")

	patrick := s.talkerAt(s.t, "127.0.0.8", 0, 700, patricks)
	call := s.makes("Patrick answers", caller, "+18005550121")
	s.talks(patrick)
	session, heard := call.asTold("")
	s.tones(heard, patrick)
	for _, other := range s.sessions("") {
		if other.EndpointID == patricks.ID || other.ParentSessionID == session.ID || strings.Contains(other.text(), "own flow") {
			s.t.Errorf("Patrick's own flow ran:\n%s", other.text())
		}
	}
	if all := s.sessions("endpointIds=" + session.EndpointID); len(all) != 2 {
		s.t.Errorf("two calls have made %d sessions", len(all))
	}
}

// A user's flow reads back what she dialled, digit by digit.
func readBack(s *acceptance) {
	alice := s.listener(s.t, "127.0.0.8", s.dials("Alice", nil))
	for story, number := range map[string]string{"4000": "4000", "a number outside is read back too, and nobody is called": "2025550199"} {
		session, _ := s.makes(story, alice, number).asTold("")
		if session.Destination != number {
			s.t.Errorf("what Alice dialled is %q, not %s", session.Destination, number)
		}
	}
}

// 4000 and 4001 are two phones because the user's flow says so; what it doesn't
// know goes to the carrier, by a number of the account's.
func extensions(s *acceptance, carrier int) {
	idle := s.flow("Idle", node("e", "EndNode", nil))
	alexs, patricks := s.user("Alex", idle), s.user("Patrick", idle)
	carol := s.listener(s.t, "127.0.0.8", s.dials("Carol", M{"Alex": value(alexs.ID), "Patrick": value(patricks.ID)}))
	for story, number := range map[string]string{"Alex is not there": "4000", "Patrick is not there": "4001", "an extension that nobody has is no number outside either": "4002"} {
		s.makes(story, carol, number).asTold("")
	}
	for _, c := range []struct {
		story, number string
		callee        *talker
	}{
		{"4000 is Alex", "4000", s.talkerAt(s.t, "127.0.0.9", 0, 700, alexs)},
		{"4001 is Patrick", "4001", s.talkerAt(s.t, "127.0.0.10", 0, 900, patricks)},
		{"all else is outside", "2025550199", s.talkerAt(s.t, carrierHost, uint16(carrier), 1100, phoneAccount{})},
	} {
		if len(c.callee.asked) != 0 {
			s.t.Errorf("who is for %s was called before", c.number)
		}
		call := s.makes(c.story, carol, c.number)
		s.talks(c.callee)
		_, heard := call.asTold("")
		s.tones(heard, c.callee)
		if c.callee.hz != 1100 {
			continue
		}
		if in := <-c.callee.asked; in.RequestURI.User != "+12025550199" || in.From.User != ownNumber {
			s.t.Errorf("the carrier was asked for %s, by %s", in.RequestURI.User, in.From.User)
		}
	}
}

// One flow says another text on each number, by the field that each has.
func ownGreeting(s *acceptance) {
	s.runs("+18005550181", M{"data": M{"Greeting": value("Good morning. This is the flower shop.")}})
	s.runs("+18005550182", M{"data": M{"Greeting": value("You have reached the garage.")}})
	s.runs("+18005550183", nil)
	caller := s.caller()
	s.makes("the first number's greeting", caller, "+18005550181").asTold("")
	s.makes("the second number's greeting", caller, "+18005550182").asTold("")
	s.makes("a number without one says the field's default", caller, "+18005550183").asTold("")
}

// One flow says what is kept of the number's customer, or of the one above.
func customerData(s *acceptance) {
	globex := s.post("/customers", M{"accountId": s.account, "name": "Globex", "data": M{"Manager": value("Olga")}})
	acme := s.post("/customers", M{"accountId": s.account, "name": "Acme", "data": M{"Manager": value("Frederick")}})
	west := s.post("/customers", M{"accountId": s.account, "name": "Acme West", "parentCustomerId": acme})
	s.runs("+18005550191", M{"customerId": globex})
	s.runs("+18005550192", M{"customerId": west})
	caller := s.caller()
	s.makes("Globex", caller, "+18005550191").asTold("")
	s.makes("Acme West, whose manager is that of Acme", caller, "+18005550192").asTold("")
}

// The zone is that of the customer's parent, in which it is half past four when
// it is half past ten at night in the account's.
func openingHours(s *acceptance) {
	const number, newYork = "+18005550211", "America/New_York"
	zone, err := time.LoadLocation(newYork)
	if err != nil {
		s.t.Fatal(err)
	}
	workday := []M{{"dayOfWeek": "Monday"}, {"dayOfWeek": "Tuesday"}, {"dayOfWeek": "Wednesday"}, {"dayOfWeek": "Thursday"}, {"dayOfWeek": "Friday"}}
	schedule := M{"defaultState": "After Hours", "rules": []M{
		{"name": "Office", "priority": 1, "state": "Business Hours", "simpleRuleType": "Time", "startTime": "09:00", "endTime": "17:00", "frequency": "Weekly", "byDay": workday},
		{"name": "Lunch", "priority": 2, "state": "Lunch Break", "simpleRuleType": "Time", "startTime": "12:00", "endTime": "13:00", "frequency": "Weekly", "byDay": workday},
		{"name": "Thanksgiving", "priority": 10, "state": "Holiday", "simpleRuleType": "Time", "isAllDay": true, "frequency": "Yearly", "byMonth": []int{11}, "byDay": []M{{"offset": 4, "dayOfWeek": "Thursday"}}},
	}}
	parent := s.post("/customers", M{"accountId": s.account, "name": "Initech", "schedule": M{"timeZoneId": newYork, "inherit": true}})
	office := s.post("/customers", M{"accountId": s.account, "name": "Initech North", "parentCustomerId": parent, "schedule": schedule})
	endpoint := s.runs(number, M{"customerId": office})
	caller := s.caller()
	for _, story := range []string{"a Monday at half past four", "Thanksgiving at half past four", "a Monday at half past noon", "a Saturday", "a Monday at half past four, closed by force"} {
		told := s.stories[story]
		if told == nil {
			s.t.Fatalf("there is no story %q", story)
		}
		if strings.HasSuffix(story, "closed by force") {
			schedule["forceClosed"] = true
			s.patch("/customers/"+office, M{"schedule": schedule})
		}
		s.patch("/system/settings", M{"overrideSystemTime": true, "overrideSystemTimeZoneId": newYork, "overrideSystemDateTime": told.At.In(zone).Format("2006-01-02T15:04")})
		want := told.World.Schedules["Endpoint"][0].State
		for _, body := range []M{{}, {"dateTime": told.At.Format(time.RFC3339)}} { // now, by the test clock, and then
			var state struct{ StateName, TimeZoneID string }
			s.postInto("/endpoints/"+endpoint+"/test-schedule", body, &state)
			if state.StateName != want || state.TimeZoneID != newYork {
				s.t.Errorf("%s: test-schedule of %v says %+v, not %s", story, body, state, want)
			}
		}
		session, _ := s.makes(story, caller, number).asTold("")
		if !strings.Contains(session.text(), "Hours: the state is "+want+"\n") {
			s.t.Errorf("%s: the log does not tell of the state %s:\n%s", story, want, session.text())
		}
	}
}
