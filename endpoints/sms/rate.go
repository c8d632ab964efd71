package sms

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"ringflow/endpoints"
)

const (
	// What one sender may write to one number: more than any person does, less than two
	// machines that answer each other.
	senderRate  = 20 // a second
	senderBurst = 400
	// rangeADay is how many new texts an account may send in a day to numbers that differ in
	// their last three digits only. Who pumps texts writes to such a range, which is his.
	rangeADay = 100
	// patience is how long a sender waits for its turn itself; longer waits are the outbox's.
	patience   = 2 * time.Second
	maxBuckets = 20_000
)

// rates are buckets by what they count. They are in memory: a restart begins with full ones.
type rates struct {
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	told    map[string]time.Time // ranges that were told of
}

// bucket is the bucket of this key, with this rate from now on.
func (r *rates) bucket(key string, perSecond rate.Limit, burst int) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.buckets[key]
	switch {
	case b == nil:
		if r.buckets == nil {
			r.buckets = map[string]*rate.Limiter{}
		}
		r.room()
		b = rate.NewLimiter(perSecond, burst)
		r.buckets[key] = b
	case b.Limit() != perSecond || b.Burst() != burst:
		b.SetLimit(perSecond)
		b.SetBurst(burst)
	}
	return b
}

// room drops buckets that are full again, and if all are in use any of them.
func (r *rates) room() {
	if len(r.buckets) < maxBuckets {
		return
	}
	for k, b := range r.buckets {
		if b.Tokens() >= float64(b.Burst()) {
			delete(r.buckets, k)
		}
	}
	for k := range r.buckets {
		if len(r.buckets) < maxBuckets {
			return
		}
		delete(r.buckets, k)
	}
}

// in counts an incoming text; false: one too many.
func (r *rates) in(key string) bool { return r.bucket("in "+key, senderRate, senderBurst).Allow() }

// rangeFull refuses a text to a range that got too many.
type rangeFull struct {
	prefix string
	tell   bool // the first time in an hour
}

func (f *rangeFull) Error() string {
	return fmt.Sprintf("more than %d new texts in a day to numbers that begin with %s; texts to who has written to the number go on", rangeADay, f.prefix)
}

// out takes a text's place among those that leave. fresh: it is to somebody who has not
// written to us.
func (r *rates) out(ctx context.Context, o *Out, numberPerMinute int, s *endpoints.Settings, fresh bool, tries int) error {
	if o.Inside != nil {
		return nil
	}
	if fresh && len(o.To) > 6 && tries <= 1 { // each text counts once
		prefix := o.To[:len(o.To)-3]
		if !r.bucket("range "+o.From.AccountID+" "+prefix, perDay(rangeADay), rangeADay).Allow() {
			return &endpoints.Refused{Err: &rangeFull{prefix, r.first(o.From.AccountID + " " + prefix)}}
		}
	}
	if n := numberPerMinute; n > 0 {
		if err := turn(ctx, r.bucket("number "+o.From.ID, perMinute(n), burst(n)), o.Segments, "the number has sent its %d texts of this minute", n); err != nil {
			return err
		}
	}
	if n := s.TextsPerMinute; n > 0 || fresh { // answers are bounded only where the account says so
		n = or(n, endpoints.DefaultAccountTextsPerMinute)
		if err := turn(ctx, r.bucket("account "+o.From.AccountID, perMinute(n), burst(n)), o.Segments, "the account has sent its %d texts of this minute", n); err != nil {
			return err
		}
	}
	if !fresh {
		return nil
	}
	day := or(s.TextsPerDay, endpoints.DefaultAccountTextsPerDay)
	return turn(ctx, r.bucket("day "+o.From.AccountID, perDay(day), day), o.Segments, "the account has sent its %d texts of today", day)
}

// first tells that nobody was told of this in the last hour.
func (r *rates) first(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Sub(r.told[key]) < time.Hour {
		return false
	}
	if r.told == nil || len(r.told) > 1000 {
		r.told = map[string]time.Time{}
	}
	r.told[key] = now
	return true
}

// turn waits a little for n tokens, or says when they will be there.
func turn(ctx context.Context, b *rate.Limiter, n int, format string, args ...any) error {
	now := time.Now()
	res := b.ReserveN(now, min(n, b.Burst()))
	d := res.DelayFrom(now)
	if d > patience {
		res.CancelAt(now)
		return &endpoints.Later{At: now.Add(d), Err: fmt.Errorf(format, args...)}
	}
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func perDay(n int) rate.Limit    { return rate.Limit(float64(n) / (24 * 60 * 60)) }
func perMinute(n int) rate.Limit { return rate.Limit(float64(n) / 60) }

// burst is what may leave at once: ten seconds' worth, and never less than a long text.
func burst(perMinute int) int { return max(10, perMinute/6) }

func or(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}
