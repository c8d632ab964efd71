// Package service is what the adapters of chat services (Slack, the Bot Framework)
// have in common: an event is worked at once however often it is told, and who tells it is
// answered in time; files that it names are fetched within bounds; and a service
// that asks for patience gets it.
package service

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

const (
	maxAtOnce   = 64 // events that are being worked at
	maxFinished = 4096
	// finishedFor is how long it is known that an event was taken: longer than services
	// repeat one, whose files need not be fetched again then. The store knows for ever.
	finishedFor = 15 * time.Minute
	workTime    = 2 * time.Minute // for one event with its files
)

// Why an event isn't taken now; its sender tells it again.
var (
	ErrBusy = errors.New("too many messages at once")
	ErrSlow = errors.New("the message is still being taken")
)

// Events works at events. Its zero value is ready; Close ends it.
type Events struct {
	mu      sync.Mutex
	running map[string]*event
	done    map[string]time.Time
	order   []string // of done, oldest first
	closed  bool
	ctx     context.Context
	cancel  context.CancelFunc
	wg      sync.WaitGroup
}

// event is one that is being worked at.
type event struct {
	over chan struct{} // closed
	err  error
}

// Do runs work for the event of this key, and returns what it returned. One that runs already
// is waited for; one that went well a while ago is nil. After patience it is ErrSlow, while work goes on:
// the next Do of the key finds what came of it.
func (e *Events) Do(ctx context.Context, key string, patience time.Duration, work func(context.Context) error) error {
	ev, err := e.begin(key, work)
	if ev == nil {
		return err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ev.over:
		return ev.err
	case <-timer.C:
		return ErrSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin starts work, or finds the event; neither: nil, and why.
func (e *Events) begin(key string, work func(context.Context) error) (*event, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, ErrBusy
	}
	if e.running == nil {
		e.running, e.done = map[string]*event{}, map[string]time.Time{}
		e.ctx, e.cancel = context.WithCancel(context.Background())
	}
	if ev := e.running[key]; ev != nil {
		return ev, nil
	}
	e.forget(time.Now())
	if _, ok := e.done[key]; ok {
		return nil, nil
	}
	if len(e.running) >= maxAtOnce {
		return nil, ErrBusy
	}
	ev := &event{over: make(chan struct{}), err: errors.New("a fault of this server")}
	e.running[key] = ev
	e.wg.Go(func() { e.work(key, ev, work) })
	return ev, nil
}

func (e *Events) work(key string, ev *event, work func(context.Context) error) {
	ctx, cancel := context.WithTimeout(e.ctx, workTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil { // a fault in one message ends no server; its sender tells it again
			ev.err = &Fault{p}
		}
		e.mu.Lock()
		delete(e.running, key)
		if _, known := e.done[key]; ev.err == nil && !known {
			e.done[key] = time.Now()
			e.order = append(e.order, key)
		}
		e.mu.Unlock()
		close(ev.over)
	}()
	ev.err = work(ctx)
}

// forget drops what was finished long ago, and the oldest of too many.
func (e *Events) forget(now time.Time) {
	for len(e.order) > 0 && (len(e.order) >= maxFinished || now.Sub(e.done[e.order[0]]) > finishedFor) {
		delete(e.done, e.order[0])
		e.order = e.order[1:]
	}
}

// Close takes no more events, ends those that are being worked at, and waits for them.
func (e *Events) Close() {
	e.mu.Lock()
	e.closed = true
	cancel := e.cancel
	e.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	e.wg.Wait()
}

// Fault is a panic in the work at an event.
type Fault struct{ Value any }

func (f *Fault) Error() string { return "a fault of this server" }

// Client asks by t and follows no redirect: what is sent to one host, tokens
// among it, is not another's. Answers are bounded.
func Client(t http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{Transport: bounded{t}, Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
