package sip

import (
	"context"

	msg "github.com/emiago/sipgo/sip"
)

// request sends a request outside of any dialog (REGISTER, OPTIONS) to a target
// and waits for the final answer, from any goroutine but a strand's. Call-ID,
// CSeq, Max-Forwards, Via and User-Agent are added where they lack. No answer
// is a *Status 408, no way there wraps ErrTransport.
func (c *core) request(ctx context.Context, req *msg.Request, to target) (*msg.Response, error) {
	h, err := c.connect(ctx, to)
	if err != nil {
		return nil, err
	}
	h = c.roomy(ctx, h, len(req.String())+200)
	if req.GetHeader("Call-ID") == nil {
		req.AppendHeader(msg.NewHeader("Call-ID", randomHex(16)))
	}
	if req.GetHeader("CSeq") == nil {
		req.AppendHeader(msg.NewHeader("CSeq", "1 "+string(req.Method)))
	}
	callID := headerValue(req.Headers(), "Call-ID")
	type result struct {
		res *msg.Response
		err error
	}
	got := make(chan result, 1)
	var tx *clientTx // the strand's
	if !c.deliver(callID, func() {
		s := c.strands.get(c, callID)
		tx = s.send(req, h, 0, func(r *response) {
			if r.StatusCode >= 200 {
				got <- result{res: r.Response}
			}
		}, func(err error) { got <- result{err: err} })
	}) {
		return nil, ErrClosed
	}
	select {
	case r := <-got:
		return r.res, r.err
	case <-ctx.Done():
		// Nobody waits any more: no need to send it eleven times.
		c.deliver(callID, func() {
			if tx != nil && tx.code < 200 {
				tx.end()
			}
		})
		return nil, context.Cause(ctx)
	case <-c.dead:
		return nil, ErrClosed
	}
}
