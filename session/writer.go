package session

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

const (
	// saveEvery is how long a change may wait for company: one commit for all
	// calls costs what one commit for one call costs. The first change after a
	// pause doesn't wait.
	saveEvery = 200 * time.Millisecond
	// retryAfter a store that is away. Calls go on meanwhile.
	retryAfter = time.Second
	// maxWaiting journals are kept for a store that is away.
	maxWaiting = 50_000
	// maxBatch changes go into one transaction.
	maxBatch = 500
)

// writer saves journals to the store, many in a transaction, in the order in
// which they changed. No call ever waits for it.
type writer struct {
	store Records
	log   *zap.Logger
	wake  chan struct{} // 1 deep
	quit  chan struct{}
	done  chan struct{}
	once  sync.Once

	mu      sync.Mutex
	waiting []*journal
	dropped int
	lastErr error
}

func newWriter(store Records, log *zap.Logger) *writer {
	return &writer{store: store, log: log, wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
}

// put queues j, if it is not queued already. Without a writer whoever has the
// journal saves it.
func (w *writer) put(j *journal) {
	if w == nil {
		return
	}
	j.mu.Lock()
	again := j.queued
	j.queued = true
	j.mu.Unlock()
	if again {
		return
	}
	w.mu.Lock()
	if len(w.waiting) >= maxWaiting {
		w.waiting = w.waiting[1:]
		w.dropped++
	}
	w.waiting = append(w.waiting, j)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run saves until close, and then what is left.
func (w *writer) run() {
	defer close(w.done)
	for {
		select {
		case <-w.wake:
		case <-w.quit:
			w.flush(true)
			return
		}
		pause := saveEvery
		if !w.flush(false) {
			pause = retryAfter
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-w.quit:
			t.Stop()
			w.flush(true)
			return
		}
	}
}

// flush saves all that waits, and tells whether it could. What it couldn't
// stays, and wakes the next round. What comes while it saves waits for the next
// one too, or a busy server would commit without a pause.
func (w *writer) flush(last bool) bool {
	for {
		w.mu.Lock()
		n := min(len(w.waiting), maxBatch)
		batch := append([]*journal(nil), w.waiting[:n]...)
		w.waiting = append([]*journal(nil), w.waiting[n:]...)
		dropped := w.dropped
		w.dropped = 0
		w.mu.Unlock()
		if dropped > 0 {
			w.log.Error("sessions lost: the store was away for too long", zap.Int("sessions", dropped))
		}
		if n == 0 {
			return true
		}
		if err := w.save(batch); err != nil {
			for _, j := range batch {
				w.put(j)
			}
			w.note(err, last)
			return false
		}
		w.note(nil, last)
		if n < maxBatch && !last {
			return true
		}
	}
}

func (w *writer) save(batch []*journal) error {
	changes := make([]Change, 0, len(batch))
	undos := make([]func(), 0, len(batch))
	for _, j := range batch {
		c, undo := j.take()
		changes, undos = append(changes, c), append(undos, undo)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := w.store.SaveSessions(ctx, changes); err != nil {
		for _, undo := range undos {
			undo()
		}
		return err
	}
	for i, j := range batch {
		if !changes[i].Record.Ended.IsZero() && j.gone != nil {
			j.gone()
		}
	}
	return nil
}

// note logs a store that goes away or comes back, once.
func (w *writer) note(err error, last bool) {
	w.mu.Lock()
	was := w.lastErr
	w.lastErr = err
	left := len(w.waiting)
	w.mu.Unlock()
	switch {
	case err != nil && (was == nil || last):
		w.log.Error("sessions can't be saved; calls go on and it is tried again", zap.Int("sessions", left), zap.Error(err))
	case err == nil && was != nil:
		w.log.Info("sessions are saved again")
	}
}

// saveNow saves one journal before it returns. If it can't, that is its caller's to tell:
// what was refused isn't saved later.
func (w *writer) saveNow(j *journal) error { return w.save([]*journal{j}) }

func (w *writer) close() {
	w.once.Do(func() { close(w.quit) })
	<-w.done
}

// len is how many journals wait.
func (w *writer) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}
