package main

import (
	"bytes"
	"math"
	"testing"

	"ringflow/media"
	"ringflow/media/speech"
)

// What was heard is compared with what the speech engine makes of a text, piece
// by piece of a tenth of a second: a text that differs by one word differs for
// three of them at least, sound that was lost on the way for less.
const (
	piece    = media.ClipRate / 10
	stretch  = 3                        // that many pieces in a row tell another text
	resemble = 0.9                      // correlation of a piece that is the same
	leeway   = media.ClipRate * 3 / 100 // by how much a piece may come early or late
	faint    = 200                      // of 32768: no sound
)

// speaks is the sound of a text.
func speaks(t testing.TB, text, voice string) []int16 {
	t.Helper()
	needProgram(t, "espeak-ng", "espeak-ng")
	e, err := speech.NewEspeak()
	if err != nil {
		t.Fatal(err)
	}
	clip, err := e.Speak(t.Context(), text, voice)
	if err != nil {
		t.Fatal(err)
	}
	return clip.Samples()
}

// sound is what a WAV holds.
func sound(t testing.TB, wav []byte) []int16 {
	t.Helper()
	clip, err := media.DecodeClip(bytes.NewReader(wav))
	if err != nil {
		t.Fatal(err)
	}
	return clip.Samples()
}

// fit looks for a clip in what was heard, and tells where it begins and ends
// there, and how many pieces of it in a row are not there at worst; no more than
// a stretch is counted.
func fit(heard, clip []int16) (from, to, missing int) {
	from = likeliest(heard, clip)
	at, row := from, 0
	for p := 0; p+piece <= len(clip); p += piece {
		part := clip[p : p+piece]
		if strength(part) < faint {
			continue
		}
		lag, best := nearest(heard, part, at+p)
		if best < resemble {
			row++
			if missing = max(missing, row); missing == stretch {
				break
			}
			continue
		}
		at, row = lag-p, 0
	}
	return from, at + len(clip), missing
}

// nearest is where around at a piece is most like what was heard, the first
// place that is the same.
func nearest(heard, part []int16, at int) (place int, best float64) {
	for d := range 2 * leeway {
		l := at + (d+1)/2*(1-d%2*2) // at, and then by turns before and after
		if l < 0 || l+piece > len(heard) {
			continue
		}
		if r := likeness(heard[l:l+piece], part); r > best {
			if place, best = l, r; best > 0.99 {
				break
			}
		}
	}
	return place, best
}

// likeliest is where in heard the rise and fall of the clip's loudness fits best.
func likeliest(heard, clip []int16) int {
	const step = media.ClipRate / 100
	h, c := loudness(heard, step), loudness(clip, step)
	at, best := 0, math.Inf(-1)
	for lag := -len(c) / 4; lag < len(h); lag++ {
		var ab, bb float64
		for i, y := range c {
			x := 0.0
			if k := lag + i; k >= 0 && k < len(h) {
				x = h[k]
			}
			ab += x * y
			bb += x * x
		}
		if bb == 0 {
			continue
		}
		if r := ab / math.Sqrt(bb); r > best {
			at, best = lag, r
		}
	}
	return at * step
}

func loudness(s []int16, step int) []float64 {
	var out []float64
	for p := 0; p+step <= len(s); p += step {
		out = append(out, strength(s[p:p+step]))
	}
	return out
}

// strength is the root of the mean square.
func strength(s []int16) float64 {
	var sum float64
	for _, x := range s {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum / float64(len(s)))
}

// likeness is the correlation of two pieces of one length.
func likeness(a, b []int16) float64 {
	var ab, aa, bb float64
	for i, x := range a {
		x, y := float64(x), float64(b[i])
		ab += x * y
		aa += x * x
		bb += y * y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

// hearsText wants what was heard to hold each of the texts, one after the other, in that
// voice; alone: and no other sound.
func hearsText(t testing.TB, who string, heard []int16, voice string, texts []string, alone bool) {
	t.Helper()
	at := 0
	for _, text := range texts {
		clip := speaks(t, text, voice)
		from, to, missing := fit(heard[at:], clip)
		if missing >= stretch {
			t.Errorf("%s did not hear %q: %d tenths of a second in a row are otherwise, or more", who, text, missing)
			continue
		}
		if before := loud(heard[at : at+max(from, 0)]); alone && before > stretch {
			t.Errorf("%s heard %d tenths of a second of something else before %q", who, before, text)
		}
		at += min(to, len(heard)-at)
	}
	if after := loud(heard[at:]); alone && after > stretch {
		t.Errorf("%s heard %d tenths of a second of something else after %q", who, after, texts)
	}
}

// loud is how many pieces are not silent.
func loud(s []int16) int {
	n := 0
	for p := 0; p+piece <= len(s); p += piece {
		if strength(s[p:p+piece]) >= faint {
			n++
		}
	}
	return n
}

// Another text, or another voice, is not taken for the one that was said, also
// when a word alone differs, and sound that was lost on the way is no other text.
func TestSpeechIsCompared(t *testing.T) {
	for _, c := range []struct {
		voice, said string
		others      []string
	}{
		{"", "You dialled 4 0 0 0.", []string{"You dialled 4 0 0 1.", "You dialled 5 0 0 0.", "You dialled 4 0 0.", "You dialled 4 0 0 0 0.", "They dialled 4 0 0 0."}},
		{"", "We are open.", []string{"We are closed.", "We are at lunch.", "Happy Thanksgiving."}},
		{"", "Your manager is Olga.", []string{"Your manager is Frederick."}},
		{"British Female", "Hello World", nil},
	} {
		clip := speaks(t, c.said, c.voice)
		heard := append(append(make([]int16, 1234), clip...), make([]int16, 4000)...)
		clear(heard[len(heard)/2 : len(heard)/2+3*160])        // three packets are lost
		heard = append(heard[:6000:6000], heard[6000+160:]...) // and 20 ms left out
		if from, _, missing := fit(heard, clip); missing >= stretch || from < 1000 || from > 1500 {
			t.Errorf("%q is not found in itself: %d are missing, from %d on", c.said, missing, from)
		}
		for _, other := range c.others {
			if _, _, missing := fit(heard, speaks(t, other, c.voice)); missing < stretch {
				t.Errorf("%q is taken for %q", c.said, other)
			}
		}
		for _, voice := range []string{"British Female", "British Male", "British", "American Female"} {
			if _, _, missing := fit(heard, speaks(t, c.said, voice)); missing < stretch && voice != c.voice && c.voice != "" {
				t.Errorf("%q in the voice %q is taken for %q", c.said, c.voice, voice)
			}
		}
	}
}
