package session

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
	"ringflow/sip"
)

// dialog is what a session asks of a leg: *sip.Leg is one, and *inside.
type dialog interface {
	ID() string
	CallID() string
	Incoming() bool
	Code() int
	Attach(n sip.Negotiator)
	Ring(ctx context.Context, early bool) error
	Answer(ctx context.Context) error
	Hangup(ctx context.Context, s *sip.Status) error
	OnInfo(f func(contentType string, body []byte))
	Context() context.Context
}

// party is one leg with its port: the only thing in the house that holds both.
// It keeps the leg's part of the record, and close is its one end.
type party struct {
	s       *Switchboard
	journal *journal
	codecs  []string
	source  netip.Addr // where its signalling comes from; invalid: not known yet

	mu     sync.Mutex
	dialog dialog // nil while it is being dialled
	audio  *audio // nil until sound is needed
	leg    LegRecord
	lost   <-chan struct{} // of the audio; set with the answer
	wire   *sip.Leg        // the dialog as one of SIP, from before its INVITE leaves; nil: it is inside
	cause  error           // why we ended it
	closed bool

	queued  bool // a queue rings it
	counted bool // its user telephones by it: see floor_phone.go

	user  atomic.Pointer[endpoints.Endpoint] // whose phone it is; nil: no user's
	talk  atomic.Pointer[talk]               // in which it sits; nil: none
	rings atomic.Pointer[ringing]            // that has it ring; nil: none, or it has answered
	muted atomic.Bool                        // nobody hears it in its talk; set on the talk's goroutine
	held  atomic.Bool                        // it is on hold by the API: nobody hears it, nor it anybody; the same
}

// audio is a port as a leg wants it: errors carry their SIP codes, and it is
// closed once, whoever comes first.
type audio struct {
	*media.Port
	told  func() // after each offer and answer: who holds may be another
	once  sync.Once
	stats media.Stats // at the end
	codec string
}

func (a *audio) Answer(offer []byte) ([]byte, error) {
	answer, err := a.Port.Answer(offer)
	a.told()
	return answer, mediaStatus(err)
}

func (a *audio) Accept(answer []byte) error {
	defer a.told()
	return mediaStatus(a.Port.Accept(answer))
}

func (a *audio) Close() (err error) {
	a.once.Do(func() {
		a.stats, a.codec = a.Port.Stats(), a.Port.Codec()
		err = a.Port.Close()
	})
	return err
}

// open gives the party its port, when it has none yet.
func (p *party) open() (*audio, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, media.ErrClosed
	}
	if p.audio != nil {
		return p.audio, nil
	}
	port, err := p.s.Media.Open(media.PortOptions{Codecs: p.codecs, Signalling: p.source})
	if err != nil {
		return nil, mediaStatus(err)
	}
	p.audio = &audio{Port: port, told: p.flicker}
	if p.dialog != nil && p.dialog.Incoming() {
		p.dialog.Attach(p.audio)
	}
	return p.audio, nil
}

// drop lets go of what was opened for a party that is not placed: no leg comes of it.
func (p *party) drop() {
	p.mu.Lock()
	p.closed = true
	a := p.audio
	p.mu.Unlock()
	if a != nil {
		a.Close() //nolint:errcheck // nothing of it is needed any more
	}
}

// up notes the dialog of a party, once there is one.
func (p *party) up(d dialog) {
	p.mu.Lock()
	p.dialog = d
	p.leg.SipCallID = d.CallID()
	p.mu.Unlock()
	d.OnInfo(p.info)
	if leg, ok := d.(*sip.Leg); ok {
		p.begun(leg)
	}
}

// begun notes the leg of SIP of a party, once there is one: by it the party is found
// again when somebody names its dialog.
func (p *party) begun(leg *sip.Leg) {
	p.mu.Lock()
	was := p.wire
	p.wire = leg
	p.mu.Unlock()
	if was != leg {
		leg.SetTag(p)
		leg.OnRefer(p.refer)
		p.shine()
	}
}

// onHold tells whether the party has put us on hold.
func (p *party) onHold() bool {
	p.mu.Lock()
	a := p.audio
	p.mu.Unlock()
	return a != nil && a.OnHold()
}

// answered notes the answer of the leg. From now on its silence counts.
func (p *party) answered() {
	p.mu.Lock()
	p.lost = p.audio.Lost()
	p.s.watch(p)
	p.leg.Answered = time.Now().UTC()
	p.leg.SipCode = 200
	leg := p.leg
	p.mu.Unlock()
	p.journal.leg(leg)
	p.flicker()
}

// hangup ends the leg because of cause; close notes it.
func (p *party) hangup(cause error, s *sip.Status) {
	p.mu.Lock()
	d := p.dialog
	if p.cause == nil && d != nil && d.Context().Err() == nil {
		p.cause = cause
	}
	p.mu.Unlock()
	if d != nil {
		ctx, cancel := context.WithTimeout(context.Background(), hangupTime)
		defer cancel()
		d.Hangup(ctx, s) //nolint:errcheck // a leg that is over already stays so
	}
}

// hangupTime bounds the sending of a BYE; the leg itself waits for its answer.
const hangupTime = 5 * time.Second

// close hangs up, if that hasn't happened, frees the audio and completes the
// leg's record. failed is why the leg never was answered, nil otherwise.
func (p *party) close(s *sip.Status, failed error) {
	why := error(sip.ErrHungUp)
	if s != nil && s.Code >= 300 {
		why = s
	}
	p.hangup(why, s)
	p.s.unwatch(p)
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	a, d := p.audio, p.dialog
	p.mu.Unlock()
	p.darken()
	if a != nil {
		a.Close() //nolint:errcheck // nothing of it is needed any more
	}

	p.mu.Lock()
	l := &p.leg
	l.Ended = time.Now().UTC()
	switch {
	case failed != nil:
		l.Cause = failWords(failed)
		status, code := dialStatus(failed)
		if code == 0 && (status == flow.DialCancelled || status == flow.DialNoAnswer) {
			code = 487 // what a CANCEL ends an INVITE with
		}
		l.SipCode = code
	case p.cause != nil:
		l.Cause = endWords(p.cause)
	case d != nil:
		l.Cause = endWords(context.Cause(d.Context()))
	}
	if d != nil && d.Code() != 0 {
		l.SipCode = d.Code()
	}
	if a != nil && !l.Answered.IsZero() {
		l.Codec, l.Quality = a.codec, quality(a.stats)
	}
	leg := *l
	p.mu.Unlock()
	p.journal.leg(leg)
	p.journal.say("%s", legWords(leg))
}

// line is the party on the line of a flow.
type line struct {
	*party
	call   *call
	offer  []byte // of the caller, until it has been looked at
	isUp   bool   // answered
	rang   bool   // 180 was sent
	early  bool   // 183 with sound was sent
	typed  []rune // digits typed ahead, oldest first
	status *sip.Status
	untie  func() bool             // the run from the leg; nil: it outlives the leg
	cancel context.CancelCauseFunc // of the run
}

var _ flow.Line = (*line)(nil)

// tie ends a run with the leg.
func (l *line) tie(end context.CancelCauseFunc) {
	over := l.dialog.Context()
	l.cancel = end
	l.untie = context.AfterFunc(over, func() { end(&hungUp{context.Cause(over)}) })
}

// loose lets the run outlive the leg: others go on in its place. False: it is over already.
func (l *line) loose() bool {
	if l.untie == nil {
		return true
	}
	ok := l.untie()
	l.untie = nil
	return ok
}

func (l *line) isLoose() bool { return l.untie == nil }

// Answered tells whether the call has been taken.
func (l *line) Answered() bool { return l.isUp }

// Answer takes the call.
func (l *line) Answer(ctx context.Context) error {
	if l.isUp {
		return nil
	}
	if _, err := l.open(); err != nil {
		return l.refuse(err)
	}
	if err := l.dialog.Answer(ctx); err != nil {
		return l.unanswered(ctx, err)
	}
	l.nowUp()
	return nil
}

func (l *line) nowUp() {
	l.isUp = true
	l.answered()
	l.call.nowAnswered()
}

// unanswered is what became of an answer that failed.
func (l *line) unanswered(ctx context.Context, err error) error {
	over := l.dialog.Context()
	switch {
	case over.Err() != nil:
		if errors.Is(context.Cause(over), sip.ErrRemoteBye) {
			l.nowUp() // hung up in the moment of the answer
		}
		<-ctx.Done() // the leg's end is that of the run, a moment later
		return context.Cause(ctx)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return l.refuse(err)
}

// refuse keeps the SIP answer that err asks for, such as 488, for the caller.
func (l *line) refuse(err error) error {
	if errors.As(err, &l.status) {
		l.journal.say("Can't be answered: %s", err)
	}
	return err
}

// speaks makes sure, before anybody else is rung, that the caller can be
// answered at all: that we have a codec of its offer.
func (l *line) speaks() error {
	offer := l.offer
	l.offer = nil
	if l.isUp || len(offer) == 0 {
		return nil
	}
	if err := mediaStatus(media.Acceptable(offer, l.codecs)); err != nil {
		return l.refuse(err)
	}
	return nil
}

// ring lets the caller hear that somebody is being rung.
func (l *line) ring(ctx context.Context) {
	if l.isUp || l.rang || l.early {
		return
	}
	if err := l.dialog.Ring(ctx, false); err == nil {
		l.rang = true
		l.journal.say("180 Ringing to the caller")
	}
}

// ringEarly opens the way for the far end's own sound before the answer.
func (l *line) ringEarly(ctx context.Context) bool {
	if l.isUp || l.early {
		return true
	}
	if _, err := l.open(); err != nil {
		return false
	}
	if err := l.dialog.Ring(ctx, true); err != nil {
		return false
	}
	l.early = true
	l.journal.say("183 Session Progress to the caller: hears the far end before it answers")
	return true
}

// Reject notes how the call is refused; the flow ends with it, and the end of
// the flow is what refuses it, or hangs an answered one up.
func (l *line) Reject(_ context.Context, reason string) error {
	if !l.isUp {
		l.status = refusal(reason)
	}
	return nil
}
