package media

import (
	"net/netip"
	"time"
)

// inbound is the way from the party to us. Port.mu guards it.
type inbound struct {
	codec     *Codec
	rec       reception
	jitter    *jitterBuffer
	plc       *concealer
	events    eventReceiver
	listening bool          // somebody wants the sound: else it is counted and dropped
	every     time.Duration // between two packets of the far end
	quiet     bool          // the last frame was silence
	bridge    int           // frames that may be invented while the jitter buffer fills

	tones   *DigitDetector // nil: never needed
	bridged bool
	press   [16]byte // events that the others in the bridge have not got yet
	presses int
	down    digitSource // by which the key is known that is down; 0: none is
	downTS  uint32      // of its events
	downAt  time.Time   // when the last of them came
	holding bool        // the others in the bridge were told to hold it

	pass *passage // packets go straight on to another port
	last []byte   // the payload that went by last, to go on from when decoding begins
}

func (in *inbound) init(rate int) {
	in.jitter = newJitterBuffer(rate, rate/50)
	in.plc = newConcealer(rate)
	in.every = FrameDuration
	in.last = make([]byte, 0, maxFrameBytes)
}

// restart begins with another stream: nothing of the one before is heard.
func (in *inbound) restart() {
	in.jitter.reset()
	in.plc.silence()
	in.events.reset()
	in.bridge = 0
}

// receive takes a datagram of the RTP socket. It allocates nothing.
func (p *Port) receive(b []byte, from netip.AddrPort, at time.Time) (ours bool) {
	if isRTCP(b) {
		p.receiveRTCP(b, from, at)
		return false // it tells nothing of when the next sound comes
	}
	pkt, ok := parseRTP(b)
	p.mu.Lock()
	a := &p.nego.now
	if !ok {
		p.counts.invalid++
		p.mu.Unlock()
		return false
	}
	audio, event := p.kind(pkt.pt)
	if !a.up || !p.latch.accept(from, pkt.ssrc, pkt.seq, audio || event, at) {
		p.counts.foreign++
		p.mu.Unlock()
		return false
	}
	if !audio && !event {
		p.counts.invalid++
		p.mu.Unlock()
		return false
	}
	p.silentAt = at
	if pkt.ssrc != p.in.rec.ssrc && p.in.rec.started {
		p.in.restart()
	}
	if !p.in.rec.packet(pkt.ssrc, pkt.seq, pkt.ts, at.Sub(p.epoch), a.codec.clock) {
		p.mu.Unlock()
		return true
	}
	p.counts.packetsIn++
	p.counts.bytesIn += uint64(len(pkt.payload))
	if a.near&receives == 0 || len(pkt.payload) == 0 { // we asked for silence
		p.mu.Unlock()
		return true
	}
	if event {
		p.heardEvent(pkt, at)
	} else {
		p.followCodec(pkt.pt)
		if p.in.listening && p.in.pass == nil {
			p.in.jitter.Put(pkt.ts, at.Sub(p.epoch), len(pkt.payload), pkt.payload)
		}
		p.in.every = time.Duration(len(pkt.payload)) * time.Second / 8000
	}
	pass := p.in.pass
	if pass != nil && audio {
		p.in.last = append(p.in.last[:0], pkt.payload[:min(len(pkt.payload), maxFrameBytes)]...)
	}
	p.mu.Unlock()
	if pass != nil {
		pass.forward(b, pkt, event)
	}
	return true
}

// kind tells what a payload type stands for.
func (p *Port) kind(pt uint8) (audio, event bool) {
	a := &p.nego.now
	if pt == a.codec.pt {
		return true, false
	}
	if a.event && pt == a.eventPT {
		return false, true
	}
	for i := range a.others {
		if a.others[i].pt == pt {
			return true, false
		}
	}
	return false, false
}

// followCodec switches to another one of the codecs that we offered, which the
// far end may send at any time.
func (p *Port) followCodec(pt uint8) {
	a := &p.nego.now
	if pt == a.codec.pt {
		if len(a.others) > 0 && p.in.codec != nil && p.in.codec.Name != a.codec.name {
			p.in.codec = CodecByName(a.codec.name)
			p.in.jitter.reset()
		}
		return
	}
	for i := range a.others {
		if a.others[i].pt == pt && p.in.codec.Name != a.others[i].name {
			p.in.codec = CodecByName(a.others[i].name)
			p.in.jitter.reset()
		}
	}
}

// pull decodes the frame that is due into f; heard is false for silence.
func (p *Port) pull(f Frame, now time.Time) (heard bool) {
	in := &p.in
	if !in.listening || in.codec == nil {
		clear(f)
		return false
	}
	n, state := in.jitter.Get(now.Sub(p.epoch), p.coded[:], in.quiet)
	switch {
	case state == jitterOK:
		in.bridge = 0
		got := in.codec.Decode(f, p.coded[:min(n, len(f))])
		if got < len(f) { // a part of the frame is missing
			in.plc.good(f[:got])
			in.plc.conceal(f[got:])
		} else {
			in.plc.good(f)
		}
		in.quiet = quiet(f)
		return true
	case state == jitterLost || in.bridge > 0:
		in.bridge = max(0, in.bridge-1)
		in.plc.conceal(f)
		return true
	}
	in.plc.silence()
	in.quiet = true
	clear(f)
	return false
}

// quiet tells whether nobody would miss the frame: under about −48 dBFS.
func quiet(f Frame) bool {
	for i := 0; i < len(f); i += 4 {
		if s := f[i]; s > 128 || s < -128 {
			return false
		}
	}
	return true
}

// heardEvent follows a key that is pressed as packets. mu is held.
func (p *Port) heardEvent(pkt rtpPacket, at time.Time) {
	in := &p.in
	if d, ok := in.events.receive(pkt.ts, pkt.payload); ok {
		in.down, in.downTS = fromEvent, pkt.ts
		p.heardDigit(d, fromEvent, at)
	}
	if in.down != fromEvent || pkt.ts != in.downTS {
		return
	}
	in.downAt = at
	if eventEnds(pkt.payload) {
		in.down = 0
	}
}

// heardDigit lets a press through once. mu is held.
func (p *Port) heardDigit(d rune, by digitSource, at time.Time) {
	if !p.filter.fresh(d, by, at) {
		return
	}
	p.counts.digits++
	if e, ok := eventOf(d); ok && p.in.bridged && p.in.presses < len(p.in.press) {
		if by != fromEvent || p.in.pass == nil || !p.in.pass.events { // else its packets pass as they are
			p.in.press[p.in.presses] = e
			p.in.presses++
		}
	}
	for range 2 {
		select {
		case p.digits <- d:
			return
		default: // nobody reads: the oldest goes
			select {
			case <-p.digits:
			default:
			}
		}
	}
}
