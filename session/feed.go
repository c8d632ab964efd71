package session

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds of a Feed.
const (
	feedEvents   = 4096    // that are kept for who comes back
	feedBytes    = 4 << 20 // of their texts
	feedWaiting  = 256     // for one listener, before they are lost to it
	maxListeners = 200     // at once
	eventSize    = 192     // about, of an Event without its texts
)

// Feed numbers events, keeps the latest, and hands them to listeners. Publish
// never waits: what a listener has no room for is lost to it, and it is told how
// many. The zero Feed is ready.
type Feed struct {
	mu        sync.Mutex
	run       string // of this life of the server: numbers begin anew with each
	last      uint64 // number of the latest event
	kept      []Event
	head      int // of kept, which is a ring once it is full
	n         int
	bytes     int
	listeners map[*Follower]struct{}
	closed    bool
}

// Gap is what a listener has not been told.
type Gap struct {
	Lost  int    // events that there was no room for; 0: nobody knows how many
	After string // id of the last event before it, from which they may be asked for again; empty: they are gone
}

// Follower gets the events that it wants, in order.
type Follower struct {
	// Ready has something when Take has.
	Ready <-chan struct{}

	feed  *Feed
	want  func(*Event) bool
	ready chan struct{} // capacity 1
	queue []Event
	sent  string // id of the latest in the queue
	lost  Gap
	at    uint64 // number of the last lost
}

// begin is called with the lock held.
func (f *Feed) begin() {
	if f.run == "" {
		f.run = strings.ToLower(rand.Text()[:10])
	}
}

func (f *Feed) id(n uint64) string { return f.run + "-" + strconv.FormatUint(n, 10) }

// Publish tells everybody who wants it. It takes a while that doesn't depend on
// what listeners do.
func (f *Feed) Publish(e Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	f.begin()
	f.last++
	e.Number = f.last
	kept := f.keep(e)
	for l := range f.listeners {
		if l.want(kept) {
			l.put(*kept)
		}
	}
}

// keep puts e into the ring, in the place of what is too much.
func (f *Feed) keep(e Event) *Event {
	size := e.size() // no more than feedBytes: a log line is short
	for f.n > 0 && (f.n == feedEvents || f.bytes+size > feedBytes) {
		f.bytes -= f.kept[f.head].size()
		f.kept[f.head] = Event{}
		f.head = (f.head + 1) % len(f.kept)
		f.n--
	}
	if f.n == len(f.kept) { // it grows to its full size once
		ring := make([]Event, min(max(64, 2*len(f.kept)), feedEvents))
		for i := range f.n {
			ring[i] = *f.nth(i)
		}
		f.kept, f.head = ring, 0
	}
	f.n++
	f.bytes += size
	kept := f.nth(f.n - 1)
	*kept = e
	return kept
}

// nth is the nth event that is kept.
func (f *Feed) nth(n int) *Event { return &f.kept[(f.head+n)%len(f.kept)] }

func (e *Event) size() int { return eventSize + len(e.Message) + len(e.SipCallID) }

// put is called with the feed's lock held.
func (l *Follower) put(e Event) {
	if len(l.queue) >= feedWaiting {
		if l.lost.Lost == 0 {
			l.lost.After = l.sent
		}
		l.lost.Lost++
		l.at = e.Number
		return
	}
	e.ID = l.feed.id(e.Number)
	l.queue, l.sent = append(l.queue, e), e.ID
	l.wake()
}

func (l *Follower) wake() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// Follow begins to listen; after is the id of the last event that the listener
// knows, empty: it wants what comes. What it has missed since comes first, a gap
// before that if some of it is not kept any more, or the server has begun another
// life. want must be quick and know nothing of the feed. The listener must be
// closed. ErrFull.
func (f *Feed) Follow(after string, want func(*Event) bool) (*Follower, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.listeners) >= maxListeners {
		return nil, fmt.Errorf("%d listeners: %w", maxListeners, ErrFull)
	}
	f.begin()
	l := &Follower{feed: f, want: want, ready: make(chan struct{}, 1), sent: f.id(f.last)}
	l.Ready = l.ready
	if after != "" {
		l.catchUp(after)
	}
	if f.closed {
		l.wake()
		return l, nil
	}
	if f.listeners == nil {
		f.listeners = map[*Follower]struct{}{}
	}
	f.listeners[l] = struct{}{}
	return l, nil
}

// catchUp queues what has come after an id. It may be more than feedWaiting, as it
// is no more than the feed keeps anyway.
func (l *Follower) catchUp(after string) {
	f := l.feed
	oldest := f.last - uint64(f.n) + 1
	run, number, _ := strings.Cut(after, "-")
	n, err := strconv.ParseUint(number, 10, 64)
	if run != f.run || err != nil || n > f.last || n+1 < oldest {
		l.queue = append(l.queue, Event{ID: f.id(oldest - 1), Kind: Missed, Date: time.Now().UTC(), Gap: &Gap{}})
		n = oldest - 1
	}
	for i := int(n + 1 - oldest); i < f.n; i++ {
		if e := *f.nth(i); l.want(&e) {
			e.ID = f.id(e.Number)
			l.queue, l.sent = append(l.queue, e), e.ID
		}
	}
	if len(l.queue) > 0 {
		l.wake()
	}
}

// Take gives what has come, a gap in the place of what was lost; false: nothing
// comes any more.
func (l *Follower) Take() ([]Event, bool) {
	f := l.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	out := l.queue
	l.queue = nil
	if l.lost.Lost > 0 {
		gap := l.lost
		l.lost, l.sent = Gap{}, f.id(l.at)
		out = append(out, Event{ID: l.sent, Kind: Missed, Date: time.Now().UTC(), Gap: &gap})
	}
	return out, !f.closed
}

// Close ends the listening; it may be called again.
func (l *Follower) Close() {
	l.feed.mu.Lock()
	defer l.feed.mu.Unlock()
	delete(l.feed.listeners, l)
}

// Forget takes the texts of what is to be forgotten out of what is kept. What
// waits for a listener is on its way.
func (f *Feed) Forget(which func(*Event) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.n {
		if e := f.nth(i); which(e) {
			f.bytes -= len(e.Message)
			e.Message = ""
		}
	}
}

// Close ends all listening, once listeners have what waits for them.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for l := range f.listeners {
		l.wake()
	}
	clear(f.listeners)
}
