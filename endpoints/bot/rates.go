package bot

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What a web page may do: messages of a conversation, questions for new ones, and
// conversations of an endpoint; more get 429.
var (
	sayRate  = limit{rate.Every(500 * time.Millisecond), 20}
	askRate  = limit{10, 40}
	openRate = limit{10, 100}
)

type limit struct {
	rate  rate.Limit
	burst int
}

// maxRates is how many limiters are remembered. Who comes after that begins anew with all others.
const maxRates = 20_000

// rates limits by name. Its zero value is ready.
type rates struct {
	mu  sync.Mutex
	all map[string]*rate.Limiter
}

// allow tells whether one more is within the limit.
func (r *rates) allow(name string, l limit) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all[name] == nil {
		if r.all == nil || len(r.all) >= maxRates {
			r.all = map[string]*rate.Limiter{}
		}
		r.all[name] = rate.NewLimiter(l.rate, l.burst)
	}
	return r.all[name].Allow()
}
