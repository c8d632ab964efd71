package media

import "fmt"

// Resampler turns sound of one rate into another, as a stream: a polyphase FIR
// filter with a Kaiser window, 80 dB down outside of the band. It delays by
// some 2 ms. It is for one stream and one goroutine.
//
// To go from rate M to rate L, with the common factor taken out, is to put L−1
// zeros behind each sample, filter, and keep each M-th; a phase is that part of
// the filter that meets no zeros.
type Resampler struct {
	filter *filter
	past   []int16 // the last samples of the stream, oldest first
	phase  int     // of the next sample to come out
	skip   int     // samples to come in before it
	buf    []int16 // past and what came in
}

// Rates that we take, in Hz.
const (
	minRate = 4000
	maxRate = 192000
)

// NewResampler makes a resampler between two rates in Hz.
func NewResampler(from, to int) (*Resampler, error) {
	if from < minRate || from > maxRate || to < minRate || to > maxRate {
		return nil, fmt.Errorf("resample %d to %d Hz: a rate must be from %d to %d", from, to, minRate, maxRate)
	}
	r := &Resampler{filter: newFilter(from, to)}
	r.past = make([]int16, r.filter.taps-1)
	r.buf = make([]int16, 0, len(r.past)+from/50)
	return r, nil
}

// Process appends what src gives to dst and returns it. It allocates only if
// dst has too little capacity or src is longer than any before. A frame of
// 20 ms gives exactly a frame, if both rates are multiples of 50.
func (r *Resampler) Process(dst, src []int16) []int16 {
	f := r.filter
	if f.up == f.down {
		return append(dst, src...)
	}
	r.buf = append(append(r.buf[:0], r.past...), src...)
	at := r.skip // start of the taps in buf
	for at+f.taps <= len(r.buf) {
		dst = append(dst, f.apply(r.phase, r.buf[at:at+f.taps]))
		r.phase += f.down
		at += r.phase / f.up
		r.phase %= f.up
	}
	keep := len(r.buf) - len(r.past)
	r.skip = at - keep
	copy(r.past, r.buf[keep:])
	return dst
}

// Resample turns a whole clip of one rate into another, without delay: the
// sound keeps its place and its length.
func Resample(samples []int16, from, to int) ([]int16, error) {
	if from == to {
		return samples, nil
	}
	r, err := NewResampler(from, to)
	if err != nil {
		return nil, err
	}
	n := int((int64(len(samples))*int64(to) + int64(from)/2) / int64(from))
	// The middle of the filter begins on the first sample: no delay.
	r.skip = r.filter.taps / 2
	out := r.Process(make([]int16, 0, n+r.filter.taps*to/from+2), samples)
	for len(out) < n { // the end is still in the filter
		out = r.Process(out, make([]int16, r.filter.taps))
	}
	return out[:n], nil
}
