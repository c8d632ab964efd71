package api

import (
	"time"

	"ringflow/endpoints"
)

// Schedule tells by named states when somebody is there.
type Schedule struct {
	_            struct{} `ns:"Voice.Api.Scheduling"`
	TimeZoneId   string   // IANA; null: the parent's
	Inherit      bool
	ForceClosed  bool
	Rules        []SchedulingRule
	DefaultState string
}

// SchedulingRule gives a state to the times that it matches.
type SchedulingRule struct {
	_              struct{} `ns:"Voice.Api.Scheduling"`
	Id             string
	Name           string
	Priority       int
	State          string
	Source         string
	Condition      string
	SimpleRuleType SimpleSchedulingRuleTypes
	CustomerState  string
	FlowId         string
	FlowParams     map[string]endpoints.Value
	IsAllDay       bool
	StartDate      string
	StartTime      string
	EndTime        string
	BySetPosition  []int
	ByMonth        []int
	ByWeekNo       []int
	ByYearDay      []int
	ByMonthDay     []int
	ByDay          []ScheduleDay
	ByHour         []int
	ByMinute       []int
	Interval       int
	Count          int
	UntilDate      string
	Frequency      SchedulingRuleFrequency
}

// ScheduleDay is a day of the week; with an offset the n-th, from the end if negative.
type ScheduleDay struct {
	_         struct{} `ns:"Voice.Api.Scheduling"`
	Offset    int
	DayOfWeek DayOfWeek
}

// ScheduledFlow is the flow of a state.
type ScheduledFlow struct {
	_          struct{} `ns:"Voice.Api.Endpoints"`
	State      string
	FlowId     string
	FlowParams map[string]endpoints.Value
}

// SimpleSchedulingRuleTypes are the kinds of rules.
type SimpleSchedulingRuleTypes string

func (SimpleSchedulingRuleTypes) Members() []string {
	return []string{endpoints.RuleAlways, endpoints.RuleCustomerState, endpoints.RuleTime}
}

// SchedulingRuleFrequency is how often a rule's time comes.
type SchedulingRuleFrequency string

func (SchedulingRuleFrequency) Members() []string {
	return []string{"None", "Secondly", "Minutely", "Hourly", "Daily", "Weekly", "Monthly", "Yearly"}
}

// DayOfWeek counts from Sunday.
type DayOfWeek string

func (DayOfWeek) Members() []string {
	out := make([]string, 7)
	for i := range out {
		out[i] = time.Weekday(i).String()
	}
	return out
}

func scheduleInfo(v *endpoints.Schedule) *Schedule {
	if v == nil {
		return nil
	}
	out := &Schedule{TimeZoneId: v.TimeZoneID, Inherit: v.Inherit, ForceClosed: v.ForceClosed, Rules: []SchedulingRule{}, DefaultState: v.DefaultState}
	for _, r := range v.Rules {
		info := SchedulingRule{
			Id: r.ID, Name: r.Name, Priority: r.Priority, State: r.State, Source: r.Source, Condition: r.Condition,
			SimpleRuleType: SimpleSchedulingRuleTypes(r.SimpleRuleType), CustomerState: r.CustomerState, FlowId: r.FlowID, FlowParams: r.FlowParams,
			IsAllDay: r.IsAllDay, StartDate: r.StartDate, StartTime: r.StartTime, EndTime: r.EndTime, UntilDate: r.UntilDate,
			BySetPosition: r.BySetPosition, ByMonth: r.ByMonth, ByWeekNo: r.ByWeekNo, ByYearDay: r.ByYearDay, ByMonthDay: r.ByMonthDay,
			ByHour: r.ByHour, ByMinute: r.ByMinute, Interval: r.Interval, Count: r.Count, Frequency: SchedulingRuleFrequency(r.Frequency),
		}
		for _, d := range r.ByDay {
			info.ByDay = append(info.ByDay, ScheduleDay{Offset: d.Offset, DayOfWeek: DayOfWeek(d.DayOfWeek)})
		}
		out.Rules = append(out.Rules, info)
	}
	return out
}

// schedule is what a client gives; rules without an id get one.
func (v *Schedule) schedule() *endpoints.Schedule {
	if v == nil {
		return nil
	}
	out := &endpoints.Schedule{TimeZoneID: v.TimeZoneId, Inherit: v.Inherit, ForceClosed: v.ForceClosed, DefaultState: v.DefaultState}
	for _, r := range v.Rules {
		rule := endpoints.SchedulingRule{
			ID: r.Id, Name: r.Name, Priority: r.Priority, State: r.State, Source: r.Source, Condition: r.Condition,
			SimpleRuleType: string(r.SimpleRuleType), CustomerState: r.CustomerState, FlowID: r.FlowId, FlowParams: r.FlowParams,
			IsAllDay: r.IsAllDay, StartDate: r.StartDate, StartTime: r.StartTime, EndTime: r.EndTime, UntilDate: r.UntilDate,
			BySetPosition: r.BySetPosition, ByMonth: r.ByMonth, ByWeekNo: r.ByWeekNo, ByYearDay: r.ByYearDay, ByMonthDay: r.ByMonthDay,
			ByHour: r.ByHour, ByMinute: r.ByMinute, Interval: r.Interval, Count: r.Count, Frequency: string(r.Frequency),
		}
		if rule.ID == "" {
			rule.ID = endpoints.NewID()
		}
		for _, d := range r.ByDay {
			rule.ByDay = append(rule.ByDay, endpoints.ScheduleDay{Offset: d.Offset, DayOfWeek: string(d.DayOfWeek)})
		}
		out.Rules = append(out.Rules, rule)
	}
	return out
}

func scheduledFlowInfos(all []endpoints.ScheduledFlow) []ScheduledFlow {
	out := make([]ScheduledFlow, len(all))
	for i, f := range all {
		out[i] = ScheduledFlow{State: f.State, FlowId: f.FlowID, FlowParams: f.FlowParams}
	}
	return out
}

func scheduledFlows(all []ScheduledFlow) []endpoints.ScheduledFlow {
	out := make([]endpoints.ScheduledFlow, len(all))
	for i, f := range all {
		out[i] = endpoints.ScheduledFlow{State: f.State, FlowID: f.FlowId, FlowParams: f.FlowParams}
	}
	return out
}

// GetInheritedSchedule shows the schedule that counts for a customer or an endpoint.
type GetInheritedSchedule struct {
	_          struct{} `ns:"Voice.Api.Scheduling"`
	CustomerId string
	EndpointId string
}

func (q *GetInheritedSchedule) customer() string { return q.CustomerId }
func (q *GetInheritedSchedule) endpoint() string { return q.EndpointId }

// TestSchedule asks for the state at a moment.
type TestSchedule struct {
	_          struct{} `ns:"Voice.Api.Scheduling"`
	CustomerId string
	EndpointId string
	Schedule   *Schedule // null: the saved one
	DateTime   string    // null: now; without a zone: in the schedule's
}

func (q *TestSchedule) customer() string { return q.CustomerId }
func (q *TestSchedule) endpoint() string { return q.EndpointId }

// TestScheduleResponse is the state of a schedule. RuleId is ours.
type TestScheduleResponse struct {
	_          struct{} `ns:"Voice.Api.Scheduling"`
	StateName  string
	TimeZoneId string
	RuleId     string
}
