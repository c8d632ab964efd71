package endpoints_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"ringflow/endpoints"
)

// office is open from nine to five on working days in New York, but on
// holidays; the mail room works nights.
const office = `{"timeZoneId": "America/New_York", "defaultState": "After Hours", "rules": [
 {"state": "Business Hours", "simpleRuleType": "Time", "startTime": "09:00", "endTime": "17:00", "frequency": "Weekly",
  "byDay": [{"dayOfWeek": "Monday"}, {"dayOfWeek": "Tuesday"}, {"dayOfWeek": "Wednesday"}, {"dayOfWeek": "Thursday"}, {"dayOfWeek": "Friday"}]},
 {"state": "Holiday", "name": "Thanksgiving", "priority": 10, "simpleRuleType": "Time", "isAllDay": true, "frequency": "Yearly", "byMonth": [11], "byDay": [{"offset": 4, "dayOfWeek": "Thursday"}]},
 {"state": "Holiday", "name": "Christmas", "priority": 10, "simpleRuleType": "Time", "isAllDay": true, "frequency": "Yearly", "startDate": "2020-12-25T00:00:00Z", "byMonth": [12], "byMonthDay": [25]},
 {"state": "Night", "name": "New Year's Eve", "priority": 20, "simpleRuleType": "Time", "startDate": "2026-12-31", "startTime": "22:00", "endTime": "02:00"}
]}`

func parseSchedule(t *testing.T, text string) *endpoints.Schedule {
	t.Helper()
	var s endpoints.Schedule
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return &s
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	tm, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return tm
}

func TestScheduleAt(t *testing.T) {
	s := parseSchedule(t, office)
	for moment, want := range map[string]string{
		"2026-11-20T14:00:00Z":      "Business Hours", // Friday 09:00 EST
		"2026-11-20T13:59:59Z":      "After Hours",
		"2026-11-20T21:59:59Z":      "Business Hours",
		"2026-11-20T22:00:00Z":      "After Hours",    // 17:00 is not included
		"2026-11-21T15:00:00Z":      "After Hours",    // Saturday
		"2026-11-26T15:00:00Z":      "Holiday",        // the fourth Thursday of November
		"2026-11-26T04:59:59Z":      "After Hours",    // 23:59 the day before, there
		"2026-11-26T05:00:00Z":      "Holiday",        // midnight, there
		"2027-11-25T15:00:00Z":      "Holiday",        // and in the next year
		"2026-11-19T15:00:00Z":      "Business Hours", // the third
		"2026-07-01T13:00:00Z":      "Business Hours", // 09:00 in summer time
		"2026-07-01T12:59:00Z":      "After Hours",
		"2026-03-09T13:00:00Z":      "Business Hours", // the day after the clock went forward
		"2019-12-25T15:00:00Z":      "Business Hours", // a Wednesday before that rule began
		"2025-12-25T15:00:00Z":      "Holiday",
		"2026-12-31T22:00:00-05:00": "Night",
		"2027-01-01T01:59:00-05:00": "Night", // past midnight
		"2027-01-01T02:00:00-05:00": "After Hours",
		"2027-12-31T23:00:00-05:00": "After Hours", // once
		"2026-12-25T15:00:00+09:00": "Holiday",     // 01:00 in New York
	} {
		if got := s.At(at(t, moment), ""); got.State != want {
			t.Errorf("%s: %q, want %q", moment, got.State, want)
		}
	}
	if m := s.At(at(t, "2026-11-26T15:00:00Z"), ""); m.Rule == nil || m.Rule.Name != "Thanksgiving" {
		t.Errorf("the rule is %+v", m.Rule)
	}
	s.ForceClosed = true
	if m := s.At(at(t, "2026-11-20T15:00:00Z"), ""); m.State != "After Hours" || m.Rule != nil {
		t.Errorf("forced closed: %+v", m)
	}
	var none *endpoints.Schedule
	if m := none.At(time.Now(), ""); m.State != "" {
		t.Errorf("no schedule is in state %q", m.State)
	}
}

// One rule in UTC, which is in state On while it matches.
func TestSchedulingRule(t *testing.T) {
	for _, c := range []struct{ rule, on, off string }{
		{`{"simpleRuleType": "Always"}`, "2026-01-01T00:00:00Z 2030-06-01T12:00:00Z", ""},
		{`{}`, "2026-01-01T00:00:00Z", ""},
		{`{"simpleRuleType": "CustomerState", "customerState": "holiday"}`, "2026-01-01T00:00:00Z", ""},
		{`{"simpleRuleType": "CustomerState", "customerState": "Business Hours"}`, "", "2026-01-01T00:00:00Z"},
		// Each day at that time.
		{`{"simpleRuleType": "Time", "startTime": "5:30 PM", "endTime": "PT18H15M"}`, "2026-01-01T17:30:00Z 2026-08-01T18:14:59Z", "2026-01-01T17:29:59Z 2026-01-01T18:15:00Z"},
		// One day, a night, all of both.
		{`{"simpleRuleType": "Time", "startDate": "2026-05-01", "isAllDay": true}`, "2026-05-01T00:00:00Z 2026-05-01T23:59:59Z", "2026-04-30T23:59:59Z 2026-05-02T00:00:00Z 2027-05-01T12:00:00Z"},
		{`{"simpleRuleType": "Time", "startTime": "22", "endTime": "06:00", "frequency": "Daily"}`, "2026-05-01T23:00:00Z 2026-05-02T05:59:59Z 2026-05-02T22:00:00Z", "2026-05-02T06:00:00Z 2026-05-02T21:59:59Z"},
		// Every other week from a Wednesday on, three days of it.
		{`{"simpleRuleType": "Time", "startDate": "2026-01-07", "isAllDay": true, "frequency": "Weekly", "interval": 2, "byDay": [{"dayOfWeek": "Monday"}, {"dayOfWeek": "Wednesday"}]}`,
			"2026-01-07T10:00:00Z 2026-01-19T10:00:00Z 2026-01-21T10:00:00Z 2026-12-23T10:00:00Z", "2026-01-05T10:00:00Z 2026-01-12T10:00:00Z 2026-01-14T10:00:00Z 2026-12-16T10:00:00Z"},
		// The last working day of each month.
		{`{"simpleRuleType": "Time", "isAllDay": true, "frequency": "Monthly", "byDay": [{"dayOfWeek": "Monday"}, {"dayOfWeek": "Tuesday"}, {"dayOfWeek": "Wednesday"}, {"dayOfWeek": "Thursday"}, {"dayOfWeek": "Friday"}], "bySetPosition": [-1]}`,
			"2026-01-30T10:00:00Z 2026-05-29T10:00:00Z 2026-06-30T10:00:00Z", "2026-01-31T10:00:00Z 2026-05-28T10:00:00Z 2026-06-29T10:00:00Z"},
		{`{"simpleRuleType": "Time", "isAllDay": true, "frequency": "Monthly", "byDay": [{"offset": -1, "dayOfWeek": "Friday"}]}`, "2026-10-30T10:00:00Z", "2026-10-23T10:00:00Z"},
		// The 31st, where there is one; leap days.
		{`{"simpleRuleType": "Time", "isAllDay": true, "frequency": "Monthly", "byMonthDay": [31]}`, "2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z 2026-03-01T10:00:00Z"},
		{`{"simpleRuleType": "Time", "isAllDay": true, "frequency": "Yearly", "startDate": "2024-02-29"}`, "2024-02-29T10:00:00Z 2028-02-29T10:00:00Z", "2026-02-28T10:00:00Z 2026-03-01T10:00:00Z"},
		// Counted and ended.
		{`{"simpleRuleType": "Time", "isAllDay": true, "frequency": "Daily", "startDate": "2026-01-01", "count": 3}`, "2026-01-03T10:00:00Z", "2026-01-04T10:00:00Z"},
		{`{"simpleRuleType": "Time", "startTime": "23:00", "endTime": "01:00", "frequency": "Daily", "startDate": "2026-01-01", "untilDate": "2026-01-03"}`, "2026-01-03T23:30:00Z 2026-01-04T00:30:00Z", "2026-01-04T23:30:00Z 2025-12-31T23:30:00Z"},
		{`{"simpleRuleType": "Time", "isAllDay": true, "frequency": "Yearly", "byWeekNo": [20], "byDay": [{"dayOfWeek": "Monday"}]}`, "2026-05-11T10:00:00Z", "2026-05-18T10:00:00Z 2026-05-12T10:00:00Z"},
		{`{"simpleRuleType": "Time", "isAllDay": true, "frequency": "Yearly", "byYearDay": [-1]}`, "2026-12-31T10:00:00Z", "2026-12-30T10:00:00Z"},
		// Ten minutes of each second hour; one of each quarter of an hour in the morning.
		{`{"simpleRuleType": "Time", "startDate": "2020-01-01", "startTime": "00:00", "endTime": "00:10", "frequency": "Hourly", "interval": 2}`, "2026-07-01T08:09:00Z", "2026-07-01T08:10:00Z 2026-07-01T09:05:00Z"},
		{`{"simpleRuleType": "Time", "startDate": "2020-01-01", "startTime": "00:00", "endTime": "00:01", "frequency": "Minutely", "interval": 15, "byHour": [9, 10, 11]}`, "2026-07-01T09:15:30Z", "2026-07-01T09:16:00Z 2026-07-01T12:15:30Z"},
		{`{"simpleRuleType": "Time", "startDate": "2000-01-01", "startTime": "00:00", "endTime": "00:00:10", "frequency": "Secondly", "interval": 30}`, "2026-07-01T09:15:35Z", "2026-07-01T09:15:45Z"},
		{`{"simpleRuleType": "Time", "startTime": "00:05", "endTime": "00:10", "frequency": "Daily", "byHour": [6, 18], "byMinute": [0]}`, "2026-07-01T18:04:59Z", "2026-07-01T18:05:00Z 2026-07-01T12:00:00Z"},
		// A day that never comes does not take for ever.
		{`{"simpleRuleType": "Time", "isAllDay": true, "frequency": "Daily", "byMonth": [2], "byMonthDay": [30]}`, "", "2026-02-28T10:00:00Z 9000-03-02T10:00:00Z"},
	} {
		s := parseSchedule(t, `{"timeZoneId": "UTC", "defaultState": "Off", "rules": [{"state": "On", `+strings.Replace(c.rule[1:], "}", `"name": "R"}`, strings.Count(c.rule, "{}"))+`]}`)
		for want, moments := range map[string]string{"On": c.on, "Off": c.off} {
			for _, m := range strings.Fields(moments) {
				if got := s.At(at(t, m), "Holiday"); got.State != want {
					t.Errorf("%s\nat %s: %q, want %q", c.rule, m, got.State, want)
				}
			}
		}
	}
}

// Wall clock time, whatever it does: the hour that is skipped never comes, the
// one that comes twice counts twice, and a night through the change ends when
// the clock says so.
func TestScheduleThroughClockChanges(t *testing.T) {
	s := parseSchedule(t, `{"timeZoneId": "Europe/Berlin", "defaultState": "Off", "rules": [
	 {"state": "On", "simpleRuleType": "Time", "startTime": "02:15", "endTime": "02:45", "frequency": "Daily"},
	 {"state": "Night", "priority": -1, "simpleRuleType": "Time", "startTime": "23:00", "endTime": "04:00", "frequency": "Daily"}]}`)
	for moment, want := range map[string]string{
		"2026-03-28T02:30:00+01:00": "On",
		"2026-03-29T00:59:59Z":      "Night", // 01:59:59, a second before 03:00
		"2026-03-29T01:15:00Z":      "Night", // 03:15: there was no 02:15
		"2026-03-29T01:59:59Z":      "Night",
		"2026-03-29T02:00:00Z":      "Off", // 04:00
		"2026-10-25T00:30:00Z":      "On",  // 02:30 for the first time
		"2026-10-25T00:50:00Z":      "Night",
		"2026-10-25T01:30:00Z":      "On",    // and again
		"2026-10-25T02:30:00Z":      "Night", // 03:30
		"2026-10-25T03:00:00Z":      "Off",
	} {
		if got := s.At(at(t, moment), ""); got.State != want {
			t.Errorf("%s: %q, want %q", moment, got.State, want)
		}
	}
}

func TestInherited(t *testing.T) {
	open := &endpoints.Schedule{DefaultState: "Business Hours"}
	berlin := &endpoints.Schedule{TimeZoneID: "Europe/Berlin", Inherit: true, DefaultState: "never"}
	closed := &endpoints.Schedule{Inherit: true, ForceClosed: true}
	for name, c := range map[string]struct {
		line        []*endpoints.Schedule
		state, zone string
	}{
		"nobody":                     {nil, "", ""},
		"only who inherits":          {[]*endpoints.Schedule{berlin}, "", ""},
		"one's own":                  {[]*endpoints.Schedule{open, berlin}, "Business Hours", "Europe/Berlin"},
		"the parent's":               {[]*endpoints.Schedule{nil, berlin, open}, "Business Hours", "Europe/Berlin"},
		"the account's zone":         {[]*endpoints.Schedule{nil, open}, "Business Hours", "America/Chicago"},
		"closed, though it inherits": {[]*endpoints.Schedule{closed, open}, "After Hours", "America/Chicago"},
	} {
		s := endpoints.Inherited(c.line, "America/Chicago")
		if got := s.At(time.Now(), ""); got.State != c.state || s != nil && s.TimeZoneID != c.zone || s == nil && c.zone != "" {
			t.Errorf("%s: %q, %+v", name, got.State, s)
		}
	}
	if berlin.DefaultState != "never" || open.TimeZoneID != "" {
		t.Error("Inherited has changed what it was given")
	}
}

// The customer's state is that of whoever stands above the schedule that asks.
func TestCustomersStateIsAbove(t *testing.T) {
	asks := func(state, gives string) *endpoints.Schedule {
		return &endpoints.Schedule{DefaultState: "nothing matched", Rules: []endpoints.SchedulingRule{{State: gives, SimpleRuleType: endpoints.RuleCustomerState, CustomerState: state}}}
	}
	top := &endpoints.Schedule{DefaultState: "top"}
	inherits := &endpoints.Schedule{Inherit: true}
	for name, c := range map[string]struct {
		line []*endpoints.Schedule
		want string
	}{
		"an endpoint's asks for its customer's": {[]*endpoints.Schedule{asks("TOP", "yes"), top}, "yes"},
		"a customer's for the one above":        {[]*endpoints.Schedule{nil, asks("top", "yes"), nil, top}, "yes"},
		"one's own never":                       {[]*endpoints.Schedule{asks("yes", "yes"), top}, "nothing matched"},
		"nobody is above":                       {[]*endpoints.Schedule{asks("", "yes")}, "yes"},
		"from one to the next":                  {[]*endpoints.Schedule{asks("b", "a"), inherits, asks("top", "b"), top}, "a"},
		"who inherits shows what is above":      {[]*endpoints.Schedule{asks("top", "yes"), inherits, top}, "yes"},
		"closed asks nobody":                    {[]*endpoints.Schedule{{ForceClosed: true, Rules: asks("top", "yes").Rules}, top}, "After Hours"},
	} {
		if got := endpoints.MomentOf(c.line, "America/Chicago", time.Now()); got.State != c.want {
			t.Errorf("%s: %q, want %q", name, got.State, c.want)
		}
	}
}

func TestScheduleValidate(t *testing.T) {
	for text, want := range map[string]string{
		`{"timeZoneId": "Mars/Olympus"}`: "schedule.timeZoneId", `{"timeZoneId": "Local"}`: "schedule.timeZoneId",
		`{"rules": [{"name": "N"}]}`:                                                                  "schedule.rules[N].state",
		`{"rules": [{"state": "S", "simpleRuleType": "Sometimes"}]}`:                                  "schedule.rules[S].simpleRuleType",
		`{"rules": [{"state": "S", "simpleRuleType": "CustomerState"}]}`:                              "schedule.rules[S].customerState",
		`{"rules": [{"state": "S", "simpleRuleType": "Time", "startDate": "26.11.2026"}]}`:            "schedule.rules[S].startDate",
		`{"rules": [{"state": "S", "simpleRuleType": "Time", "untilDate": "2026-02-30"}]}`:            "schedule.rules[S].untilDate",
		`{"rules": [{"state": "S", "simpleRuleType": "Time", "endTime": "25:00"}]}`:                   "schedule.rules[S].endTime",
		`{"rules": [{"state": "S", "simpleRuleType": "Time", "frequency": "Often"}]}`:                 "schedule.rules[S].frequency",
		`{"rules": [{"state": "S", "simpleRuleType": "Time", "byDay": [{"dayOfWeek": "Caturday"}]}]}`: "schedule.rules[S].byDay",
		`{"rules": [{"state": "S", "simpleRuleType": "Time", "byMonth": [13]}]}`:                      "schedule.rules[S].byMonth",
		`{"rules": [{"state": "S", "simpleRuleType": "Time", "byMonthDay": [0]}]}`:                    "schedule.rules[S].byMonthDay",
		`{"rules": [{"state": "S", "simpleRuleType": "Time", "interval": -1}]}`:                       "schedule.rules[S].interval",
		`{"rules": [{"state": "S", "simpleRuleType": "Time", "frequency": "Daily", "count": 3}]}`:     "schedule.rules[S].count",
	} {
		var s endpoints.Schedule
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		var invalid *endpoints.Invalid
		if err := s.Validate(); !errors.As(err, &invalid) || invalid.Field != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// FuzzSchedule: whatever rule is kept is answered, and soon.
func FuzzSchedule(f *testing.F) {
	f.Add(office, int64(1_800_000_000))
	f.Add(`{"rules": [{"state": "S", "simpleRuleType": "Time", "frequency": "Secondly", "byMonth": [2], "byMonthDay": [30], "startDate": "1900-01-01"}]}`, int64(4_000_000_000))
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		var s endpoints.Schedule
		if json.Unmarshal([]byte(text), &s) != nil || s.Validate() != nil {
			return
		}
		s.At(time.Unix(unix%253402300799, 0), "x")
	})
}

func BenchmarkSchedule(b *testing.B) {
	var s endpoints.Schedule
	if err := json.Unmarshal([]byte(office), &s); err != nil {
		b.Fatal(err)
	}
	t := time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	for b.Loop() {
		s.At(t, "")
	}
}
