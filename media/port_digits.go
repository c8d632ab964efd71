package media

import (
	"context"
	"fmt"
	"time"
)

// Digits gives what the party presses, each press once, whichever way it came:
// RFC 4733, tones where the party has no telephone-event, or InjectDigit. If
// nobody reads, the last 64 wait. The channel is never closed.
func (p *Port) Digits() <-chan rune { return p.digits }

// KeyDown tells whether the party holds a key down now, as far as packets or
// tones tell. A sink may ask.
func (p *Port) KeyDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.in.down == fromTone || p.in.down == fromEvent && time.Since(p.in.downAt) <= digitLapse
}

// InjectDigit hands in a digit that came by SIP INFO.
func (p *Port) InjectDigit(d rune) {
	e, ok := eventOf(d)
	if !ok {
		return
	}
	p.mu.Lock()
	p.heardDigit(rune(eventDigits[e]), fromSignal, time.Now())
	p.mu.Unlock()
}

// SendDigits presses keys for the party: 0 to 9, *, #, A to D; w waits half a
// second. It returns when they are sent, or the cause if ctx ends; then the
// ones not yet begun are not sent.
func (p *Port) SendDigits(ctx context.Context, digits string) error {
	var events []byte
	for _, d := range digits {
		e, ok := eventOf(d)
		if d == 'w' || d == 'W' {
			e, ok = pause, true
		}
		if !ok {
			return fmt.Errorf("%w: %q in %q", ErrBadDigit, d, clip(digits))
		}
		events = append(events, e)
	}
	if len(events) == 0 {
		return nil
	}
	done, err := p.queueDigits(events, false)
	if err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		p.mu.Lock()
		p.out.events.clear()
		p.mu.Unlock()
		return context.Cause(ctx)
	case <-p.ctx.Done():
		return ErrClosed
	}
}

// queueDigits has digits sent; held: the last of them until release.
func (p *Port) queueDigits(events []byte, held bool) (done <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := &p.out
	if o.events.size+len(events) > maxDigits {
		return nil, fmt.Errorf("%w: %d, at most %d", ErrBusy, o.events.size+len(events), maxDigits)
	}
	for _, e := range events {
		o.events.push(e)
	}
	o.events.hold = held
	if o.drained == nil {
		o.drained = make(chan struct{})
	}
	return o.drained, nil
}

// finishDigits wakes those who wait for the last digit. mu is held.
func (p *Port) finishDigits() {
	if o := &p.out; o.drained != nil && o.events.idle() {
		close(o.drained)
		o.drained = nil
	}
}
