package media

import (
	"errors"
	"io"
	"time"
)

const (
	rtcpPollTicks = 25 // half a second; the kernel tells when a report came
	watchTicks    = 50 // how often silence is looked at
)

// Tick is one frame of a port that is in no bridge. Pacer only.
func (p *Port) Tick() {
	now := time.Now()
	p.collect(now, false)
	p.emit(nil, now)
	p.keep(now)
}

// collect reads what came and gives what the party said, to the taps and, in
// frameIn, to a bridge that mixes.
func (p *Port) collect(now time.Time, mixed bool) {
	p.ticks++
	p.rtp.poll(p.receiver, p.every)
	said := p.saidTaps.Load() > 0
	p.mu.Lock()
	detect := p.inBand()
	listening := mixed || said || detect
	if listening != p.in.listening {
		p.in.listening = listening
		p.in.jitter.reset()
	}
	p.every = p.in.every
	if !listening {
		p.hears = false
		p.mu.Unlock()
		return
	}
	p.hears = p.pull(p.frameIn, now)
	if detect {
		p.detectTone(p.frameIn, now)
	} else if p.in.down == fromTone {
		p.in.down = 0
	}
	p.mu.Unlock()
	if said {
		p.sound.Lock()
		for _, t := range p.said {
			t.sink.WriteFrame(p.frameIn)
		}
		p.sound.Unlock()
	}
}

// emit sends what the party hears: others' sound from a bridge (nil: none), and
// on top of it what is played.
func (p *Port) emit(others Frame, now time.Time) {
	f := p.frameOut
	still := others == nil
	if still {
		clear(f)
	} else {
		copy(f, others)
	}
	if p.sounding.Load() || p.taps.Load() > 0 {
		p.sound.Lock()
		if p.source != nil {
			still = false
			p.playFrame(f, others != nil)
		}
		for _, t := range p.heard {
			t.sink.WriteFrame(f)
		}
		p.sound.Unlock()
	}
	p.push(f, still)
}

// push sends f, or only digits if it is nil. still: f is silence because there
// is nothing to hear.
func (p *Port) push(f Frame, still bool) {
	p.mu.Lock()
	n := p.compose(f, still)
	to := p.latch.remote()
	if n > 0 && to.IsValid() {
		p.sent(n - rtpHeader)
	}
	p.mu.Unlock()
	if n > 0 && to.IsValid() {
		_ = p.rtp.send(p.packet[:n], to) // what the network loses, RTCP tells
	}
}

// playFrame reads the source into f, or onto it. sound is held.
func (p *Port) playFrame(f Frame, onto bool) {
	in := f
	if onto {
		in = p.scratch
	}
	if err := p.source.source.ReadFrame(in); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		p.source.end(err)
		p.source = nil
		p.sounding.Store(false)
		if !onto {
			clear(f)
		}
		return
	}
	if onto {
		mixInto(f, in)
	}
}

// keep does what is due now and then: reports, and the watch on silence.
func (p *Port) keep(now time.Time) {
	if p.rtcp != nil && p.ticks%rtcpPollTicks == 0 {
		p.rtcp.poll(p.receiverRTCP, 0)
	}
	p.reportNow(now)
	if p.ticks%watchTicks == 0 {
		p.watchSilence(now)
	}
}

// watchSilence closes lost when the far end should send and does not.
func (p *Port) watchSilence(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := &p.nego.now
	if !p.watching || p.isLost || !a.up {
		return
	}
	if a.far&sends == 0 || a.far&receives == 0 || a.near&receives == 0 { // on hold, whoever holds whom
		p.silentAt = now
		return
	}
	if now.Sub(p.silentAt) >= p.engine.timeout() {
		p.isLost = true
		close(p.lost)
	}
}

// mixInto adds b to a, and clips.
func mixInto(a, b Frame) {
	for i, s := range b[:min(len(a), len(b))] {
		a[i] = clamp(int32(a[i]) + int32(s))
	}
}

func clamp(x int32) int16 { return int16(min(max(x, -32768), 32767)) }
