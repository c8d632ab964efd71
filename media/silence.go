package media

import (
	"io"
	"sync/atomic"
	"time"
)

// DefaultSilence is the level below which a line counts as silent: its own
// noise passes for silence, a soft voice does not.
const DefaultSilence = -42.0

// SilenceDetector is a sink that tells for how long nothing was said. The zero
// value is ready; one ticker writes to it, anybody may read.
type SilenceDetector struct {
	Threshold float64       // dBFS; 0: DefaultSilence
	After     time.Duration // of silence Quiet is told, again and again while it lasts; 0: never
	Quiet     chan struct{} // needs room for one: what it can't take is dropped

	frames atomic.Int64 // so far
	sound  atomic.Int64 // frames up to the last one with sound, itself included
}

// WriteFrame listens to a frame.
func (d *SilenceDetector) WriteFrame(f Frame) {
	threshold := d.Threshold
	if threshold == 0 {
		threshold = DefaultSilence
	}
	n := d.frames.Add(1)
	if Level(f) > threshold {
		d.sound.Store(n)
	} else if d.After > 0 && time.Duration(n-d.sound.Load())*FrameDuration >= d.After {
		select {
		case d.Quiet <- struct{}{}:
		default:
		}
	}
}

// Silent is for how long it has been silent.
func (d *SilenceDetector) Silent() time.Duration {
	sound := d.sound.Load() // before frames, which never is less
	return time.Duration(d.frames.Load()-sound) * FrameDuration
}

// Sound is how long it took to the end of the last sound; 0: there was none.
func (d *SilenceDetector) Sound() time.Duration {
	return time.Duration(d.sound.Load()) * FrameDuration
}

// Silence is a source of silence of that length; 0 or less is for ever.
func Silence(d time.Duration) Source {
	s := silenceSource(int64(d / FrameDuration))
	if d <= 0 {
		s = -1
	}
	return &s
}

type silenceSource int64

func (s *silenceSource) ReadFrame(f Frame) error {
	if *s == 0 {
		return io.EOF
	}
	if *s > 0 {
		*s--
	}
	clear(f)
	return nil
}
