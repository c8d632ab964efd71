package media

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hajimehoshi/go-mp3"
)

// readMP3 reads an MP3 as mono. The decoder gives stereo in any case.
func readMP3(r *bufio.Reader) (samples []int16, rate int, err error) {
	defer func() { // a decoder of foreign bytes that we did not write
		if v := recover(); v != nil {
			samples, err = nil, fmt.Errorf("MP3: %w: %v", ErrAudio, v)
		}
	}()
	// A bare reader: with a Seeker the decoder would read everything twice.
	d, err := mp3.NewDecoder(struct{ io.Reader }{r})
	if err != nil {
		return nil, 0, fmt.Errorf("MP3: %w: %w", ErrAudio, err)
	}
	rate = d.SampleRate()
	if rate < minRate || rate > maxRate {
		return nil, 0, fmt.Errorf("MP3: %w: rate %d Hz", ErrAudio, rate)
	}
	buf := make([]byte, 4*1152)
	for {
		n, err := io.ReadFull(d, buf)
		for b := buf[:n&^3]; len(b) > 0; b = b[4:] {
			left, right := int16(binary.LittleEndian.Uint16(b)), int16(binary.LittleEndian.Uint16(b[2:]))
			samples = append(samples, int16((int(left)+int(right))/2))
		}
		if len(samples) > maxClipSeconds*rate {
			return nil, 0, fmt.Errorf("MP3: %w: longer than %d hours", ErrAudio, maxClipSeconds/3600)
		}
		if err != nil { // the end, or a file that is cut: what there is counts
			if len(samples) == 0 {
				return nil, 0, fmt.Errorf("MP3: %w: no sound in it", ErrAudio)
			}
			return samples, rate, nil
		}
	}
}
