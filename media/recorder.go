package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// ErrRecorderSlow: the disk, or the whole machine, stood still for so long that
// sound was left out.
var ErrRecorderSlow = errors.New("recorder: the disk or the machine stood still, sound was left out")

const (
	recorderChunk  = time.Second            // of sound is written at a time
	recorderMargin = 100 * time.Millisecond // that a side may be behind the other
	recorderGap    = 60 * time.Millisecond  // without frames is a pause of the side
	recorderMax    = 30 * time.Second       // of sound waits for the disk at most
)

// Recorder writes what one or two parties say to a WAV file.
//
//	Side(0) ─► window ─► goroutine ─► file
//	Side(1) ─┘ (grows from where the file ends)
//
// A side's frames follow each other as they come; if a side was quiet for more
// than 60 ms, as it came later or was on hold, its next frame goes to where the
// clock says. So both sides keep to the same time. Stereo has one party a side;
// mono has both in one.
//
// The header is put right with each second that is written: whatever ends the
// process, the file can be played. Sinks never block and allocate nothing in
// the long run.
type Recorder struct {
	w        io.WriteSeeker
	own      io.Closer // the file, if RecordFile opened it
	rate     int
	channels int
	out      []byte
	written  int64 // bytes of sound in the file; goroutine only

	mu      sync.Mutex
	began   time.Time
	paused  time.Time // since when; zero: it is not
	window  []int16   // blocks not yet written
	flushed int64     // blocks written: where window begins
	sides   [2]track  // what comes in
	closed  bool
	err     error

	wake chan struct{}
	done chan struct{}
	once sync.Once
}

// NewRecorder writes to w, from where it stands to be the beginning of the
// file. Close does not close w, but calls its Sync, if it has one.
func NewRecorder(w io.WriteSeeker, rate int, stereo bool) (*Recorder, error) {
	if rate < minRate || rate > 48000 {
		return nil, fmt.Errorf("recorder: rate %d Hz, must be %d to 48000", rate, minRate)
	}
	r := &Recorder{w: w, rate: rate, channels: 1, wake: make(chan struct{}, 1), done: make(chan struct{})}
	if stereo {
		r.channels = 2
	}
	for i := range r.sides {
		r.sides[i] = track{r: r, channel: min(i, r.channels-1)}
	}
	if _, err := w.Write(wavHeader(rate, r.channels, 0)); err != nil {
		return nil, fmt.Errorf("recorder: %w", err)
	}
	room := r.blocks(recorderChunk+2*recorderMargin) * int64(r.channels)
	r.window = make([]int16, 0, room)
	r.out = make([]byte, 0, 2*room)
	go r.run()
	return r, nil
}

// RecordFile records to a new file, which Close closes.
func RecordFile(path string, rate int, stereo bool) (*Recorder, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	r, err := NewRecorder(f, rate, stereo)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r.own = f
	return r, nil
}

// Side is where one party's frames go: 0 is left, 1 is right.
func (r *Recorder) Side(i int) Sink { return &r.sides[i] }

// Err is why nothing is written any more, such as a full disk; nil: all is well.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Duration is how much was recorded so far.
func (r *Recorder) Duration() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.duration()
}

func (r *Recorder) duration() time.Duration {
	return time.Duration(r.flushed+int64(len(r.window)/r.channels)) * time.Second / time.Duration(r.rate)
}

// Pause leaves out what comes until Resume, and the time of it: both sides go on
// where they were. It is false if it is paused already.
func (r *Recorder) Pause() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.paused.IsZero() {
		return false
	}
	r.paused = time.Now()
	return true
}

// Resume goes on after a pause. It is false if there is none.
func (r *Recorder) Resume() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.paused.IsZero() {
		return false
	}
	if !r.began.IsZero() {
		r.began = r.began.Add(time.Since(r.paused))
	}
	r.paused = time.Time{}
	return true
}

// Close writes all that came, sets the header right, and makes the file
// durable. Frames that come later are ignored. It tells how much sound the
// file holds.
func (r *Recorder) Close() (time.Duration, error) {
	r.once.Do(func() {
		r.mu.Lock()
		r.closed = true
		r.mu.Unlock()
		close(r.wake)
		<-r.done
	})
	<-r.done
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Duration(r.written/int64(2*r.channels)) * time.Second / time.Duration(r.rate), r.err
}

func (r *Recorder) blocks(d time.Duration) int64 {
	return int64(d) * int64(r.rate) / int64(time.Second)
}

func (r *Recorder) run() {
	defer close(r.done)
	for range r.wake {
		r.flush(r.blocks(recorderMargin))
	}
	r.flush(0)
	var errs []error
	if s, ok := r.w.(interface{ Sync() error }); ok {
		errs = append(errs, s.Sync())
	}
	if r.own != nil {
		errs = append(errs, r.own.Close())
	}
	if err := errors.Join(errs...); err != nil {
		r.fail(fmt.Errorf("recorder: %w", err))
	}
}

// flush writes the window but for its last blocks, to which a side may still
// add.
func (r *Recorder) flush(keep int64) {
	r.mu.Lock()
	n := max(0, len(r.window)-int(keep)*r.channels)
	r.out = r.out[:0]
	for _, s := range r.window[:n] {
		r.out = binary.LittleEndian.AppendUint16(r.out, uint16(s))
	}
	rest := copy(r.window, r.window[n:])
	r.window = r.window[:rest]
	r.flushed += int64(n / r.channels)
	// After a fault nothing more is written, nothing more is kept.
	failed := r.err != nil && !errors.Is(r.err, ErrRecorderSlow)
	r.mu.Unlock()
	if failed {
		return
	}
	if r.written+int64(len(r.out)) > wavMaxData {
		r.fail(fmt.Errorf("recorder: a WAV file holds no more than %d bytes of sound", int64(wavMaxData)))
		return
	}
	k, err := r.w.Write(r.out)
	r.written += int64(k - k%(2*r.channels)) // a block that is cut is not counted
	if e := r.header(); err == nil {
		err = e
	}
	if err != nil {
		r.fail(fmt.Errorf("recorder: %w", err))
	}
}

// header sets the lengths to what is in the file.
func (r *Recorder) header() error {
	if _, err := r.w.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := r.w.Write(wavHeader(r.rate, r.channels, r.written)); err != nil {
		return err
	}
	_, err := r.w.Seek(wavHeaderSize+r.written, io.SeekStart)
	return err
}

func (r *Recorder) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil || errors.Is(r.err, ErrRecorderSlow) {
		r.err = err
	}
}
