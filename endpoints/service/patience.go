package service

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"ringflow/endpoints"
)

const (
	maxPatience = time.Hour // whatever a service asks for
	maxWaiting  = 10_000    // bots that a service wants left alone
)

// Patience remembers whom a service wants left alone, and until when. Its zero value is ready.
type Patience struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// later is the error of a message that isn't sent before at.
func later(at time.Time) error {
	return &endpoints.Later{At: at, Err: fmt.Errorf("the service asked for patience until %s", at.UTC().Format(time.TimeOnly))}
}

// Check is an *endpoints.Later while the bot is to be left alone.
func (p *Patience) Check(bot string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.until[bot]; time.Now().Before(at) {
		return later(at)
	}
	delete(p.until, bot)
	return nil
}

// Ask notes that a service wants to be left alone by a bot for d, and is the error to return.
func (p *Patience) Ask(bot string, d time.Duration) error {
	d = min(max(d, time.Second), maxPatience)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until == nil || len(p.until) >= maxWaiting {
		p.until = map[string]time.Time{} // who is asked too early asks for patience again
	}
	at := time.Now().Add(d)
	p.until[bot] = at
	return later(at)
}

// RetryAfter is what a response asks for, in seconds or as a date (RFC 9110 10.2.3); 0: nothing.
func RetryAfter(h http.Header) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil && n >= 0 {
		return min(time.Duration(min(n, 1<<20))*time.Second, maxPatience)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(time.Until(at), 0), maxPatience)
	}
	return 0
}
