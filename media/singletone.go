package media

import (
	"math"
	"time"
)

// What a single tone is, such as an answering machine's beep.
const (
	toneLow    = 400.0 // Hz: below are voices and their hum
	toneHigh   = 2000.0
	toneStep   = 50.0  // what 20 ms of sound can tell apart
	toneFrames = 5     // in a row: of 120 ms so many are whole, wherever it begins
	toneShare  = 0.75  // of the power is in two neighbouring steps: a tone between them has 0.81
	toneDrift  = 20.0  // Hz from frame to frame; a voice glides
	toneSteady = 2.0   // 3 dB from frame to frame
	toneLeast  = -35.0 // dBFS
)

// SingleTone finds a single steady tone of 400 to 2000 Hz that lasts 120 ms or
// longer. It is for one stream and one goroutine. Digits are two tones, and voices
// have harmonics and glide: neither passes.
type SingleTone struct {
	rate  int
	bins  []goertzel // of toneLow-toneStep, and on
	power []float64

	run    int // frames of it in a row
	hz     float64
	level  float64
	sum    float64 // of hz, over the run
	frames int     // heard so far
	began  int
}

// Listen hears a frame; on tells whether the tone is on since 120 ms.
func (s *SingleTone) Listen(f Frame) (on bool) {
	if s.rate != f.Rate() {
		s.tune(f.Rate())
	}
	s.frames++
	hz, level, ok := s.find(f)
	if !ok {
		s.run = 0
		return false
	}
	if s.run == 0 || math.Abs(hz-s.hz) > toneDrift || !within(level, s.level) {
		s.run, s.sum, s.began = 0, 0, s.frames-1
	}
	s.run++
	s.hz, s.level, s.sum = hz, level, s.sum+hz
	return s.run >= toneFrames
}

// Tone is the one that is on, or was last: its frequency in Hz, and when it began.
func (s *SingleTone) Tone() (hz float64, at time.Duration) {
	return s.sum / float64(max(s.run, 1)), time.Duration(s.began) * FrameDuration
}

func (s *SingleTone) tune(rate int) {
	n := int((toneHigh-toneLow)/toneStep) + 3
	s.rate, s.bins, s.power = rate, make([]goertzel, n), make([]float64, n)
	for i := range s.bins {
		s.bins[i].c = 2 * math.Cos(2*math.Pi*(toneLow+toneStep*float64(i-1))/float64(rate))
	}
}

// find gives the one tone that a frame holds, and its power.
func (s *SingleTone) find(f Frame) (hz, level float64, ok bool) {
	if Level(f) < toneLeast {
		return 0, 0, false
	}
	var all float64
	for _, v := range f {
		x := float64(v)
		all += x * x
		for i := range s.bins {
			s.bins[i].add(x)
		}
	}
	best := 0
	for i := range s.bins {
		s.power[i] = s.bins[i].take()
		if i > 0 && s.power[i]+s.power[i-1] > s.power[best]+s.power[best+1] {
			best = i - 1
		}
	}
	a, b := math.Sqrt(s.power[best]), math.Sqrt(s.power[best+1])
	if (a*a+b*b)*2/float64(len(f)) < toneShare*all {
		return 0, 0, false
	}
	hz = toneLow + toneStep*(float64(best-1)+b/(a+b)) // exact for 20 ms of one sine
	return hz, a*a + b*b, hz >= toneLow-toneStep/5 && hz <= toneHigh+toneStep/5
}
