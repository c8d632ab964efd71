package storetest

import (
	"reflect"
	"sync"
	"testing"

	"ringflow/endpoints"
	"ringflow/store"
)

// withFields gives an account definitions.
func withFields(t *testing.T, s *store.Store, account string, change func(*endpoints.Settings)) {
	t.Helper()
	set, err := s.Settings(t.Context(), account)
	must(t, err)
	change(set)
	must(t, s.PutSettings(t.Context(), set))
}

func data(name, value string) map[string]endpoints.Value {
	return map[string]endpoints.Value{name: endpoints.StringValue(value)}
}

// fields: definitions come back as they were put, and values that don't fit are refused.
func fields(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account, secret := newAccount(t, s, "A"), endpoints.StringValue("hush")
	withFields(t, s, account, func(set *endpoints.Settings) {
		set.EndpointFields = []*endpoints.EndpointField{
			{DataField: endpoints.DataField{ID: "f1", Name: "Size", Type: "Number", Description: "of it"}, ShowInLists: true, IsKnob: true},
			{DataField: endpoints.DataField{Name: "Caller ID", Type: "PhoneNumber"}, EndpointType: endpoints.User, IsCallerID: true},
		}
		set.CustomerFields = []*endpoints.CustomerField{{DataField: endpoints.DataField{Name: "Tier", PossibleValues: []string{"gold", "tin"}}}}
		set.SystemFields = []*endpoints.SystemField{{DataField: endpoints.DataField{Name: "Key", UIHint: endpoints.HintPassword}, Value: &secret}}
	})
	got, err := s.Settings(ctx, account)
	must(t, err)
	want := &endpoints.EndpointField{DataField: endpoints.DataField{ID: "f1", Name: "Size", Type: "Number", Description: "of it"}, ShowInLists: true, IsKnob: true}
	if len(got.EndpointFields) != 2 || !reflect.DeepEqual(got.EndpointFields[0], want) || got.SystemFields[0].Value.Text() != "hush" || len(got.CustomerFields) != 1 {
		t.Errorf("kept %+v", got)
	}
	e := &endpoints.Endpoint{AccountID: account, Kind: endpoints.PhoneNumber, Number: "+18005550100", Data: data("Size", "big")}
	wantInvalid(t, s.PutEndpoint(ctx, e), "data.Size")
	e.Data = map[string]endpoints.Value{"Size": endpoints.NumberValue(4), "Nobody's": endpoints.StringValue("kept"), "Caller ID": endpoints.NumberValue(1)}
	must(t, s.PutEndpoint(ctx, e)) // Caller ID is of users alone
	c := &endpoints.Customer{AccountID: account, Name: "C", Data: data("Tier", "wood")}
	wantInvalid(t, s.PutCustomer(ctx, c), "data.Tier")
	c.Data = data("Tier", "tin")
	must(t, s.PutCustomer(ctx, c))
}

func uniqueFields(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account, other := newAccount(t, s, "A"), newAccount(t, s, "B")
	for _, id := range []string{account, other} {
		withFields(t, s, id, func(set *endpoints.Settings) {
			set.EndpointFields = []*endpoints.EndpointField{
				{DataField: endpoints.DataField{Name: `100%_"PIN"`, Uniqueness: endpoints.Unique}},
				{DataField: endpoints.DataField{Name: "Extension", Uniqueness: endpoints.UniqueToCustomer}},
				{DataField: endpoints.DataField{Name: "Colour", Uniqueness: endpoints.NotUnique}},
			}
			set.CustomerFields = []*endpoints.CustomerField{{DataField: endpoints.DataField{Name: "Code", Uniqueness: endpoints.Unique}}}
		})
	}
	number := func(account, number, customer, field, value string) error {
		return s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: account, Kind: endpoints.PhoneNumber, Number: number, CustomerID: customer, Data: data(field, value)})
	}
	c1, c2 := &endpoints.Customer{AccountID: account, Name: "1", Data: data("Code", "x")}, &endpoints.Customer{AccountID: account, Name: "2"}
	must(t, s.PutCustomer(ctx, c1))
	must(t, s.PutCustomer(ctx, c1)) // it is its own
	must(t, s.PutCustomer(ctx, c2))
	c2.Data = data("Code", "X")
	wantInvalid(t, s.PutCustomer(ctx, c2), "data.Code")

	must(t, number(account, "+18005550101", c1.ID, `100%_"PIN"`, "1234"))
	wantInvalid(t, number(account, "+18005550102", c2.ID, `100%_"PIN"`, "1234"), `data.100%_"PIN"`)
	must(t, number(account, "+18005550102", c2.ID, `100%_"PIN"`, "123"))
	must(t, number(other, "+18005550103", "", `100%_"PIN"`, "1234"))
	must(t, number(account, "+18005550104", c1.ID, "Extension", "12"))
	must(t, number(account, "+18005550105", c2.ID, "Extension", "12"))
	must(t, number(account, "+18005550106", "", "Extension", "12"))
	wantInvalid(t, number(account, "+18005550107", c2.ID, "Extension", "12"), "data.Extension")
	wantInvalid(t, number(account, "+18005550107", "", "Extension", "12"), "data.Extension")
	must(t, number(account, "+18005550107", c1.ID, "Colour", "red"))
	must(t, number(account, "+18005550108", c1.ID, "Colour", "red"))

	// Two at once: one gets it.
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { errs[i] = number(account, "+1800555020"+string(rune('0'+i)), c1.ID, `100%_"PIN"`, "9999") })
	}
	wg.Wait()
	kept := 0
	for _, err := range errs {
		if err == nil {
			kept++
		}
	}
	if kept != 1 {
		t.Errorf("%d of 8 at once got the same unique value: %v", kept, errs)
	}
}

func schedules(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account := newAccount(t, s, "A")
	night, foreign := newFlow(t, s, account, "Night"), newFlow(t, s, newAccount(t, s, "B"), "Foreign")
	hours := &endpoints.Schedule{TimeZoneID: "Europe/Berlin", DefaultState: "After Hours", Rules: []endpoints.SchedulingRule{{
		State: "Business Hours", SimpleRuleType: endpoints.RuleTime, StartTime: "09:00", EndTime: "17:00", Frequency: "Weekly", ByDay: []endpoints.ScheduleDay{{DayOfWeek: "Monday"}},
	}}}
	c := &endpoints.Customer{AccountID: account, Name: "C", Schedule: hours}
	must(t, s.PutCustomer(ctx, c))
	gotCustomer, err := s.Customer(ctx, c.ID)
	must(t, err)
	if !reflect.DeepEqual(gotCustomer, c) {
		t.Errorf("got %+v, put %+v", gotCustomer, c)
	}
	e := &endpoints.Endpoint{AccountID: account, Kind: endpoints.PhoneNumber, Number: "+18005550100", Scheduled: true, Schedule: &endpoints.Schedule{Inherit: true},
		ScheduledFlows: []endpoints.ScheduledFlow{{State: "After Hours", FlowID: night.ID, FlowParams: data("P", "1")}}}
	must(t, s.PutEndpoint(ctx, e))
	got, err := s.Endpoint(ctx, e.ID)
	must(t, err)
	if !reflect.DeepEqual(got, e) {
		t.Errorf("got %+v, put %+v", got, e)
	}
	e.ScheduledFlows[0].FlowID = foreign.ID
	wantInvalid(t, s.PutEndpoint(ctx, e), "scheduledFlows.flowId")
	e.ScheduledFlows = nil
	e.Schedule = &endpoints.Schedule{Rules: []endpoints.SchedulingRule{{State: "S", FlowID: foreign.ID}}}
	wantInvalid(t, s.PutEndpoint(ctx, e), "schedule.rules.flowId")
	e.Schedule.Rules[0].SimpleRuleType = "Never"
	wantInvalid(t, s.PutEndpoint(ctx, e), "schedule.rules[S].simpleRuleType")
}

func customerLine(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account := newAccount(t, s, "A")
	var want []string
	parent := ""
	for _, name := range []string{"company", "branch", "desk"} {
		c := &endpoints.Customer{AccountID: account, Name: name, ParentCustomerID: parent}
		must(t, s.PutCustomer(ctx, c))
		parent = c.ID
		want = append([]string{name}, want...)
	}
	line, err := s.CustomerLine(ctx, parent)
	must(t, err)
	var got []string
	for _, c := range line {
		got = append(got, c.Name)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the line is %v, want %v", got, want)
	}
	if line, err := s.CustomerLine(ctx, ""); err != nil || len(line) != 0 {
		t.Errorf("of nobody: %v, %v", line, err)
	}
	_, err = s.CustomerLine(ctx, endpoints.NewID())
	wantErr(t, err, errUnknown)
}
