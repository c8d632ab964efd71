package media

import (
	"slices"
	"time"
)

// track is one side of a recorder. Its frames come from one ticker at a time.
type track struct {
	r       *Recorder
	channel int
	next    int64 // block of the next frame
	rate    int   // of the frames that come, if it is not the file's
	convert *Resampler
	buf     []int16
}

// WriteFrame takes what the party said in 20 ms.
func (t *track) WriteFrame(f Frame) {
	r := t.r
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || !r.paused.IsZero() || len(f) == 0 {
		return
	}
	samples := []int16(f)
	if f.Rate() != r.rate {
		samples = t.resample(f)
	}
	now := time.Now()
	if r.began.IsZero() {
		r.began = now
	}
	if clock := r.blocks(now.Sub(r.began)); clock-t.next > r.blocks(recorderGap) {
		t.next = clock
	}
	t.next = max(t.next, r.flushed)
	end := t.next + int64(len(samples))
	if end-r.flushed > r.blocks(recorderMax) {
		if r.err == nil {
			r.err = ErrRecorderSlow
		}
		// If nothing came for so long, as the machine stood still, silence for as
		// much as may wait: frames find room again once that is written.
		r.grow(int(r.blocks(recorderMax)) * r.channels)
		r.wakeUp()
		return
	}
	at := int(t.next-r.flushed) * r.channels
	if r.channels == 1 && at >= len(r.window) { // nobody said anything there yet
		r.grow(at)
		r.window = append(r.window, samples...)
		samples = nil
	} else {
		r.grow(int(end-r.flushed) * r.channels)
	}
	if r.channels == 1 {
		for i, s := range samples {
			r.window[at+i] = add16(r.window[at+i], s)
		}
	} else {
		for i, s := range samples {
			r.window[at+2*i+t.channel] = s
		}
	}
	t.next = end
	if int64(len(r.window)/r.channels) >= r.blocks(recorderChunk+recorderMargin) {
		r.wakeUp()
	}
}

// wakeUp has what waits written.
func (r *Recorder) wakeUp() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// grow makes the window n samples long, with silence. r.mu is held.
func (r *Recorder) grow(n int) {
	old := len(r.window)
	if n <= old {
		return
	}
	r.window = slices.Grow(r.window, n-old)[:n]
	clear(r.window[old:])
}

func (t *track) resample(f Frame) []int16 {
	if t.rate != f.Rate() {
		c, err := NewResampler(f.Rate(), t.r.rate)
		if err != nil {
			return nil
		}
		t.rate, t.convert = f.Rate(), c
		t.buf = make([]int16, 0, t.r.rate/50+1)
	}
	t.buf = t.convert.Process(t.buf[:0], f)
	return t.buf
}
