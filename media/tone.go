package media

import (
	"io"
	"math"
	"strings"
	"time"
)

// part is a stretch of a signal: up to two sines, or silence.
type part struct {
	hz [2]float64
	d  time.Duration // 0: for ever
}

// signal is a source of parts, one after the other, made as they are asked
// for: it costs no memory but its own. Sines are told by the recurrence
// y[n] = 2cos(ω)·y[n−1] − y[n−2], which needs no table and no sine a sample.
type signal struct {
	parts []part
	loop  bool
	level float64 // peak of one sine
	ramp  int     // samples over which a part swells and fades, against clicks

	at   int // part
	n    int // sample of it
	rate int
	osc  [2]oscillator
}

type oscillator struct{ c, y1, y2 float64 }

func newOscillator(hz, level float64, rate int) oscillator {
	w := 2 * math.Pi * hz / float64(rate)
	return oscillator{c: 2 * math.Cos(w), y1: level * math.Sin(-w), y2: level * math.Sin(-2*w)}
}

func (o *oscillator) next() float64 {
	y := o.c*o.y1 - o.y2
	o.y1, o.y2 = y, o.y1
	return y
}

func (s *signal) ReadFrame(f Frame) error {
	if s.at == len(s.parts) {
		return io.EOF
	}
	if s.rate != f.Rate() {
		s.rate, s.n = f.Rate(), 0
	}
	for i := range f {
		if s.at == len(s.parts) {
			clear(f[i:])
			return nil
		}
		f[i] = s.sample()
	}
	return nil
}

func (s *signal) sample() int16 {
	p := &s.parts[s.at]
	if s.n == 0 {
		for i, hz := range p.hz {
			s.osc[i] = newOscillator(hz, s.level, s.rate)
		}
	}
	length := int(int64(p.d) * int64(s.rate) / int64(time.Second))
	v := 0.0
	for i, hz := range p.hz {
		if hz > 0 {
			v += s.osc[i].next()
		}
	}
	ramp := s.ramp * s.rate / ClipRate
	if s.n < ramp {
		v *= float64(s.n) / float64(ramp)
	}
	if left := length - s.n; length > 0 && left < ramp {
		v *= float64(left) / float64(ramp)
	}
	s.n++
	if length > 0 && s.n >= length {
		s.n = 0
		if s.at++; s.at == len(s.parts) && s.loop {
			s.at = 0
		}
	}
	return int16(math.Round(v))
}

// toneLevel is the peak of one sine of a call-progress tone, about −18 dBFS.
const toneLevel = 4000

func cadence(parts []part) Source {
	return &signal{parts: parts, loop: true, level: toneLevel, ramp: 16}
}

// Ringback is what a caller hears while the other side rings, as the country
// (ISO 3166, two letters) knows it; for ever.
func Ringback(country string) Source { return cadence(tonesOf(country).ringback) }

// Busy is what a caller hears of a busy line.
func Busy(country string) Source { return cadence(tonesOf(country).busy) }

// Congestion is what a caller hears when the network can't put the call through.
func Congestion(country string) Source { return cadence(tonesOf(country).congestion) }

// Beep is the sound before a recording: 1,000 Hz for 0.4 s.
func Beep() Source {
	return &signal{parts: []part{{[2]float64{1000}, 400 * time.Millisecond}}, level: 2 * toneLevel, ramp: 40}
}

func tonesOf(country string) tones {
	if t, ok := countryTones[strings.ToUpper(country)]; ok {
		return t
	}
	return countryTones["US"]
}
