package nodes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("TimeOfDayNode", func() flow.Node { return new(timeOfDay) }) }

type timeOfDay struct{ zone, from, to, days string }

func (n *timeOfDay) Spec(s *flow.Spec) {
	s.Title, s.Category = "Time of Day", flow.DateAndTime
	s.Doc = "Goes on by whether it is between two times of some days of the week, by the clock on the wall. " +
		"A time that passes midnight belongs to the day on which it begins. Two equal times are a whole day."
	s.Ref(&n.zone, "TimeZoneId", flow.TimeZoneType, "The time zone by its IANA name, such as Europe/Berlin; empty: the account's.").Formed(flow.CheckZone)
	s.Ref(&n.from, "From", flow.TimeType, "The first moment, such as 09:00 or 9:00 AM; empty: midnight.").Formed(formed(clockTime))
	s.Ref(&n.to, "To", flow.TimeType, "The end, which is not included; empty: midnight.").Formed(formed(clockTime))
	s.String(&n.days, "Days", "Mon-Sun", "Days of the week, such as Mon-Fri or Mon, Wed, Sat-Sun.").Formed(formed(weekdays))
	s.Exit("Match", "It is.")
	s.Exit("No Match", "It is not.")
}

func (n *timeOfDay) Run(_ context.Context, x *flow.Execution) (string, error) {
	zone, err := x.Zone(n.zone)
	if err != nil {
		return "", &flow.ParameterError{Parameter: "TimeZoneId", Text: err.Error()}
	}
	from, _ := clockTime(n.from) // their forms are checked
	to, _ := clockTime(n.to)
	days, _ := weekdays(n.days)
	if strings.TrimSpace(n.days) == "" {
		days = everyDay
	}
	now := x.Now().In(zone)
	x.Logf("it is %s", now.Format("Monday 15:04:05"))
	clock := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute + time.Duration(now.Second())*time.Second
	today, yesterday := days.has(now.Weekday()), days.has((now.Weekday()+6)%7)
	to = (to + 24*time.Hour - 1) % (24 * time.Hour) // the last moment
	to++
	var match bool
	if from < to {
		match = today && clock >= from && clock < to
	} else {
		match = today && clock >= from || yesterday && clock < to
	}
	if match {
		return "Match", nil
	}
	return "No Match", nil
}

// formed makes a form for a parameter of what reads it.
func formed[T any](read func(string) (T, error)) func(string) error {
	return func(s string) error {
		_, err := read(s)
		return err
	}
}

var clockForms = []string{"15:04", "15:04:05", "3:04 PM", "3:04PM", "3 PM", "3PM", "15"}

// clockTime reads a time of day as what has passed since midnight by the clock
// on the wall; blank is midnight.
func clockTime(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	if s == "" || s == "24:00" || s == "24:00:00" {
		return 0, nil
	}
	for _, form := range clockForms {
		if t, err := time.Parse(form, strings.ToUpper(s)); err == nil {
			return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second, nil
		}
	}
	return 0, fmt.Errorf("%.40q is no time of day; write it as 17:30 or 5:30 PM", s)
}

// week is a set of days.
type week uint8

const everyDay week = 1<<7 - 1

func (w week) has(d time.Weekday) bool { return w&(1<<d) != 0 }

// weekdays reads days of the week in English, alone or from one to another,
// which may pass the week's end.
func weekdays(s string) (week, error) {
	var all week
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' }) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		first, last, span := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
		from, err := weekday(first)
		if err != nil {
			return 0, err
		}
		to := from
		if span {
			if to, err = weekday(last); err != nil {
				return 0, err
			}
		}
		for d := from; ; d = (d + 1) % 7 {
			all |= 1 << d
			if d == to {
				break
			}
		}
	}
	if all == 0 {
		return 0, errors.New("there is no day; write them as Mon-Fri or Mon, Wed")
	}
	return all, nil
}

func weekday(s string) (time.Weekday, error) {
	s = strings.TrimSpace(s)
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if len(s) >= 2 && strings.HasPrefix(name, strings.ToLower(s)) {
			return d, nil
		}
	}
	return 0, fmt.Errorf("%.40q is no day of the week; write Mon, Tue, Wed, Thu, Fri, Sat or Sun", s)
}
