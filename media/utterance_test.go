package media

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// level of a stretch of sound, in dBFS of its peak; of a tone, or noise.
type stretch struct {
	long  time.Duration
	level float64
	noise bool
}

// listenTo gives what was cut out of stretches, and when it began and was over.
func listenTo(u *Utterance, stretches ...stretch) (began, over time.Duration, said []int16) {
	u.Began, u.Said = make(chan struct{}, 1), make(chan []int16, 1)
	began, over = -1, -1
	r := rand.New(rand.NewPCG(1, 2))
	at, f := 0, make(Frame, 160)
	for _, s := range stretches {
		for range int(s.long / FrameDuration) {
			peak := 32767 * math.Pow(10, s.level/20)
			for i := range f {
				f[i] = int16(peak * math.Sin(2*math.Pi*300*float64(at*160+i)/8000))
				if s.noise {
					f[i] = int16(peak * (2*r.Float64() - 1))
				}
			}
			at++
			u.WriteFrame(f)
			select {
			case <-u.Began:
				began = span(at)
			case said = <-u.Said:
				over = span(at)
			default:
			}
		}
	}
	return began, over, said
}

func TestUtterance(t *testing.T) {
	const still, voice = -70.0, -15.0
	for name, c := range map[string]struct {
		stretches   []stretch
		playing     bool
		began, over time.Duration // -1: never
	}{
		"a word":                      {[]stretch{{time.Second, still, true}, {500 * time.Millisecond, voice, false}, {time.Second, still, true}}, false, 1100 * time.Millisecond, 2100 * time.Millisecond},
		"two words, a short pause":    {[]stretch{{time.Second, still, true}, {300 * time.Millisecond, voice, false}, {400 * time.Millisecond, still, true}, {300 * time.Millisecond, voice, false}, {time.Second, still, true}}, false, 1100 * time.Millisecond, 2600 * time.Millisecond},
		"a click":                     {[]stretch{{time.Second, still, true}, {60 * time.Millisecond, voice, false}, {2 * time.Second, still, true}}, false, -1, -1},
		"silence":                     {[]stretch{{5 * time.Second, still, true}}, false, -1, -1},
		"noise of a car":              {[]stretch{{10 * time.Second, -36, true}}, false, -1, -1},
		"a word in the noise":         {[]stretch{{time.Second, -36, true}, {500 * time.Millisecond, voice, false}, {time.Second, -36, true}}, false, 1100 * time.Millisecond, 2100 * time.Millisecond},
		"without end":                 {[]stretch{{time.Second, still, true}, {20 * time.Second, voice, false}}, false, 1100 * time.Millisecond, 13080 * time.Millisecond},
		"an echo of what is played":   {[]stretch{{time.Second, still, true}, {2 * time.Second, -33, false}, {time.Second, still, true}}, true, -1, -1},
		"speech over what is played":  {[]stretch{{time.Second, still, true}, {500 * time.Millisecond, voice, false}, {time.Second, still, true}}, true, 1100 * time.Millisecond, 2100 * time.Millisecond},
		"as soft, but nothing played": {[]stretch{{time.Second, still, true}, {500 * time.Millisecond, -33, false}, {time.Second, still, true}}, false, 1100 * time.Millisecond, 2100 * time.Millisecond},
	} {
		u := &Utterance{}
		u.Playing(c.playing)
		began, over, said := listenTo(u, c.stretches...)
		if began != c.began || over != c.over {
			t.Errorf("%s: from %v to %v", name, began, over)
		}
		if over >= 0 {
			want := over - began + utteranceBefore + utteranceBegin
			if d := time.Duration(len(said)) * time.Second / 8000; d != want {
				t.Errorf("%s: %v were kept, not %v", name, d, want)
			}
		}
	}
}
