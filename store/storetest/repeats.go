package storetest

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ringflow/endpoints"
	"ringflow/store"
)

// repeats: a key is reserved once, its answer outlives the server, and what ran
// when the server died is lost, not running for ever.
func repeats(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	login := endpoints.NewID()
	reserve := func(s *store.Store, login, key, asked string) (*store.Repeat, *store.Repeat) {
		t.Helper()
		p := &store.Repeat{LoginID: login, Key: key, Asked: asked, SessionID: endpoints.NewID()}
		there, err := s.Reserve(ctx, p)
		must(t, err)
		return p, there
	}
	first, there := reserve(s, login, "a", "one")
	if there != nil {
		t.Fatalf("%+v", there)
	}
	if _, there = reserve(s, login, "a", "two"); there == nil || there.Asked != "one" || there.Answer != nil || there.Lost || there.SessionID != first.SessionID {
		t.Errorf("%+v", there)
	}
	if _, there = reserve(s, endpoints.NewID(), "a", "two"); there != nil {
		t.Errorf("another login's key is %+v", there)
	}
	answer := &store.Answer{Status: 200, ContentType: "application/json", Tag: `"1-a"`, Body: []byte(`{"sipPassword":"geheim"}`)}
	must(t, s.Answered(ctx, first, answer))
	must(t, s.Release(ctx, first)) // too late
	must(t, s.Lose(ctx, &store.Repeat{LoginID: login, Key: "a"}))
	running, _ := reserve(s, login, "b", "call")
	free, _ := reserve(s, login, "c", "x")
	must(t, s.Release(ctx, free))
	if _, there = reserve(s, login, "c", "y"); there != nil {
		t.Errorf("a key that was given back is %+v", there)
	}
	failed, _ := reserve(s, login, "d", "x")
	must(t, s.Lose(ctx, failed))
	if _, there = reserve(s, login, "d", "x"); there == nil || !there.Lost {
		t.Errorf("%+v", there)
	}

	next := d.Open(t) // the next life of the server
	if _, there = reserve(next, login, "a", "one"); there == nil || there.Answer == nil || there.Answer.Status != 200 || there.Answer.Tag != answer.Tag || !bytes.Equal(there.Answer.Body, answer.Body) {
		t.Errorf("%+v", there)
	}
	_, there = reserve(next, login, "b", "call")
	if there == nil || !there.Lost || there.SessionID != running.SessionID {
		t.Fatalf("%+v", there)
	}
	other := *there
	ok, err := next.TakeOver(ctx, there)
	must(t, err)
	again, err := next.TakeOver(ctx, &other)
	must(t, err)
	if !ok || again {
		t.Errorf("taken over %t, and twice %t", ok, again)
	}
	must(t, s.Answered(ctx, running, &store.Answer{Status: 500})) // it isn't the first one's any more
	must(t, next.Answered(ctx, there, &store.Answer{Status: 204}))
	if _, there = reserve(next, login, "b", "call"); there == nil || there.Answer == nil || there.Answer.Status != 204 {
		t.Errorf("%+v", there)
	}

	if raw := d.Dump(t); bytes.Contains(raw, []byte("geheim")) {
		t.Error("an answer stands open in the database")
	}
	d.Exec(t, "UPDATE repeats SET created = created - 86400000001")
	if _, there = reserve(next, login, "a", "three"); there != nil {
		t.Errorf("after a day: %+v", there)
	}
	for _, p := range payloads() {
		key := strings.ToValidUTF8(p, "")
		if len(key) > 200 || strings.ContainsRune(key, 0) {
			continue
		}
		p1, there := reserve(next, login, "h"+key, p)
		if there != nil {
			t.Fatalf("%q: %+v", key, there)
		}
		must(t, next.Answered(ctx, p1, answer))
		if _, there = reserve(next, login, "h"+key, p); there == nil || there.Answer == nil {
			t.Errorf("%q: %+v", key, there)
		}
	}
}

// repeatsAtOnce: of many with one key one runs.
func repeatsAtOnce(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	var wg sync.WaitGroup
	var won atomic.Int64
	login := endpoints.NewID()
	for range 20 {
		wg.Go(func() {
			there, err := s.Reserve(ctx, &store.Repeat{LoginID: login, Key: "k", Asked: "x"})
			if err != nil {
				t.Error(err)
			} else if there == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d run", won.Load())
	}
}
