package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"ringflow/media"
)

// sides reads a recorded file back, sample by sample, one row a channel.
func sides(t *testing.T, path string) [][]int16 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	if n := int(le.Uint32(b[40:])); n != len(b)-44 || int(le.Uint32(b[4:])) != len(b)-8 {
		t.Fatalf("the header tells of %d bytes, the file holds %d", n, len(b)-44)
	}
	all := make([][]int16, le.Uint16(b[22:]))
	for i, b := 0, b[44:]; i < len(b); i += 2 {
		c := i / 2 % len(all)
		all[c] = append(all[c], int16(le.Uint16(b[i:])))
	}
	return all
}

func record(t *testing.T, stereo bool) (*media.Recorder, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r.wav")
	r, err := media.RecordFile(path, 8000, stereo)
	if err != nil {
		t.Fatal(err)
	}
	return r, path
}

func write(s media.Sink, samples []int16, rate int) {
	for _, f := range frames(samples, rate) {
		s.WriteFrame(f)
	}
}

// Each party on its side, to the last sample.
func TestRecorderStereo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the clock may not go on while the test computes
		r, path := record(t, true)
		left, right := sine(440, 8000, 8000, 8000*7+160), sine(1000, 5000, 8000, 8000*7+160)
		lf, rf := frames(left, 8000), frames(right, 8000)
		for i := range lf {
			r.Side(0).WriteFrame(lf[i])
			r.Side(1).WriteFrame(rf[i])
		}
		d, err := r.Close()
		if err != nil || d != 7*time.Second+20*time.Millisecond {
			t.Errorf("closed with %v, %v", d, err)
		}
		r.Side(0).WriteFrame(lf[0]) // too late: ignored
		if again, err := r.Close(); again != d || err != nil {
			t.Errorf("closed again: %v, %v", again, err)
		}
		got := sides(t, path)
		if len(got) != 2 || !slices.Equal(got[0], left) || !slices.Equal(got[1], right) {
			t.Error("the sides are not what the parties said")
		}
	})
}

// Mono holds both, mixed without wrapping round.
func TestRecorderMono(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the clock may not go on while the test computes
		r, path := record(t, false)
		loud := slices.Repeat([]int16{30000}, 1600)
		write(r.Side(0), loud, 8000)
		write(r.Side(1), append(slices.Repeat([]int16{10000}, 800), make([]int16, 800)...), 8000)
		if _, err := r.Close(); err != nil {
			t.Fatal(err)
		}
		want := append(slices.Repeat([]int16{32767}, 800), slices.Repeat([]int16{30000}, 800)...)
		if got := sides(t, path); len(got) != 1 || !slices.Equal(got[0], want) {
			t.Errorf("%d channels, %d samples", len(got), len(got[0]))
		}
	})
}

func TestRecorderTakesOtherRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the clock may not go on while the test computes
		r, path := record(t, true)
		write(r.Side(0), sine(440, 8000, 16000, 16000), 16000)
		write(r.Side(1), sine(1000, 8000, 48000, 48000), 48000)
		if d, err := r.Close(); err != nil || d != time.Second {
			t.Errorf("%v, %v", d, err)
		}
		got := sides(t, path)
		for i, hz := range []float64{440, 1000} {
			if s := strength(got[i][800:7200], hz, 8000); s < 7800 || s > 8200 {
				t.Errorf("side %d: %g Hz has a peak of %.0f, expected 8000", i, hz, s)
			}
		}
	})
}

// A side that comes later, or was on hold, goes on where the clock is.
func TestRecorderKeepsSidesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, path := record(t, true)
		talk := func(d time.Duration, sides ...int) {
			for range d / media.FrameDuration {
				for _, s := range sides {
					r.Side(s).WriteFrame(slices.Repeat(media.Frame{int16(1000 * (s + 1))}, 160))
				}
				time.Sleep(media.FrameDuration)
			}
		}
		talk(3*time.Second, 0) // only the caller
		talk(2*time.Second, 0, 1)
		talk(4*time.Second, 1)      // the caller is on hold
		time.Sleep(5 * time.Second) // both are
		talk(time.Second, 0, 1)
		if d, err := r.Close(); err != nil || d != 15*time.Second {
			t.Errorf("%v, %v; expected 15s", d, err)
		}
		got := sides(t, path)
		for s, want := range [][]int{{0, 5, 14, 15}, {3, 9, 14, 15}} { // from, to, from, to
			for second := range 15 {
				on := second >= want[0] && second < want[1] || second >= want[2] && second < want[3]
				part := got[s][second*8000 : (second+1)*8000]
				level := 0
				for _, v := range part {
					if v != 0 {
						level++
					}
				}
				if on && level != 8000 || !on && level != 0 {
					t.Errorf("side %d, second %d: %d samples with sound, expected %v", s, second, level, on)
				}
			}
		}
	})
}

// Whenever the process dies, what is on the disk can be played, but for the
// last second or so.
func TestRecorderWhenTheProcessDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, path := record(t, true)
		defer r.Close()
		for i := range 500 {
			r.Side(0).WriteFrame(sine(440, 8000, 8000, 160))
			time.Sleep(media.FrameDuration)
			synctest.Wait()
			if i%100 != 99 {
				continue
			}
			all := sides(t, path) // checks the header
			if have, want := len(all[0]), (i+1)*160; have < want-8000*5/4 {
				t.Errorf("after %v only %d of %d samples are safe", time.Duration(i+1)*media.FrameDuration, have, want)
			}
		}
	})
}

// disk is a file that is full from some byte on, or slow.
type disk struct {
	b      []byte
	at     int
	full   int
	stand  chan struct{} // Write waits for it, if it is not nil
	synced bool
}

func (d *disk) Write(p []byte) (int, error) {
	if d.stand != nil && d.at > 0 {
		<-d.stand
	}
	n := min(len(p), d.full-d.at)
	d.b = append(d.b, make([]byte, max(0, d.at+n-len(d.b)))...)
	copy(d.b[d.at:], p[:n])
	d.at += n
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (d *disk) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekStart {
		return 0, errors.ErrUnsupported
	}
	d.at = int(offset)
	return offset, nil
}

func (d *disk) Sync() error { d.synced = true; return nil }

// A full disk is told, and what is on it can be played.
func TestRecorderOnAFullDisk(t *testing.T) {
	d := &disk{full: 44 + 40001}
	r, err := media.NewRecorder(d, 8000, false)
	if err != nil {
		t.Fatal(err)
	}
	synced := make(chan time.Duration)
	go func() {
		write(r.Side(0), sine(440, 8000, 8000, 8000*20), 8000)
		length, err := r.Close()
		if !errors.Is(err, syscall.ENOSPC) || !errors.Is(r.Err(), syscall.ENOSPC) {
			t.Errorf("Close: %v, Err: %v, expected no space left", err, r.Err())
		}
		synced <- length
	}()
	if length := <-synced; length != 2500*time.Millisecond {
		t.Errorf("%v is in the file, expected 2.5s", length)
	}
	if !d.synced {
		t.Error("it was not synced")
	}
	clip, err := media.DecodeClip(bytes.NewReader(d.b))
	if err != nil || clip.Duration() != 2500*time.Millisecond {
		t.Errorf("played back: %v, %v", clip.Duration(), err)
	}
}

// A disk that stands still never holds up a call, and takes no more memory
// than half a minute of sound.
func TestRecorderOnADiskThatStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{full: 1 << 30, stand: make(chan struct{})}
		r, err := media.NewRecorder(d, 8000, false)
		if err != nil {
			t.Fatal(err)
		}
		tone := media.Frame(sine(440, 8000, 8000, 160))
		for range 50 * 60 {
			r.Side(0).WriteFrame(tone)
			time.Sleep(media.FrameDuration)
		}
		if !errors.Is(r.Err(), media.ErrRecorderSlow) {
			t.Errorf("after a minute: %v, expected ErrRecorderSlow", r.Err())
		}
		close(d.stand)
		synctest.Wait()
		for range 50 {
			r.Side(0).WriteFrame(tone)
			time.Sleep(media.FrameDuration)
		}
		length, err := r.Close()
		if !errors.Is(err, media.ErrRecorderSlow) {
			t.Errorf("Close: %v, expected ErrRecorderSlow", err)
		}
		// Sound is missing, time is not: no more than passes for a jitter of the clock.
		if missing := 61*time.Second - length; missing < 0 || missing > 60*time.Millisecond {
			t.Errorf("%v, expected 1m1s", length)
		}
	})
}

// A machine that stands still for minutes costs a few frames when it goes on,
// and no time: what comes afterwards is where the clock says.
func TestRecorderOnAMachineThatStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, path := record(t, true)
		tone := media.Frame(sine(440, 8000, 8000, 160))
		for range 2 {
			for range 50 * 3 {
				r.Side(0).WriteFrame(tone)
				r.Side(1).WriteFrame(tone)
				time.Sleep(media.FrameDuration)
			}
			time.Sleep(3 * time.Minute)
		}
		length, err := r.Close()
		if !errors.Is(err, media.ErrRecorderSlow) {
			t.Errorf("Close: %v, expected ErrRecorderSlow", err)
		}
		if want := 3*time.Minute + 6*time.Second; length < want-60*time.Millisecond || length > want {
			t.Errorf("%v, expected %v", length, want)
		}
		for i, side := range sides(t, path) {
			last := side[len(side)-8000*2:]
			if quiet := 8000*2 - len(slices.DeleteFunc(slices.Clone(last), func(v int16) bool { return v == 0 })); quiet > 1000 {
				t.Errorf("side %d: %d of the last 16000 samples are silence", i, quiet)
			}
		}
	})
}

func TestRecorderAllocatesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := record(t, true)
		defer r.Close()
		f := make(media.Frame, 160)
		for range 200 { // to its full size
			r.Side(0).WriteFrame(f)
			time.Sleep(media.FrameDuration)
		}
		// The goroutine's part is counted too: all of it together, by the frame.
		a := testing.AllocsPerRun(20, func() {
			for range 50 {
				r.Side(0).WriteFrame(f)
				r.Side(1).WriteFrame(f)
				time.Sleep(media.FrameDuration)
			}
		})
		if a > 60 { // the bubble's timers; two a frame would be 100
			t.Errorf("%v allocations a second", a)
		}
	})
}

func TestRepairWAV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.wav")
	b := wavFile(1, 16, 2, 8000, sine(440, 8000, 8000, 8000))
	stale := bytes.Clone(b)
	binary.LittleEndian.PutUint32(stale[40:], 0)
	binary.LittleEndian.PutUint32(stale[4:], 36)
	repair := func(content []byte) (bool, error) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		return media.RepairWAV(f, int64(len(content)))
	}
	for name, row := range map[string]struct {
		content  []byte
		want     bool
		duration time.Duration
	}{
		"whole":                 {b, false, time.Second},
		"stale":                 {stale, true, time.Second},
		"stale, a block is cut": {stale[:len(stale)-3], true, time.Second - 125*time.Microsecond},
		"nothing but a header":  {stale[:44], false, 0},
	} {
		if got, err := repair(row.content); err != nil || got != row.want {
			t.Errorf("%s: repaired %v, %v", name, got, err)
		}
		f, _ := os.ReadFile(path)
		if c, err := media.DecodeClip(bytes.NewReader(f)); err != nil || c.Duration() != row.duration {
			t.Errorf("%s: %v, expected %v", name, err, row.duration)
		}
		if d := media.WAVDuration(int64(len(f)), 8000, 2); d != row.duration {
			t.Errorf("%s: %v by its size, expected %v", name, d, row.duration)
		}
		if n := binary.LittleEndian.Uint32(f[40:]); int(n) != (len(f)-44)&^3 {
			t.Errorf("%s: the header tells of %d bytes in a file of %d", name, n, len(f))
		}
	}
	if d := media.WAVDuration(43, 8000, 1); d != 0 {
		t.Errorf("%v in less than a header", d)
	}
	for name, content := range map[string][]byte{
		"empty": nil, "short": b[:43], "text": bytes.Repeat([]byte("no sound "), 10),
		"mu-law": wavFile(7, 8, 1, 8000, make([]int16, 100)),
	} {
		if got, err := repair(content); err == nil || got {
			t.Errorf("%s: repaired %v, expected an error", name, got)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(after, content) {
			t.Errorf("%s: was changed", name)
		}
	}
}

func BenchmarkRecorder(b *testing.B) {
	r, err := media.RecordFile(filepath.Join(b.TempDir(), "r.wav"), 8000, true)
	if err != nil {
		b.Fatal(err)
	}
	f := make(media.Frame, 160)
	for b.Loop() {
		r.Side(0).WriteFrame(f)
		r.Side(1).WriteFrame(f)
	}
	r.Close()
}
