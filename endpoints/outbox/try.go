package outbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"ringflow/endpoints"
)

// try sends one message, and notes what came of it.
func (w *Worker) try(ctx context.Context, m *endpoints.Outbound) {
	now := time.Now()
	if !m.Expires.IsZero() && !now.Before(m.Expires) {
		w.fail(m, "it is of no use any more"+after(m.LastError))
		return
	}
	err := w.send(ctx, m)
	var refused *endpoints.Refused
	var partly *endpoints.Partly
	switch {
	case err == nil, errors.As(err, &partly):
		note := ""
		if partly != nil {
			note = partly.Error()
			w.Log.Warn("a message didn't reach all", message(m), zap.Error(err))
		}
		w.note(m, func(ctx context.Context) error { return w.Store.SentOutbound(ctx, m.ID, m.Claim, note) })
		w.sent.Add(1)
		w.went(m.Channel, nil)
	case errors.As(err, &refused) && refused.Wanted:
		w.drop(m, err.Error(), zap.InfoLevel)
	case errors.As(err, &refused):
		w.fail(m, err.Error())
	case ctx.Err() != nil: // the server stops
		w.note(m, func(ctx context.Context) error {
			return w.Store.RetryOutbound(ctx, m.ID, m.Claim, time.Now(), "the server stopped while it was sent")
		})
	default:
		var later *endpoints.Later
		waits := errors.As(err, &later)
		if !waits {
			w.went(m.Channel, err)
		}
		end := m.Begun.Add(giveUp)
		if !m.Expires.IsZero() && m.Expires.Before(end) {
			end = m.Expires
		}
		now = time.Now()
		if !now.Before(end) {
			w.fail(m, err.Error())
			return
		}
		at := now.Add(wait(m.Tries))
		if waits {
			at = later.At
		}
		if at.After(end) {
			at = end // once more, at the very end
		}
		w.retried.Add(1)
		w.note(m, func(ctx context.Context) error { return w.Store.RetryOutbound(ctx, m.ID, m.Claim, at, err.Error()) })
	}
}

// send is a Sender's Send within its time; a fault of ours in it ends the message,
// not the server.
func (w *Worker) send(ctx context.Context, m *endpoints.Outbound) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.Error("panic while a message was sent", message(m), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			err = &endpoints.Refused{Err: fmt.Errorf("a fault of this server: %v", p)}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	return w.Senders[m.Channel].Send(ctx, m)
}

// fail gives a message up that should have been sent.
func (w *Worker) fail(m *endpoints.Outbound, why string) { w.drop(m, why, zap.ErrorLevel) }

// drop gives a message up, which is as grave as level.
func (w *Worker) drop(m *endpoints.Outbound, why string, level zapcore.Level) {
	w.failed.Add(1)
	w.Log.Log(level, "a message was given up", message(m), zap.Int("tries", m.Tries), zap.String("error", why))
	w.note(m, func(ctx context.Context) error { return w.Store.FailOutbound(ctx, m.ID, m.Claim, why) })
}

// note writes down what became of a message. That it was sent is worth some
// patience, for without it the message leaves again. Who lost the claim has
// nothing to say any more.
func (w *Worker) note(m *endpoints.Outbound, write func(context.Context) error) {
	var err error
	for pause := 100 * time.Millisecond; pause < 3*time.Second; pause *= 2 {
		ctx, cancel := context.WithTimeout(context.Background(), grace) // also while the server stops
		err = write(ctx)
		cancel()
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			break
		}
		time.Sleep(pause)
	}
	if err != nil {
		w.Log.Error("what became of a message can't be noted; it may be sent again", message(m), zap.Error(err))
	}
}

// went tells when a channel stops and begins to work, not each time that it doesn't.
func (w *Worker) went(c endpoints.Channel, err error) {
	w.mu.Lock()
	was := w.failing[c]
	w.failing[c] = err != nil
	w.mu.Unlock()
	switch {
	case err != nil && !was:
		w.Log.Warn("messages can't be sent now; they wait and are tried again", zap.String("channel", string(c)), zap.Error(err))
	case err == nil && was:
		w.Log.Info("messages are sent again", zap.String("channel", string(c)))
	}
}

// wait is how long a message rests after so many tries: twice as long each time,
// and not all at the same moment.
func wait(tries int) time.Duration {
	d := firstWait
	for ; tries > 1 && d < longestWait; tries-- {
		d *= 2
	}
	d = time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
	return min(max(d, firstWait), longestWait)
}

// message is how a log names a message: whom it is for stands in the store.
func message(m *endpoints.Outbound) zap.Field {
	return zap.Dict("message", zap.String("id", m.ID), zap.String("channel", string(m.Channel)), zap.String("account", m.AccountID))
}

func after(last string) string {
	if last == "" {
		return ""
	}
	return ", after " + last
}
