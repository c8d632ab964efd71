package nodes

import (
	"context"
	"slices"
	"strings"
	"time"

	"ringflow/flow"
)

const roundRobin = "RoundRobin"

type destination struct {
	to             flow.TypedValue
	number         string
	delay, timeout time.Duration
}

// rung is one who is rung: a destination, or a member of one.
type rung struct {
	of     *destination
	target flow.Target
	member string // the name; empty: no member of a team
}

func (r rung) id() string { return r.target.Type + " " + r.target.Value + " " + r.target.Number }

// attempts are all who are rung, with their times, teams as their members. why
// is why there is nobody.
func (n *dial) attempts(ctx context.Context, x *flow.Execution) (as []flow.Attempt, why string, err error) {
	most := x.Limits.Destinations
	tooMany := &flow.LimitError{What: flow.Thousands(most) + " destinations a Dial"}
	if len(n.destinations) > most {
		return nil, "", tooMany
	}
	all, why, err := n.everybody(ctx, x)
	if err != nil {
		return nil, "", err
	}
	if len(all) > most {
		return nil, "", tooMany
	}
	if teams, ok := x.Line.(flow.Teams); ok && n.strategy == roundRobin && len(all) > 1 {
		ids := make([]string, len(all))
		for i, r := range all {
			ids[i] = r.id()
		}
		first := teams.Turn(x.Here(), ids)
		all = append(slices.Clone(all[first:]), all[:first]...)
	}
	for i, r := range all {
		a := flow.Attempt{Target: r.target, Timeout: r.of.timeout}
		if a.Timeout <= 0 {
			a.Timeout = n.timeout
		}
		if a.After = n.strategy != "Simultaneous" && i > 0; !a.After || all[i-1].of != r.of {
			a.Delay = r.of.delay // a team's passes once, where one rings after the other
		}
		who := r.target.Value
		switch {
		case r.target.Number != "":
			who = r.target.Number + " at " + who
		case r.member != "":
			who += ", " + r.member + " of " + strings.TrimSpace(r.of.to.Value.Text())
		}
		x.Logf("dials %s, for %s%s", who, flow.Seconds(a.Timeout), when(a))
		as = append(as, a)
	}
	return as, why, nil
}

// everybody is who is rung, in the order of the destinations.
func (n *dial) everybody(ctx context.Context, x *flow.Execution) (all []rung, why string, err error) {
	why = "there is nobody to dial"
	for i := range n.destinations {
		d := &n.destinations[i]
		t := flow.Target{Type: string(d.to.Type), Value: strings.TrimSpace(d.to.Value.Text())}
		if t.Type == string(flow.SipTrunkType) {
			t.Number = strings.TrimSpace(d.number)
		}
		if t.Value == "" {
			x.Logf("destination %d names nobody", i+1)
			continue
		}
		if t.Type == "" || t.Type == "NotSpecified" {
			t.Type = string(flow.StringType)
		}
		if t.Type == string(flow.StringType) && isID(t.Value) {
			t.Type = string(flow.EndpointType)
		}
		members, team, err := members(ctx, x, t)
		switch {
		case ctx.Err() != nil:
			return nil, "", context.Cause(ctx)
		case err != nil:
			why = err.Error()
			x.Logf("destination %d is not dialled: %s", i+1, why)
		case !team:
			all = n.add(all, rung{of: d, target: t})
		case len(members) == 0:
			why = "the team " + t.Value + " has no members"
			x.Logf("destination %d is not dialled: %s", i+1, why)
		}
		for _, m := range members {
			all = n.add(all, rung{of: d, target: flow.Target{Type: string(flow.UserType), Value: m.ID}, member: m.Name})
		}
	}
	return all, why, nil
}

// add adds r, unless a member of a team would ring twice at once.
func (n *dial) add(all []rung, r rung) []rung {
	twice := func(o rung) bool { return o.target.Value == r.target.Value && (o.member != "" || r.member != "") }
	if n.strategy == "Simultaneous" && slices.ContainsFunc(all, twice) {
		return all
	}
	return append(all, r)
}

// members are those of a team; team is false of any other destination.
func members(ctx context.Context, x *flow.Execution, t flow.Target) (all []flow.Member, team bool, err error) {
	if t.Type != string(flow.TeamType) && t.Type != string(flow.EndpointType) {
		return nil, false, nil
	}
	if teams, ok := x.Line.(flow.Teams); ok {
		all, team, err = teams.Members(ctx, t.Value)
	}
	if err == nil && !team && t.Type == string(flow.TeamType) {
		return nil, true, noTeam(t.Value)
	}
	return all, team, err
}

// isID tells whether a text has the form of an id: then it is an endpoint's, such
// as a team's, and nobody's name or number.
func isID(text string) bool {
	return len(text) == 32 && strings.Trim(text, "0123456789abcdef") == ""
}

type noTeam string

func (id noTeam) Error() string { return "there is no team " + string(id) }

func when(a flow.Attempt) string {
	s := ""
	if a.Delay > 0 {
		s += ", after " + flow.Seconds(a.Delay)
	}
	if a.After {
		s += ", if nobody before answers"
	}
	return s
}

// screening is what who answers is asked; nil: nothing.
func (n *dial) screening(x *flow.Execution) *flow.Screening {
	if !n.screen {
		return nil
	}
	ask := n.screenText
	if strings.TrimSpace(ask) == "" {
		ask = "Call from " + calling(x.Session) + ". Press 1 to accept, or 2 to decline."
	}
	x.Logf("asks who answers whether to take the call")
	return &flow.Screening{Ask: flow.Prompt{Text: ask}, Taken: flow.Prompt{Text: "The call has been taken."}}
}

// calling is the caller, to be spoken: name, and number digit by digit.
func calling(s *flow.Session) string {
	name, number := strings.TrimSpace(s.FromName), strings.TrimPrefix(s.FromAddress, "+")
	if number == "" || number == "anonymous" {
		if name == "" {
			name = "an unknown caller"
		}
		return name
	}
	if strings.Trim(number, "0123456789") == "" {
		number = strings.Join(strings.Split(number, ""), " ")
	}
	if name == "" || name == s.FromAddress {
		return number
	}
	return name + ", " + number
}
