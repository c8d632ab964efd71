package media

import "time"

// The verbs of sip.Negotiator. They never overlap for one leg, and each is
// short.

// Offer describes what we have now.
func (p *Port) Offer() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return nil, ErrClosed
	}
	return p.nego.offer(), nil
}

// Answer makes the answer to an offer, and applies both. ErrNoCodec and
// ErrBadSDP refuse the offer; what was agreed before stays.
func (p *Port) Answer(offer []byte) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return nil, ErrClosed
	}
	before := p.nego.now
	b, err := p.nego.answer(offer)
	if err != nil {
		return nil, err
	}
	p.apply(before)
	return b, nil
}

// Accept applies the far end's answer to our last Offer. It may come again,
// with another answer.
func (p *Port) Accept(answer []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return ErrClosed
	}
	before := p.nego.now
	if err := p.nego.accept(answer); err != nil {
		return err
	}
	p.apply(before)
	return nil
}

// Rollback forgets the last Offer; what was agreed before it stays.
func (p *Port) Rollback() {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.nego.now
	p.nego.rollback()
	p.apply(before)
}

// apply makes the sound follow the agreement. mu is held.
func (p *Port) apply(before agreement) {
	a := &p.nego.now
	now := time.Now()
	p.silentAt = now
	if before.holds() != a.holds() {
		select {
		case p.held <- struct{}{}:
		default:
		}
	}
	if !a.up {
		return
	}
	p.latch.arm(a.remote, p.latch.signalling, now)
	p.report.arm(a)
	p.out.still = -stillBegin
	if before.codec.name != a.codec.name {
		p.in.codec, p.out.codec = CodecByName(a.codec.name), CodecByName(a.codec.name)
		p.in.restart()
		p.out.marker = true
	}
	if before.near&sends == 0 {
		p.out.marker = true
	}
}

// holds tells whether the far end wants to hear nothing, or to be heard only.
func (a *agreement) holds() bool { return a.up && a.far&receives == 0 }
