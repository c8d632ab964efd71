package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"go.uber.org/zap"

	"ringflow/endpoints"
)

// What strangers may do at once, and how long.
const (
	maxConns        = 100
	maxConnsOfOne   = 10 // of one source: an IPv4 address, or an IPv6 network of 64 bits
	maxAtWork       = 8  // mails that are looked at once they are here
	waitForTurn     = time.Minute
	maxRecipients   = 50 // of one mail
	maxUnknown      = 5  // recipients that aren't here, then the connection ends: it looks for addresses
	mailsPerMinute  = 300
	silence         = 2 * time.Minute  // for one read or write
	connectionTime  = 20 * time.Minute // in all: who sends a byte now and then is not worth waiting for
	maxLine         = 64 << 10         // of a mail: many programs break none
	shutdownPatient = 5 * time.Second
)

// Directory knows who gets mail here.
type Directory interface {
	Endpoints(ctx context.Context, f endpoints.EndpointFilter) ([]*endpoints.Endpoint, int, error)
}

// Listener takes mail for the e-mail endpoints of this server by SMTP (RFC 5321), and for nobody
// else: it never passes mail on. Set the fields, then Listen; it runs until Close.
type Listener struct {
	Receiver  *Receiver
	Directory Directory
	TLS       *tls.Config      // nil: no STARTTLS
	Log       *zap.Logger      // nil: none
	Links     *endpoints.Links // is told how it is doing; nil: nobody is

	server *smtp.Server
	conns  *gate
	work   chan struct{}
	rate   pacer
	ctx    context.Context // the listener's life
	cancel context.CancelFunc
	wg     sync.WaitGroup // Serve
}

// Listen binds an address at once, and serves it until Close.
func (l *Listener) Listen(ctx context.Context, address string) (net.Addr, error) {
	var lc net.ListenConfig
	in, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	l.serve(ctx, in)
	return in.Addr(), nil
}

// serve takes mail from whom in accepts.
func (l *Listener) serve(ctx context.Context, in net.Listener) {
	if l.Log == nil {
		l.Log = zap.NewNop()
	}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l.work = make(chan struct{}, maxAtWork)
	l.rate = pacer{most: mailsPerMinute, every: time.Minute}
	l.conns = &gate{Listener: in, of: map[netip.Prefix]int{}, open: map[*guarded]bool{}}
	s := smtp.NewServer(smtp.BackendFunc(l.session))
	s.Domain, s.TLSConfig, s.EnableSMTPUTF8 = l.Receiver.host(), l.TLS, true
	s.MaxMessageBytes, s.MaxRecipients, s.MaxLineLength = l.Receiver.bytes(), maxRecipients, maxLine
	s.ErrorLog = zap.NewStdLog(zap.NewNop())
	if quiet, err := zap.NewStdLogAt(l.Log, zap.DebugLevel); err == nil { // what strangers do wrong is no error of ours
		s.ErrorLog = quiet
	}
	l.server = s
	at := in.Addr().String()
	l.Links.Note(endpoints.LinkListener, endpoints.ServerMail, at, nil)
	l.wg.Go(func() {
		if err := s.Serve(l.conns); err != nil && l.ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
			l.Links.Note(endpoints.LinkListener, endpoints.ServerMail, at, err)
			l.Log.Error("mail is taken no more", zap.Error(err))
		}
	})
}

// Close ends everything, and waits. A mail that is not yet taken is its sender's still.
func (l *Listener) Close() {
	if l.server == nil {
		return
	}
	l.cancel()
	l.conns.closeAll()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownPatient)
	defer cancel()
	if err := l.server.Shutdown(ctx); err != nil && !errors.Is(err, net.ErrClosed) {
		l.Log.Warn("the mail listener didn't end cleanly", zap.Error(err))
	}
	l.wg.Wait()
	for range maxAtWork { // whoever is at work is done with it
		l.work <- struct{}{}
	}
}

// find is the e-mail endpoint with an address; nil: there is none.
func (l *Listener) find(ctx context.Context, address string) (*endpoints.Endpoint, error) {
	address = endpoints.NormalEmail(address)
	if address == "" || len(address) > 254 {
		return nil, nil
	}
	all, _, err := l.Directory.Endpoints(ctx, endpoints.EndpointFilter{Types: []endpoints.Kind{endpoints.EmailAddress}, EmailAddress: address})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// gate lets in as many connections as there may be, and gives each its time.
type gate struct {
	net.Listener

	mu     sync.Mutex
	of     map[netip.Prefix]int
	open   map[*guarded]bool
	closed bool
}

// Accept is the next connection that may stay; others are told to come later.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		at, _ := netip.ParseAddrPort(c.RemoteAddr().String())
		in := &guarded{Conn: c, gate: g, from: source(at.Addr()), end: time.Now().Add(connectionTime)}
		if g.enter(in) {
			return in, nil
		}
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = fmt.Fprint(c, "421 4.7.0 Too many connections, try again later\r\n") // it may be gone already
		_ = c.Close()
	}
}

func (g *gate) enter(c *guarded) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || len(g.open) >= maxConns || g.of[c.from] >= maxConnsOfOne {
		return false
	}
	g.open[c] = true
	g.of[c.from]++
	return true
}

func (g *gate) leave(c *guarded) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.open[c] {
		return
	}
	delete(g.open, c)
	if g.of[c.from]--; g.of[c.from] == 0 {
		delete(g.of, c.from)
	}
}

func (g *gate) closeAll() {
	g.mu.Lock()
	g.closed = true
	var all []*guarded
	for c := range g.open {
		all = append(all, c)
	}
	g.mu.Unlock()
	for _, c := range all {
		_ = c.Close()
	}
}

// source is who counts as one: an IPv4 address, or the network that a provider gives to one customer.
func source(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.WithZone("").Prefix(bits) // of no address: the zero one
	return p
}

// guarded is a connection with a time for each read and write, and one in all. What the
// library sets would be one for a whole mail.
type guarded struct {
	net.Conn
	gate *gate
	from netip.Prefix
	end  time.Time
}

func (c *guarded) due() time.Time {
	if t := time.Now().Add(silence); t.Before(c.end) {
		return t
	}
	return c.end
}

func (c *guarded) Read(b []byte) (int, error) {
	if err := c.Conn.SetReadDeadline(c.due()); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

func (c *guarded) Write(b []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(c.due()); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func (c *guarded) Close() error {
	c.gate.leave(c)
	return c.Conn.Close()
}

func (c *guarded) SetDeadline(time.Time) error      { return nil }
func (c *guarded) SetReadDeadline(time.Time) error  { return nil }
func (c *guarded) SetWriteDeadline(time.Time) error { return nil }
