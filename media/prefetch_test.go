package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"ringflow/media"
)

func raw(samples []int16) []byte {
	var b []byte
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

func TestPrefetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tone := sine(440, 8000, 8000, 8000*5) // more than fits
		p, err := media.Prefetch(iotest.OneByteReader(bytes.NewReader(raw(tone))), 8000)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		var got []int16
		f := make(media.Frame, 160)
		for {
			synctest.Wait()
			if p.ReadFrame(f) != nil {
				break
			}
			got = append(got, f...)
		}
		if !slices.Equal(got, tone) || p.Starved() != 0 || p.Err() != nil {
			t.Errorf("%d samples, starved %d times, %v", len(got), p.Starved(), p.Err())
		}
	})
}

func TestPrefetchAtAnotherRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := media.Prefetch(bytes.NewReader(raw(sine(440, 8000, 24000, 24000))), 24000)
		defer p.Close()
		synctest.Wait()
		got := hear(t, p, 8000, 1000)
		if s := strength(got[400:7600], 440, 8000); s < 7800 || s > 8200 || len(got) != 8000 {
			t.Errorf("%d samples, the tone has a peak of %.0f", len(got), s)
		}
	})
}

// A reader that stalls gives silence; its error ends the sound and is told.
func TestPrefetchStarves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		p, _ := media.Prefetch(r, 8000)
		w.Write(raw(slices.Repeat([]int16{1000}, 160)))
		synctest.Wait()
		f := make(media.Frame, 160)
		if err := p.ReadFrame(f); err != nil || f[0] != 1000 {
			t.Errorf("%v, %d", err, f[0])
		}
		if err := p.ReadFrame(f); err != nil || f[0] != 0 || p.Starved() != 1 {
			t.Errorf("starved: %v, %d, %d times", err, f[0], p.Starved())
		}
		gone := errors.New("gone")
		w.CloseWithError(gone)
		synctest.Wait()
		if err := p.ReadFrame(f); err != io.EOF || !errors.Is(p.Err(), gone) {
			t.Errorf("%v, and the reason %v", err, p.Err())
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Close ends a reader that waits, and one that waits for room.
func TestPrefetchCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent, _ := io.Pipe()
		for _, r := range []io.Reader{silent, bytes.NewReader(make([]byte, 1<<20))} {
			p, _ := media.Prefetch(r, 8000)
			time.Sleep(time.Second)
			p.Close()
			if err := p.ReadFrame(make(media.Frame, 160)); err != io.EOF {
				t.Errorf("after Close: %v", err)
			}
		}
	})
}
