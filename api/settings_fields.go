package api

import "ringflow/endpoints"

// kept sets the test clock and what is written down.
func (q *PatchSystemSettings) kept(v *endpoints.Settings) error {
	set(&v.OverrideSystemTime, q.OverrideSystemTime)
	set(&v.OverrideSystemTimeZoneID, q.OverrideSystemTimeZoneId)
	set(&v.OverrideSystemDateTime, q.OverrideSystemDateTime)
	if q.OverrideSystemDateTime != nil && *q.OverrideSystemDateTime != "" { // also while the clock is off
		if err := v.ValidateTestClock(); err != nil {
			return err
		}
	}
	set(&v.Documentation, q.Documentation)
	for _, m := range []struct{ to, from **int }{{&v.RecordingRetentionDays, &q.RecordingRetentionDays}, {&v.AutoAgentLogoffSeconds, &q.AutoAgentLogoffSeconds}} {
		if *m.from != nil {
			*m.to = *m.from
		}
	}
	if q.EnableSipRefer != nil {
		v.EnableSipRefer = q.EnableSipRefer
	}
	if q.EmailAccounts != nil {
		old := v.EmailAccounts
		v.EmailAccounts = make([]endpoints.EmailAccount, len(q.EmailAccounts))
		for i := range q.EmailAccounts {
			v.EmailAccounts[i] = q.EmailAccounts[i].account(old)
		}
	}
	if q.Tags != nil {
		v.Tags = make([]endpoints.Tag, len(q.Tags))
		for i, t := range q.Tags {
			v.Tags[i] = endpoints.Tag{ID: t.Id, Name: t.Name, Color: t.Color}
		}
	}
	return nil
}

// fields replaces the definitions of each sort that is given. A Password field
// that comes without its value, as it was shown, keeps the one it has.
func (q *PatchSystemSettings) fields(v *endpoints.Settings) {
	if q.SystemFields != nil {
		fresh := make([]*endpoints.SystemField, len(q.SystemFields))
		for i := range q.SystemFields {
			f, value := q.SystemFields[i].field(), q.SystemFields[i].Value
			fresh[i] = &endpoints.SystemField{DataField: f, Value: value}
			for _, old := range v.SystemFields {
				keepSecret(&fresh[i].DataField, &old.DataField)
				if value == nil && sameSecret(&f, &old.DataField) {
					fresh[i].Value = old.Value
				}
			}
		}
		v.SystemFields = fresh
	}
	if q.CustomerFields != nil {
		fresh := make([]*endpoints.CustomerField, len(q.CustomerFields))
		for i, in := range q.CustomerFields {
			f := in.field()
			for _, old := range v.CustomerFields {
				keepSecret(&f, &old.DataField)
			}
			fresh[i] = &endpoints.CustomerField{DataField: f, ShowInSearch: in.ShowInSearch, ShowInLists: in.ShowInLists, IsCallerID: in.IsCallerId, IsKnob: in.IsKnob}
		}
		v.CustomerFields = fresh
	}
	if q.EndpointFields != nil {
		fresh := make([]*endpoints.EndpointField, len(q.EndpointFields))
		for i, in := range q.EndpointFields {
			f := in.field()
			for _, old := range v.EndpointFields {
				keepSecret(&f, &old.DataField)
			}
			fresh[i] = &endpoints.EndpointField{
				DataField: f, ShowInSearch: in.ShowInSearch, ShowInLists: in.ShowInLists,
				EndpointType: endpoints.Kind(in.EndpointType), IsCallerID: in.IsCallerId, IsKnob: in.IsKnob,
			}
		}
		v.EndpointFields = fresh
	}
}

// sameSecret tells a Password field that was one before: by its id, or without
// one by its name.
func sameSecret(f, old *endpoints.DataField) bool {
	return f.Secret() && old.Secret() && (f.ID == old.ID || f.ID == "" && f.Name == old.Name)
}

// keepSecret keeps the default that a Password field didn't show.
func keepSecret(f, old *endpoints.DataField) {
	if f.DefaultValue == nil && sameSecret(f, old) {
		f.DefaultValue = old.DefaultValue
	}
}
