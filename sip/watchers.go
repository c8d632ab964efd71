package sip

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

const (
	userWatches = 500    // subscriptions of one user, over all his phones
	allWatches  = 20_000 // subscriptions of the UA
)

// watchers finds subscriptions by what they watch and by whom. Its lock is held
// for look-ups only.
type watchers struct {
	mu    sync.Mutex
	keys  map[watchKey]map[*subscription]struct{}
	users map[string]map[*subscription]struct{}
	n     int
}

type watchKey struct{ event, resource string }

func keyOf(event, resource string) watchKey { return watchKey{event, strings.ToLower(resource)} }

// add counts a subscription against its user's share and the UA's. Where the
// share is used up, one that the same phone made before, and forgot since, makes room:
// it comes back as old.
func (w *watchers) add(sub *subscription) (old *subscription, no *reply) {
	user := strings.ToLower(sub.watch.Watcher.Name)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n >= allWatches {
		return nil, answer(503, "Retry-After", "60")
	}
	mine := w.users[user]
	if len(mine) >= userWatches {
		for x := range mine {
			if x.watch.Event == sub.watch.Event && x.asked == sub.asked && x.contact == sub.contact {
				old = x
				break
			}
		}
		if old == nil {
			return nil, &reply{code: 403, reason: "Too Many Subscriptions"}
		}
		w.forget(old)
	}
	if mine == nil {
		mine = map[*subscription]struct{}{}
		if w.users == nil {
			w.users, w.keys = map[string]map[*subscription]struct{}{}, map[watchKey]map[*subscription]struct{}{}
		}
	}
	mine[sub] = struct{}{}
	w.users[user] = mine
	w.n++
	return old, nil
}

// place gives what is watched its name, by which it is found.
func (w *watchers) place(sub *subscription, resource string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.users[strings.ToLower(sub.watch.Watcher.Name)][sub]; !ok {
		return
	}
	sub.watch.Resource = resource
	sub.key = keyOf(sub.watch.Event, resource)
	m := w.keys[sub.key]
	if m == nil {
		m = map[*subscription]struct{}{}
		w.keys[sub.key] = m
	}
	m[sub] = struct{}{}
}

func (w *watchers) remove(sub *subscription) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(sub)
}

func (w *watchers) forget(sub *subscription) {
	user := strings.ToLower(sub.watch.Watcher.Name)
	mine := w.users[user]
	if _, ok := mine[sub]; !ok {
		return
	}
	w.n--
	if delete(mine, sub); len(mine) == 0 {
		delete(w.users, user)
	}
	m := w.keys[sub.key]
	if delete(m, sub); len(m) == 0 {
		delete(w.keys, sub.key)
	}
}

func (w *watchers) of(event, resource string) []*subscription {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.keys[keyOf(event, resource)]))
}

func (w *watchers) ofUser(user string) []*subscription {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.users[strings.ToLower(user)]))
}

// phones are the sources from which a user watches an event.
func (w *watchers) phones(user, event string) map[source]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := map[source]bool{}
	for sub := range w.users[strings.ToLower(user)] {
		if sub.watch.Event == event {
			m[source{sub.watch.Transport, sub.watch.Source}] = true
		}
	}
	return m
}

func (w *watchers) count() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int64(w.n)
}
