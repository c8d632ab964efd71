package nodes

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("DateRangeNode", func() flow.Node { return new(dateRange) }) }

type dateRange struct{ zone, from, to string }

func (n *dateRange) Spec(s *flow.Spec) {
	s.Title, s.Category = "Date Range", flow.DateAndTime
	s.Doc = "Goes on by whether today is one of the days from one date to another, both included."
	s.Ref(&n.zone, "TimeZoneId", flow.TimeZoneType, "The time zone by its IANA name; empty: the account's.").Formed(flow.CheckZone)
	s.Ref(&n.from, "From", flow.DateType, "The first day, such as 2026-12-24, or a moment of it; empty: there is no first.").Formed(formed(wallDate))
	s.Ref(&n.to, "To", flow.DateType, "The last day, or the moment of it that is the end; empty: there is no last.").Formed(formed(wallDate))
	s.Exit("Match", "It is.")
	s.Exit("No Match", "It is not.")
}

func (n *dateRange) Run(_ context.Context, x *flow.Execution) (string, error) {
	zone, err := x.Zone(n.zone)
	if err != nil {
		return "", &flow.ParameterError{Parameter: "TimeZoneId", Text: err.Error()}
	}
	now := x.Now().In(zone)
	x.Logf("it is %s", now.Format("2006-01-02 15:04:05"))
	from, _ := wallDate(n.from) // their forms are checked
	to, _ := wallDate(n.to)
	if from.at(zone).After(now) || strings.TrimSpace(n.to) != "" && !to.end(zone).After(now) {
		return "No Match", nil
	}
	return "Match", nil
}

// wall is a date, or a moment of one, by the clock on the wall of some zone;
// fixed: the zone is given with it.
type wall struct {
	time.Time
	day, fixed bool
}

// wallDate reads ISO 8601; blank is the zero wall.
func wallDate(s string) (wall, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return wall{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return wall{Time: t, day: true}, nil
	}
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(form, s); err == nil {
			return wall{Time: t}, nil
		}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return wall{}, fmt.Errorf("%.40q is no date; write it as 2026-12-24", s)
	}
	return wall{Time: t, fixed: true}, nil
}

// at is the moment in a zone. One that the clock skips is when it has jumped:
// there are zones where midnight is skipped.
func (w wall) at(zone *time.Location) time.Time {
	if w.fixed {
		return w.Time
	}
	t := time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), 0, zone)
	if w.day && t.Day() != w.Day() { // Go has gone back to the day before
		t = t.Add(time.Hour)
	}
	return t
}

// end is the first moment after it.
func (w wall) end(zone *time.Location) time.Time {
	if !w.day {
		return w.at(zone)
	}
	w.Time = w.AddDate(0, 0, 1)
	return w.at(zone)
}
