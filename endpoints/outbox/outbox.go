// Package outbox sends what waits in the store's outbox: one worker a server for
// all channels, each of which is a Sender. It is what mail, and later texts and
// chats, have in common: who takes a message, when it is tried again, when it is
// given up, and that all of this outlives the server. So it stands beside the
// channels and imports none of them.
//
// A message leaves at least once. Between a channel's yes and the note of it in
// the store a server can die; then the message leaves again, under the same id.
package outbox

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

const (
	atOnce = 4 // messages that are being sent, of all channels that don't say
	// poll finds what another server put, or left; what this one puts wakes the
	// worker.
	poll = 10 * time.Second
	// sendTime is how long one try may take, lease how long nobody else may try
	// meanwhile: longer, so that there is time to note what came of it.
	sendTime = 5 * time.Minute
	lease    = 10 * time.Minute
	// grace is how long Close waits for what is being sent.
	grace = 5 * time.Second
	// Between two tries of a message.
	firstWait, longestWait = 30 * time.Second, time.Hour
	// giveUp is when a message is tried no more, counted from when it was put.
	giveUp = 24 * time.Hour
	// A message whose channel this server doesn't have is given up a while later, for another
	// server may have it and tries once more at the end. Such ones are looked for every abandonEvery.
	abandon, abandonEvery = giveUp + 10*time.Minute, 10 * time.Minute
	// What was sent or given up is kept for keep, and looked for every keepEvery.
	keep, keepEvery = 30 * 24 * time.Hour, time.Hour
)

// Store is where the messages wait; *store.Store is one.
type Store interface {
	PutOutbound(ctx context.Context, m *endpoints.Outbound) (fresh bool, err error)
	ClaimOutbound(ctx context.Context, channels []endpoints.Channel, most int, lease time.Duration) ([]*endpoints.Outbound, error)
	SentOutbound(ctx context.Context, id, claim, note string) error
	RetryOutbound(ctx context.Context, id, claim string, at time.Time, why string) error
	FailOutbound(ctx context.Context, id, claim, why string) error
	// AbandonOutbound gives up some of what channels but these should carry, see store.
	AbandonOutbound(ctx context.Context, but []endpoints.Channel, before time.Time, why string) (int, error)
	PruneOutbound(ctx context.Context, before time.Time) (int, error)
}

// Sender is a channel's way out.
type Sender interface {
	// From is who sends, where a message doesn't say.
	From() string
	// Send returns nil once the far end has taken the message over. *Refused: it
	// never will; *Partly: it has, but not for all. Any other error is worth
	// another try. Send ends soon after ctx.
	Send(ctx context.Context, m *endpoints.Outbound) error
}

// Many is a Sender of a channel that carries more: so many of its messages are sent at once,
// beside those of the others.
type Many interface{ AtOnce() int }

// lane is channels that share slots.
type lane struct {
	channels []endpoints.Channel
	slots    chan struct{}
}

// Worker sends. Set the fields, then Start; it runs until Close.
type Worker struct {
	Store   Store
	Senders map[endpoints.Channel]Sender
	Log     *zap.Logger

	wake    chan struct{}
	stop    context.CancelFunc // takes no more
	abandon context.CancelFunc // ends what is being sent
	wg      sync.WaitGroup     // the loop and what is being sent
	lanes   []lane

	sent, failed, retried atomic.Uint64
	away                  bool // the store can't be asked; the loop's own

	mu      sync.Mutex
	failing map[endpoints.Channel]bool // since when it went well
}

// Start begins to send.
func (w *Worker) Start(ctx context.Context) {
	if w.Log == nil {
		w.Log = zap.NewNop()
	}
	ctx = context.WithoutCancel(ctx)
	loop, stop := context.WithCancel(ctx)
	sending, abandon := context.WithCancel(ctx)
	w.stop, w.abandon = stop, abandon
	w.wake, w.lanes, w.failing = make(chan struct{}, 1), lanes(w.Senders), map[endpoints.Channel]bool{}
	w.wg.Go(func() { w.run(loop, sending) })
}

// Close takes no more messages, waits a little for those that are being sent,
// then ends them, and waits for everything. What was not sent is the next life's.
func (w *Worker) Close() {
	w.stop()
	late := time.AfterFunc(grace, w.abandon)
	w.wg.Wait()
	late.Stop()
	w.abandon()
}

// Put puts a message into the outbox, also before Start and after Close, and
// returns when it is certain to be sent or given up in sight.
func (w *Worker) Put(ctx context.Context, m *endpoints.Outbound) error {
	s := w.Senders[m.Channel]
	if s == nil {
		return &endpoints.Invalid{Field: "channel", Text: fmt.Sprintf("%.32q: this server has no such way to send", m.Channel)}
	}
	if m.From == "" {
		m.From = s.From()
	}
	_, err := w.Store.PutOutbound(ctx, m)
	w.Wake()
	return err
}

// Wake lets the worker look for messages now.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Stats are counts of this life of the server.
type Stats struct{ Sent, Failed, Retried uint64 }

// Stats tells what became of messages; failed are those given up.
func (w *Worker) Stats() Stats { return Stats{w.sent.Load(), w.failed.Load(), w.retried.Load()} }

func (w *Worker) run(ctx, sending context.Context) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	pruned, abandoned := time.Now(), time.Time{}
	for {
		for _, l := range w.lanes {
			w.take(ctx, sending, l)
		}
		now := time.Now()
		if now.Sub(abandoned) >= abandonEvery {
			abandoned = now
			w.abandonOthers(ctx, now.Add(-abandon))
		}
		if now.Sub(pruned) >= keepEvery {
			pruned = now
			w.prune(ctx, now.Add(-keep))
		}
		select {
		case <-w.wake:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// lanes are the channels with slots of their own, and all others together.
func lanes(senders map[endpoints.Channel]Sender) []lane {
	all := []lane{{slots: make(chan struct{}, atOnce)}}
	for c, s := range senders {
		if m, ok := s.(Many); ok && m.AtOnce() > 0 {
			all = append(all, lane{[]endpoints.Channel{c}, make(chan struct{}, m.AtOnce())})
			continue
		}
		all[0].channels = append(all[0].channels, c)
	}
	if len(all[0].channels) == 0 {
		return all[1:]
	}
	return all
}

// take starts as many sends as there are slots and messages that are due.
func (w *Worker) take(ctx, sending context.Context, l lane) {
	free := 0
	for ; free < cap(l.slots); free++ {
		select {
		case l.slots <- struct{}{}:
			continue
		default:
		}
		break
	}
	var due []*endpoints.Outbound
	if free > 0 {
		var err error
		due, err = w.Store.ClaimOutbound(ctx, l.channels, free, lease)
		if failed := err != nil && ctx.Err() == nil; failed != w.away {
			if w.away = failed; failed {
				w.Log.Error("the outbox can't be read; messages wait", zap.Error(err))
			} else if err == nil {
				w.Log.Info("the outbox can be read again")
			}
		}
	}
	for range free - len(due) {
		<-l.slots
	}
	for _, m := range due {
		w.wg.Go(func() {
			defer w.Wake() // a slot is free
			defer func() { <-l.slots }()
			w.try(sending, m)
		})
	}
}

// abandonOthers gives up what waits for channels that this server doesn't have: a channel was taken
// out of the configuration, or an adapter was.
func (w *Worker) abandonOthers(ctx context.Context, before time.Time) {
	ours := slices.Sorted(maps.Keys(w.Senders))
	for {
		n, err := w.Store.AbandonOutbound(ctx, ours, before, "this server has no such way to send any more")
		if err != nil && ctx.Err() == nil {
			w.Log.Error("messages of channels that this server doesn't have can't be given up now", zap.Error(err))
		}
		if err != nil || n == 0 {
			return
		}
		w.failed.Add(uint64(n))
		w.Log.Error("messages were given up: this server has no such way to send any more", zap.Int("messages", n))
	}
}

func (w *Worker) prune(ctx context.Context, before time.Time) {
	for {
		n, err := w.Store.PruneOutbound(ctx, before)
		if err != nil && ctx.Err() == nil {
			w.Log.Error("old messages can't be deleted", zap.Error(err))
		}
		if err != nil || n == 0 {
			return
		}
	}
}
