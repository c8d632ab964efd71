package sip

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Handler runs a call. It has a goroutine of its own, and ctx is the leg's: it
// ends with the leg, with the cause. Returning a *Status answers with it if the
// call is still unanswered; anything else hangs up.
type Handler func(ctx context.Context, in *Invite) error

// UA is a SIP user agent. Set the fields before the first Listen or ServePacket
// and leave them alone afterwards; the zero value of each is useful.
type UA struct {
	Handler   Handler
	Directory Directory    // who may talk to us; nil: nobody
	Store     BindingStore // keeps bindings over a restart; may be nil
	Realm     string
	Domains   []string // empty: every host or address that reaches us is ours
	UserAgent string
	Log       *zap.Logger
	Advertise string // host in our Via and Contact; empty: the listening address

	OnBinding func(user string) // a user's bindings changed; may be nil, must not block
	OnPhone   func(user string) // one came: registered anew, not for longer, or answers again; may be nil, must not block
	Resolver  Resolver          // finds trunks' hosts (RFC 3263); nil: the system's

	// OnText takes a MESSAGE of a user or trunk; nil: they get 405. It returns once the
	// text is kept for good: nil is answered by 200, a *Status by itself. It has a
	// goroutine of its own and 20 s. The same text may come again, with the same Key.
	OnText func(ctx context.Context, t *Text) *Status

	Events EventSource // what may be watched by SUBSCRIBE; nil: nothing

	// TLS is for tls:// listeners (certificates) and, as the base of a clone,
	// for connections that we open (RootCAs).
	TLS *tls.Config

	// SessionExpires is the session interval that we ask for and accept at
	// most (RFC 4028); 0: 30 minutes.
	SessionExpires time.Duration
	// MinSE is the shortest session interval that we accept; 0: 90 s.
	MinSE time.Duration

	MaxDialogs   int           // 0: 10,000. Above it new INVITEs get 503
	MaxConns     int           // stream connections in all; 0: 5,000
	MaxSource    int           // stream connections of one address; 0: 64
	ReadTimeout  time.Duration // for one whole message on a stream; 0: 10 s
	IdleTimeout  time.Duration // a stream without message or keep-alive; 0: 15 min
	WriteTimeout time.Duration // for one message on a stream; 0: 5 s

	once sync.Once
	core *core
}

// Drain refuses new INVITEs and OPTIONS outside of dialogs with 503 and
// Retry-After while on, and takes our registrations at carriers back; calls that
// are up go on.
func (ua *UA) Drain(on bool) {
	c := ua.start()
	c.draining.Store(on)
	c.access.drain(on)
}

// Listen binds url (udp://127.0.0.1:5060, tcp://, tls://) at once and serves it
// until Close. It returns the bound address, so that port 0 can be asked for.
func (ua *UA) Listen(ctx context.Context, url string) (net.Addr, error) {
	return ua.start().listen(ctx, url)
}

// ServePacket serves a packet connection, which Close closes.
func (ua *UA) ServePacket(pc net.PacketConn) error { return ua.start().servePacket(pc) }

// Close ends every call (BYE, CANCEL or 503), gives the far ends a second to
// answer, closes all sockets and waits for every goroutine of the UA.
func (ua *UA) Close() error { return ua.start().close() }

// Stats returns the counters of the UA.
func (ua *UA) Stats() Snapshot { return ua.start().stats.snapshot(ua.core) }
