package media_test

import (
	"errors"
	"io"
	"math"
	"testing"

	"ringflow/media"
)

// sine is n samples of a tone of that peak.
func sine(hz float64, peak float64, rate, n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = int16(math.Round(peak * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return s
}

// strength is the peak of a tone found in samples, by correlation.
func strength(samples []int16, hz float64, rate int) float64 {
	var re, im float64
	for i, s := range samples {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		re += float64(s) * math.Cos(w)
		im += float64(s) * math.Sin(w)
	}
	return 2 * math.Hypot(re, im) / float64(len(samples))
}

// hear plays n frames, or up to the end.
func hear(t *testing.T, s media.Source, rate, n int) []int16 {
	t.Helper()
	var all []int16
	f := make(media.Frame, rate/50)
	for range n {
		for i := range f {
			f[i] = 12345 // a source has to fill all of it
		}
		if err := s.ReadFrame(f); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			return all
		}
		all = append(all, f...)
	}
	return all
}

func frames(samples []int16, rate int) []media.Frame {
	var all []media.Frame
	for n := rate / 50; len(samples) >= n; samples = samples[n:] {
		all = append(all, media.Frame(samples[:n]))
	}
	return all
}
