package sip

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

// bindingWriter writes bindings through to a store behind the registrar's back: one
// write at a time, the latest of each binding only. A store that is away is
// asked again later and holds up nobody.
type bindingWriter struct {
	to  BindingStore
	log *zap.Logger

	mu    sync.Mutex
	dirty map[bindingKey]*Binding // nil: deleted
	order []bindingKey
	work  chan struct{} // capacity 1
	done  chan struct{}
	once  sync.Once
}

type bindingKey struct{ user, contact string }

const (
	maxDirty   = 100_000 // bindings that wait for a store that is away
	storeLimit = 5 * time.Second
	storeFlush = 3 * time.Second // at the end, for all that is left
	storeRetry = 10 * time.Second
)

func newBindingWriter(to BindingStore, log *zap.Logger) *bindingWriter {
	return &bindingWriter{to: to, log: log, dirty: map[bindingKey]*Binding{}, work: make(chan struct{}, 1), done: make(chan struct{})}
}

func (w *bindingWriter) put(b Binding) { w.note(bindingKey{b.User, b.Contact}, &b) }

func (w *bindingWriter) delete(user, contact string) { w.note(bindingKey{user, contact}, nil) }

func (w *bindingWriter) note(k bindingKey, b *Binding) {
	w.mu.Lock()
	if _, ok := w.dirty[k]; !ok {
		if len(w.dirty) >= maxDirty { // the oldest is written again at its next REGISTER
			delete(w.dirty, w.order[0])
			w.order = w.order[1:]
		}
		w.order = append(w.order, k)
	}
	w.dirty[k] = b
	w.mu.Unlock()
	select {
	case w.work <- struct{}{}:
	default:
	}
}

func (w *bindingWriter) take() (bindingKey, *Binding, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.order) == 0 {
		w.order = nil
		return bindingKey{}, nil, false
	}
	k := w.order[0]
	w.order = w.order[1:]
	b := w.dirty[k]
	delete(w.dirty, k)
	return k, b, true
}

// again puts back what could not be written, unless there is something newer.
func (w *bindingWriter) again(k bindingKey, b *Binding) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, newer := w.dirty[k]; !newer && len(w.dirty) < maxDirty {
		w.dirty[k] = b
		w.order = append(w.order, k)
	}
}

func (w *bindingWriter) close() { w.once.Do(func() { close(w.done) }) }

func (w *bindingWriter) run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	away := false
	for {
		err := w.flush(ctx)
		var retry <-chan time.Time
		if err != nil {
			if !away {
				w.log.Warn("sip: bindings are not written, the store is away; trying on", zap.Error(err))
			}
			retry = time.After(storeRetry)
		} else if away {
			w.log.Info("sip: bindings are written again")
		}
		away = err != nil
		work := w.work
		if away {
			work = nil
		}
		select {
		case <-work:
		case <-retry:
		case <-w.done:
			end, stop := context.WithTimeout(ctx, storeFlush)
			if err := w.flush(end); err != nil {
				w.log.Warn("sip: the last bindings are not written", zap.Error(err))
			}
			stop()
			return
		}
	}
}

// flush writes all that waits, up to the first error.
func (w *bindingWriter) flush(ctx context.Context) error {
	for {
		k, b, ok := w.take()
		if !ok {
			return nil
		}
		if err := w.write(ctx, k, b); err != nil {
			w.again(k, b)
			return err
		}
	}
}

func (w *bindingWriter) write(ctx context.Context, k bindingKey, b *Binding) error {
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	if b == nil {
		return w.to.DeleteBinding(ctx, k.user, k.contact)
	}
	return w.to.PutBinding(ctx, *b)
}
