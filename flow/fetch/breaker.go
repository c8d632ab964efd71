package fetch

import (
	"sync"
	"time"
)

// A host that failed so often in a row is left alone for a while; then one
// request tries it, and the others wait for what that comes to.
const (
	failuresInARow = 5
	leftAlone      = 30 * time.Second
	maxBreakers    = 1000 // hosts that are remembered
)

// breakers remember the hosts that failed last; those that answer need no memory.
type breakers struct {
	mu    sync.Mutex
	hosts map[string]*breaker
}

type breaker struct {
	failures int
	last     time.Time // of the failures
	until    time.Time // left alone
}

// closed tells for how long the host is still left alone; 0: it may be asked.
func (b *breakers) closed(host string, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.hosts[host]
	if k == nil || k.failures < failuresInARow {
		return 0
	}
	if wait := k.until.Sub(now); wait > 0 {
		return wait
	}
	k.until = now.Add(leftAlone) // this request is the trial
	return 0
}

// note keeps how a request went.
func (b *breakers) note(host string, now time.Time, well bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if well {
		delete(b.hosts, host)
		return
	}
	k := b.hosts[host]
	if k == nil {
		b.makeRoom(now)
		k = &breaker{}
		b.hosts[host] = k
	}
	k.failures, k.last = k.failures+1, now
	if k.failures >= failuresInARow {
		k.until = now.Add(leftAlone)
	}
}

// makeRoom forgets the host that failed longest ago, and those that failed so
// long ago that it tells nothing any more.
func (b *breakers) makeRoom(now time.Time) {
	if b.hosts == nil {
		b.hosts = map[string]*breaker{}
	}
	if len(b.hosts) < maxBreakers {
		return
	}
	oldest := ""
	for host, k := range b.hosts {
		if now.Sub(k.last) > 10*leftAlone {
			delete(b.hosts, host)
		} else if oldest == "" || k.last.Before(b.hosts[oldest].last) {
			oldest = host
		}
	}
	if len(b.hosts) >= maxBreakers {
		delete(b.hosts, oldest)
	}
}
