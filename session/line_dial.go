package session

import (
	"context"
	"errors"
	"time"

	"ringflow/flow"
	"ringflow/media"
)

// Dial rings others until one answers, lets the two talk, and returns when
// that is over.
//
// The way of it: ring.go starts the attempts and hears of them, target.go finds
// the legs of each, device.go, outside.go and child.go place them, talk.go
// joins the two; screen.go asks who has answered.
func (l *line) Dial(ctx context.Context, d flow.Dialling) (flow.DialResult, error) {
	return l.dial(ctx, d, ringOptions{picks: true})
}

func (l *line) dial(ctx context.Context, d flow.Dialling, o ringOptions) (flow.DialResult, error) {
	if err := l.speaks(); err != nil {
		return flow.DialResult{Status: flow.DialFailed, Why: failWords(err)}, err
	}
	r := ringFor(ctx, l.call, d, o)
	defer r.end()
	t := newTalk(l)
	defer t.end()

	won, res := l.await(ctx, r, t)
	if won == nil {
		if ctx.Err() != nil {
			res.Status = flow.DialCancelled
			return res, context.Cause(ctx)
		}
		return res, nil
	}
	far := won.guest()
	defer far.end(nil) // unless the talk has it
	if err := l.Answer(ctx); err != nil {
		l.journal.say("%s answered, but the caller could not be answered: %s", won.route.name, failWords(err))
		if ctx.Err() != nil {
			res.Status = flow.DialCancelled
			return res, context.Cause(ctx)
		}
		res.Status, res.Why = flow.DialFailed, failWords(err)
		return res, nil
	}
	res = flow.DialResult{Status: flow.DialAnswered, SipCode: 200, By: won.route.by}
	l.call.answeredBy(ctx, won.route)
	if d.Answered != nil {
		d.Answered(won.route.by)
	}
	return t.run(ctx, far.pass(), d, res)
}

// await hears of the attempts until one has answered, and heard what it is to
// hear, or all have failed. Meanwhile the caller hears that it rings.
func (l *line) await(ctx context.Context, r *ringing, t *talk) (*news, flow.DialResult) {
	stopRingback := func() {}
	defer func() { stopRingback() }()
	ringing := l.isUp || l.early // its phone plays no ringing tone, or no more
	if ringing {
		stopRingback = l.ringback(ctx, r.d.Ringback)
	}
	var far *party // whose own sound the caller hears
	for {
		select {
		case <-ctx.Done():
			return nil, r.result()
		case n, more := <-r.news:
			switch {
			case !more:
				return nil, r.result()
			case n.answered:
				r.decide()
				if !r.d.Whisper.Empty() {
					l.ring(ctx)
				}
				if l.whisper(ctx, n, r.d.Whisper) {
					return &n, flow.DialResult{}
				}
				n.guest().end(nil)
				return nil, flow.DialResult{Status: flow.DialRejected, SipCode: 200, Why: n.route.name + " hung up before the call was connected"}
			case n.early:
				stopRingback()
				ringing = false
				if l.ringEarly(ctx) {
					far = n.party
					t.join(far)
				}
			case n.party == far: // it says that it rings too: its sound goes on
			case !ringing && (l.isUp || l.early || !r.d.Ringback.Empty()) && l.ringEarly(ctx):
				t.end() // of a trunk that gave up after its own sound
				ringing, far = true, nil
				stopRingback = l.ringback(ctx, r.d.Ringback)
			default:
				l.ring(ctx)
			}
		}
	}
}

// ringback plays ringing to a caller who is on the line already, until stopped.
func (l *line) ringback(ctx context.Context, p flow.Prompt) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		source := media.Ringback(l.call.settings.DefaultCountry)
		if !p.Empty() {
			if own, err := l.call.loop(ctx, p); err == nil {
				source = own
			} else if ctx.Err() == nil {
				l.journal.say("Ringback can't be played: %s", err)
			}
		}
		if err := l.sound(ctx, source); err != nil && ctx.Err() == nil && !errors.Is(err, media.ErrReplaced) {
			l.journal.say("Ringback stopped: %s", err)
		}
	}()
	stopped := false
	return func() {
		if !stopped {
			stopped = true
			cancel()
			<-over
		}
	}
}

// seconds shows a duration in a log line.
func seconds(d time.Duration) string { return flow.Seconds(d) }
