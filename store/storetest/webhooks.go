package storetest

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// webhooks are told what happened, each once, if and only if it is kept.
func webhooks(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account, other := newAccount(t, s, "A"), newAccount(t, s, "B")
	hook := func(account, name string, events ...endpoints.EventType) *endpoints.Webhook {
		w := &endpoints.Webhook{AccountID: account, Name: name, URL: "https://x.test/" + name, Events: events}
		w.NewSecret()
		must(t, s.PutWebhook(ctx, w))
		return w
	}
	all, ended, foreign := hook(account, "all"), hook(account, "ended", endpoints.SessionEnded), hook(other, "foreign")
	got, err := s.Webhook(ctx, ended.ID)
	must(t, err)
	if !reflect.DeepEqual(got, ended) {
		t.Errorf("got %+v, put %+v", got, ended)
	}
	if secret := strings.TrimPrefix(all.Secret, endpoints.SecretMark); strings.Contains(string(d.Dump(t)), secret) {
		t.Error("the secret stands open in the database")
	}
	told := func(w *endpoints.Webhook) (types []string) {
		list, _, err := s.Outbounds(ctx, endpoints.OutboundFilter{From: w.ID, Channels: []endpoints.Channel{endpoints.Webhooks}})
		must(t, err)
		for _, m := range list {
			var e endpoints.Event
			must(t, json.Unmarshal(m.Body, &e))
			if e.AccountID != w.AccountID || m.AccountID != w.AccountID || string(e.Type) != m.Subject || m.State != endpoints.OutQueued {
				t.Errorf("%s: %+v", w.Name, m)
			}
			types = append(types, string(e.Type))
		}
		slices.Sort(types)
		return types
	}
	woken := 0
	s.OnOutbox(func() { woken++ })

	r := newRecord(account)
	r.Started = time.Now().Add(-time.Minute)
	save(t, s, session.Change{Record: r, New: true})
	save(t, s, session.Change{Record: r}) // as after an answer that was lost
	over := *r
	over.Answered, over.Ended, over.Outcome = r.Started.Add(time.Second), r.Started.Add(2*time.Second), "Completed"
	save(t, s, session.Change{Record: &over})
	f := &endpoints.File{AccountID: account, SessionID: r.ID, Type: endpoints.CallRecording, FileName: "x.wav"}
	must(t, s.PutFile(ctx, f))
	must(t, s.PutFile(ctx, f))
	must(t, s.PutFile(ctx, &endpoints.File{AccountID: account, Type: endpoints.Upload, FileName: "music.wav"}))
	if got, want := told(all), []string{"file.created", "session.answered", "session.ended", "session.started"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if got := told(ended); !slices.Equal(got, []string{"session.ended"}) {
		t.Errorf("who wants ends was told %v", got)
	}
	if got := told(foreign); len(got) != 0 {
		t.Errorf("another account was told %v", got)
	}
	if woken == 0 {
		t.Error("the outbox was not woken")
	}

	ended.Disabled = true
	must(t, s.PutWebhook(ctx, ended))
	live := newRecord(account)
	live.Started = time.Now()
	save(t, s, session.Change{Record: live, New: true})
	old := newRecord(account) // changed long after
	old.Started = time.Now().Add(-48 * time.Hour)
	old.Ended = old.Started.Add(time.Second)
	save(t, s, session.Change{Record: old, New: true})
	must(t, s.Close())
	s = d.Open(t) // after a crash
	if n, err := s.CloseOrphans(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if got, want := told(all), []string{"file.created", "session.answered", "session.ended", "session.ended", "session.started", "session.started"}; !slices.Equal(got, want) {
		t.Errorf("after the crash told %v, want %v", got, want)
	}
	if got := told(ended); len(got) != 1 {
		t.Errorf("a disabled one was told %v", got)
	}

	wantInvalid(t, s.PutWebhook(ctx, &endpoints.Webhook{AccountID: account, URL: "ftp://x"}), "url")
	wantInvalid(t, s.PutWebhook(ctx, &endpoints.Webhook{AccountID: account, URL: "https://me:pw@x.test"}), "url")
	wantInvalid(t, s.PutWebhook(ctx, &endpoints.Webhook{AccountID: account, URL: "https://x.test", Events: []endpoints.EventType{"session.*"}}), "events")
	must(t, s.DeleteWebhook(ctx, all.ID))
	_, err = s.Webhook(ctx, all.ID)
	wantErr(t, err, errUnknown)
	if list, n, err := s.Webhooks(ctx, endpoints.WebhookFilter{AccountIDs: []string{account}}); err != nil || n != 1 || list[0].ID != ended.ID {
		t.Errorf("%v, %d, %v", list, n, err)
	}
}
