package media

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrAudio: the bytes are no sound that we can read. The text of the error
// says what they are.
var ErrAudio = errors.New("no sound that can be read")

// wave format tags, RFC 2361 and Microsoft's mmreg.h.
const (
	wavePCM        = 1
	waveFloat      = 3
	waveALaw       = 6
	waveMuLaw      = 7
	waveExtensible = 0xfffe
)

// MaxClip bounds the length of a clip: two hours of music on hold, at 8 kHz
// 115 MB, is more than anybody will miss.
const maxClipSeconds = 2 * 60 * 60

type wavFormat struct {
	tag, channels, bits int
	rate, block         int
}

// readWAV reads a WAV file as mono: PCM of 8, 16, 24 and 32 bits, float of 32
// and 64, A-law, mu-law; several channels are mixed down. A file that ends too
// early gives what there is, and a length of 0 or of 0xffffffff, as a program
// writes that could not go back to the header, means up to the end.
func readWAV(r *bufio.Reader) (samples []int16, rate int, err error) {
	var riff [12]byte
	if _, err := io.ReadFull(r, riff[:]); err != nil {
		return nil, 0, fmt.Errorf("WAV: %w: %d bytes are no header", ErrAudio, len(riff))
	}
	if id := string(riff[:4]); (id != "RIFF" && id != "RF64") || string(riff[8:]) != "WAVE" {
		return nil, 0, fmt.Errorf("WAV: %w: it begins with %q", ErrAudio, riff[:])
	}
	var f *wavFormat
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, 0, fmt.Errorf("WAV: %w: no data chunk", ErrAudio)
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		switch string(head[:4]) {
		case "fmt ":
			if f, err = readWAVFormat(r, size); err != nil {
				return nil, 0, err
			}
		case "data":
			if f == nil {
				return nil, 0, fmt.Errorf("WAV: %w: data chunk without a format before it", ErrAudio)
			}
			if size == 0 || size == math.MaxUint32 {
				size = math.MaxInt64
			}
			samples, err = f.read(io.LimitReader(r, size))
			return samples, f.rate, err
		default:
			// Chunks begin at even places (RIFF, "pad byte").
			if _, err := io.CopyN(io.Discard, r, size+size&1); err != nil {
				return nil, 0, fmt.Errorf("WAV: %w: it ends in chunk %q", ErrAudio, head[:4])
			}
		}
	}
}

func readWAVFormat(r io.Reader, size int64) (*wavFormat, error) {
	if size < 16 || size > 1024 {
		return nil, fmt.Errorf("WAV: %w: format chunk of %d bytes", ErrAudio, size)
	}
	b := make([]byte, size+size&1)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("WAV: %w: it ends in its format chunk", ErrAudio)
	}
	le := binary.LittleEndian
	f := &wavFormat{
		tag: int(le.Uint16(b)), channels: int(le.Uint16(b[2:])), rate: int(le.Uint32(b[4:])),
		block: int(le.Uint16(b[12:])), bits: int(le.Uint16(b[14:])),
	}
	if f.tag == waveExtensible {
		if size < 40 {
			return nil, fmt.Errorf("WAV: %w: extensible format of %d bytes, needs 40", ErrAudio, size)
		}
		f.tag = int(le.Uint16(b[24:])) // the first bytes of the sub-format's GUID
	}
	switch {
	case f.tag == wavePCM && (f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32):
	case f.tag == waveFloat && (f.bits == 32 || f.bits == 64):
	case (f.tag == waveALaw || f.tag == waveMuLaw) && f.bits == 8:
	default:
		return nil, fmt.Errorf("WAV: %w: format %#x with %d bits; PCM of 8, 16, 24, 32 bits, float, A-law and mu-law can be read", ErrAudio, f.tag, f.bits)
	}
	if f.channels < 1 || f.channels > 8 {
		return nil, fmt.Errorf("WAV: %w: %d channels, must be 1 to 8", ErrAudio, f.channels)
	}
	if f.rate < minRate || f.rate > maxRate {
		return nil, fmt.Errorf("WAV: %w: rate %d Hz, must be %d to %d", ErrAudio, f.rate, minRate, maxRate)
	}
	if f.block != f.channels*f.bits/8 {
		return nil, fmt.Errorf("WAV: %w: blocks of %d bytes with %d channels of %d bits", ErrAudio, f.block, f.channels, f.bits)
	}
	return f, nil
}

// read decodes up to the end of r. A last block that is cut is left out.
func (f *wavFormat) read(r io.Reader) ([]int16, error) {
	var samples []int16
	sample, width := f.sample(), f.bits/8
	buf := make([]byte, f.block*1024)
	for {
		n, err := io.ReadFull(r, buf)
		for b := buf[:n-n%f.block]; len(b) > 0; b = b[f.block:] {
			sum := 0
			for c := range f.channels {
				sum += int(sample(b[c*width:]))
			}
			samples = append(samples, int16(sum/f.channels))
		}
		if len(samples) > maxClipSeconds*f.rate {
			return nil, fmt.Errorf("WAV: %w: longer than %d hours", ErrAudio, maxClipSeconds/3600)
		}
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return samples, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// sample tells how one sample of one channel is read.
func (f *wavFormat) sample() func(b []byte) int16 {
	le := binary.LittleEndian
	switch f.tag<<8 | f.bits {
	case wavePCM<<8 | 8: // unsigned, the only one
		return func(b []byte) int16 { return int16(int(b[0])-128) << 8 }
	case wavePCM<<8 | 16:
		return func(b []byte) int16 { return int16(le.Uint16(b)) }
	case wavePCM<<8 | 24:
		return func(b []byte) int16 { return int16(le.Uint16(b[1:])) }
	case wavePCM<<8 | 32:
		return func(b []byte) int16 { return int16(le.Uint16(b[2:])) }
	case waveFloat<<8 | 32:
		return func(b []byte) int16 { return float16(float64(math.Float32frombits(le.Uint32(b)))) }
	case waveFloat<<8 | 64:
		return func(b []byte) int16 { return float16(math.Float64frombits(le.Uint64(b))) }
	case waveALaw<<8 | 8:
		return func(b []byte) int16 { return pcmaDecoded[b[0]] }
	default:
		return func(b []byte) int16 { return pcmuDecoded[b[0]] }
	}
}

// float16 scales −1 to 1. What is no number is silence.
func float16(v float64) int16 {
	if math.IsNaN(v) {
		return 0
	}
	return int16(math.Round(max(-32768, min(32767, v*32768))))
}
