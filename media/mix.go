package media

import "time"

// mixer is the room that a tick works in, as large as the longest frame.
type mixer struct {
	sum    []int32
	all    Frame // the sum, as it is heard by those who are no part of it
	out    Frame
	played Frame
}

func (m *mixer) grow(n int) {
	if n > len(m.sum) {
		m.sum, m.all, m.out, m.played = make([]int32, n), make(Frame, n), make(Frame, n), make(Frame, n)
	}
}

// mix lets each hear the sum of all less its own: one pass to add, one to
// subtract, and for the few who speak to one alone a pass for each pair.
func (b *Bridge) mix(now time.Time) {
	n := 0
	for _, p := range b.members {
		p.collect(now, !p.part.Muted)
		n = max(n, len(p.frameIn))
	}
	b.grow(n)
	sum := b.sum[:n]
	clear(sum)
	for _, p := range b.members {
		if p.hears && p.part.toAll() {
			addTo(sum, p.frameIn)
		}
	}
	played := b.playFrame(n)
	addTo(sum, played)
	all := b.all[:n]
	for i, s := range sum {
		all[i] = clamp(s)
	}
	for _, t := range b.taps {
		t.sink.WriteFrame(all)
	}
	b.mixAsides(n)
	for _, p := range b.members {
		p.emit(b.heardBy(p, n), now)
	}
}

// heardBy is what a member hears of the others and of what is played to all.
func (b *Bridge) heardBy(p *Port, n int) Frame {
	if p.part.Deaf {
		return b.played[:n]
	}
	speaks := p.hears && p.part.toAll()
	if !speaks && p.aside == nil {
		return b.all[:n]
	}
	sum, out := b.sum[:n], b.out[:n]
	if p.aside != nil {
		aside := p.aside[:n]
		for i, s := range sum {
			aside[i] += s
		}
		sum = aside
	}
	if !speaks {
		for i, s := range sum {
			out[i] = clamp(s)
		}
		return out
	}
	own := p.frameIn[:min(n, len(p.frameIn))]
	for i, s := range own {
		out[i] = clamp(sum[i] - int32(s))
	}
	for i := len(own); i < n; i++ {
		out[i] = clamp(sum[i])
	}
	return out
}

// mixAsides adds up what some are told that others are not.
func (b *Bridge) mixAsides(n int) {
	for _, a := range b.asides {
		clear(a.to.aside[:n])
	}
	for _, a := range b.asides {
		if a.from.hears {
			addTo(a.to.aside[:n], a.from.frameIn)
		}
	}
}

func addTo(sum []int32, f Frame) {
	for i, s := range f[:min(len(f), len(sum))] {
		sum[i] += int32(s)
	}
}
