package session

import (
	"context"
	"errors"
	"strings"
	"time"

	"ringflow/flow"
	"ringflow/media"
)

// What who answers a Dial hears before the two are joined: whether to take the
// call, and the whisper. Keys that are pressed stand in no log: only what they
// meant does.

// wordTime bounds the word to one who is too late.
const wordTime = 5 * time.Second

// prepare has the words spoken while it rings, so that who answers need not wait.
func (r *ringing) prepare() {
	prompts := []flow.Prompt{r.d.Whisper}
	if s := r.d.Screen; s != nil {
		prompts = append(prompts, s.Ask, s.Taken)
	}
	for _, p := range prompts {
		if !p.Empty() {
			r.wg.Go(func() { r.c.clip(r.ctx, p) }) //nolint:errcheck // told when it is wanted
		}
	}
}

// screen asks who has answered whether to take the call; the others ring on
// meanwhile. Empty: it isn't wanted any more.
func (r *ringing) screen(name string, p *party) flow.Screened {
	if r.d.Screen == nil {
		return flow.ScreenAccepted
	}
	r.c.journal.say("%s is asked whether to take the call", name)
	r.tell(news{party: p}) // the caller hears ringing, whether it has rung or not
	clip, err := r.c.clip(r.ctx, r.d.Screen.Ask)
	if err != nil && r.ctx.Err() == nil {
		r.c.journal.say("%s could not be asked in words, and hears a beep: %s", name, err)
	}
	did := flow.ScreenSilent
	for range flow.ScreenAsks {
		source := media.Beep()
		if clip != nil {
			source = clip.Source(1)
		}
		key, err := p.ask(r.ctx, source, string(flow.AcceptKey)+string(flow.DeclineKey), flow.ScreenWait)
		switch {
		case r.ctx.Err() != nil:
			return ""
		case key == flow.AcceptKey:
			did = flow.ScreenAccepted
		case key == flow.DeclineKey:
			did = flow.ScreenDeclined
		case err != nil && !errors.Is(err, flow.ErrTimeout):
			did = flow.ScreenLeft
		default:
			continue
		}
		break
	}
	r.c.journal.say("%s %s", name, did)
	return did
}

// refuse ends the leg of one who answered and doesn't get the call.
func (r *ringing) refuse(name string, p *party, did flow.Screened) {
	if did != "" && did != flow.ScreenAccepted {
		p.close(nil, nil)
		r.failed(legResult{status: did.Status(), code: 200, rang: true, why: name + " " + string(did)})
		return
	}
	if !r.taken() { // the caller is gone
		p.close(nil, nil)
		return
	}
	if r.d.Screen != nil {
		r.c.journal.say("%s is told that somebody else has the call", name)
		ctx, cancel := context.WithTimeout(r.life, wordTime)
		defer cancel()
		if word, err := r.c.source(ctx, r.d.Screen.Taken); err == nil {
			p.ask(ctx, word, "", 0) //nolint:errcheck // it is hung up next
		}
	}
	p.close(elsewhere, nil) // it answered in the moment in which another did, or was still being asked
}

// taken tells whether somebody has the call.
func (r *ringing) taken() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.decided && r.life.Err() == nil
}

// whisper lets who takes the call hear what is for it alone. It is false when it
// hung up meanwhile, or the caller is gone.
func (l *line) whisper(ctx context.Context, won news, p flow.Prompt) bool {
	if p.Empty() {
		return true
	}
	source, err := l.call.source(ctx, p)
	if err != nil {
		l.journal.say("The whisper can't be played to %s: %s", won.route.name, err)
		return ctx.Err() == nil
	}
	l.journal.say("%s hears the whisper", won.route.name)
	_, err = won.party.ask(ctx, source, "", 0)
	return err == nil || errors.Is(err, flow.ErrTimeout)
}

// ask plays s to the party, and waits so long for one of keys, which ends the
// sound too. ErrTimeout: none was pressed.
func (p *party) ask(ctx context.Context, s media.Source, keys string, wait time.Duration) (rune, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	gone := p.dialog.Context()
	unwatch := context.AfterFunc(gone, func() { cancel(context.Cause(gone)) })
	played := make(chan error, 1)
	go func() { played <- p.audio.Play(ctx, s) }()
	over := played
	defer func() {
		unwatch()
		cancel(nil)
		if over != nil {
			<-over
		}
	}()
	var timeout <-chan time.Time
	digits := p.audio.Digits()
	for {
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case err := <-over:
			over = nil
			switch {
			case ctx.Err() != nil:
				return 0, context.Cause(ctx)
			case err != nil:
				return 0, err
			}
			t := time.NewTimer(wait)
			defer t.Stop()
			timeout = t.C
		case <-timeout:
			return 0, flow.ErrTimeout
		case d, ok := <-digits:
			if !ok {
				digits = nil
			} else if strings.ContainsRune(keys, d) {
				return d, nil
			}
		}
	}
}
