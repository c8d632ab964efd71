package media_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"ringflow/media"
)

var usualRates = []int{8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000}

// A tone keeps its strength, its place and its length; nothing else is added.
func TestResampleKeepsTones(t *testing.T) {
	for _, from := range usualRates {
		for _, to := range usualRates {
			t.Run(fmt.Sprintf("%d to %d", from, to), func(t *testing.T) {
				for _, hz := range []float64{300, 1000, 3400} {
					in := sine(hz, 10000, from, from/5)
					out, err := media.Resample(in, from, to)
					if err != nil {
						t.Fatal(err)
					}
					if len(out) != to/5 {
						t.Fatalf("a fifth of a second became %d samples, expected %d", len(out), to/5)
					}
					// The edges see the silence around the clip.
					edge := to / 20
					want := sine(hz, 10000, to, to/5)[edge : to/5-edge]
					got := out[edge : to/5-edge]
					var worst float64
					for i := range want {
						worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
					}
					if worst > 60 { // −44 dB of the tone
						t.Errorf("%g Hz: a sample is off by %g of 10000", hz, worst)
					}
				}
			})
		}
	}
}

// What the lower rate can't carry is taken out, and does not come back as
// another tone.
func TestResampleTakesOutWhatCantBe(t *testing.T) {
	for _, from := range []int{16000, 22050, 44100, 48000} {
		for _, hz := range []float64{4500, 5200, 7000} {
			out, err := media.Resample(sine(hz, 20000, from, from), from, 8000)
			if err != nil {
				t.Fatal(err)
			}
			if l := media.Level(out[400 : len(out)-400]); l > -80 {
				t.Errorf("%g Hz from %d to 8000: %.1f dBFS is left, expected less than -80", hz, from, l)
			}
		}
	}
}

// As a stream, frame by frame, it gives what it gives in one go, a frame for
// a frame, without allocating.
func TestResampleStream(t *testing.T) {
	for _, rates := range [][2]int{{8000, 16000}, {8000, 48000}, {16000, 8000}, {48000, 8000}, {24000, 8000}, {44100, 8000}, {22050, 8000}} {
		from, to := rates[0], rates[1]
		in := sine(440, 8000, from, from)
		whole, err := media.NewResampler(from, to)
		if err != nil {
			t.Fatal(err)
		}
		want := whole.Process(nil, in)
		stream, _ := media.NewResampler(from, to)
		var got []int16
		buf := make([]int16, 0, to/50+2)
		for _, f := range frames(in, from) {
			buf = stream.Process(buf[:0], f)
			if to%50 == 0 && from%50 == 0 && len(buf) != to/50 {
				t.Fatalf("%d to %d: a frame became %d samples", from, to, len(buf))
			}
			got = append(got, buf...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d to %d: the stream differs from the whole", from, to)
		}
		f := make([]int16, from/50)
		if a := testing.AllocsPerRun(50, func() { buf = stream.Process(buf[:0], f) }); a != 0 {
			t.Errorf("%d to %d: %v allocations a frame", from, to, a)
		}
	}
}

func TestResampleOddRates(t *testing.T) {
	for _, from := range []int{44101, 191999, 7999, 4001} {
		out, err := media.Resample(sine(1000, 10000, from, from), from, 8000)
		if err != nil {
			t.Fatal(err)
		}
		if s := strength(out[800:7200], 1000, 8000); s < 9800 || s > 10200 {
			t.Errorf("%d Hz: the tone has a peak of %.0f, expected 10000", from, s)
		}
	}
	for _, bad := range []int{0, -8000, 3999, 192001} {
		if _, err := media.NewResampler(bad, 8000); err == nil {
			t.Errorf("a rate of %d Hz was taken", bad)
		}
	}
}
