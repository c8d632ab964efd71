package media

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hajimehoshi/go-mp3"
)

const maxMP3 = 128 << 20 // bytes; two hours at 128 kbit/s

// readMP3 reads an MP3 as mono. The decoder gives stereo in any case.
func readMP3(r *bufio.Reader) (samples []int16, rate int, err error) {
	defer func() { // a decoder of foreign bytes that we did not write
		if v := recover(); v != nil {
			samples, err = nil, fmt.Errorf("MP3: %w: %v", ErrAudio, v)
		}
	}()
	all, err := io.ReadAll(io.LimitReader(r, maxMP3+1))
	if err != nil {
		return nil, 0, err
	}
	if len(all) > maxMP3 {
		return nil, 0, fmt.Errorf("MP3: %w: more than %d MB", ErrAudio, maxMP3>>20)
	}
	if losesPadding(all) {
		return nil, 0, fmt.Errorf("MP3: %w: its low bit rate can't be decoded well; make it a WAV, or an MP3 of 48 kbit/s or more", ErrAudio)
	}
	// A bare reader: with a Seeker the decoder would read everything twice.
	d, err := mp3.NewDecoder(struct{ io.Reader }{bytes.NewReader(all)})
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

// Bit rates in kbit/s, and rates, of MPEG-2 layer III (ISO 13818-3).
var (
	mpeg2Bitrates = [16]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}
	mpeg2Rates    = [4]int{22050, 24000, 16000, 0}
)

// losesPadding tells whether go-mp3 would make noise of the file: in version
// 0.3.4 it halves the length of an MPEG-2 frame after adding the padding byte,
// and so loses it where the length without it is even (32 kbit/s at 22,050 Hz).
// It follows the frames from the first one for as long as they are in a row.
func losesPadding(b []byte) bool {
	if len(b) > 10 && bytes.HasPrefix(b, []byte("ID3")) { // lengths have 7 bits a byte
		b = b[min(len(b), 10+int(b[6])<<21+int(b[7])<<14+int(b[8])<<7+int(b[9])):]
	}
	for len(b) >= 4 && b[0] == 0xff && b[1]&0xfe == 0xf2 { // sync, MPEG-2, layer III
		rate := mpeg2Rates[b[2]>>2&3]
		if rate == 0 {
			return false
		}
		double := 144 * 1000 * mpeg2Bitrates[b[2]>>4] / rate
		padding := int(b[2] >> 1 & 1)
		if padding == 1 && double%2 == 0 {
			return true
		}
		size := double/2 + padding
		if size == 0 || size > len(b) {
			return false
		}
		b = b[size:]
	}
	return false
}
