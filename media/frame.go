package media

import "time"

// FrameDuration is the length of one frame, and of one RTP packet that we send.
const FrameDuration = 20 * time.Millisecond

// Frame is 20 ms of mono 16-bit audio at 8, 16 or 48 kHz: 160, 320 or 960
// samples, the rate told by its length.
type Frame []int16

// Rate is the frame's sample rate in Hz.
func (f Frame) Rate() int { return len(f) * 50 }

// Source gives audio, a frame for each tick.
type Source interface {
	// ReadFrame fills f and never blocks. io.EOF: over, f holds nothing. A
	// source that has less than a frame left pads it with silence.
	ReadFrame(f Frame) error
}

// Sink takes audio, a frame for each tick.
type Sink interface {
	// WriteFrame never blocks and may not keep f.
	WriteFrame(f Frame)
}
