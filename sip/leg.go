package sip

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"
)

// Leg is one dialog, either direction. Its methods may be called from any
// goroutine but the strand's own (OnInfo, Progress); they post to the leg's
// strand and wait for what they say.
type Leg struct {
	core     *core
	s        *strand
	id       string
	incoming bool
	callID   string
	ends     atomic.Pointer[legEnds] // a dial names them anew for each hop, while others look
	code     atomic.Int32
	onInfo   atomic.Pointer[func(string, []byte)]
	onRefer  atomic.Pointer[func(*Refer)]
	named    atomic.Pointer[DialogID]
	tag      atomic.Pointer[any]
	// A leg's life is a context: it is kept here for that reason only.
	ctx    context.Context
	cancel context.CancelCauseFunc

	// All below belongs to the strand.
	dialog
	phase   phase
	neg     Negotiator
	invited *serverTx     // UAS: the first INVITE, until its final answer
	offer   []byte        // of that INVITE
	sdp     []byte        // our answer or offer, given once and repeated
	sent200 *accepted     // the 2xx that waits for its ACK
	acked   chan struct{} // closed by the ACK to the first 2xx
	rel     *reliable     // the provisional answer that waits for its PRACK
	rseq    uint32
	agreed  bool        // offer and answer of the first INVITE have passed reliably
	updates bool        // and an UPDATE has replaced them since
	ringing *time.Timer // tells it again
	ours    *modify     // our re-INVITE or UPDATE with an offer, under way
	byeDue  *Status     // hang up as soon as the ACK is here
	refer   *Refer      // their REFER, until its handler and its NOTIFYs are through
	refers  bool        // they have sent one before
	asked   *referring  // our REFER, until its last NOTIFY
	timer   sessionTimer
	out     *outbound  // trunk of an outgoing call; nil: none
	trunkAt netip.Addr // where its INVITE went
	bound   *stream
	asCame  bool // requests go the way that theirs came, however big they are
}

type phase int

const (
	early phase = iota // no final answer to the first INVITE
	await              // UAS: 2xx sent, no ACK yet
	up
	over
)

var errNotUp = errors.New("sip: the call is not up")

// ID is unique among all legs of all time.
func (l *Leg) ID() string { return l.id }

// CallID is the dialog's Call-ID.
func (l *Leg) CallID() string { return l.callID }

// Incoming tells whether they called us.
func (l *Leg) Incoming() bool { return l.incoming }

// Local is our end as the first INVITE named it.
func (l *Leg) Local() Party { return l.parties().local }

// Remote is the far end as the first INVITE named it.
func (l *Leg) Remote() Party { return l.parties().remote }

type legEnds struct{ local, remote Party }

func (l *Leg) parties() legEnds {
	if e := l.ends.Load(); e != nil {
		return *e
	}
	return legEnds{}
}

// Code is the final code of the first INVITE; 0: none yet.
func (l *Leg) Code() int { return int(l.code.Load()) }

// Context ends with the leg. Its cause is ErrRemoteBye, ErrRemoteCancel, a
// *Status, ErrNoACK, ErrTransport, ErrSessionExpired, ErrHungUp or ErrClosed.
func (l *Leg) Context() context.Context { return l.ctx }

// Attach gives an incoming leg its media, before Ring(early) or Answer. From
// then on the leg closes n when it is over, at once if it is over already.
func (l *Leg) Attach(n Negotiator) {
	kept := false
	l.s.do(l.ctx, func() {
		if l.phase != over && l.neg == nil {
			l.neg, kept = n, true
		}
	})
	if !kept {
		n.Close()
	}
}

// OnInfo sets who hears of INFO requests. f runs on the leg's strand and must
// not block.
func (l *Leg) OnInfo(f func(contentType string, body []byte)) { l.onInfo.Store(&f) }

func (c *core) newLeg(s *strand) *Leg {
	l := &Leg{core: c, s: s, id: randomHex(16), callID: s.callID, acked: make(chan struct{})}
	l.dialog.callID = s.callID
	l.ctx, l.cancel = context.WithCancelCause(context.Background())
	s.legs = append(s.legs, l)
	c.stats.dialogs.Add(1)
	return l
}

// run does f on the strand and returns its error, or the leg's end.
func (l *Leg) run(ctx context.Context, f func() error) error {
	var err error
	if e := l.s.do(ctx, func() { err = f() }); e != nil {
		if l.ctx.Err() != nil {
			return l.cause() // its strand has gone with it
		}
		return e
	}
	return err
}

// await starts something on the strand of a leg that is up, and returns when
// done is called.
func (l *Leg) await(ctx context.Context, start func(done func(error)) error) error {
	done := make(chan error, 1)
	if err := l.run(ctx, func() error {
		if l.phase != up {
			if l.phase == over {
				return l.cause()
			}
			return errNotUp
		}
		return start(func(err error) { done <- err })
	}); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-l.core.dead:
		return ErrClosed
	}
}

// cause is why the leg is over.
func (l *Leg) cause() error {
	if err := context.Cause(l.ctx); err != nil {
		return err
	}
	return errNotUp
}

// bind ties the dialog to the connection on which the far end is reached.
func (l *Leg) bind(h hop) {
	if h.conn != l.bound {
		if l.bound != nil {
			l.bound.unbind(l.s)
			l.bound = nil
		}
		if h.conn != nil && h.conn.bind(l.s) {
			l.bound = h.conn
		}
	}
	l.way = h
}

// finish ends the leg: whoever waits hears why, the media is closed, and
// everything big is let go. The leg itself stays on the strand while keep is
// true, so that a crossing BYE finds it.
func (l *Leg) finish(cause error, keep bool) {
	if l.phase != over {
		l.phase = over
		l.core.stats.dialogs.Add(-1)
		l.timer.stop()
		if l.sent200 != nil {
			l.sent200.stop()
		}
		if l.rel != nil {
			l.rel.stop()
		}
		if l.ringing != nil {
			l.ringing.Stop()
		}
		if m := l.ours; m != nil {
			l.ours = nil
			m.finish(cause)
		}
		l.invited, l.offer, l.sdp, l.sent200, l.rel = nil, nil, nil, nil, nil
		if l.refer != nil {
			l.refer.end()
		}
		if l.asked != nil {
			l.asked.left(cause)
		}
		l.cancel(cause)
		if n := l.neg; n != nil {
			l.neg = nil
			n.Close()
		}
		if l.out != nil && l.out.done != nil {
			l.out.done()
		}
	}
	if !keep {
		l.drop()
	}
}

func (l *Leg) drop() {
	if l.bound != nil {
		l.bound.unbind(l.s)
		l.bound = nil
	}
	l.way = hop{}
	l.s.remove(l)
}

// contact is our Contact on the way h.
func (l *Leg) contact(h hop) string {
	host, port := h.self(l.core)
	return contactText(l.contactUser(), host, port, h.network())
}

// contactUser makes our Contact tell which leg it is.
func (l *Leg) contactUser() string { return l.id[:8] }
