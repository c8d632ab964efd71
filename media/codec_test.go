package media_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/zaf/g711"

	"ringflow/media"
)

// corpus gives a file of the ITU-T Software Tools Library, read from the
// folder RINGFLOW_CORPUS. Without it the test is skipped, in CI it fails.
func corpus(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("RINGFLOW_CORPUS")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("RINGFLOW_CORPUS is not set: in CI the ITU-T vectors must be there")
		}
		t.Skip("RINGFLOW_CORPUS is not set: no ITU-T vectors to compare with")
	}
	b, err := os.ReadFile(filepath.Join(dir, "audio/itu-stl/g711/test_data", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func words(b []byte) []uint16 {
	w := make([]uint16, len(b)/2)
	for i := range w {
		w[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return w
}

// The vectors hold every 16-bit sample once, 16 bits a value; codes come in
// the low byte.
func TestG711IsBitExact(t *testing.T) {
	for _, row := range []struct{ codec, source, encoded, decoded string }{
		{"PCMA", "sweep.src", "sweep-r.a", "sweep-r.rea"},
		{"PCMU", "sweep.src", "sweep-r.u", "sweep-r.reu"},
	} {
		t.Run(row.codec, func(t *testing.T) {
			c := media.CodecByName(row.codec)
			source, encoded, decoded := words(corpus(t, row.source)), words(corpus(t, row.encoded)), words(corpus(t, row.decoded))
			if len(source) != 65536 || len(encoded) != len(source) || len(decoded) != len(source) {
				t.Fatalf("vectors have %d, %d and %d values, expected 65536", len(source), len(encoded), len(decoded))
			}
			differ := 0
			for i := range source {
				var b [1]byte
				var f [1]int16
				c.Encode(b[:], media.Frame{int16(source[i])})
				c.Decode(f[:], b[:])
				if uint16(b[0]) != encoded[i] || uint16(f[0]) != decoded[i] {
					if differ == 0 {
						t.Errorf("sample %d: code %#x, expected %#x; back %d, expected %d",
							int16(source[i]), b[0], encoded[i], f[0], int16(decoded[i]))
					}
					differ++
				}
			}
			if differ > 0 {
				t.Errorf("%d of %d values differ", differ, len(source))
			}
		})
	}
}

// The same, against another implementation, for whoever has no vectors.
func TestG711AgreesWithAnother(t *testing.T) {
	ulaw, alaw := media.CodecByName("pcmu"), media.CodecByName("pcma")
	var b [1]byte
	var f [1]int16
	for i := -32768; i <= 32767; i++ {
		s := media.Frame{int16(i)}
		if ulaw.Encode(b[:], s); b[0] != g711.EncodeUlawFrame(int16(i)) {
			t.Fatalf("mu-law of %d is %#x, expected %#x", i, b[0], g711.EncodeUlawFrame(int16(i)))
		}
		if alaw.Encode(b[:], s); b[0] != g711.EncodeAlawFrame(int16(i)) {
			t.Fatalf("A-law of %d is %#x, expected %#x", i, b[0], g711.EncodeAlawFrame(int16(i)))
		}
	}
	for i := range 256 {
		b[0] = byte(i)
		if ulaw.Decode(f[:], b[:]); f[0] != g711.DecodeUlawFrame(byte(i)) {
			t.Fatalf("mu-law %#x is %d, expected %d", i, f[0], g711.DecodeUlawFrame(byte(i)))
		}
		if alaw.Decode(f[:], b[:]); f[0] != g711.DecodeAlawFrame(byte(i)) {
			t.Fatalf("A-law %#x is %d, expected %d", i, f[0], g711.DecodeAlawFrame(byte(i)))
		}
	}
}

func TestCodecTable(t *testing.T) {
	for _, c := range media.Codecs {
		if media.CodecByName(c.Name) != c || media.CodecByPayloadType(c.PayloadType) != c {
			t.Errorf("%s is not found by its name and its payload type", c.Name)
		}
		payload, frame := make([]byte, 160), make(media.Frame, 160)
		if n := c.Encode(payload, frame); n != 160 || payload[0] != c.Silence {
			t.Errorf("%s: silence is %d bytes of %#x, expected 160 of %#x", c.Name, n, payload[0], c.Silence)
		}
		if a := testing.AllocsPerRun(100, func() { c.Encode(payload, frame); c.Decode(frame, payload) }); a != 0 {
			t.Errorf("%s allocates %v times a frame", c.Name, a)
		}
	}
	if media.CodecByName("opus") != nil || media.CodecByPayloadType(96) != nil {
		t.Error("a codec that we don't have was found")
	}
}

func BenchmarkCodec(b *testing.B) {
	for _, c := range media.Codecs {
		b.Run(c.Name, func(b *testing.B) {
			payload, frame := make([]byte, 160), make(media.Frame, 160)
			for i := range frame {
				frame[i] = int16(i * 199)
			}
			for b.Loop() {
				c.Encode(payload, frame)
				c.Decode(frame, payload)
			}
		})
	}
}
