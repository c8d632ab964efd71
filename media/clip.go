package media

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"time"
)

// ClipRate is the rate at which clips are kept: the telephone's.
const ClipRate = 8000

// Clip is a piece of sound, decoded once and shared: nobody writes to it.
type Clip struct{ samples []int16 }

// NewClip makes a clip of samples, which it keeps if they are of ClipRate.
func NewClip(samples []int16, rate int) (*Clip, error) {
	s, err := Resample(samples, rate, ClipRate)
	if err != nil {
		return nil, err
	}
	return &Clip{samples: s}, nil
}

// DecodeClip reads a WAV or an MP3 to its end. The bytes tell which it is,
// not a name.
func DecodeClip(r io.Reader) (*Clip, error) {
	br := bufio.NewReaderSize(r, 16*1024)
	head, err := br.Peek(12)
	if len(head) == 0 {
		if err == io.EOF {
			return nil, fmt.Errorf("%w: it is empty", ErrAudio)
		}
		return nil, err
	}
	read := readWAV
	switch {
	case bytes.HasPrefix(head, []byte("RIFF")), bytes.HasPrefix(head, []byte("RF64")):
	case bytes.HasPrefix(head, []byte("ID3")), len(head) > 1 && head[0] == 0xff && head[1]&0xe0 == 0xe0:
		read = readMP3
	default:
		return nil, fmt.Errorf("%w: neither WAV nor MP3, it begins with %q", ErrAudio, head)
	}
	samples, rate, err := read(br)
	if err != nil {
		return nil, err
	}
	return NewClip(samples, rate)
}

// Duration is how long the clip plays.
func (c *Clip) Duration() time.Duration {
	return time.Duration(len(c.samples)) * time.Second / ClipRate
}

// Samples are the clip's samples at ClipRate. They may not be written to.
func (c *Clip) Samples() []int16 { return c.samples }

// Size is what the clip takes of memory, in bytes.
func (c *Clip) Size() int64 { return int64(cap(c.samples))*2 + 64 }

// Source plays the clip from its beginning that many times; 0 is for ever.
// Each caller takes a source of its own.
func (c *Clip) Source(times int) Source {
	return &clipSource{clip: c, left: max(times, 1), forever: times <= 0}
}

type clipSource struct {
	clip    *Clip
	at      int
	left    int
	forever bool
	up      *Resampler // to a rate that is not the clip's
	buf     [ClipRate / 50]int16
	out     []int16
}

func (s *clipSource) ReadFrame(f Frame) error {
	if f.Rate() == ClipRate {
		return s.read(f)
	}
	if s.up == nil || len(s.out) != len(f) {
		var err error
		if s.up, err = NewResampler(ClipRate, f.Rate()); err != nil {
			return err
		}
		s.out = make([]int16, len(f))
	}
	if err := s.read(s.buf[:]); err != nil {
		return err
	}
	copy(f, s.up.Process(s.out[:0], s.buf[:]))
	return nil
}

func (s *clipSource) read(f []int16) error {
	all := s.clip.samples
	if len(all) == 0 || s.left == 0 {
		return io.EOF
	}
	for n := 0; n < len(f); {
		if s.left == 0 {
			clear(f[n:])
			break
		}
		k := copy(f[n:], all[s.at:])
		n += k
		if s.at += k; s.at == len(all) {
			s.at = 0
			if !s.forever {
				s.left--
			}
		}
	}
	return nil
}
