package media

import (
	"math/rand/v2"
)

// outbound is the way from us to the party. Port.mu guards it.
type outbound struct {
	codec  *Codec
	ssrc   uint32
	seq    uint16
	ts     uint32 // RTP time of the next tick: it follows the clock, sending or not
	marker bool   // the next packet of sound begins a talkspurt
	still  int    // ticks in a row with nothing to hear; below 0: sent all the same

	events  eventSender
	drained chan struct{} // closed when all digits are sent; nil: none wait
	tone    Source        // the digit as a tone, for a party without telephone-event

	// What another port's packets become when they pass through.
	anchored bool
	theirs   uint32 // their SSRC
	offset   uint32 // our time − theirs
	end      uint32 // RTP time after the last of them
	passed   bool   // one passed since the last tick
}

// init starts where nobody can guess (RFC 3550 5.1).
func (o *outbound) init() {
	o.ssrc, o.seq, o.ts, o.marker = rand.Uint32(), uint16(rand.Uint32()), rand.Uint32(), true
}

// With nothing to hear only each tenth packet is sent, for NAT bindings and for
// far ends that take a silent line for a dead one. Not so at once after sound, that
// it ends as silence and not as loss, nor after an agreement, while the far end
// may have to learn where we are.
const (
	stillEvery = 10
	stillAfter = 10
	stillBegin = int(latchWindow / FrameDuration)
)

// spare tells whether the packet of this tick may be left out.
func (o *outbound) spare(still bool) bool {
	if !still || !o.events.idle() {
		o.still = min(o.still, 0)
		return false
	}
	o.still++
	return o.still > stillAfter && o.still%stillEvery != 0
}

// compose makes the packet of this tick in p.packet and takes RTP time on; 0:
// nothing is to be sent. f is what the party should hear, nil if that passes
// through. mu is held.
func (p *Port) compose(f Frame, still bool) (n int) {
	o, a := &p.out, &p.nego.now
	frame := uint32(FrameDuration.Milliseconds()) * 8
	if o.passed {
		o.ts, o.passed = o.end, false
	}
	ts := o.ts
	o.ts += frame
	if !a.up || a.near&sends == 0 || o.codec == nil {
		o.marker = true
		return 0
	}
	if a.event && !o.events.idle() {
		var payload [eventSize]byte
		send, marker := o.events.step(ts, frame, &payload)
		p.finishDigits()
		if send {
			putRTP(p.packet[:], marker, a.eventSendPT, o.seq, o.events.ts, o.ssrc)
			o.seq++
			return rtpHeader + copy(p.packet[rtpHeader:], payload[:])
		}
	}
	if f == nil {
		return 0
	}
	if o.spare(still) {
		o.marker = true
		return 0
	}
	if !a.event {
		p.digitTone(f, ts)
	}
	putRTP(p.packet[:], o.marker, a.sendPT, o.seq, ts, o.ssrc)
	o.seq++
	o.marker = false
	return rtpHeader + o.codec.Encode(p.packet[rtpHeader:], f)
}

// Skip takes RTP time on by frames that the pacer left out.
func (p *Port) Skip(n int) {
	p.mu.Lock()
	p.out.ts += uint32(n) * uint32(FrameDuration.Milliseconds()) * 8
	p.out.marker = true
	p.mu.Unlock()
}

// sent counts a packet. mu is held.
func (p *Port) sent(payload int) {
	p.counts.packetsOut++
	p.counts.bytesOut += uint64(payload)
}
