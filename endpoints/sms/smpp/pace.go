package smpp

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A message centre that says ESME_RTHROTTLED or ESME_RMSGQFUL gets nothing for
// firstRest, and after each more for twice as long.
const firstRest, longestRest = time.Second, 30 * time.Second

// pace is how fast a link may submit: at the rate that was agreed, and slower when
// the message centre asks for it.
type pace struct {
	limit *rate.Limiter

	mu    sync.Mutex
	until time.Time
	rest  time.Duration
}

func newPace(perSecond int) *pace {
	p := &pace{limit: rate.NewLimiter(rate.Inf, 0)}
	if perSecond > 0 {
		p.limit = rate.NewLimiter(rate.Limit(perSecond), 1)
	}
	return p
}

// wait returns when the next one may leave.
func (p *pace) wait(ctx context.Context) error {
	for {
		p.mu.Lock()
		rest := time.Until(p.until)
		p.mu.Unlock()
		if rest <= 0 {
			return p.limit.Wait(ctx)
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// slower rests. What was under way together is one asking, not many.
func (p *pace) slower() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); !now.Before(p.until) {
		p.rest = min(max(2*p.rest, firstRest), longestRest)
		p.until = now.Add(p.rest)
	}
}

// taken notes that the message centre takes them again.
func (p *pace) taken() {
	p.mu.Lock()
	p.rest /= 2
	p.mu.Unlock()
}
