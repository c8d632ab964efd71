package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Engine opens ports. Set its fields before the first Open.
type Engine struct {
	Listen    netip.Addr    // address that RTP sockets bind; invalid: 127.0.0.1
	Advertise netip.Addr    // address written into SDP; invalid: Listen
	Ports     *PortRange    // nil: whatever the system gives
	Pacer     *Pacer        // the clock; required
	Timeout   time.Duration // media timeout; 0: 30 s
	Log       *zap.Logger   // nil: none

	// Bind gives the sockets of a port instead of the system's, such as those
	// of an in-memory network. rtcp may be nil.
	Bind func() (rtp, rtcp net.PacketConn, err error)
	// Blocking has each socket read by a goroutine of its own, also where
	// better ways are known. For measuring, and for kernels that dislike us.
	Blocking bool

	mu    sync.Mutex
	watch *watcher
	ports map[*Port]struct{}
}

// PortOptions say what a new port is for.
type PortOptions struct {
	Codecs     []string   // by preference; empty: PCMU, PCMA
	Signalling netip.Addr // source of the signalling, from which media may be learnt
}

const defaultTimeout = 30 * time.Second

// Open makes a port, bound and ticking. ErrNoPorts if none is free. It is the
// caller's to close.
func (e *Engine) Open(o PortOptions) (*Port, error) {
	formats, err := formatsFor(o.Codecs)
	if err != nil {
		return nil, err
	}
	if e.listen().IsUnspecified() && !e.Advertise.IsValid() {
		return nil, fmt.Errorf("media: bound to %v, which no far end can send to: set Engine.Advertise to the address that it should use", e.listen())
	}
	rtp, rtcp, release, err := e.bind()
	if err != nil {
		return nil, err
	}
	p := newPort(e, rtp, rtcp, release)
	p.latch.signalling = o.Signalling.Unmap()
	p.nego = negotiation{
		codecs:  formats,
		event:   format{pt: eventPT, name: telephoneEvent, clock: 8000},
		local:   netip.AddrPortFrom(e.address(rtp), rtp.local().Port()),
		id:      rand.Uint64() >> 2, // fits the signed 64 bits that some parse it into
		version: 1,
	}
	e.mu.Lock()
	if e.ports == nil {
		e.ports = map[*Port]struct{}{}
	}
	e.ports[p] = struct{}{}
	e.mu.Unlock()
	p.start()
	return p, nil
}

// OpenPorts is how many ports are open now.
func (e *Engine) OpenPorts() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.ports)
}

// Close closes the ports that are still open, and what the engine itself
// started. The pacer is not the engine's.
func (e *Engine) Close() error {
	e.mu.Lock()
	open := make([]*Port, 0, len(e.ports))
	for p := range e.ports {
		open = append(open, p)
	}
	e.mu.Unlock()
	var errs []error
	for _, p := range open {
		errs = append(errs, p.Close())
	}
	e.mu.Lock()
	w := e.watch
	e.watch = nil
	e.mu.Unlock()
	if w != nil {
		w.close()
	}
	return errors.Join(errs...)
}

func (e *Engine) forget(p *Port) {
	e.mu.Lock()
	delete(e.ports, p)
	e.mu.Unlock()
}

func (e *Engine) listen() netip.Addr {
	if e.Listen.IsValid() {
		return e.Listen.Unmap()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// address is what SDP tells of a socket.
func (e *Engine) address(s socket) netip.Addr {
	if e.Advertise.IsValid() {
		return e.Advertise.Unmap()
	}
	return s.local().Addr()
}

func (e *Engine) timeout() time.Duration {
	if e.Timeout > 0 {
		return e.Timeout
	}
	return defaultTimeout
}

func (e *Engine) bind() (rtp, rtcp socket, release func(), err error) {
	release = func() {}
	if e.Bind != nil {
		a, b, err := e.Bind()
		if err != nil {
			return nil, nil, nil, fmt.Errorf("%w: %w", ErrNoPorts, err)
		}
		if b == nil {
			return newBlockingSocket(a), nil, release, nil
		}
		return newBlockingSocket(a), newBlockingSocket(b), release, nil
	}
	open := openPolled
	if e.Blocking {
		open = openBlocking
	}
	if e.Ports != nil {
		return e.Ports.bind(open, e.listen())
	}
	rtp, rtcp, err = bindAny(open, e.listen())
	return rtp, rtcp, release, err
}

func (e *Engine) watcher() (*watcher, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.watch == nil {
		w, err := newWatcher()
		if err != nil {
			return nil, err
		}
		e.watch = w
	}
	return e.watch, nil
}

func formatsFor(names []string) ([]format, error) {
	var out []format
	if len(names) == 0 {
		for _, c := range Codecs {
			out = append(out, format{c.PayloadType, c.Name, c.ClockRate})
		}
	}
	for _, name := range names {
		c := CodecByName(name)
		if c == nil {
			return nil, fmt.Errorf("%w: %q is not a codec that we have", ErrNoCodec, name)
		}
		out = append(out, format{c.PayloadType, c.Name, c.ClockRate})
	}
	return out, nil
}
