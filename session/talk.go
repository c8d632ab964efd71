package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"ringflow/flow"
	"ringflow/media"
)

// talk joins the party on the line with another one.
type talk struct {
	l      *line
	far    *party
	bridge *media.Bridge
	leave  []func()
	sounds sync.WaitGroup // played to both
	own    *media.Port    // of the account's user: whom a supervisor whispers to

	farOver <-chan struct{} // ends the talk instead of the end of the far leg; nil: that does
}

func newTalk(l *line) *talk { return &talk{l: l} }

// join connects the two ports, once.
func (t *talk) join(far *party) {
	if t.far == far {
		return
	}
	t.end()
	t.far, t.bridge = far, media.NewBridge(t.l.s.Media.Pacer)
	t.leave = []func(){t.bridge.Join(t.l.audio.Port), t.bridge.Join(far.audio.Port)}
}

// end parts them; both ports are still there.
func (t *talk) end() {
	for _, f := range t.leave {
		f()
	}
	t.leave, t.far = nil, nil
}

// run lets the two talk until one of them hangs up or the time is over. Whose the
// far party is closes it.
func (t *talk) run(ctx context.Context, won *news, d flow.Dialling, res flow.DialResult) (flow.DialResult, error) {
	l, far := t.l, won.party
	started := time.Now()
	t.join(far)
	defer t.end()
	t.own = far.audio.Port
	if won.route.by.EndpointID == "" && l.call.caller != nil { // a user who called outside
		t.own = l.audio.Port
	}
	alone := l.call.monitored.begin(ctx, t)
	defer alone()
	l.journal.say("Connected with %s", won.route.name)

	var tape *tape
	if d.Record {
		tape = l.call.recordTalk(l.party, far, d.Mono)
	}
	var limit, warn <-chan time.Time
	if d.MaxDuration > 0 {
		timer := time.NewTimer(d.MaxDuration)
		defer timer.Stop()
		limit = timer.C
	}
	if d.Warning > 0 && d.Warning < d.MaxDuration {
		timer := time.NewTimer(d.MaxDuration - d.Warning)
		defer timer.Stop()
		warn = timer.C
	}
	playing, stop := context.WithCancel(ctx)
	defer func() { stop(); t.sounds.Wait() }()

	var err error
	hold := t.holds(ctx, won.route.name)
	defer hold.end()
	farOver := far.dialog.Context().Done()
	if t.farOver != nil {
		farOver = t.farOver
	}
	nearDigits, farDigits := 0, 0
	near, other := l.audio.Digits(), far.audio.Digits()
	for res.Ended == flow.Nobody && err == nil {
		select {
		case <-ctx.Done():
			err = context.Cause(ctx)
			if res.Ended = flow.Near; !errors.Is(err, flow.ErrHungUp) {
				res.Ended = flow.Nobody
			}
		case <-farOver:
			res.Ended = flow.Far
		case <-l.audio.Held():
			hold.look()
		case <-far.audio.Held():
			hold.look()
		case <-warn:
			l.journal.say("Both hear a beep: %s of the call are left", seconds(d.Warning))
			both := t.bridge
			t.sounds.Go(func() { both.Play(playing, media.Beep()) }) //nolint:errcheck // ended by stop at the latest
		case <-limit:
			res.Ended = flow.Limit
			l.journal.say("Limit: the call to %s has lasted %s", won.route.name, seconds(d.MaxDuration))
		case _, ok := <-near:
			if !ok {
				near = nil
				continue
			}
			nearDigits++
		case _, ok := <-other:
			if !ok {
				other = nil
				continue
			}
			farDigits++
		}
	}
	res.Duration = time.Since(started)
	hold.end()
	alone()
	t.end()
	if nearDigits+farDigits > 0 {
		l.journal.say("Digits while they talked: %d by the caller, %d by %s", nearDigits, farDigits, won.route.name)
	}
	switch res.Ended {
	case flow.Far:
		l.journal.say("%s hung up after %s", won.route.name, seconds(res.Duration))
	case flow.Near:
		l.journal.say("Talked with %s for %s", won.route.name, seconds(res.Duration))
	}
	if tape != nil {
		res.Recording = tape.keep()
	}
	return res, err
}
