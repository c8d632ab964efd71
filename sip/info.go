package sip

import (
	"context"

	msg "github.com/emiago/sipgo/sip"
)

// Info sends an INFO request and returns when it is answered; a refusal is a
// *Status.
func (l *Leg) Info(ctx context.Context, contentType string, body []byte) error {
	done := make(chan error, 1)
	if err := l.run(ctx, func() error {
		if l.phase != up {
			if l.phase == over {
				return l.cause()
			}
			return errNotUp
		}
		l.ask(msg.INFO, nil, clean(contentType), body, func(r *response, err error) {
			if err == nil && r.StatusCode >= 300 {
				err = statusFrom(r)
			}
			done <- err
		})
		return nil
	}); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-l.core.dead:
		return ErrClosed
	}
}
