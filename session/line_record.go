package session

import (
	"context"
	"path"
	"strings"
	"time"

	"ringflow/flow"
	"ringflow/media"
)

// Record records the party on the line, without prompt and beep.
func (l *line) Record(ctx context.Context, o flow.RecordOptions) (flow.Recording, error) {
	if err := l.Answer(ctx); err != nil {
		return flow.Recording{}, err
	}
	r, _, err := l.recordParty(ctx, o, tapeOf{transition: recordingReady, transcribe: o.Transcribe})
	return r, err
}

// recordParty records the party as something; the tape is nil if it could not begin.
func (l *line) recordParty(ctx context.Context, o flow.RecordOptions, is tapeOf) (flow.Recording, *tape, error) {
	if o.Beep {
		if err := l.sound(ctx, media.Beep()); err != nil {
			return flow.Recording{}, nil, err
		}
	}
	l.DropDigits()
	t, err := l.call.newTape(o.FileName, is, nil)
	if err != nil {
		return flow.Recording{}, nil, err
	}
	voice := &media.SilenceDetector{After: o.Silence, Quiet: make(chan struct{}, 1)}
	t.untap = []func(){l.audio.Tap(nil, t.recorder.Side(0)), l.audio.Tap(nil, voice)}
	finish, err := l.recordUntil(ctx, o, voice.Quiet)
	if voice.Sound() < shortest {
		length, _ := t.stop() // dropped: what it says of its end doesn't matter
		t.drop()
		l.journal.say("Recorded %s, less than a second of sound: not kept", seconds(length))
		return flow.Recording{Duration: length, Finish: finish}, t, err
	}
	rec := t.keep()
	rec.Finish = finish
	return *rec, t, err
}

// recordUntil waits for what ends a recording.
func (l *line) recordUntil(ctx context.Context, o flow.RecordOptions, quiet <-chan struct{}) (finish string, err error) {
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
		case <-quiet:
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
