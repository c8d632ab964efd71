package report

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringflow/endpoints"
	"ringflow/session"
)

var cdrColumns = []string{"Session id", "Leg id", "Direction", "From", "To", "Started", "Answered", "Ended", "Duration (s)", "Talked (s)", "Outcome", "Cause", "SIP code",
	"Endpoint", "Flow", "Customer", "Answered by", "Recorded", "Codec", "MOS"}

// cdr is a row for each leg of each session; a session without any has a row of its own.
func (m *maker) cdr(ctx context.Context) error {
	return m.sessions(ctx, func(r *session.Record, recorded bool) error {
		legs := r.Legs
		if len(legs) == 0 {
			legs = []session.LegRecord{{Direction: r.Direction, From: r.FromAddress, To: r.ToAddress, Started: r.Started, Answered: r.Answered, Ended: r.Ended}}
		}
		for _, l := range legs {
			var code, mos any
			if l.SipCode != 0 {
				code = l.SipCode
			}
			if l.Quality != nil && l.Quality.MOS > 0 {
				mos = l.Quality.MOS
			}
			err := m.row(r.CustomerID, r.ID, l.ID, string(l.Direction), l.From, l.To, m.at(l.Started), m.at(l.Answered), m.at(l.Ended), seconds(l.Started, l.Ended), seconds(l.Answered, l.Ended),
				r.Outcome, l.Cause, code, r.EndpointName, r.FlowName, r.CustomerName, r.AnsweredByName, recorded, l.Codec, mos)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

var historyColumns = []string{"Session id", "Direction", "From", "From name", "To", "Destination", "Started", "Answered", "Ended", "Duration (s)", "Talked (s)", "Outcome", "Missed",
	"Endpoint", "Flow", "Customer", "Answered by", "Recorded"}

// history is a row for each session.
func (m *maker) history(ctx context.Context) error {
	return m.sessions(ctx, func(r *session.Record, recorded bool) error {
		return m.row(r.CustomerID, r.ID, string(r.Direction), r.FromAddress, r.FromName, r.ToAddress, r.Destination, m.at(r.Started), m.at(r.Answered), m.at(r.Ended),
			seconds(r.Started, r.Ended), seconds(r.Answered, r.Ended), r.Outcome, r.WasMissed, r.EndpointName, r.FlowName, r.CustomerName, r.AnsweredByName, recorded)
	})
}

var outcomeColumns = []string{"Day", "Outcome", "Sessions"}

// maxGroups bounds what is counted at once.
const maxGroups = 100_000

var errGroups = &endpoints.Invalid{Field: "startDate", Text: fmt.Sprintf("there are more than %d days and outcomes to count; choose fewer days", maxGroups)}

// outcomes counts the sessions of each day by their outcome; specificState is the only
// outcome, if it is given.
func (m *maker) outcomes(ctx context.Context) error {
	counts := map[[2]string]int{}
	err := m.sessions(ctx, func(r *session.Record, _ bool) error {
		if only := m.report.Wanted.SpecificState; only != "" && !strings.EqualFold(only, r.Outcome) {
			return nil
		}
		if counts[[2]string{m.day(r.Started), r.Outcome}]++; len(counts) > maxGroups {
			return errGroups
		}
		return nil
	})
	if err != nil {
		return err
	}
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	for _, k := range keys {
		if err := m.book.row(k[0], k[1], counts[k]); err != nil {
			return err
		}
	}
	return nil
}

// metric sums one figure up for each day.
func (m *maker) metric(ctx context.Context) error {
	sums := map[string]int{}
	err := m.sessions(ctx, func(r *session.Record, _ bool) error {
		n := 0
		switch m.report.Wanted.MetricName {
		case "Sessions":
			n = 1
		case "Answered":
			n = one(!r.Answered.IsZero())
		case "Missed":
			n = one(r.WasMissed)
		case "TalkSeconds":
			n, _ = seconds(r.Answered, r.Ended).(int)
		case "DurationSeconds":
			n, _ = seconds(r.Started, r.Ended).(int)
		}
		if sums[m.day(r.Started)] += n; len(sums) > maxGroups {
			return errGroups
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, day := range slices.Sorted(maps.Keys(sums)) {
		if err := m.book.row(day, sums[day]); err != nil {
			return err
		}
	}
	return nil
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
