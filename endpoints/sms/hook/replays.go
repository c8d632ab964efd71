package hook

import (
	"sync"
	"time"
)

const (
	// window is how far a request's time may be from ours.
	window  = 5 * time.Minute
	maxSeen = 100_000
)

// replays are the requests that were taken within the window, both ways: later nobody is believed them.
type replays struct {
	mu   sync.Mutex
	seen map[string]time.Time
}

// begin notes a request; false: it was here before. When there are too many, old ones make room;
// then the store's keys alone tell what was here.
func (r *replays) begin(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, was := r.seen[key]; was {
		return false
	}
	if r.seen == nil {
		r.seen = map[string]time.Time{}
	}
	if len(r.seen) >= maxSeen {
		for k, at := range r.seen {
			if now.Sub(at) > 2*window {
				delete(r.seen, k)
			}
		}
		if len(r.seen) >= maxSeen {
			clear(r.seen)
		}
	}
	r.seen[key] = now
	return true
}

// forget lets a request come again that could not be taken.
func (r *replays) forget(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.seen, key)
}
