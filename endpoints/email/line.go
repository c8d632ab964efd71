package email

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

const (
	dialTime = 30 * time.Second // to connect, with TLS
	// idleTime is how long the server may keep us waiting for one read or write.
	// RFC 5321 4.5.3.2 would give it up to ten minutes; who is that slow is asked
	// again later.
	idleTime = time.Minute
)

// line is the one connection of a message, so that whatever the library does with
// it, it is closed in the end.
type line struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	tls  *tls.Config // encrypted from the first byte

	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

func (s *Sender) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.Dial != nil {
		return s.Dial(ctx, network, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// open is the library's dialer.
func (l *line) open(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := l.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.conn = raw
	closed := l.closed
	l.mu.Unlock()
	if closed {
		return nil, errors.Join(net.ErrClosed, raw.Close())
	}
	var conn net.Conn = &patient{raw}
	if l.tls == nil {
		return conn, nil
	}
	secure := tls.Client(conn, l.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secure, nil
}

// Close ends the connection, also while somebody reads from it.
func (l *line) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.conn != nil {
		_ = l.conn.Close() // it may be closed already
	}
}

// patient gives each read and each write its own time. The library would give
// the whole message one, and a long recording takes long.
type patient struct{ net.Conn }

func (p *patient) Read(b []byte) (int, error) {
	if err := p.Conn.SetReadDeadline(time.Now().Add(idleTime)); err != nil {
		return 0, err
	}
	return p.Conn.Read(b)
}

func (p *patient) Write(b []byte) (int, error) {
	if err := p.Conn.SetWriteDeadline(time.Now().Add(idleTime)); err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}

func (p *patient) SetDeadline(time.Time) error      { return nil }
func (p *patient) SetReadDeadline(time.Time) error  { return nil }
func (p *patient) SetWriteDeadline(time.Time) error { return nil }
