package report

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// What a call's log tells of queues; see flow/queue.go and the node Queue Call.
var (
	joinsLine    = regexp.MustCompile(`(?:^|\s)waits in the queue, number [0-9,]+$`)
	answeredLine = regexp.MustCompile(`^(?:.*: )?(.+) answered$`)
	endLines     = []struct {
		line *regexp.Regexp
		how  string
	}{
		{regexp.MustCompile(`(?:^|\s)gone after [0-9.,]+ s, as number [0-9,]+$`), abandoned},
		{regexp.MustCompile(`(?:^|\s)left the queue with . after [0-9.,]+ s, as number [0-9,]+$`), "Left by a key"},
		{regexp.MustCompile(`(?:^|\s)nobody took the call in [0-9.,]+ s$`), "Nobody took it"},
		{regexp.MustCompile(`(?:^|\s)no agent is logged in$`), "No agents"},
	}
)

const (
	answered  = "Answered"
	abandoned = "Abandoned"
)

// waiting is one caller's time in one queue.
type waiting struct {
	began, ended time.Time
	how, by      string
}

// waits are the times that a session's caller waited in queues. Who hung up while he
// waited and about whom the log says no more has abandoned the queue.
func waits(r *session.Record) []waiting {
	var out []waiting
	var in *waiting
	done := func(at time.Time, how, by string) {
		in.ended, in.how, in.by = at, how, by
		out = append(out, *in)
		in = nil
	}
	for _, l := range r.Log {
		text := strings.TrimSpace(l.Message)
		if joinsLine.MatchString(text) {
			if in != nil {
				done(l.Date, abandoned, "")
			}
			in = &waiting{began: l.Date}
			continue
		}
		if in == nil {
			continue
		}
		if m := answeredLine.FindStringSubmatch(text); m != nil {
			done(l.Date, answered, m[1])
			continue
		}
		for _, e := range endLines {
			if e.line.MatchString(text) {
				done(l.Date, e.how, "")
				break
			}
		}
	}
	if in != nil && !r.Ended.IsZero() {
		done(r.Ended, abandoned, "")
	}
	return out
}

var queuedColumns = []string{"Session id", "From", "From name", "To", "Flow", "Customer", "Joined", "Waited (s)", "Result", "Answered by", "Session ended", "Recorded"}

// queued is a row for each time that a caller waited; of the abandoned alone, if the
// report is about these.
func (m *maker) queued(ctx context.Context) error {
	only := ""
	if m.report.Kind == endpoints.CallCenterAbandonReport {
		only = abandoned
	}
	return m.sessions(ctx, func(r *session.Record, recorded bool) error {
		for _, q := range waits(r) {
			if only != "" && q.how != only {
				continue
			}
			err := m.row(r.CustomerID, r.ID, r.FromAddress, r.FromName, r.ToAddress, r.FlowName, r.CustomerName, m.at(q.began), seconds(q.began, q.ended), q.how, q.by, m.at(r.Ended), recorded)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

var centreColumns = []string{"Day", "Callers that waited", "Answered", "Abandoned", "Otherwise ended", "Average wait until answered (s)", "Longest wait (s)"}

// centre sums the queues up for each day.
func (m *maker) centre(ctx context.Context) error {
	type sum struct {
		all, answered, abandoned int
		waited, longest          int // seconds; waited is of those that were answered
	}
	days := map[string]*sum{}
	err := m.sessions(ctx, func(r *session.Record, _ bool) error {
		for _, q := range waits(r) {
			day := m.day(q.began)
			if days[day] == nil {
				days[day] = &sum{}
			}
			if len(days) > maxGroups {
				return errGroups
			}
			s := days[day]
			n, _ := seconds(q.began, q.ended).(int)
			s.all++
			s.longest = max(s.longest, n)
			switch q.how {
			case answered:
				s.answered++
				s.waited += n
			case abandoned:
				s.abandoned++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		s := days[day]
		average := 0
		if s.answered > 0 {
			average = s.waited / s.answered
		}
		if err := m.book.row(day, s.all, s.answered, s.abandoned, s.all-s.answered-s.abandoned, average, s.longest); err != nil {
			return err
		}
	}
	return nil
}
