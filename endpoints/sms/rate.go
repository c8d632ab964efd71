package sms

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
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
	patience = 2 * time.Second
	// A text gets its place so long before its turn.
	ahead, aheadOfDay = 30 * time.Second, time.Hour
	maxBuckets        = 20_000
)

// rates are the buckets of those who write to us, in memory: they keep two machines from answering each other as fast as they
// can, and each server does that for itself. What leaves is counted in the store.
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
type rangeFull struct{ prefix string }

func (f *rangeFull) Error() string {
	return fmt.Sprintf("more than %d new texts in a day to numbers that begin with %s; texts to who has written to the number go on", rangeADay, f.prefix)
}

// bounds are what a text counts for when it leaves. fresh: it is to somebody who has not written to us.
// What must wait for its turn longer than ahead has no place yet: else a thousand texts that were written at once
// would have all places of the next minutes, and who is in a conversation would wait behind them.
func (o *Out) bounds(numberPerMinute int, s *endpoints.Settings, fresh bool) (all []bound) {
	add := func(key string, every time.Duration, burst int, ahead time.Duration, format string, args ...any) {
		all = append(all, bound{endpoints.TextRate{Key: key, Every: every, Burst: burst, Segments: o.Segments, Ahead: ahead}, fmt.Errorf(format, args...)})
	}
	const minute, day = time.Minute, 24 * time.Hour
	if n := numberPerMinute; n > 0 {
		add("number "+o.From.ID, minute/time.Duration(n), burst(n), ahead, "the number has sent its %d texts of this minute", n)
	}
	if n := s.TextsPerMinute; n > 0 || fresh { // answers are bounded only where the account says so
		n = or(n, endpoints.DefaultAccountTextsPerMinute)
		add("account "+o.From.AccountID, minute/time.Duration(n), burst(n), ahead, "the account has sent its %d texts of this minute", n)
	}
	if !fresh {
		return all
	}
	n := or(s.TextsPerDay, endpoints.DefaultAccountTextsPerDay)
	add("day "+o.From.AccountID, day/time.Duration(n), n, aheadOfDay, "the account has sent its %d texts of today", n)
	if len(o.To) > 6 {
		prefix := o.To[:len(o.To)-3]
		all = append(all, bound{
			endpoints.TextRate{Key: "range " + o.From.AccountID + " " + prefix, Every: day / rangeADay, Burst: rangeADay, Segments: 1}, &rangeFull{prefix},
		})
	}
	return all
}

// bound is one, and what is told of a text that it holds up, or, with a rangeFull, refuses.
type bound struct {
	endpoints.TextRate
	err error
}

// turn waits a little for the text's turn, or says when that is. One that has had it once, as the carrier was away
// then, counts no more.
func (d *Desk) turn(ctx context.Context, m *endpoints.Outbound, bounds []bound) error {
	at, why := m.Turn, errNotYet
	if at.IsZero() && len(bounds) > 0 {
		rates := make([]endpoints.TextRate, len(bounds))
		for i, b := range bounds {
			rates[i] = b.TextRate
		}
		var short *endpoints.TextRate
		var err error
		if at, short, err = d.Store.TextTurn(ctx, m.ID, rates); err != nil {
			return err
		}
		if short != nil {
			i := slices.IndexFunc(bounds, func(b bound) bool { return b.Key == short.Key })
			return d.short(m, at, bounds[i].err)
		}
	}
	wait := time.Until(at)
	if wait > patience {
		return &endpoints.Later{At: at, Err: why}
	}
	if wait <= 0 {
		return nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errNotYet = errors.New("it waits for its turn: more texts were written than may leave at once")

// short is what a text is told that has no place.
func (d *Desk) short(m *endpoints.Outbound, at time.Time, err error) error {
	var full *rangeFull
	if !errors.As(err, &full) {
		return &endpoints.Later{At: at, Err: err}
	}
	if d.rates.first(m.AccountID + " " + full.prefix) {
		d.log().Warn("an account sends very many texts to one range of numbers; more are refused for now. A stolen key may be at work",
			zap.String("account", m.AccountID), zap.String("range", full.prefix), zap.String("from", m.From))
	}
	return &endpoints.Refused{Err: err}
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

// burst is what may leave at once: ten seconds' worth, and never less than a long text.
func burst(perMinute int) int { return max(10, perMinute/6) }

func or(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}
