package media_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"ringflow/media"
)

// detect hears samples and tells the digits.
func detect(samples []int16, rate int) string {
	d := media.NewDigitDetector(rate)
	heard := ""
	for _, f := range frames(samples, rate) {
		if r := d.Detect(f); r != 0 {
			heard += string(r)
		}
	}
	return heard
}

func digits(t *testing.T, keys string, on, off time.Duration, rate int) []int16 {
	t.Helper()
	s, err := media.DigitTones(keys, on, off)
	if err != nil {
		t.Fatal(err)
	}
	return append(hear(t, s, rate, 10000), make([]int16, rate/10)...)
}

const allDigits = "0123456789*#ABCD"

// Q.24: 40 ms is a digit, at every codec.
func TestEveryDigitIsHeard(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		for _, d := range []time.Duration{50, 70, 100, 500} {
			d *= time.Millisecond
			if got := detect(digits(t, allDigits, d, d, rate), rate); got != allDigits {
				t.Errorf("%d Hz, %v: heard %q, expected %q", rate, d, got, allDigits)
			}
		}
	}
	for _, c := range media.Codecs {
		s := digits(t, "11225599##", 60*time.Millisecond, 60*time.Millisecond, 8000)
		b := make([]byte, len(s))
		c.Encode(b, s)
		c.Decode(s, b)
		if got := detect(s, 8000); got != "11225599##" {
			t.Errorf("%s: heard %q", c.Name, got)
		}
	}
}

// pair is a digit's two tones, each as loud as asked for and off by some share.
func pair(low, high, lowPeak, highPeak, off float64, n int) []int16 {
	a, b := sine(low*(1+off), lowPeak, 8000, n), sine(high*(1+off), highPeak, 8000, n)
	for i := range a {
		a[i] += b[i]
	}
	return append(a, make([]int16, 800)...)
}

func TestWhatPassesForADigit(t *testing.T) {
	quiet := func(db float64) float64 { return 32768 * math.Pow(10, db/20) }
	for _, row := range []struct {
		name    string
		samples []int16
		want    string
	}{
		{"plain", pair(770, 1336, 8000, 8000, 0, 800), "5"},
		{"1.5 % high", pair(770, 1336, 8000, 8000, 0.015, 800), "5"},
		{"1.5 % low", pair(770, 1336, 8000, 8000, -0.015, 800), "5"},
		{"4 % high", pair(770, 1336, 8000, 8000, 0.04, 800), ""},
		{"soft", pair(770, 1336, quiet(-28), quiet(-28), 0, 800), "5"},
		{"too soft", pair(770, 1336, quiet(-45), quiet(-45), 0, 800), ""},
		{"high tone 4 dB louder", pair(770, 1336, 5000, 8000, 0, 800), "5"},
		{"low tone 4 dB louder", pair(770, 1336, 8000, 5000, 0, 800), "5"},
		{"high tone 12 dB louder", pair(770, 1336, 2500, 10000, 0, 800), ""},
		{"low tone 12 dB louder", pair(770, 1336, 10000, 2500, 0, 800), ""},
		{"one tone only", sine(770, 16000, 8000, 1600), ""},
		{"too short: 15 ms", pair(770, 1336, 8000, 8000, 0, 120), ""},
		{"dial tone", pair(350, 440, 8000, 8000, 0, 8000), ""},
		{"ringback", hearTone(media.Ringback("US")), ""},
		{"busy", hearTone(media.Busy("US")), ""},
	} {
		if got := detect(row.samples, 8000); got != row.want {
			t.Errorf("%s: heard %q, expected %q", row.name, got, row.want)
		}
	}
}

func hearTone(s media.Source) (all []int16) {
	f := make(media.Frame, 160)
	for range 500 {
		if s.ReadFrame(f) == nil {
			all = append(all, f...)
		}
	}
	return all
}

// Q.24: 1.5 % off is a digit, for each of them.
func TestDigitsOffFrequency(t *testing.T) {
	for i, low := range []float64{697, 770, 852, 941} {
		for j, high := range []float64{1209, 1336, 1477, 1633} {
			want := string("123A456B789C*0#D"[4*i+j])
			for _, off := range []float64{-0.015, 0.015} {
				if got := detect(pair(low, high, 8000, 8000, off, 560), 8000); got != want {
					t.Errorf("%s, %+.1f %%: heard %q", want, 100*off, got)
				}
			}
		}
	}
}

// A short hole, as a lost packet leaves, does not make two of one press.
func TestHoleInADigit(t *testing.T) {
	s := pair(852, 1477, 8000, 8000, 0, 4000)
	clear(s[1600:1640])
	if got := detect(s, 8000); got != "9" {
		t.Errorf("heard %q, expected 9 once", got)
	}
}

// Digits in noise 20 dB below are heard, noise alone never is.
func TestDigitsInNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := digits(t, allDigits, 80*time.Millisecond, 80*time.Millisecond, 8000)
	for i := range s {
		s[i] += int16(r.NormFloat64() * 600)
	}
	if got := detect(s, 8000); got != allDigits {
		t.Errorf("heard %q, expected %q", got, allDigits)
	}
	noise := make([]int16, 8000*120)
	for i := range noise {
		noise[i] = int16(r.NormFloat64() * 6000)
	}
	if got := detect(noise, 8000); got != "" {
		t.Errorf("two minutes of noise: heard %q", got)
	}
}

// Talk-off: voiced speech is harmonics that glide under formants. A
// minute of such voices may not press a key.
func TestVoicesPressNoKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	const syllable = 8000 / 5
	heard := ""
	for range 300 { // a minute
		s := make([]float64, syllable)
		f0, glide := 80+200*r.Float64(), 0.8+0.4*r.Float64()
		formants := [3]float64{300 + 600*r.Float64(), 900 + 1400*r.Float64(), 2300 + 800*r.Float64()}
		phase := 0.0
		var amplitude []float64 // of the harmonics, from the first on
		for i := range s {
			f := f0 * (1 + (glide-1)*float64(i)/syllable)
			phase += 2 * math.Pi * f / 8000
			if i%40 == 0 { // they change slowly
				amplitude = amplitude[:0]
				for h := 1; float64(h)*f < 3800; h++ {
					a := 0.02
					for k, c := range formants {
						d := (float64(h)*f - c) / 90
						a += math.Pow(0.5, float64(k)) / (1 + d*d)
					}
					amplitude = append(amplitude, a/float64(h)) // the glottis gives less and less
				}
			}
			for h, a := range amplitude {
				s[i] += a * math.Sin(phase*float64(h+1))
			}
		}
		out := make([]int16, syllable)
		for i, v := range s {
			out[i] = int16(max(-32768, min(32767, 15000*v)))
		}
		heard += detect(out, 8000)
	}
	if heard != "" {
		t.Errorf("voices pressed %q", heard)
	}
}

func TestDigitTonesRefuses(t *testing.T) {
	if _, err := media.DigitTones("12x", 0, 0); err == nil {
		t.Error("x is no digit")
	}
	if got := detect(digits(t, "1w2", 0, 0, 8000), 8000); got != "12" {
		t.Errorf("with a pause: heard %q", got)
	}
}

func TestDetectAllocatesNothing(t *testing.T) {
	d, f := media.NewDigitDetector(8000), make(media.Frame, 160)
	if a := testing.AllocsPerRun(100, func() { d.Detect(f) }); a != 0 {
		t.Errorf("%v allocations a frame", a)
	}
}

func BenchmarkDetect(b *testing.B) {
	for _, rate := range []int{8000, 16000} {
		b.Run(fmt.Sprint(rate), func(b *testing.B) {
			d, f := media.NewDigitDetector(rate), media.Frame(sine(1000, 1000, rate, rate/50))
			for b.Loop() {
				d.Detect(f)
			}
		})
	}
}
