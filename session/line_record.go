package session

import (
	"context"
	"math"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"ringflow/flow"
	"ringflow/media"
)

// Record records the party on the line, without prompt and beep.
func (l *line) Record(ctx context.Context, o flow.RecordOptions) (flow.Recording, error) {
	if err := l.Answer(ctx); err != nil {
		return flow.Recording{}, err
	}
	if o.Beep {
		if err := l.sound(ctx, media.Beep()); err != nil {
			return flow.Recording{}, err
		}
	}
	l.DropDigits()
	t, err := l.call.newTape(o.FileName, false)
	if err != nil {
		return flow.Recording{}, err
	}
	m := &meter{to: t.recorder.Side(0), quiet: make(chan struct{}, 1), limit: int64(o.Silence / media.FrameDuration)}
	t.untap = []func(){l.audio.Tap(nil, m)}
	finish, err := l.recordUntil(ctx, o, m)
	if m.heard() < shortest {
		length, _ := t.stop() // dropped: what it says of its end doesn't matter
		t.drop()
		l.journal.say("Recorded %s, less than a second of sound: not kept", seconds(length))
		return flow.Recording{Duration: length, Finish: finish}, err
	}
	rec := t.keep()
	rec.Finish = finish
	return *rec, err
}

// recordUntil waits for what ends a recording.
func (l *line) recordUntil(ctx context.Context, o flow.RecordOptions, m *meter) (finish string, err error) {
	var limit <-chan time.Time
	if o.Max > 0 {
		t := time.NewTimer(o.Max)
		defer t.Stop()
		limit = t.C
	}
	digits := l.audio.Digits()
	for {
		select {
		case <-ctx.Done():
			return "hangup", context.Cause(ctx)
		case <-limit:
			return "limit", nil
		case <-m.quiet:
			return "silence", nil
		case d, ok := <-digits:
			if !ok {
				digits = nil
			} else if strings.ContainsRune(o.FinishOnKey, d) {
				return "key", nil
			}
		}
	}
}

// silence is below this level (RMS of 16-bit samples, about -42 dBFS): the
// noise of a line passes for silence, a soft voice does not.
const silence = 250

// meter hands frames on and tells sound from silence. Frames come from the
// pacer; the rest of the house reads what it counted.
type meter struct {
	to     media.Sink
	limit  int64 // frames of silence after which quiet tells; 0: never
	quiet  chan struct{}
	frames atomic.Int64 // so far
	last   atomic.Int64 // number of the last frame with sound in it
}

func (m *meter) WriteFrame(f media.Frame) {
	m.to.WriteFrame(f)
	n := m.frames.Add(1)
	if rms(f) >= silence {
		m.last.Store(n)
	} else if m.limit > 0 && n-m.last.Load() >= m.limit {
		select {
		case m.quiet <- struct{}{}:
		default:
		}
	}
}

// heard is how long it took until the last sound.
func (m *meter) heard() time.Duration { return time.Duration(m.last.Load()) * media.FrameDuration }

func rms(f media.Frame) float64 {
	if len(f) == 0 {
		return 0
	}
	var sum int64
	for _, v := range f {
		sum += int64(v) * int64(v)
	}
	return math.Sqrt(float64(sum) / float64(len(f)))
}

// fileName is a name that may be shown and downloaded: no folders, no control
// characters, .wav at its end.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(oneLine(name), "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.TrimSpace(name))
	if len(name) > 120 {
		name = strings.ToValidUTF8(name[:120], "")
	}
	if name == "" || name == "." || name == ".." || name == "/" {
		name = "recording"
	}
	if !strings.HasSuffix(strings.ToLower(name), ".wav") {
		name += ".wav"
	}
	return name
}
