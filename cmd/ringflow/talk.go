package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"ringflow/media"
	"ringflow/sip"
)

// talk does on an answered call what the flags say, and returns when it is over.
func (f *phoneFlags) talk(ctx context.Context, leg *sip.Leg, port *media.Port, show *display) error {
	meter := &media.Meter{}
	heard := media.Sink(meter)
	if f.save != "" {
		file, err := os.Create(f.save)
		if err != nil {
			return fmt.Errorf("--save: %w", err)
		}
		defer file.Close()
		rec, err := media.NewRecorder(file, 8000, false)
		if err != nil {
			return fmt.Errorf("--save: %w", err)
		}
		defer func() {
			d, err := rec.Close()
			if err != nil {
				show.line("saving %s: %v", f.save, err)
				return
			}
			show.line("saved %.1f s to %s", d.Seconds(), f.save)
		}()
		heard = both{meter, rec.Side(0)}
	}
	defer port.Tap(nil, heard)()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f.act(ctx, port, show) }()
	defer func() { cancel(); <-done }()

	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var limit <-chan time.Time
	if f.length > 0 {
		timer := time.NewTimer(f.length)
		defer timer.Stop()
		limit = timer.C
	}
	for {
		select {
		case <-tick.C:
			db := meter.Level()
			show.line("heard  %s %3.0f dB", bar(db), db)
		case d := <-port.Digits():
			show.line("heard digit %c", d)
		case <-leg.Context().Done():
			cause := context.Cause(leg.Context())
			if errors.Is(cause, sip.ErrRemoteBye) {
				show.line("the other side hung up")
				return nil
			}
			return cause
		case <-port.Lost():
			show.line("no sound from the other side any more")
			return leg.Hangup(context.WithoutCancel(ctx), nil)
		case <-limit:
			show.line("hanging up")
			return leg.Hangup(context.WithoutCancel(ctx), nil)
		case <-ctx.Done():
			show.line("hanging up")
			return leg.Hangup(context.WithoutCancel(ctx), nil)
		}
	}
}

// act presses the digits and plays the file.
func (f *phoneFlags) act(ctx context.Context, port *media.Port, show *display) error {
	if f.press == "" && f.clip == nil {
		return nil
	}
	if !pause(ctx, f.after) {
		return nil
	}
	for _, d := range f.press {
		if d == ',' {
			if !pause(ctx, time.Second) {
				return nil
			}
			continue
		}
		show.line("press %c", d)
		if err := port.SendDigits(ctx, string(d)); err != nil {
			return err
		}
		if !pause(ctx, 300*time.Millisecond) {
			return nil
		}
	}
	if f.clip == nil {
		return nil
	}
	show.line("playing %s (%.1f s)", f.play, f.clip.Duration().Seconds())
	return port.Play(ctx, f.clip.Source(1))
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// both hands each frame to two sinks.
type both [2]media.Sink

func (b both) WriteFrame(f media.Frame) {
	b[0].WriteFrame(f)
	b[1].WriteFrame(f)
}
