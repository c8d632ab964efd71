package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// RepairWAV sets the lengths in the header of a WAV file to those of the file,
// for one whose writer died. size is the file's. It changes nothing in a file
// that is right, and in one that is no WAV file of 16-bit PCM as Recorder
// writes it, which is an error. repaired tells whether it wrote.
func RepairWAV(f interface {
	io.ReaderAt
	io.WriterAt
}, size int64) (repaired bool, err error) {
	if size < wavHeaderSize {
		return false, fmt.Errorf("repair WAV: %w: %d bytes, its header has %d", ErrAudio, size, wavHeaderSize)
	}
	have := make([]byte, wavHeaderSize)
	if _, err := f.ReadAt(have, 0); err != nil {
		return false, fmt.Errorf("repair WAV: %w", err)
	}
	channels, rate := int(binary.LittleEndian.Uint16(have[22:])), int(binary.LittleEndian.Uint32(have[24:]))
	if channels < 1 || channels > 2 || rate < minRate || rate > maxRate {
		return false, fmt.Errorf("repair WAV: %w: %d channels at %d Hz", ErrAudio, channels, rate)
	}
	data := min(size-wavHeaderSize, wavMaxData)
	data -= data % int64(2*channels)
	want := wavHeader(rate, channels, data)
	if bytes.Equal(have, want) {
		return false, nil
	}
	was := wavHeader(rate, channels, int64(binary.LittleEndian.Uint32(have[40:])))
	if !bytes.Equal(have[8:40], was[8:40]) {
		return false, fmt.Errorf("repair WAV: %w: not a file that was recorded here", ErrAudio)
	}
	_, err = f.WriteAt(want, 0)
	return err == nil, err
}

// WAVDuration is how much sound a file of that size holds that Recorder wrote.
func WAVDuration(size int64, rate, channels int) time.Duration {
	return time.Duration(max(0, size-wavHeaderSize)/int64(2*channels)) * time.Second / time.Duration(rate)
}
