package flow

import (
	"context"
	"errors"
	"time"
)

// apologyTime bounds the apology, so that a call always ends.
const apologyTime = 15 * time.Second

// Apologizer is a Line that can say sorry: a recorded clip, as the fault may
// be the speech engine's. It is asked when a fault of ours ends an answered call.
type Apologizer interface {
	Apologize(ctx context.Context) error
}

func isLimit(err error) bool {
	var l *LimitError
	return errors.As(err, &l)
}

// ended makes a Result of what ended a run from outside, or of a limit.
func (r *run) ended(cause error) Result {
	res := Result{End: Cancelled, Refuse: RefuseUnavailable, Err: cause}
	switch {
	case errors.Is(cause, ErrHungUp):
		res.End = HungUp
	case isLimit(cause):
		res.End = Limited
	}
	return res
}

// refusalAfter is what a call gets that was never answered and whose flow came
// to its end: after a Dial what the far end meant.
func refusalAfter(lastDial string) Refusal {
	switch lastDial {
	case DialBusy:
		return RefuseBusy
	case DialRejected:
		return RefuseRejected
	}
	return RefuseUnavailable
}

// finish does what is left when a run is over: the outcome, the words in the
// log, the apology, and the branch of a caller who hung up.
func (r *run) finish(ctx context.Context, res *Result) {
	x := r.x
	switch res.End {
	case Limited:
		x.Session.Outcome = string(Limited)
		var l *LimitError
		errors.As(res.Err, &l)
		x.Say("%s", l.Error())
	case Failed:
		x.Session.Outcome = string(Failed)
		r.apologize(ctx)
	case HungUp:
		if !r.async {
			r.onHangup(ctx)
		}
	}
	res.Outcome, res.LastDial = x.Session.Outcome, x.State.LastDial
}

func (r *run) apologize(ctx context.Context) {
	a, ok := r.x.Line.(Apologizer)
	if !ok || !r.x.Line.Answered() {
		return
	}
	ctx, cancel := r.x.Clock.WithTimeout(ctx, apologyTime, ErrTimeout)
	defer cancel()
	if err := a.Apologize(ctx); err != nil {
		r.x.Say("The apology could not be played: %v", err)
		return
	}
	r.x.Say("Said the apology")
}

// onHangup starts the branches of the OnHangup nodes: of the flow at work, and
// of those that wait for it.
func (r *run) onHangup(ctx context.Context) {
	for i := len(r.x.State.Frames) - 1; i >= 0; i-- {
		p, err := r.programAt(ctx, i)
		if err != nil || p.onHangup < 0 {
			continue
		}
		r.p = p
		n := p.nodes[p.onHangup]
		r.begin(n, r.x.State.Steps)
		for _, e := range n.typ.spec.exits {
			if e.Async {
				r.fired = append(r.fired[:0], e.Name)
				r.fireFrom(n, i)
			}
		}
	}
}

// fire starts the asynchronous branches of the transitions that n fired.
func (r *run) fire(n *node) { r.fireFrom(n, len(r.x.State.Frames)-1) }

// fireFrom starts branches of frame i. A branch has that frame only: it ends
// where its flow does.
func (r *run) fireFrom(n *node, i int) {
	for _, transition := range r.fired {
		to, ok := n.exits[transition]
		if !ok {
			continue
		}
		if to.exit != "" || r.x.Async == nil {
			r.event(transition + " leads out of the flow: nothing to do")
			continue
		}
		b := r.branch(n, i, transition, to)
		r.event(transition + " goes on outside of the call, at " + r.p.nodes[to.node].name)
		r.x.Async(b)
	}
	r.fired = r.fired[:0]
}
