package api

import (
	"context"
	"strings"
	"time"

	"ringflow/api/form"
	"ringflow/endpoints"
)

// hours are the schedules that a customer or an endpoint has and stands below,
// the nearest first.
type hours struct {
	settings *endpoints.Settings
	line     []*endpoints.Schedule
}

// hours looks them up; own, unless nil, stands for the one that is saved.
func (s *Server) hours(ctx context.Context, f found, own *endpoints.Schedule) (hours, error) {
	settings, err := s.Store.Settings(ctx, f.accountID)
	if err != nil {
		return hours{}, err
	}
	below := ""
	if f.endpoint != nil {
		below = f.endpoint.CustomerID
		if own == nil {
			own = f.endpoint.Schedule
		}
	} else {
		below = f.customer.ParentCustomerID
		if own == nil {
			own = f.customer.Schedule
		}
	}
	above, err := s.Store.CustomerLine(ctx, below)
	if err != nil {
		return hours{}, err
	}
	line := []*endpoints.Schedule{own}
	for _, c := range above {
		line = append(line, c.Schedule)
	}
	return hours{settings, line}, nil
}

// counts is the schedule that counts; one without rules where nobody has any.
func (h hours) counts() *endpoints.Schedule {
	if v := endpoints.Inherited(h.line, h.settings.TimeZoneID); v != nil {
		return v
	}
	zone := h.settings.TimeZoneID
	for _, v := range h.line {
		if v != nil && v.TimeZoneID != "" {
			zone = v.TimeZoneID
			break
		}
	}
	return &endpoints.Schedule{TimeZoneID: zone, Inherit: true}
}

func (s *Server) getInheritedSchedule(r *Request, _ *GetInheritedSchedule) (*Schedule, error) {
	h, err := s.hours(r.Context(), r.found, nil)
	if err != nil {
		return nil, err
	}
	return scheduleInfo(h.counts()), nil
}

func (s *Server) testSchedule(r *Request, q *TestSchedule) (*TestScheduleResponse, error) {
	own := q.Schedule.schedule()
	if err := own.Validate(); err != nil {
		return nil, err
	}
	h, err := s.hours(r.Context(), r.found, own)
	if err != nil {
		return nil, err
	}
	counts := h.counts()
	at := h.settings.Now(time.Now())
	if strings.TrimSpace(q.DateTime) != "" {
		if at, err = momentIn(q.DateTime, counts.TimeZoneID); err != nil {
			return nil, badValue("dateTime", "%v", err)
		}
	}
	moment := endpoints.MomentOf(h.line, h.settings.TimeZoneID, at)
	out := &TestScheduleResponse{StateName: moment.State, TimeZoneId: counts.TimeZoneID}
	if moment.Rule != nil {
		out.RuleId = moment.Rule.ID
	}
	return out, nil
}

// momentIn reads a moment; without a zone it is what the clock shows there.
func momentIn(text, zone string) (time.Time, error) {
	t, err := form.ParseTime(text)
	if err != nil {
		return t, err
	}
	text = strings.TrimSpace(text)
	_, clock, _ := strings.Cut(strings.Replace(text, " ", "T", 1), "T")
	if strings.ContainsAny(clock, "zZ+-") || strings.Contains(text, "Date(") {
		return t, nil
	}
	l, err := time.LoadLocation(zone)
	if err != nil {
		return t, err
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), l), nil
}
