package media

// passage is the straight way from one port to another, when two parties talk
// and nobody listens: the goroutine that reads a packet sends it on at once,
// with our own sequence, time and SSRC. No jitter buffer, no tick, no delay.
type passage struct {
	to        *Port
	transcode *[256]byte // nil: the same codec on both sides
	codec     *Codec     // of the other side
	events    bool       // the other side has telephone-event
}

// newPassage is nil if the codecs cannot be turned into each other byte by
// byte.
func newPassage(from, to *Codec, p *Port, events bool) *passage {
	if from == nil || to == nil || from.Rate != to.Rate {
		return nil
	}
	x := &passage{to: p, codec: to, events: events}
	if from.Name != to.Name {
		x.transcode = transcoding(from, to)
	}
	return x
}

// transcoding is the table from each byte of one G.711 law to the other's.
func transcoding(from, to *Codec) *[256]byte {
	var in, out [256]byte
	for i := range in {
		in[i] = byte(i)
	}
	f := make(Frame, 256)
	from.Decode(f, in[:])
	to.Encode(out[:], f)
	return &out
}

// forward sends a packet on, from the buffer that it was read into.
func (x *passage) forward(b []byte, pkt rtpPacket, event bool) {
	to := x.to
	to.mu.Lock()
	a, o := &to.nego.now, &to.out
	remote := to.latch.remote()
	if !a.up || a.near&sends == 0 || !remote.IsValid() || event && !a.event || !event && o.events.phase > 0 {
		to.mu.Unlock()
		return
	}
	ts := o.follow(pkt, event)
	pt := a.sendPT
	if event {
		pt = a.eventSendPT
	}
	out := b[pkt.offset-rtpHeader : pkt.offset+len(pkt.payload)]
	putRTP(out, pkt.marker || o.marker, pt, o.seq, ts, o.ssrc)
	o.seq++
	o.marker = false
	to.sent(len(pkt.payload))
	to.mu.Unlock()
	if x.transcode != nil && !event {
		for i, s := range pkt.payload {
			pkt.payload[i] = x.transcode[s]
		}
	}
	_ = to.rtp.send(out, remote)
}

// follow turns the other party's RTP time into ours. Our own clock follows, so
// that whatever we send next comes after it.
func (o *outbound) follow(pkt rtpPacket, event bool) uint32 {
	ts := pkt.ts + o.offset
	if !o.anchored || pkt.ssrc != o.theirs || !event && abs64(int64(int32(ts-o.ts))) > 8000 {
		o.anchored, o.theirs, o.marker = true, pkt.ssrc, true
		o.offset = o.ts - pkt.ts
		ts = o.ts
	}
	if !event {
		if end := ts + uint32(len(pkt.payload)); !o.passed || int32(end-o.end) > 0 {
			o.end = end
		}
		o.passed = true
	}
	return ts
}

// passTo goes over to pass-through. What waits in the jitter buffer goes ahead,
// so that nothing is cut out. Bridge's tick only.
func (p *Port) passTo(x *passage) {
	p.mu.Lock()
	ssrc, next, playing := p.in.rec.ssrc, p.in.jitter.next, p.in.jitter.playing
	p.mu.Unlock()
	x.to.mu.Lock()
	o := &x.to.out
	o.anchored = playing
	o.theirs, o.offset, o.passed = ssrc, o.ts-next, false
	x.to.mu.Unlock()
	var b [rtpHeader + maxFrameBytes]byte
	for {
		p.mu.Lock()
		n, ts, ok := p.in.jitter.pop(b[rtpHeader:])
		if !ok {
			p.in.pass, p.in.listening, p.in.bridge = x, false, 0
			p.in.last = p.in.last[:0]
			p.mu.Unlock()
			break
		}
		p.mu.Unlock()
		x.forward(b[:], rtpPacket{ts: ts, ssrc: ssrc, payload: b[rtpHeader : rtpHeader+n], offset: rtpHeader}, false)
	}
	p.unwatch, _ = p.engine.watchNow(p.rtp, p.receiver)
}

// decodeAgain goes back to the jitter buffer. While that fills, the last sound
// is drawn out. Bridge's tick only.
func (p *Port) decodeAgain() {
	if p.unwatch != nil {
		p.unwatch()
		p.unwatch = nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	in := &p.in
	in.pass = nil
	in.jitter.reset()
	in.plc.silence()
	if in.codec != nil && len(in.last) > 0 {
		f := p.scratch[:min(len(in.last), len(p.scratch))]
		in.codec.Decode(f, in.last[len(in.last)-len(f):])
		in.plc.good(f)
		in.bridge = 4
	}
}

// passTick is what is left to do in a tick while packets pass through.
func (p *Port) passTick() {
	p.ticks++
	if p.unwatch == nil {
		p.rtp.poll(p.receiver, 0)
	}
	p.push(nil, false)
}
