package sip

import (
	"context"
	"errors"

	msg "github.com/emiago/sipgo/sip"
)

// via puts a request on its way: directly, or after a look-up or dial in
// a goroutine of its own, so that the strand never waits.
func (l *Leg) via(req *msg.Request, then func(hop), failed func(error)) {
	c := l.core
	h, ok := l.direct(c)
	size := len(req.Body()) + 700
	if ok && (size <= 1300 || h.conn != nil || l.asCame) {
		then(h)
		return
	}
	uri, way := *l.next(), l.way
	if !c.calls.run(func() {
		ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
		defer cancel()
		var err error
		if !ok {
			h, err = c.reach(ctx, &uri)
			if err != nil && way.alive() {
				h, err = way, nil
			}
		}
		if err == nil {
			h = c.roomy(ctx, h, size)
		}
		l.s.post(func() {
			if err != nil {
				failed(err)
				return
			}
			then(h)
		})
	}) {
		failed(ErrClosed)
	}
}

// reach looks a URI up and connects to the first target that answers.
func (c *core) reach(ctx context.Context, uri *msg.Uri) (hop, error) {
	list, err := c.resolve(ctx, uri)
	if err != nil {
		return hop{}, transportError(err)
	}
	err = transportError(errors.New("no address for " + uri.Host))
	for _, t := range list {
		var h hop
		if h, err = c.connect(ctx, t); err == nil {
			return h, nil
		}
	}
	return hop{}, err
}

// resolve answers literal addresses itself and leaves names to access.
func (c *core) resolve(ctx context.Context, uri *msg.Uri) ([]target, error) {
	if ap, ok := uriAddr(uri); ok {
		return []target{{Network: uriNetwork(uri), Addr: ap}}, nil
	}
	return c.access.targets(ctx, uri, "")
}

// ask sends a request inside of the dialog and tells done of the final answer,
// or of what came instead. A trunk's challenges are answered.
func (l *Leg) ask(method msg.RequestMethod, headers [][2]string, contentType string, body []byte, done func(*response, error)) {
	l.askAgain(method, headers, contentType, body, done, nil, maxChallenges)
}

func (l *Leg) askAgain(method msg.RequestMethod, headers [][2]string, contentType string, body []byte, done func(*response, error), auth [][2]string, more int) {
	req := l.request(method, 0)
	with(req, headers)
	if len(body) > 0 {
		req.AppendHeader(msg.NewHeader("Content-Type", contentType))
	}
	req.SetBody(body)
	l.via(req, func(h hop) {
		switch method {
		case msg.INVITE, msg.UPDATE, msg.REFER, msg.NOTIFY: // target refreshes (RFC 3261 12.2.1.1, 3515 2.2, 6665 4.1.3)
			req.AppendHeader(msg.NewHeader("Contact", l.contact(h)))
		}
		if h.conn != nil {
			l.bind(h)
		}
		if auth == nil {
			auth = l.preempt(req, h)
		}
		with(req, auth)
		var tx *clientTx
		tx = l.s.send(req, h, 0, func(r *response) {
			if r.StatusCode < 200 {
				return
			}
			if auth, ok := l.authorize(tx.req, r, h); ok && more > 0 {
				l.askAgain(method, headers, contentType, body, done, auth, more-1)
				return
			}
			done(r, nil)
		}, func(err error) { done(nil, err) })
	}, func(err error) { done(nil, err) })
}

// connLost is what the loss of a connection means to a leg: nothing yet. The next
// request dials the Contact; silence is found by media and session timers.
func (s *strand) connLost(conn *stream) {
	for _, l := range s.legs {
		if l.bound == conn {
			l.bound = nil
		}
	}
	for _, sub := range s.subs {
		if sub.peer.bound == conn {
			sub.peer.bound = nil
		}
	}
	var lost []*clientTx // first: one that fails may come back, to hear what is late
	for _, tx := range s.cli {
		if tx.to.conn == conn && tx.code < 200 {
			lost = append(lost, tx)
		}
	}
	for _, tx := range lost {
		tx.fail(transportError(errors.New("connection lost")))
	}
}
