package speech

import (
	"sync"
	"time"
)

const (
	breakAfter = 5                // failures in a row
	breakFor   = 30 * time.Second // the engine is left alone
)

// breaker leaves an engine alone that failed again and again. After the pause
// one text tries it, while others still pass it by.
type breaker struct {
	mu     sync.Mutex
	failed int
	until  time.Time
}

func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < breakAfter {
		return true
	}
	if time.Now().Before(b.until) {
		return false
	}
	b.until = time.Now().Add(breakFor)
	return true
}

// result notes how it went; it tells whether that opened the breaker.
func (b *breaker) result(ok bool) (opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ok {
		b.failed = 0
		return false
	}
	b.failed++
	b.until = time.Now().Add(breakFor)
	return b.failed == breakAfter
}
