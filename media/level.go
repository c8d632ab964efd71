package media

import (
	"math"
	"sync/atomic"
)

// Silent is the level, in dBFS, of no sound at all: the least 16-bit step is
// at −90.
const Silent = -96.0

// Level is the mean level of some samples in dBFS: 0 is a square wave as
// large as can be, −3 such a sine.
func Level(samples []int16) float64 {
	if len(samples) == 0 {
		return Silent
	}
	var sum int64
	for _, s := range samples {
		sum += int64(s) * int64(s)
	}
	if sum == 0 {
		return Silent
	}
	return 10 * math.Log10(float64(sum)/float64(len(samples))/(32768*32768))
}

// Meter is a sink that tells how loud it is. The zero value is ready; one
// ticker writes to it, anybody may read.
type Meter struct{ level, peak atomic.Uint64 }

// WriteFrame measures a frame.
func (m *Meter) WriteFrame(f Frame) {
	level := Level(f)
	// The needle follows up at once and comes down within some 200 ms.
	last := Silent
	if bits := m.level.Load(); bits != 0 {
		last = math.Float64frombits(bits)
	}
	m.level.Store(math.Float64bits(max(level, last-5)))
	if bits := m.peak.Load(); bits == 0 || level > math.Float64frombits(bits) {
		m.peak.Store(math.Float64bits(level))
	}
}

// Level is how loud it is now, in dBFS.
func (m *Meter) Level() float64 { return dBFS(&m.level) }

// Peak is the loudest frame since Peak was asked last.
func (m *Meter) Peak() float64 {
	bits := m.peak.Swap(0)
	if bits == 0 {
		return Silent
	}
	return math.Float64frombits(bits)
}

func dBFS(v *atomic.Uint64) float64 {
	bits := v.Load()
	if bits == 0 {
		return Silent
	}
	return math.Float64frombits(bits)
}
