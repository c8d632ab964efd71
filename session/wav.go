package session

import (
	"bytes"
	"encoding/binary"
	"io"

	"ringflow/media"
)

// ToWav makes a WAV file, 16 bits, of whatever sound a call can play. An error tells what of it
// can't be read.
func ToWav(r io.Reader) ([]byte, error) {
	clip, err := media.DecodeClip(r)
	if err != nil {
		return nil, err
	}
	samples := clip.Samples()
	size := uint32(2 * len(samples)) //nolint:gosec // clips are bounded
	var b bytes.Buffer
	b.Grow(44 + int(size))
	for _, v := range []any{
		[]byte("RIFF"), 36 + size, []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(media.ClipRate), uint32(2 * media.ClipRate),
		uint16(2), uint16(16), []byte("data"), size, samples,
	} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}
