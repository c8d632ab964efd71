package session

import (
	"context"
	"time"

	"ringflow/flow"
)

var _ flow.Parker = (*line)(nil)

// Park keeps the party in a slot until somebody has retrieved it and the two have
// talked, or until it is time.
func (l *line) Park(ctx context.Context, p flow.Parking) (flow.ParkResult, error) {
	if err := l.Answer(ctx); err != nil {
		return flow.ParkResult{}, err
	}
	l.DropDigits()
	at := l.s.lots.park(l.call, l.party, p.Lot)
	if at == nil {
		return flow.ParkResult{}, nil
	}
	defer at.end() // also when a bug of ours ends the flow here
	w := &parking{line: l, p: p, at: at, began: time.Now(), res: flow.ParkResult{Slot: at.key.slot}}
	p.Parked(at.key.slot)
	w.holds(true)
	defer w.holds(false)
	err := w.wait(ctx)
	if !w.res.Retrieved {
		w.res.Waited = time.Since(w.began)
		if err != nil {
			p.Left(w.res.Waited)
		}
	}
	return w.res, err
}

// parking is a call's time in its slot; all of it is its own goroutine's.
type parking struct {
	*line
	p     flow.Parking
	at    *parked
	began time.Time
	held  bool
	res   flow.ParkResult
}

func (w *parking) wait(ctx context.Context) error {
	music := w.music(ctx)
	defer func() { music() }()
	told := w.announce(ctx, w.at.key.slot)
	defer told.stop()
	timeout := time.NewTimer(w.p.Timeout)
	defer timeout.Stop()
	late := false
	digits := w.audio.Digits()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case say := <-told.news:
			say()
		case _, ok := <-digits: // they are nobody's
			if !ok {
				digits = nil
			}
		case <-timeout.C:
			late = true
		case <-w.at.unwanted:
		case t := <-w.at.taken:
			music()
			music = func() {}
			told.stop()
			return w.lend(ctx, t)
		}
		if late && w.at.leave() {
			return nil
		}
	}
}

// music plays until stopped, if there is any.
func (w *parking) music(ctx context.Context) (stop func()) {
	if w.p.Music.Empty() {
		return func() {}
	}
	return w.Hold(ctx, w.p.Music)
}

// lend leaves the port to who retrieved the call until the talk is over.
func (w *parking) lend(ctx context.Context, t *taking) error {
	w.holds(false)
	w.at.vacate()
	w.res.Retrieved, w.res.By, w.res.Waited = true, t.by, time.Since(w.began)
	began, name := time.Now(), t.by.Name
	close(t.ready)
	w.p.Fetched(name, w.res.Waited)
	w.journal.say("Connected with %s", name)
	w.call.answeredBy(ctx, &route{by: t.by})
	err := w.awaitBack(ctx, t.over)
	w.res.Talked = time.Since(began)
	if err != nil {
		return err
	}
	w.journal.say("%s hung up after %s", name, seconds(w.res.Talked))
	return nil
}

// holds shows to the world that the call is parked, or is not any more.
func (w *parking) holds(on bool) {
	if on == w.held {
		return
	}
	w.held = on
	state, kind := Connected, Resumed
	if on {
		state, kind = Hold, Parked
	}
	w.journal.update(func(r *Record) {
		if r.Ended.IsZero() {
			r.CallState = state
		}
	})
	w.journal.tell(kind, "")
}

// Retrieve joins the party with one that is parked, until one of them hangs up.
func (l *line) Retrieve(ctx context.Context, r flow.Retrieval) (flow.RetrieveResult, error) {
	at := l.s.lots.claim(slotKey{l.call.account, r.Lot, r.Slot})
	if at == nil {
		return flow.RetrieveResult{}, nil
	}
	t := &taking{by: l.call.who(), ready: make(chan struct{}), over: make(chan struct{})}
	giveBack := at.release
	defer func() { giveBack() }()
	if err := l.Answer(ctx); err != nil {
		return flow.RetrieveResult{}, err
	}
	name := at.by.Name
	select {
	case <-ctx.Done():
		return flow.RetrieveResult{}, context.Cause(ctx)
	case <-at.gone:
		r.Log("%s hung up in that moment", name)
		return flow.RetrieveResult{}, nil
	case at.taken <- t:
		giveBack = func() {} // far does
	}
	far := &guest{party: at.party, name: name, by: at.by, back: func() { close(t.over) }}
	defer far.end(nil) // unless the talk has it
	select {
	case <-t.ready: // it has stopped its music
	case <-at.gone: // a bug of ours has ended it
		return flow.RetrieveResult{}, nil
	}
	r.Fetches(name)
	res, err := newTalk(l).run(ctx, far.pass(), flow.Dialling{}, flow.DialResult{})
	return flow.RetrieveResult{Found: true, Talked: res.Duration, Ended: res.Ended}, err
}
