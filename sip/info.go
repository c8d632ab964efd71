package sip

import (
	"context"

	msg "github.com/emiago/sipgo/sip"
)

// Info sends an INFO request and returns when it is answered; a refusal is a
// *Status.
func (l *Leg) Info(ctx context.Context, contentType string, body []byte) error {
	return l.await(ctx, func(done func(error)) error {
		l.ask(msg.INFO, nil, clean(contentType), body, func(r *response, err error) {
			if err == nil && r.StatusCode >= 300 {
				err = statusFrom(r)
			}
			done(err)
		})
		return nil
	})
}
