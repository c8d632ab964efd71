package sip

import (
	"context"
	"net"
	"net/textproto"
	"sync/atomic"
	"net/netip"
	msg "github.com/emiago/sipgo/sip"
)

type core struct { access *access; draining atomic.Bool; stats counters; strands strandTable }
type strandTable struct{}
func (strandTable) count() int64 { return 0 }
func (ua *UA) start() *core { ua.once.Do(func() { ua.core = &core{}; ua.core.access = newAccess(ua, ua.core) }); return ua.core }
func (c *core) listen(ctx context.Context, url string) (net.Addr, error) { return nil, nil }
func (c *core) servePacket(pc net.PacketConn) error { return nil }
func (c *core) close() error { return nil }
func (c *core) dial(ctx context.Context, d Dial, n Negotiator) (*Leg, error) { return nil, nil }
type socket struct{ network string }
type stream struct{ network string }
type serverTx struct { from hop }
func (tx *serverTx) respond(r *reply) {}
type legState struct { id, callID string; incoming bool; local, remote Party; code atomic.Int32; ctx context.Context; onInfo atomic.Pointer[func(string, []byte)] }
func (l *Leg) attach(n Negotiator) {}
func (l *Leg) ring(ctx context.Context, early bool) error { return nil }
func (l *Leg) answer(ctx context.Context) error { return nil }
func (l *Leg) hangup(ctx context.Context, s *Status) error { return nil }
func (l *Leg) reinvite(ctx context.Context) error { return nil }
func (l *Leg) info(ctx context.Context, ct string, body []byte) error { return nil }
func canonical(s string) string { return textproto.CanonicalMIMEHeaderKey(s) }

// request sends req to a target and waits for its final answer, from any goroutine but a strand.
// It adds Via, Max-Forwards, Call-ID, CSeq and User-Agent where they lack. No answer: *Status 408; no way there: wraps ErrTransport.
func (c *core) request(ctx context.Context, req *msg.Request, to target) (*msg.Response, error) { return nil, nil }
// requestOn sends on the very socket or connection that something came from (registered device behind NAT).
func (c *core) requestOn(ctx context.Context, req *msg.Request, h hop) (*msg.Response, error) { return nil, nil }

// what the gate needs besides request (interface wire in access.go)
func (c *core) connected(network string, addr netip.AddrPort) bool { return false }
func (c *core) contact(to target) (msg.Uri, error) { return msg.Uri{}, nil }
func (c *core) own(addr netip.AddrPort) bool { return false }
func (c *core) drains() bool { return c.draining.Load() }
