package media

import "time"

// Digits as tones, for a party that has no telephone-event.

// inBand tells whether the party's digits can only come as tones. mu is held.
func (p *Port) inBand() bool {
	a := &p.nego.now
	return a.up && !a.event && a.near&receives != 0
}

// detectTone listens for digits in a frame of the party, and takes their tones
// out of it: a digit is no sound, whichever way it came. Else the other side of
// a bridge would get it twice, as an event and as a tone, and a recording would
// keep what was typed. What is left of a tone, before it is known for one, is too
// short to be taken for a digit. mu is held.
func (p *Port) detectTone(f Frame, now time.Time) {
	if p.in.tones == nil {
		p.in.tones = NewDigitDetector(f.Rate())
	}
	t := p.in.tones
	before := t.Sounding()
	if d := t.Detect(f); d != 0 {
		p.in.down = fromTone
		p.heardDigit(d, fromTone, now)
	}
	if p.in.down == fromTone && t.Pressed() == 0 {
		p.in.down = 0
	}
	if before || t.Sounding() {
		clear(f)
	}
}

// digitTone replaces f by the tone of the digit that is being sent. mu is held.
func (p *Port) digitTone(f Frame, ts uint32) {
	o := &p.out
	if o.events.idle() {
		return
	}
	var payload [eventSize]byte
	_, first := o.events.step(ts, uint32(len(f)), &payload)
	p.finishDigits()
	if first {
		o.tone, _ = DigitTones(string(eventDigits[o.events.event]), digitLongest, 0)
	}
	if o.events.pressed() && o.tone != nil {
		_ = o.tone.ReadFrame(f)
	}
}
