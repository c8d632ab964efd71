package storetest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// callbacks of calls are told what becomes of these, each event once, also when the
// server fails in between.
func callbacks(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account := newAccount(t, s, "A")
	told := func(r *session.Record) (types []string) {
		t.Helper()
		list, _, err := s.Outbounds(ctx, endpoints.OutboundFilter{From: endpoints.CallbackFrom + r.ID, Channels: []endpoints.Channel{endpoints.Webhooks}})
		must(t, err)
		for _, m := range list {
			var e endpoints.Event
			var data struct{ ID, Outcome, MachineDetection string }
			must(t, json.Unmarshal(m.Body, &e))
			must(t, json.Unmarshal(e.Data, &data))
			if m.AccountID != account || data.ID != r.ID || !slices.Equal(m.To, []string{r.Callback.URL}) || e.Type == endpoints.SessionDetected && data.MachineDetection != "Machine" {
				t.Errorf("%+v %s", m, m.Body)
			}
			types = append(types, string(e.Type))
		}
		slices.Sort(types)
		return types
	}
	asked := func(events ...endpoints.EventType) *session.Record {
		r := newRecord(account)
		r.Direction, r.Started = session.Outgoing, time.Now().Add(-time.Minute)
		r.Callback = &endpoints.Callback{URL: "https://x.test/" + r.ID, Events: events}
		must(t, r.Callback.Validate())
		save(t, s, session.Change{Record: r, New: true})
		return r
	}
	whole, ends, live := asked(), asked(endpoints.SessionEnded), asked()
	for _, r := range []*session.Record{whole, ends} {
		at := r.Started
		over := *r
		over.Rang, over.Answered, over.Detected, over.Machine = at.Add(time.Second), at.Add(2*time.Second), at.Add(3*time.Second), "Machine"
		save(t, s, session.Change{Record: &over})
		over.Ended = at.Add(4 * time.Second)
		save(t, s, session.Change{Record: &over})
		save(t, s, session.Change{Record: &over}) // as after an answer that was lost
	}
	if got, want := told(whole), []string{"session.answered", "session.detected", "session.ended", "session.ringing", "session.started"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if got := told(ends); !slices.Equal(got, []string{"session.ended"}) {
		t.Errorf("who wants ends was told %v", got)
	}
	if secret, err := s.CallbackSecret(ctx, live.ID); err != nil || secret != live.Callback.Secret {
		t.Errorf("%q, %v", secret, err)
	}
	if secret := strings.TrimPrefix(live.Callback.Secret, endpoints.SecretMark); strings.Contains(string(d.Dump(t)), secret) {
		t.Error("the secret stands open in the database")
	}
	_, err := s.CallbackSecret(ctx, endpoints.NewID())
	wantErr(t, err, errUnknown)

	must(t, s.Close())
	s = d.Open(t) // after a crash
	if n, err := s.CloseOrphans(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if got := told(live); !slices.Equal(got, []string{"session.ended", "session.started"}) {
		t.Errorf("after the crash told %v", got)
	}
	n, _, err := s.DeleteRecords(ctx, account, time.Now().Add(-time.Hour), time.Now(), func(string) error { return nil })
	if must(t, err); n != 3 {
		t.Errorf("%d sessions went", n)
	}
	_, err = s.CallbackSecret(ctx, live.ID)
	wantErr(t, err, errUnknown)
}
