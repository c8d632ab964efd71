package endpoints

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// The kinds of a rule, and how often one comes, in the API's names.
const (
	RuleAlways        = "Always"
	RuleCustomerState = "CustomerState"
	RuleTime          = "Time"
)

var frequencies = map[string]rrule.Frequency{
	"Secondly": rrule.SECONDLY, "Minutely": rrule.MINUTELY, "Hourly": rrule.HOURLY,
	"Daily": rrule.DAILY, "Weekly": rrule.WEEKLY, "Monthly": rrule.MONTHLY, "Yearly": rrule.YEARLY,
}

// SchedulingRule gives a state to the times that it matches. A Time rule is an
// iCalendar recurrence (RFC 5545) in the schedule's wall clock time.
type SchedulingRule struct {
	ID             string           `json:"id,omitempty"`
	Name           string           `json:"name,omitempty"`
	Priority       int              `json:"priority"`
	State          string           `json:"state"`
	Source         string           `json:"source,omitempty"`    // kept for clients
	Condition      string           `json:"condition,omitempty"` // kept for clients
	SimpleRuleType string           `json:"simpleRuleType,omitempty"`
	CustomerState  string           `json:"customerState,omitempty"`
	FlowID         string           `json:"flowId,omitempty"`
	FlowParams     map[string]Value `json:"flowParams,omitempty"`

	IsAllDay  bool   `json:"isAllDay"`
	StartDate string `json:"startDate,omitempty"` // 2026-11-26; empty: ever
	StartTime string `json:"startTime,omitempty"` // 09:00; empty: 00:00
	EndTime   string `json:"endTime,omitempty"`   // 17:30, not included; not after StartTime: the next day's
	UntilDate string `json:"untilDate,omitempty"` // the last day on which one may begin

	Frequency     string        `json:"frequency,omitempty"` // None: on StartDate alone, without one on each day
	Interval      int           `json:"interval,omitempty"`
	Count         int           `json:"count,omitempty"`
	BySetPosition []int         `json:"bySetPosition,omitempty"`
	ByMonth       []int         `json:"byMonth,omitempty"`
	ByWeekNo      []int         `json:"byWeekNo,omitempty"`
	ByYearDay     []int         `json:"byYearDay,omitempty"`
	ByMonthDay    []int         `json:"byMonthDay,omitempty"`
	ByDay         []ScheduleDay `json:"byDay,omitempty"`
	ByHour        []int         `json:"byHour,omitempty"`
	ByMinute      []int         `json:"byMinute,omitempty"`
}

// ScheduleDay is a day of the week; with an offset the n-th of the month or
// year, from its end if negative.
type ScheduleDay struct {
	Offset    int    `json:"offset,omitempty"`
	DayOfWeek string `json:"dayOfWeek"`
}

var weekdays = []rrule.Weekday{rrule.SU, rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA}

func (d ScheduleDay) weekday() (rrule.Weekday, bool) {
	for i, w := range weekdays {
		if strings.EqualFold(d.DayOfWeek, time.Weekday(i).String()) {
			if d.Offset != 0 {
				w = w.Nth(d.Offset)
			}
			return w, true
		}
	}
	return rrule.Weekday{}, false
}

func (r *SchedulingRule) validate() error {
	field := func(name string) string {
		which := r.Name
		if which == "" {
			which = r.State
		}
		return "schedule.rules[" + which + "]." + name
	}
	if err := first(text(field("state"), &r.State, required), text(field("name"), &r.Name, optional), ValidateStruct(field("flowParams"), r.FlowParams)); err != nil {
		return err
	}
	switch r.SimpleRuleType {
	case RuleAlways, "":
		return nil
	case RuleCustomerState:
		return text(field("customerState"), &r.CustomerState, required)
	case RuleTime:
	default:
		return invalid(field("simpleRuleType"), "%.32q is none; there are %s, %s and %s", r.SimpleRuleType, RuleAlways, RuleCustomerState, RuleTime)
	}
	for _, d := range []struct{ name, value string }{{"startDate", r.StartDate}, {"untilDate", r.UntilDate}} {
		if t, ok := day(d.value); d.value != "" && (!ok || t.Year() < 1970) {
			return invalid(field(d.name), "%.32q is no date from 1970 on; write it as 2026-11-26", d.value)
		}
	}
	for _, d := range []struct{ name, value string }{{"startTime", r.StartTime}, {"endTime", r.EndTime}} {
		if _, ok := clock(d.value); !ok {
			return invalid(field(d.name), "%.32q is no time of day; write it as 17:30", d.value)
		}
	}
	if _, ok := frequencies[r.Frequency]; !ok && r.Frequency != "" && r.Frequency != "None" {
		return invalid(field("frequency"), "%.32q is none; there are None, Secondly, Minutely, Hourly, Daily, Weekly, Monthly and Yearly", r.Frequency)
	}
	for _, d := range r.ByDay {
		if _, ok := d.weekday(); !ok {
			return invalid(field("byDay"), "%.32q is no day of the week; write it as Monday", d.DayOfWeek)
		}
	}
	if r.Interval < 0 || r.Interval > 10_000 || r.Count < 0 || r.Count > 10_000 {
		return invalid(field("interval"), "and count are 0 to 10,000 (they are %d and %d)", r.Interval, r.Count)
	}
	if often := slices.Contains([]string{"Secondly", "Minutely", "Hourly"}, r.Frequency); r.Count > 0 && (r.StartDate == "" || often) {
		return invalid(field("count"), "is for what comes daily or less often, and has a startDate; write an untilDate instead")
	}
	if slices.Contains([]string{"Monthly", "Yearly"}, r.Frequency) && max(len(r.ByHour), 1)*max(len(r.ByMinute), 1) > 48 {
		return invalid(field("byMinute"), "and byHour make more than 48 times a day; write that as Daily, Hourly or Minutely")
	}
	for _, l := range r.lists() {
		if len(l.values) > 400 {
			return invalid(field(l.name), "has %d values; 400 are allowed", len(l.values))
		}
		for _, v := range l.values {
			if v < l.min || v > l.max || v == 0 && l.min < 0 {
				return invalid(field(l.name), "%d is not in %d to %d", v, l.min, l.max)
			}
		}
	}
	if _, err := r.recurrence(time.Now()); err != nil {
		return invalid(field("frequency"), "can't be read: %s", err)
	}
	return nil
}

func (r *SchedulingRule) lists() []struct {
	name     string
	values   []int
	min, max int
} {
	return []struct {
		name     string
		values   []int
		min, max int
	}{
		{"bySetPosition", r.BySetPosition, -366, 366}, {"byMonth", r.ByMonth, 1, 12}, {"byWeekNo", r.ByWeekNo, -53, 53}, {"byYearDay", r.ByYearDay, -366, 366},
		{"byMonthDay", r.ByMonthDay, -31, 31}, {"byHour", r.ByHour, 0, 23}, {"byMinute", r.ByMinute, 0, 59},
	}
}

// matches tells whether the rule holds at t, in the schedule's zone.
func (r *SchedulingRule) matches(t time.Time, customers string) bool {
	switch r.SimpleRuleType {
	case RuleCustomerState:
		return strings.EqualFold(r.CustomerState, customers)
	case RuleTime:
		return r.covers(t)
	}
	return true
}

// covers compares wall clock times: an hour that the clock skips never comes,
// one that it repeats counts twice, and 09:00 is 09:00 in summer and winter.
func (r *SchedulingRule) covers(t time.Time) bool {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	rule, err := r.recurrence(wall)
	if err != nil {
		return false // Validate let no such pass
	}
	last := rule.Before(wall, true)
	return !last.IsZero() && wall.Sub(last) < r.lasts()
}

// lasts is how long one occurrence lasts.
func (r *SchedulingRule) lasts() time.Duration {
	if r.IsAllDay {
		return 24 * time.Hour
	}
	start, _ := clock(r.StartTime)
	end, _ := clock(r.EndTime)
	if end <= start {
		end += 24 * time.Hour
	}
	return end - start
}

// ever is the start of a recurrence without a startDate: a Monday and the first
// of a year.
var ever = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// recurrence are the beginnings up to now, as wall clock times that say UTC.
func (r *SchedulingRule) recurrence(now time.Time) (*rrule.RRule, error) {
	start, dated := day(r.StartDate)
	if !dated {
		start = ever
	}
	if !r.IsAllDay {
		at, _ := clock(r.StartTime)
		start = start.Add(at)
	}
	o := rrule.ROption{Dtstart: start, Until: now, Interval: max(r.Interval, 1), Count: r.Count,
		Bysetpos: r.BySetPosition, Bymonth: r.ByMonth, Byweekno: r.ByWeekNo, Byyearday: r.ByYearDay, Bymonthday: r.ByMonthDay,
		Byhour: r.ByHour, Byminute: r.ByMinute}
	for _, d := range r.ByDay {
		if w, ok := d.weekday(); ok {
			o.Byweekday = append(o.Byweekday, w)
		}
	}
	if until, ok := day(r.UntilDate); ok && until.Add(24*time.Hour).Before(now) {
		o.Until = until.Add(24*time.Hour - time.Second)
	}
	var repeats bool
	if o.Freq, repeats = frequencies[r.Frequency]; !repeats {
		o.Freq = rrule.DAILY
		if dated {
			o.Count = 1
		}
	}
	o.Dtstart = r.nearer(o, now)
	return rrule.NewRRule(o)
}

// nearer moves the start towards now by whole intervals, so that not each
// occurrence of years has to be walked. It lasts a day at most: older ones are over.
func (r *SchedulingRule) nearer(o rrule.ROption, now time.Time) time.Time {
	start := o.Dtstart
	if o.Count > 0 {
		return start
	}
	gap := now.Sub(start) - 25*time.Hour
	switch o.Freq {
	case rrule.SECONDLY, rrule.MINUTELY, rrule.HOURLY, rrule.DAILY, rrule.WEEKLY:
		step := time.Duration(o.Interval) * map[rrule.Frequency]time.Duration{
			rrule.SECONDLY: time.Second, rrule.MINUTELY: time.Minute, rrule.HOURLY: time.Hour, rrule.DAILY: 24 * time.Hour, rrule.WEEKLY: 7 * 24 * time.Hour,
		}[o.Freq]
		return start.Add(max(gap, 0) / step * step)
	}
	if start.Day() > 28 {
		return start // not each month, nor each year, has that day
	}
	months := o.Interval
	if o.Freq == rrule.YEARLY {
		months *= 12
	}
	if n := int(gap/(31*24*time.Hour))/months - 1; n > 0 {
		return start.AddDate(0, n*months, 0)
	}
	return start
}

// day reads the date of an ISO 8601 date or time.
func day(s string) (time.Time, bool) {
	if len(s) < len(time.DateOnly) {
		return time.Time{}, false
	}
	if len(s) > len(time.DateOnly) && s[len(time.DateOnly)] != 'T' && s[len(time.DateOnly)] != ' ' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)])
	return t, err == nil
}

// clock reads a time of day: 9:00, 17:30:15, 5:30 PM, or PT17H30M. Empty: midnight.
func clock(s string) (time.Duration, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if s == "" {
		return 0, true
	}
	if rest, ok := strings.CutPrefix(s, "PT"); ok {
		d, err := time.ParseDuration(strings.ToLower(rest))
		return d, err == nil && d >= 0 && d <= 24*time.Hour
	}
	if s == "24:00" || s == "24:00:00" {
		return 24 * time.Hour, true
	}
	for _, layout := range []string{"15:04", "15:04:05", "15:04:05.9999999", "3:04 PM", "3:04PM", "3 PM", "3PM"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Sub(t.Truncate(24 * time.Hour)), true
		}
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n <= 24 {
		return time.Duration(n) * time.Hour, true
	}
	return 0, false
}
