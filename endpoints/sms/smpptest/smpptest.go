// Package smpptest is a message centre for tests: small, real on the wire, and as bad
// as a test wants it. As a real one does, it keeps a text until it is told that it has
// arrived, and delivers it again when the connection broke before that.
package smpptest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"ringflow/endpoints/sms/smpp"
)

// Submit is a text that the centre got, answered with OK or not.
type Submit struct {
	smpp.Message
	ID     string // that the centre gave it; empty: it refused
	Status smpp.Status
	Date   time.Time
}

// Centre is the message centre. Set the fields before it starts.
type Centre struct {
	SystemID, Password string
	TLS                *tls.Config // nil: plain TCP
	// Answer chooses what a submit_sm gets; nil: OK. It may be called by many at once.
	Answer func(m smpp.Message) smpp.Status
	// Mute lets the centre answer no submit_sm and no enquire_link while it is true.
	Mute func() bool
	// ID is what the n-th text that it took is called, from 1; nil: "id-n".
	ID func(n int) string
	// Receipts are sent for each text, at once.
	Receipts bool

	mu      sync.Mutex
	conns   map[*smpp.Conn]bool // bound
	all     map[*smpp.Conn]bool
	binds   []smpp.Bind
	submits []Submit
	taken   int
	more    chan struct{} // closed and made anew with each change
	addr    *net.TCPAddr
	wg      sync.WaitGroup
	ended   context.Context
}

// Start lets c listen on a loopback port until the test ends; it returns host and port.
func (c *Centre) Start(t testing.TB) (host string, port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.begin(ctx)
	c.wg.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			c.wg.Go(func() { c.serve(nc) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		cancel()
		c.Drop()
		c.wg.Wait()
	})
	c.addr = l.Addr().(*net.TCPAddr)
	return c.Host()
}

// Host is where it listens.
func (c *Centre) Host() (host string, port int) { return c.addr.IP.String(), c.addr.Port }

// StartPipes is Start where there is no network: connections are made by the dialler that
// it returns, in memory.
func (c *Centre) StartPipes(t testing.TB) (dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	ctx, cancel := context.WithCancel(context.Background())
	c.begin(ctx)
	t.Cleanup(func() {
		cancel()
		c.Drop()
		c.wg.Wait()
	})
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		if ctx.Err() != nil {
			return nil, errors.New("connection refused")
		}
		c.wg.Go(func() { c.serve(ours) })
		return theirs, nil
	}
}

func (c *Centre) begin(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns, c.all, c.more, c.ended = map[*smpp.Conn]bool{}, map[*smpp.Conn]bool{}, make(chan struct{}), ctx
}

// change tells who waits that something has.
func (c *Centre) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	close(c.more)
	c.more = make(chan struct{})
}

func (c *Centre) serve(nc net.Conn) {
	if c.TLS != nil {
		nc = tls.Server(nc, c.TLS)
	}
	conn := smpp.NewConn(nc)
	conn.Handle = func(p smpp.PDU) { c.handle(conn, p) }
	c.change(func() { c.all[conn] = true })
	_ = conn.Run(c.ended) // the other side's going is no matter
	c.change(func() { delete(c.conns, conn); delete(c.all, conn) })
}

func (c *Centre) handle(conn *smpp.Conn, p smpp.PDU) {
	c.mu.Lock()
	bound := c.conns[conn]
	c.mu.Unlock()
	switch p.Command {
	case smpp.BindTransceiver:
		b, err := smpp.ParseBind(p.Body)
		switch {
		case err != nil:
			conn.Nack(p, smpp.InvalidCmdLen)
		case bound:
			conn.Answer(p, smpp.AlreadyBound, nil)
		case b.SystemID != c.SystemID:
			conn.Answer(p, smpp.InvalidSystemID, nil)
		case b.Password != c.Password:
			conn.Answer(p, smpp.InvalidPassword, nil)
		default:
			conn.Answer(p, smpp.OK, smpp.BindResp{SystemID: "centre", TLVs: smpp.TLVs{smpp.Uint8(smpp.TagVersion, 0x34)}}.Body())
			c.change(func() { c.conns[conn] = true; c.binds = append(c.binds, b) })
		}
	case smpp.SubmitSM:
		if !bound {
			conn.Answer(p, smpp.InvalidBindState, nil)
			return
		}
		m, err := smpp.ParseMessage(p.Body)
		if err != nil {
			conn.Nack(p, smpp.InvalidCmdLen)
			return
		}
		c.submit(conn, p, m)
	default:
		conn.Nack(p, smpp.InvalidCmdID)
	}
}

func (c *Centre) submit(conn *smpp.Conn, p smpp.PDU, m smpp.Message) {
	s := Submit{Message: m, Date: time.Now()}
	if c.Answer != nil {
		s.Status = c.Answer(m)
	}
	c.change(func() {
		if s.Status == smpp.OK {
			c.taken++
			if s.ID = fmt.Sprintf("id-%d", c.taken); c.ID != nil {
				s.ID = c.ID(c.taken)
			}
		}
		c.submits = append(c.submits, s)
	})
	if c.Mute != nil && c.Mute() {
		return
	}
	if s.Status != smpp.OK {
		conn.Answer(p, s.Status, nil)
		return
	}
	conn.Answer(p, smpp.OK, smpp.MessageResp{MessageID: s.ID}.Body())
	if c.Receipts {
		c.wg.Go(func() { _ = c.Deliver(c.ended, Receipt(s, s.ID, "DELIVRD", 2)) })
	}
}

// Receipt is the one of a text that the centre took, in both forms; without state in
// the text form alone.
func Receipt(s Submit, id, word string, state byte) smpp.Message {
	m := smpp.Message{
		Source: s.Dest, Dest: s.Source, ESMClass: 0x04,
		Short: []byte("id:" + id + " sub:001 dlvrd:001 submit date:2611220101 done date:2611220102 stat:" + word + " err:000 text:"),
	}
	if state != 0 {
		m.TLVs = smpp.TLVs{{Tag: smpp.TagReceiptedID, Value: append([]byte(id), 0)}, smpp.Uint8(smpp.TagMessageState, state)}
	}
	return m
}

// Refused is what the client said no to for good.
type Refused struct{ Status smpp.Status }

func (r *Refused) Error() string { return r.Status.Error() }

// Deliver gives a text to the client and returns when that has it: again when the client
// wants it later, and when the connection broke.
func (c *Centre) Deliver(ctx context.Context, m smpp.Message) error {
	for {
		conn, err := c.Bound(ctx)
		if err != nil {
			return err
		}
		_, err = conn.Request(ctx, smpp.DeliverSM, m.Body())
		var s smpp.Status
		switch {
		case err == nil:
			return nil
		case errors.As(err, &s) && s != smpp.TryLater && s != smpp.QueueFull && s != smpp.Throttled:
			return &Refused{s}
		case ctx.Err() != nil:
			return ctx.Err()
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Flood delivers n texts, perSecond of them a second and window at most without an
// answer; of each it tells when the client has it.
func (c *Centre) Flood(ctx context.Context, n, perSecond, window int, text func(i int) smpp.Message, has func(i int, err error)) {
	pace := rate.NewLimiter(rate.Limit(perSecond), 1)
	slots := make(chan struct{}, window)
	var wg sync.WaitGroup
	for i := range n {
		if pace.Wait(ctx) != nil {
			break
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			has(i, c.Deliver(ctx, text(i)))
		})
	}
	wg.Wait()
}

// Bound is a client's connection, once there is one.
func (c *Centre) Bound(ctx context.Context) (*smpp.Conn, error) {
	for {
		c.mu.Lock()
		more := c.more
		for conn := range c.conns {
			if conn.Context().Err() == nil {
				c.mu.Unlock()
				return conn, nil
			}
		}
		c.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Drop cuts all connections, as a broken line does.
func (c *Centre) Drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.all {
		conn.Close(errors.New("the line broke"))
	}
}

// Submits are the texts that came, in their order.
func (c *Centre) Submits() []Submit {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.submits)
}

// Wait returns the texts that the centre took once there are n, or those that are there when ctx ends.
func (c *Centre) Wait(ctx context.Context, n int) []Submit {
	for {
		c.mu.Lock()
		more := c.more
		taken := slices.DeleteFunc(slices.Clone(c.submits), func(s Submit) bool { return s.Status != smpp.OK })
		c.mu.Unlock()
		if len(taken) >= n {
			return taken
		}
		select {
		case <-more:
		case <-ctx.Done():
			return taken
		}
	}
}

// Binds are all that succeeded.
func (c *Centre) Binds() []smpp.Bind {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.binds)
}

// Connected is how many clients are bound.
func (c *Centre) Connected() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.conns)
}
