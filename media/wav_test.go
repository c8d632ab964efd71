package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"testing"
	"time"

	"ringflow/media"
)

// wavFile builds a file of any format: every channel holds the same samples.
func wavFile(tag, bits, channels, rate int, samples []int16, extra ...[]byte) []byte {
	le := binary.LittleEndian
	var data []byte
	for _, s := range samples {
		for range channels {
			switch {
			case tag == 3 && bits == 32:
				data = le.AppendUint32(data, math.Float32bits(float32(s)/32768))
			case tag == 3:
				data = le.AppendUint64(data, math.Float64bits(float64(s)/32768))
			case tag == 6 || tag == 7:
				var b [1]byte
				media.CodecByName(map[int]string{6: "PCMA", 7: "PCMU"}[tag]).Encode(b[:], media.Frame{s})
				data = append(data, b[0])
			case bits == 8:
				data = append(data, byte(int(s)>>8+128))
			default:
				b := le.AppendUint32(nil, uint32(s)<<16)
				data = append(data, b[4-bits/8:]...)
			}
		}
	}
	form := le.AppendUint16(nil, uint16(tag))
	form = le.AppendUint16(form, uint16(channels))
	form = le.AppendUint32(form, uint32(rate))
	form = le.AppendUint32(form, uint32(rate*channels*bits/8))
	form = le.AppendUint16(form, uint16(channels*bits/8))
	form = le.AppendUint16(form, uint16(bits))
	out := chunk("fmt ", form)
	for _, e := range extra {
		out = append(out, e...)
	}
	out = append(out, chunk("data", data)...)
	return append(le.AppendUint32([]byte("RIFF"), uint32(4+len(out))), append([]byte("WAVE"), out...)...)
}

func chunk(id string, b []byte) []byte {
	c := append(binary.LittleEndian.AppendUint32([]byte(id), uint32(len(b))), b...)
	if len(b)%2 == 1 {
		c = append(c, 0)
	}
	return c
}

func decode(t *testing.T, b []byte) *media.Clip {
	t.Helper()
	c, err := media.DecodeClip(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWAVOfEveryKind(t *testing.T) {
	for _, form := range []struct{ tag, bits int }{{1, 8}, {1, 16}, {1, 24}, {1, 32}, {3, 32}, {3, 64}, {6, 8}, {7, 8}} {
		for _, rate := range usualRates {
			for channels := 1; channels <= 2; channels++ {
				c := decode(t, wavFile(form.tag, form.bits, channels, rate, sine(440, 16000, rate, rate/5)))
				name := fmt.Sprintf("format %d, %d bits, %d Hz, %d channels", form.tag, form.bits, rate, channels)
				if c.Duration() != time.Second/5 {
					t.Errorf("%s: %v, expected 200ms", name, c.Duration())
				}
				if s := strength(c.Samples(), 440, 8000); s < 15700 || s > 16300 {
					t.Errorf("%s: the tone has a peak of %.0f, expected 16000", name, s)
				}
			}
		}
	}
}

// Stereo is mixed: each side counts half.
func TestStereoIsMixedDown(t *testing.T) {
	b := wavFile(1, 16, 2, 8000, make([]int16, 8000))
	for i, s := range sine(500, 10000, 8000, 8000) {
		binary.LittleEndian.PutUint16(b[44+4*i:], uint16(s))
	}
	if s := strength(decode(t, b).Samples(), 500, 8000); s < 4950 || s > 5050 {
		t.Errorf("a tone on the left has a peak of %.0f, expected 5000", s)
	}
}

func TestOddWAVs(t *testing.T) {
	tone := sine(440, 16000, 8000, 8000)
	plain := wavFile(1, 16, 1, 8000, tone)
	le := binary.LittleEndian
	change := func(at int, v uint32) []byte {
		b := bytes.Clone(plain)
		le.PutUint32(b[at:], v)
		return b
	}
	extensible := bytes.Clone(plain[:12])
	form := bytes.Clone(plain[20:36])
	le.PutUint16(form, 0xfffe)
	form = append(form, 22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71)
	extensible = append(extensible, chunk("fmt ", form)...)
	extensible = append(extensible, plain[36:]...)

	for name, row := range map[string]struct {
		b    []byte
		want int
	}{
		"plain":                      {plain, 8000},
		"extensible":                 {extensible, 8000},
		"odd chunks between":         {wavFile(1, 16, 1, 8000, tone, chunk("LIST", []byte("abc")), chunk("fact", []byte("x"))), 8000},
		"chunk after the data":       {append(bytes.Clone(plain), chunk("LIST", []byte("end"))...), 8000},
		"cut in the data":            {plain[:44+8001], 4000},
		"length 0, never set":        {change(40, 0), 8000},
		"length all ones, a stream":  {change(40, math.MaxUint32), 8000},
		"length beyond the file":     {change(40, 0x7ffff000), 8000},
		"RIFF length that is wrong":  {change(4, 7), 8000},
		"length that cuts a block":   {change(40, 8001), 4000},
		"data chunk with no samples": {wavFile(1, 16, 1, 8000, nil), 0},
	} {
		c, err := media.DecodeClip(bytes.NewReader(row.b))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if len(c.Samples()) != row.want {
			t.Errorf("%s: %d samples, expected %d", name, len(c.Samples()), row.want)
		}
	}
}

func TestWhatIsNoSound(t *testing.T) {
	plain := wavFile(1, 16, 1, 8000, make([]int16, 100))
	with := func(at int, v uint16) []byte {
		b := bytes.Clone(plain)
		binary.LittleEndian.PutUint16(b[at:], v)
		return b
	}
	for name, b := range map[string][]byte{
		"nothing":            {},
		"text":               []byte("this is a text, not a sound at all"),
		"HTML":               []byte("<!DOCTYPE html><html>"),
		"RIFF of another":    []byte("RIFF\x04\x00\x00\x00AVI LIST"),
		"header cut":         plain[:20],
		"no data":            plain[:36],
		"no channels":        with(22, 0),
		"9 channels":         with(22, 9),
		"rate of 0":          append(append(bytes.Clone(plain[:24]), 0, 0, 0, 0), plain[28:]...),
		"ADPCM":              with(20, 2),
		"12 bits":            with(34, 12),
		"block of 3":         with(32, 3),
		"data before format": append(bytes.Clone(plain[:12]), plain[36:]...),
		"MP3 of garbage":     append([]byte{0xff, 0xfb, 0x90, 0x64}, bytes.Repeat([]byte{0x55}, 300)...),
		"ID3 and no more":    []byte("ID3\x03\x00\x00\x00\x00\x00\x00"),
	} {
		if _, err := media.DecodeClip(bytes.NewReader(b)); !errors.Is(err, media.ErrAudio) {
			t.Errorf("%s: %v, expected ErrAudio", name, err)
		}
	}
	broken := errors.New("the disk is gone")
	if _, err := media.DecodeClip(io.MultiReader(bytes.NewReader(plain[:100]), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v, expected its error", err)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

func TestMP3(t *testing.T) {
	for _, row := range []struct {
		file string
		d    time.Duration
		hz   []float64
	}{
		{"testdata/tone440.mp3", time.Second, []float64{440}},
		{"testdata/stereo.mp3", time.Second / 2, []float64{440, 1000}},
	} {
		b, err := os.ReadFile(row.file)
		if err != nil {
			t.Fatal(err)
		}
		c := decode(t, b)
		if over := c.Duration() - row.d; over < 0 || over > 150*time.Millisecond { // the encoder pads
			t.Errorf("%s: %v, expected %v and a little", row.file, c.Duration(), row.d)
		}
		for _, hz := range row.hz {
			want := 16384 / float64(len(row.hz))
			if s := strength(c.Samples()[1000:3800], hz, 8000); s < 0.9*want || s > 1.1*want {
				t.Errorf("%s: %g Hz has a peak of %.0f, expected %.0f", row.file, hz, s, want)
			}
		}
		if half := decode(t, b[:len(b)/2]); half.Duration() < row.d/4 || half.Duration() > row.d {
			t.Errorf("%s, cut in half: %v", row.file, half.Duration())
		}
	}
}

// The decoder makes noise of some low bit rates: no sound is better.
func TestMP3ThatWouldBeNoise(t *testing.T) {
	b, err := os.ReadFile("testdata/low.mp3")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := media.DecodeClip(bytes.NewReader(b)); !errors.Is(err, media.ErrAudio) {
		t.Errorf("%v, expected ErrAudio", err)
	}
}

func FuzzDecodeClip(f *testing.F) {
	tone := sine(440, 16000, 8000, 50)
	f.Add(wavFile(1, 16, 1, 8000, tone))
	f.Add(wavFile(3, 32, 2, 44100, tone, chunk("LIST", []byte("abc"))))
	f.Add(wavFile(7, 8, 1, 8000, tone))
	if b, err := os.ReadFile("testdata/tone440.mp3"); err == nil {
		f.Add(b[:1000])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := media.DecodeClip(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, media.ErrAudio) {
				t.Errorf("%v is not ErrAudio", err)
			}
			return
		}
		// A sample takes a bit at least, wherever it came from.
		if n := len(c.Samples()); n > 8*len(b)*2+8000*8 {
			t.Errorf("%d bytes became %d samples", len(b), n)
		}
	})
}
