package media

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Port is one party's audio: a socket, a jitter buffer, a codec, and what the
// party is hearing now.
//
//	socket ─► receive ─► latch ─► jitter.Put        push, as packets come
//	                                 │
//	Pacer ─► Tick:  collect:  jitter.Get ─► decode ─► said taps ─► (bridge)
//	  20 ms         emit:     source ─► heard taps ─► encode ─► socket
//
// In a bridge the bridge's tick calls collect and emit.
//
// Locks, outermost first: joining (who ticks the port), sound (held while
// sources and sinks run, so that the end of Play and of a tap is the end), mu
// (the rest). mu is never held across I/O.
type Port struct {
	engine    *Engine
	rtp, rtcp socket
	unbind    func()
	log       *zap.Logger
	epoch     time.Time
	ctx       context.Context // ends with Close
	cancel    context.CancelFunc

	joining sync.Mutex
	closed  bool
	detach  func() // from the pacer; nil: in a bridge
	leave   func() // the bridge; nil: alone

	part  Membership // of the bridge it is in, whose mu guards it
	aside []int32    // what others there say to it alone, in this tick; nil: nobody may; likewise

	sound    sync.Mutex
	source   *playing
	heard    []*tap
	said     []*tap
	taps     atomic.Int32 // len(heard)+len(said)
	saidTaps atomic.Int32 // len(said)
	sounding atomic.Bool  // source != nil

	mu       sync.Mutex
	nego     negotiation
	latch    latch
	in       inbound
	out      outbound
	report   rtcpState
	filter   digitFilter
	digits   chan rune
	lost     chan struct{}
	held     chan struct{} // a token waits: OnHold has changed
	isLost   bool
	watching bool      // somebody asked for lost
	silentAt time.Time // since when nothing was heard
	counts   counts

	tickState // of whoever ticks; needs no lock
}

// tickState belongs to the goroutine that ticks the port.
type tickState struct {
	ticks    uint
	frameIn  Frame // what the party said in this tick
	frameOut Frame // what it hears
	scratch  Frame
	coded    [maxFrameBytes]byte
	packet   [rtpHeader + maxFrameBytes]byte
	hears    bool          // frameIn holds something
	unwatch  func()        // not nil: a watcher reads the RTP socket
	every    time.Duration // as in inbound, one tick old

	receiver, receiverRTCP receiver // the methods, bound once
}

const maxFrameBytes = 320

// counts are plain, under mu.
type counts struct {
	packetsIn, packetsOut, bytesIn, bytesOut uint64
	foreign, invalid, digits                 uint64
}

func newPort(e *Engine, rtp, rtcp socket, unbind func()) *Port {
	p := &Port{
		engine: e, rtp: rtp, rtcp: rtcp, unbind: unbind, log: e.Log, epoch: time.Now(),
		digits: make(chan rune, maxDigits), lost: make(chan struct{}), held: make(chan struct{}, 1),
	}
	if p.log == nil {
		p.log = zap.NewNop()
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.silentAt = p.epoch
	p.in.init(8000)
	p.out.init()
	p.report.init(rand.Uint32N(uint32(rtcpEvery / FrameDuration)))
	p.resize(8000)
	p.receiver, p.receiverRTCP, p.every = p.receive, p.receiveRTCP, FrameDuration
	return p
}

func (p *Port) resize(rate int) {
	n := rate / 50
	p.frameIn, p.frameOut, p.scratch = make(Frame, n), make(Frame, n), make(Frame, n)
}

// start has the port ticked and its sockets read.
func (p *Port) start() {
	if s, ok := p.rtp.(*blockingSocket); ok {
		s.serve(p.receive)
	}
	if s, ok := p.rtcp.(*blockingSocket); ok {
		s.serve(p.receiveRTCP)
	}
	p.joining.Lock()
	p.detach = p.engine.Pacer.Attach(p)
	p.joining.Unlock()
}

// Close leaves the bridge, ends what is playing, and frees the sockets. When
// it returns nothing of the port runs. It may be called again.
func (p *Port) Close() error {
	p.cancel()
	for {
		p.joining.Lock()
		if p.closed {
			p.joining.Unlock()
			return nil
		}
		if p.leave == nil {
			break
		}
		leave := p.leave
		p.joining.Unlock()
		leave()
	}
	p.closed = true
	p.joining.Unlock()
	p.detach()
	p.goodbye()
	err := p.rtp.close()
	if p.rtcp != nil {
		if e := p.rtcp.close(); err == nil {
			err = e
		}
	}
	p.unbind()
	p.engine.forget(p)
	return err
}

// SetSignalling tells where the party's signalling comes from now, for the
// next answer.
func (p *Port) SetSignalling(a netip.Addr) {
	p.mu.Lock()
	p.latch.signalling = a.Unmap()
	p.mu.Unlock()
}

// LocalAddr is the address of the RTP socket.
func (p *Port) LocalAddr() netip.AddrPort { return p.rtp.local() }

// Codec is the name of the agreed codec; empty before there is one.
func (p *Port) Codec() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nego.now.codec.name
}

// OnHold tells whether the far end does not want to hear us.
func (p *Port) OnHold() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nego.now.holds()
}

// Held tells each time that OnHold may have changed: ask again then. One token
// waits at most, so only one may listen at a time. The channel is never closed.
func (p *Port) Held() <-chan struct{} { return p.held }

// SetHold says whether the next Offer, or Answer, holds the far end.
func (p *Port) SetHold(on bool) {
	p.mu.Lock()
	p.nego.hold = on
	p.mu.Unlock()
}

// Lost is closed when neither RTP nor RTCP came for Engine.Timeout, though the
// far end should send. Call it once the leg is answered: silence counts from
// then, or from the last packet, renegotiation or hold.
func (p *Port) Lost() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.watching {
		p.watching, p.silentAt = true, time.Now()
	}
	return p.lost
}
