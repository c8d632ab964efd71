package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// Between two tries to bind; a link that has held for steady begins anew.
const (
	firstWait, longestWait = time.Second, 2 * time.Minute
	steady                 = time.Minute
	dialTime               = 10 * time.Second
	// leaveTime is how long a link that ends waits for answers to what it has submitted.
	leaveTime = 3 * time.Second
)

// link is the connection of one number or trunk, made anew whenever it ends.
type link struct {
	hub     *Hub
	of      *endpoints.Endpoint // whose it is; never changed: another configuration is another link
	country string
	log     *zap.Logger

	window  chan struct{} // submits that have no answer yet
	pace    *pace
	repeats *repeats

	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	conn    *Conn         // nil: not bound
	changed chan struct{} // closed when conn does
	last    error         // why it isn't bound, or wasn't before
}

func (h *Hub) newLink(e *endpoints.Endpoint, country string) *link {
	return &link{
		hub: h, of: e, country: country, log: h.log().With(zap.String("endpoint", e.ID), zap.String("centre", address(e))),
		window: make(chan struct{}, max(e.Texts.SMPP.Window, 1)), pace: newPace(e.Texts.SMPP.Rate), repeats: &repeats{},
		done: make(chan struct{}), changed: make(chan struct{}),
	}
}

func address(e *endpoints.Endpoint) string {
	return net.JoinHostPort(e.Texts.SMPP.Host, strconv.Itoa(e.Texts.SMPP.Port))
}

// start runs the link until close.
func (l *link) start(ctx context.Context) {
	ctx, l.stop = context.WithCancel(ctx)
	go func() {
		defer close(l.done)
		l.run(ctx)
	}()
}

// close says good-bye, and waits until nothing of the link runs.
func (l *link) close() {
	l.stop()
	<-l.done
}

func (l *link) run(ctx context.Context) {
	l.repeats.since(ctx, l)
	wait, told := firstWait, ""
	for ctx.Err() == nil {
		began := time.Now()
		err := l.once(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > steady {
			wait, told = firstWait, ""
		}
		if text := err.Error(); text != told { // once, not each time
			told = text
			l.log.Warn("the link to a message centre is down; it is tried again", zap.Error(err))
		}
		// Half of it is chance: links that broke together don't come back together.
		select {
		case <-time.After(wait/2 + rand.N(wait/2)):
		case <-ctx.Done():
			return
		}
		wait = min(2*wait, longestWait)
	}
}

// once connects, binds, and serves until the connection or ctx ends.
func (l *link) once(ctx context.Context) error {
	nc, err := l.dial(ctx)
	if err != nil {
		l.set(nil, err)
		return err
	}
	c := NewConn(nc)
	in := newStrands(l, c)
	c.Handle = in.take
	var wg sync.WaitGroup
	wg.Go(func() { _ = c.Run(context.WithoutCancel(ctx)) }) // its context says why it ended
	in.run(&wg, context.WithoutCancel(ctx))
	err = l.bind(ctx, c)
	if err == nil {
		l.set(c, nil)
		l.log.Info("bound to a message centre")
		select {
		case <-c.Context().Done():
			err = context.Cause(c.Context())
		case <-ctx.Done():
			err = errors.New("the link was taken down")
			l.set(nil, err)
			l.settle(c)
		}
		l.set(nil, err)
	} else {
		l.set(nil, err)
	}
	if ctx.Err() != nil {
		c.Part(context.WithoutCancel(ctx))
	}
	c.Close(err)
	wg.Wait()
	l.repeats.ended(c)
	return err
}

func (l *link) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	nc, err := l.hub.dial(ctx, "tcp", address(l.of))
	if err != nil || !l.of.Texts.SMPP.TLS {
		return nc, err
	}
	cfg := l.hub.TLS.Clone()
	if cfg == nil {
		cfg = &tls.Config{}
	}
	cfg.ServerName, cfg.MinVersion = l.of.Texts.SMPP.Host, max(cfg.MinVersion, tls.VersionTLS12)
	tc := tls.Client(nc, cfg)
	if err := tc.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return tc, nil
}

func (l *link) bind(ctx context.Context, c *Conn) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	t := l.of.Texts
	p, err := c.Request(ctx, BindTransceiver, Bind{SystemID: t.SMPP.SystemID, Password: t.Secret, SystemType: t.SMPP.SystemType, Version: version}.Body())
	if err != nil {
		return err
	}
	_, err = ParseBindResp(p.Body)
	return err
}

// settle waits a little for the answers to what is on its way.
func (l *link) settle(c *Conn) {
	late := time.NewTimer(leaveTime)
	defer late.Stop()
	for range cap(l.window) {
		select {
		case l.window <- struct{}{}: // whoever waits for it finds the link gone
		case <-late.C:
			return
		case <-c.Context().Done():
			return
		}
	}
}

// set tells everybody that the link is bound by c, or isn't, and why.
func (l *link) set(c *Conn, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn = c; why != nil {
		l.last = why
	}
	l.hub.Links.Note(endpoints.LinkSMPP, l.of.ID, address(l.of), why)
	close(l.changed)
	l.changed = make(chan struct{})
}

// bound is the connection, once there is one.
func (l *link) bound(ctx context.Context) (*Conn, error) {
	for {
		l.mu.Lock()
		c, changed, last := l.conn, l.changed, l.last
		l.mu.Unlock()
		if c != nil {
			return c, nil
		}
		select {
		case <-changed:
		case <-l.done:
			return nil, errors.New("the link was taken down")
		case <-ctx.Done():
			if last == nil {
				last = errors.New("it is not bound yet")
			}
			return nil, fmt.Errorf("there is no link to the message centre %s: %w", address(l.of), last)
		}
	}
}
