package email

import (
	"sync"
	"time"
)

const (
	// answersPerHour bounds what one address may have answered by one endpoint: two
	// machines that don't know each other as such fall silent.
	answersPerHour = 30
	maxPaced       = 10_000 // addresses that are counted; more, and counting begins anew
)

// pacer counts what each of many does in an hour.
type pacer struct {
	most  int           // 0: answersPerHour
	every time.Duration // 0: an hour

	mu    sync.Mutex
	since time.Time
	count map[string]int
}

// allow counts one more, and tells whether it is within bounds.
func (p *pacer) allow(name string) bool {
	most, every := p.most, p.every
	if most == 0 {
		most = answersPerHour
	}
	if every == 0 {
		every = time.Hour
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); p.count == nil || now.Sub(p.since) >= every || len(p.count) >= maxPaced {
		p.since, p.count = now, map[string]int{}
	}
	p.count[name]++
	return p.count[name] <= most
}
