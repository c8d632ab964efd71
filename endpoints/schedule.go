package endpoints

import (
	"slices"
	"strings"
	"time"
)

// The states that every account knows; a schedule may name any other.
const (
	BusinessHours = "Business Hours"
	AfterHours    = "After Hours"
	Holiday       = "Holiday"
)

const maxRules = 500

// Schedule tells by named states when somebody is there. It is kept in the
// API's words.
type Schedule struct {
	TimeZoneID   string           `json:"timeZoneId,omitempty"` // IANA; empty: the parent's, at last the account's
	Inherit      bool             `json:"inherit"`              // the parent's rules count, not these
	ForceClosed  bool             `json:"forceClosed"`          // AfterHours, whatever the rules say
	Rules        []SchedulingRule `json:"rules"`
	DefaultState string           `json:"defaultState,omitempty"` // while no rule matches
}

// Validate tells what of s cannot be kept (*Invalid).
func (s *Schedule) Validate() error {
	if s == nil {
		return nil
	}
	if err := checkZone("schedule.timeZoneId", s.TimeZoneID); err != nil {
		return err
	}
	if len(s.Rules) > maxRules {
		return invalid("schedule.rules", "has %d rules; %d are allowed", len(s.Rules), maxRules)
	}
	if err := text("schedule.defaultState", &s.DefaultState, optional); err != nil {
		return err
	}
	for i := range s.Rules {
		if err := s.Rules[i].validate(); err != nil {
			return err
		}
	}
	return nil
}

func checkZone(field, id string) error {
	if id == "" {
		return nil
	}
	if _, err := time.LoadLocation(id); err != nil || id == "Local" {
		return invalid(field, "%.64q is no time zone; write its IANA name, such as America/New_York", id)
	}
	return nil
}

// Inherited is the schedule that counts of a line of them, the nearest first
// (an endpoint's, its customer's, the customer's parents'), nil where one has
// none. Its zone is the nearest, zone (the account's) at last. nil: nobody has
// a schedule of his own.
func Inherited(line []*Schedule, zone string) *Schedule {
	s, _ := inherited(line, zone)
	return s
}

// inherited also gives the line above the one whose schedule counts.
func inherited(line []*Schedule, zone string) (counts *Schedule, above []*Schedule) {
	var own *Schedule
	near := ""
	for i, s := range line {
		if s == nil {
			continue
		}
		if near == "" {
			near = s.TimeZoneID
		}
		if own == nil && (!s.Inherit || s.ForceClosed) {
			own, above = s, line[i+1:]
		}
		if own != nil && near != "" {
			break
		}
	}
	if own == nil {
		return nil, nil
	}
	out := *own
	if out.TimeZoneID = near; near == "" {
		out.TimeZoneID = zone
	}
	return &out, above
}

// MomentOf is what a line of schedules (see Inherited) says at t. The
// customer's state, for a rule that asks for it, is that of the line above the
// schedule in which the rule stands: of an endpoint's its customer's, of a
// customer's that of the customer above.
func MomentOf(line []*Schedule, zone string, t time.Time) Moment {
	s, above := inherited(line, zone)
	customers := ""
	if s.asksCustomer() {
		customers = MomentOf(above, zone, t).State
	}
	return s.At(t, customers)
}

func (s *Schedule) asksCustomer() bool {
	return s != nil && !s.ForceClosed && slices.ContainsFunc(s.Rules, func(r SchedulingRule) bool { return r.SimpleRuleType == RuleCustomerState })
}

// Moment is a schedule's answer.
type Moment struct {
	State string
	Rule  *SchedulingRule // the one that matched, nil: none
}

// At is the state at t. customers is the state of the customer's schedule at t,
// which rules may ask for. Of the rules that match, the one with the highest
// priority counts, of several the first.
func (s *Schedule) At(t time.Time, customers string) Moment {
	if s == nil {
		return Moment{}
	}
	if s.ForceClosed {
		return Moment{State: AfterHours}
	}
	zone, err := time.LoadLocation(s.TimeZoneID)
	if err != nil {
		zone = time.UTC // Validate let no other pass; the machine's zone data may be gone
	}
	var best *SchedulingRule
	for i := range s.Rules {
		r := &s.Rules[i]
		if (best == nil || r.Priority > best.Priority) && r.matches(t.In(zone), customers) {
			best = r
		}
	}
	if best == nil {
		return Moment{State: s.DefaultState}
	}
	return Moment{State: best.State, Rule: best}
}

// ScheduledFlow is the flow of a state.
type ScheduledFlow struct {
	State      string           `json:"state"`
	FlowID     string           `json:"flowId"`
	FlowParams map[string]Value `json:"flowParams,omitempty"`
}

func validateScheduledFlows(all []ScheduledFlow) error {
	if len(all) > maxRules {
		return invalid("scheduledFlows", "are %d; %d are allowed", len(all), maxRules)
	}
	seen := map[string]bool{}
	for i := range all {
		f := &all[i]
		if err := first(text("scheduledFlows.state", &f.State, required), ValidateStruct("scheduledFlows.flowParams", f.FlowParams)); err != nil {
			return err
		}
		if seen[strings.ToLower(f.State)] {
			return invalid("scheduledFlows", "has two flows for the state %s", f.State)
		}
		seen[strings.ToLower(f.State)] = true
	}
	return nil
}

// FlowAt is the flow that runs for a moment of the endpoint's schedule, with the
// parameters it is given: the rule's own, the state's, else the endpoint's.
func (e *Endpoint) FlowAt(m Moment) (flowID string, params map[string]Value) {
	if !e.Scheduled {
		return e.FlowID, e.FlowParams
	}
	if m.Rule != nil && m.Rule.FlowID != "" {
		return m.Rule.FlowID, m.Rule.FlowParams
	}
	for _, f := range e.ScheduledFlows {
		if strings.EqualFold(f.State, m.State) && f.FlowID != "" {
			return f.FlowID, f.FlowParams
		}
	}
	return e.FlowID, e.FlowParams
}
