package storetest

import (
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/store"
)

// textRates: what has left counts for all servers and after a restart, once a text; what has to wait too long
// counts nowhere.
func textRates(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	other := s
	if s.Shared() {
		o := d.Options
		o.Dir = t.TempDir() // another server
		var err error
		other, err = store.Open(ctx, o)
		must(t, err)
		t.Cleanup(func() { _ = other.Close() })
	}
	const every = time.Hour // none comes back while the test runs
	rate := func(key string, n int, ahead time.Duration) endpoints.TextRate {
		return endpoints.TextRate{Key: key, Every: every, Burst: 10, Segments: n, Ahead: ahead}
	}
	m := putMail(t, s, newMail(t, newAccount(t, s, "A"), "k"))

	var mu sync.Mutex
	var wg sync.WaitGroup
	left := 0
	for i := range 20 {
		wg.Go(func() {
			_, short, err := []*store.Store{s, other}[i%2].TextTurn(ctx, "", []endpoints.TextRate{rate("b", 1, 0), rate("a", 1, 0)})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			} else if short == nil {
				left++
			}
		})
	}
	wg.Wait()
	if left != 10 {
		t.Errorf("%d texts of 20 have left by a bucket of 10", left)
	}
	must(t, s.Close())
	s = d.Open(t)

	// The full one takes none of the other's; a place that is near enough is given, and noted.
	now := time.Now()
	at, short, err := s.TextTurn(ctx, m.ID, []endpoints.TextRate{rate("a", 1, every/2), rate("c", 1, 0)})
	if err != nil || short == nil || short.Key != "a" || at.Sub(now) < every/2 {
		t.Errorf("%s, %+v, %v", at.Sub(now), short, err)
	}
	at, short, err = s.TextTurn(ctx, m.ID, []endpoints.TextRate{rate("a", 1, 2*every), rate("c", 10, 0)})
	if err != nil || short != nil || at.Sub(now) < every*9/10 || at.Sub(now) > every*11/10 {
		t.Errorf("%s, %+v, %v", at.Sub(now), short, err)
	}
	kept, err := s.Outbound(ctx, m.ID)
	must(t, err)
	if d := kept.Turn.Sub(at); d < -time.Millisecond || d > time.Millisecond {
		t.Errorf("its turn is %s, kept as %s", at, kept.Turn)
	}
	claimed := claim(t, s, 1, time.Minute)
	must(t, s.FailOutbound(ctx, claimed[0].ID, claimed[0].Claim, "x"))
	again, err := s.RequeueOutbound(ctx, m.ID, "")
	if err != nil || !again.Turn.IsZero() {
		t.Errorf("sent again it is counted already: %s, %v", again.Turn, err)
	}

	// One that is longer than the bucket waits until it is full, and counts whole.
	long := endpoints.TextRate{Key: "d", Every: every, Burst: 10, Segments: 25}
	if at, short, err = s.TextTurn(ctx, "", []endpoints.TextRate{long}); err != nil || short != nil || at.After(time.Now()) {
		t.Errorf("%s, %+v, %v", at.Sub(now), short, err)
	}
	if at, short, err = s.TextTurn(ctx, "", []endpoints.TextRate{rate("d", 1, 0)}); err != nil || short == nil || at.Sub(now) < 15*every {
		t.Errorf("after 25 segments of 10: %s, %+v, %v", at.Sub(now), short, err)
	}

	// Raised, it has as many more as it may have; lowered, it is empty at the most.
	for _, r := range []struct {
		burst int
		every time.Duration
		wait  time.Duration
	}{{100, time.Second, 0}, {100, time.Second, 0}, {1000, time.Minute, 0}, {5, every, every}} {
		_, _, err := s.TextTurn(ctx, "", []endpoints.TextRate{rate("f", 1, 0)})
		must(t, err)
		n := 9
		if r.wait > 0 {
			n = 1
		}
		at, short, err := s.TextTurn(ctx, "", []endpoints.TextRate{{Key: "f", Every: r.every, Burst: r.burst, Segments: n, Ahead: r.wait * 2}})
		if wait := at.Sub(time.Now()); err != nil || short != nil || wait > r.wait || wait < r.wait*9/10-time.Second {
			t.Errorf("%+v: %s, %+v, %v", r, wait, short, err)
		}
	}

	// What is full again is forgotten with what was sent.
	_, _, err = s.TextTurn(ctx, "", []endpoints.TextRate{{Key: "e", Every: time.Microsecond, Burst: 1, Segments: 1}})
	must(t, err)
	_, err = s.PruneOutbound(ctx, base)
	must(t, err)
	d.Exec(t, "DELETE FROM text_rates WHERE rate_key <> 'e'")
	d.Exec(t, "INSERT INTO text_rates (rate_key, full_at, every) VALUES ('e', 1, 1)") // fails if it is there
}
