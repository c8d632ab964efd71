package session

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"ringflow/endpoints"
)

// maxCallers bounds the table of who called outside in the last minute.
const maxCallers = 10_000

// outsideLimits hold what a user may cost: calls to the outside at once, and a
// minute. A stolen phone password is worth no more than that.
type outsideLimits struct {
	mu    sync.Mutex
	users map[string]*outsideUse
}

type outsideUse struct {
	now    int
	recent []time.Time // starts within the last minute
}

// take counts one outside call of user; free it when it's over. The error says
// which limit it would pass.
func (l *outsideLimits) take(user string, s *endpoints.Settings) (free func(), err error) {
	atOnce, aMinute := s.MaxCallsPerUser, s.MaxCallsPerMinute
	if atOnce <= 0 {
		atOnce = 2
	}
	if aMinute <= 0 {
		aMinute = 6
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.users[user]
	if u == nil {
		if l.users == nil {
			l.users = map[string]*outsideUse{}
		}
		if len(l.users) >= maxCallers {
			l.sweep(now)
		}
		if len(l.users) >= maxCallers {
			return nil, fmt.Errorf("limit: %d users call outside already", maxCallers)
		}
		u = &outsideUse{}
		l.users[user] = u
	}
	u.forget(now)
	switch {
	case u.now >= atOnce:
		return nil, fmt.Errorf("limit: %d outside calls of a user at once", atOnce)
	case len(u.recent) >= aMinute:
		return nil, fmt.Errorf("limit: %d outside calls of a user a minute", aMinute)
	}
	u.now++
	u.recent = append(u.recent, now)
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		u.now--
	}), nil
}

func (u *outsideUse) forget(now time.Time) {
	u.recent = slices.DeleteFunc(u.recent, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
}

// sweep drops users who did nothing for a minute. Called with the lock held.
func (l *outsideLimits) sweep(now time.Time) {
	for name, u := range l.users {
		if u.forget(now); u.now == 0 && len(u.recent) == 0 {
			delete(l.users, name)
		}
	}
}

// trunkCalls counts the calls on each trunk, both ways.
type trunkCalls struct {
	mu  sync.Mutex
	now map[string]int
}

// take counts one call on a trunk; false when it carries max already (0: no limit).
func (t *trunkCalls) take(id string, max int) (free func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if max > 0 && t.now[id] >= max {
		return nil, false
	}
	if t.now == nil {
		t.now = map[string]int{}
	}
	t.now[id]++
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.now[id]--; t.now[id] == 0 {
			delete(t.now, id)
		}
	}), true
}

func (t *trunkCalls) count(id string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now[id]
}
