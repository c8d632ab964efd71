package sip

import "container/list"

// lru is a map that holds at most max entries and forgets the one used
// longest ago. It is how everything keyed by text or addresses of strangers is kept.
// It has no lock of its own.
type lru[K comparable, V any] struct {
	max     int
	order   *list.List // of *lruEntry, latest first
	entries map[K]*list.Element
	evicted func(K, V) // may be nil
}

type lruEntry[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](n int) *lru[K, V] {
	return &lru[K, V]{max: n, order: list.New(), entries: map[K]*list.Element{}}
}

// get finds an entry and makes it the latest.
func (l *lru[K, V]) get(k K) (V, bool) {
	e, ok := l.entries[k]
	if !ok {
		var zero V
		return zero, false
	}
	l.order.MoveToFront(e)
	return e.Value.(*lruEntry[K, V]).value, true
}

// put sets an entry and makes it the latest.
func (l *lru[K, V]) put(k K, v V) {
	if e, ok := l.entries[k]; ok {
		e.Value.(*lruEntry[K, V]).value = v
		l.order.MoveToFront(e)
		return
	}
	l.entries[k] = l.order.PushFront(&lruEntry[K, V]{k, v})
	for len(l.entries) > l.max {
		old := l.order.Remove(l.order.Back()).(*lruEntry[K, V])
		delete(l.entries, old.key)
		if l.evicted != nil {
			l.evicted(old.key, old.value)
		}
	}
}

func (l *lru[K, V]) remove(k K) {
	if e, ok := l.entries[k]; ok {
		l.order.Remove(e)
		delete(l.entries, k)
	}
}

func (l *lru[K, V]) len() int { return len(l.entries) }
