package media

import (
	"encoding/binary"
	"io"
	"math"
)

// wavHeaderSize is the length of the header that we write: RIFF, one format
// chunk, the head of the data chunk.
const wavHeaderSize = 44

// wavMaxData is how much sound a WAV file can hold: its lengths have 32 bits.
const wavMaxData = math.MaxUint32 - wavHeaderSize - 1

// wavHeader is the header of 16-bit PCM with that many bytes of sound.
func wavHeader(rate, channels int, data int64) []byte {
	b := make([]byte, 0, wavHeaderSize)
	le := binary.LittleEndian
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, uint32(wavHeaderSize-8+data))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, wavePCM)
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*channels*2))
	b = le.AppendUint16(b, uint16(channels*2))
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	return le.AppendUint32(b, uint32(data))
}

// WriteWAV writes mono sound as a WAV file of 16-bit PCM.
func WriteWAV(w io.Writer, rate int, samples []int16) error {
	b := wavHeader(rate, 1, int64(len(samples))*2)
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	_, err := w.Write(b)
	return err
}
