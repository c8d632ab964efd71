package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"ringflow/flow"
	"ringflow/sip"
)

// ringing is the attempts of one Dial: a goroutine for each attempt and for
// each leg of it. They tell their news to the flow's goroutine, which decides.
type ringing struct {
	c    *call
	d    flow.Dialling
	life context.Context // ends with the Dial
	over context.CancelFunc
	ctx  context.Context // ends when somebody has answered, or the caller is gone
	stop context.CancelCauseFunc
	ringOptions
	news chan news // closed when all attempts have failed
	wg   sync.WaitGroup

	mu        sync.Mutex
	decided   bool // somebody has answered, or nobody will
	exhausted bool // all attempts have failed while somebody picked up
	ended     bool // nobody takes from news any more: who picks up now is too late
	results   []legResult
}

// news is what happened to a leg.
type news struct {
	route    *route
	party    *party
	answered bool
	early    bool   // else it rings
	picked   bool   // who answered was not rung: he picked it up
	free     func() // of one that answered: for when the talk is over
	back     func() // of one that is lent (see handover.go)
}

// guest is who answered, for its next owner.
func (n *news) guest() *guest {
	return &guest{party: n.party, name: n.route.name, by: n.route.by, free: n.free, back: n.back}
}

// legResult is how a leg failed.
type legResult struct {
	status string
	code   int
	rang   bool
	why    string
}

func newRinging(ctx context.Context, c *call, d flow.Dialling) *ringing {
	return ringFor(ctx, c, d, ringOptions{})
}

// ringOptions are what the few who need it add to a dialling.
type ringOptions struct {
	picks  bool            // colleagues may pick up what rings
	routes []*route        // of its one destination, found already; nil: it is resolved
	role   MemberRole      // of who is rung; empty: an agent
	kept   <-chan struct{} // closed when the session is in the store: nobody is rung before; nil: it is
}

func ringFor(ctx context.Context, c *call, d flow.Dialling, o ringOptions) *ringing {
	r := &ringing{c: c, d: d, ringOptions: o, news: make(chan news, 16)}
	r.role = cmp.Or(o.role, RoleAgent)
	r.life, r.over = context.WithCancel(ctx)
	r.ctx, r.stop = context.WithCancelCause(r.life)
	r.prepare()
	before := make(chan struct{}) // closed once all attempts before have failed
	close(before)
	for _, a := range d.Attempts {
		mine, prior := make(chan struct{}), before
		before = mine
		r.wg.Go(func() {
			if r.attempt(a, prior) {
				return
			}
			select {
			case <-prior:
				close(mine)
			case <-r.ctx.Done():
			}
		})
	}
	r.wg.Go(func() {
		select {
		case <-before:
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.decided { // somebody picks it up
				r.exhausted = true
				return
			}
			r.decided = true
			close(r.news)
		case <-r.ctx.Done():
		}
	})
	return r
}

// attempt rings all legs of one destination, as they are when it is its turn,
// and returns when one has answered or all have failed.
func (r *ringing) attempt(a flow.Attempt, prior <-chan struct{}) (answered bool) {
	if a.After {
		select {
		case <-prior:
		case <-r.ctx.Done():
			return false
		}
	}
	if a.Delay > 0 {
		t := time.NewTimer(a.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.ctx.Done():
			return false
		}
	}
	routes, err := r.routes, error(nil)
	if routes == nil {
		routes, err = r.c.resolve(r.ctx, a.Target, r.d)
	}
	if err != nil {
		if len(r.d.Attempts) > 1 { // of one alone the result tells it
			r.c.journal.say("%s is not dialled: %s", targetWords(a.Target), err)
		}
		r.failed(legResult{status: flow.DialFailed, why: err.Error()})
	}
	if len(routes) == 0 {
		return false
	}
	alone := len(r.d.Attempts) == 1 && len(routes) == 1 && !r.d.Guarded()
	ctx, cancel := context.WithCancelCause(r.ctx)
	defer cancel(nil)
	if a.Timeout > 0 {
		t := time.AfterFunc(a.Timeout, func() { cancel(errRingTimeout) })
		defer t.Stop()
	}
	return r.ringAll(ctx, cancel, routes, alone)
}

// ringAll rings the legs of one destination at once. Those of offline devices,
// which come last, ring too, but nobody waits for them once the others are over.
func (r *ringing) ringAll(ctx context.Context, cancel context.CancelCauseFunc, routes []*route, alone bool) (answered bool) {
	var offline, online sync.WaitGroup
	var won atomic.Bool
	silent := map[*route]context.CancelCauseFunc{}
	ring := func(ctx context.Context, w *route) {
		if r.ring(ctx, cancel, w, alone) {
			won.Store(true)
		}
	}
	for _, w := range routes[1:] {
		if w.offline && !routes[0].offline {
			own, giveUp := context.WithCancelCause(ctx)
			defer giveUp(nil)
			silent[w] = giveUp
			offline.Go(func() { ring(own, w) })
			continue
		}
		online.Go(func() { ring(ctx, w) })
	}
	ring(ctx, routes[0])
	online.Wait()
	for w, giveUp := range silent {
		if !w.rang.Load() {
			giveUp(errOffline)
		}
	}
	offline.Wait()
	return won.Load()
}

// ring places one leg, by one trunk after the other where it is one of theirs.
// It is true for the one leg that answered first.
func (r *ringing) ring(ctx context.Context, cancel context.CancelCauseFunc, w *route, alone bool) bool {
	first := r.c.newParty(w.tries[0])
	if r.kept != nil && !r.waits(ctx, first) {
		return false
	}
	free, err := w.enter()
	if err != nil {
		first.drop()
		r.c.journal.say("%s is not dialled: %s", w.name, err)
		r.failed(legResult{status: flow.DialFailed, why: fmt.Sprintf("%s: %s", w.name, err)})
		return false
	}
	for i, t := range w.tries {
		p := first
		if i > 0 {
			p = r.c.newParty(t)
		}
		if r.picks {
			p.rings.Store(r)
		}
		var once sync.Once
		progress := func(code int, early bool) {
			w.rang.Store(true)
			if early && alone {
				r.tell(news{route: w, party: p, early: true})
				return
			}
			once.Do(func() {
				r.c.journal.say("%s: %d %s", t.name, code, sip.ReasonPhrase(code))
				r.tell(news{route: w, party: p})
			})
		}
		r.c.journal.say("Dialling %s", t.name)
		var d dialog
		over := r.c.presence.rings(&rung{party: p, name: w.by.Name, role: r.role, decline: func() { cancel(errRefused) }})
		d, err = t.place(ctx, p, progress)
		over()
		p.rings.Store(nil)
		if err == nil {
			p.up(d)
			p.answered()
			r.c.journal.say("%s: 200 OK", t.name)
			did := r.screen(t.name, p)
			if did == flow.ScreenAccepted && r.claim() {
				r.news <- news{route: w, party: p, answered: true, free: free}
				return true
			}
			r.refuse(t.name, p, did)
			free()
			return false
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		p.close(nil, err)
		r.c.journal.say("%s: %s", t.name, failWords(err))
		if ctx.Err() != nil || !failover(err) || i == len(w.tries)-1 {
			break
		}
		r.c.journal.say("Trying the next trunk")
	}
	free()
	status, code := dialStatus(err)
	if errors.Is(err, errRingTimeout) && w.rang.Load() {
		code = 487 // what our CANCEL ended it with
	}
	r.failed(legResult{status: status, code: code, rang: w.rang.Load(), why: fmt.Sprintf("%s: %s", w.name, failWords(err))})
	if code >= 600 && ctx.Err() == nil {
		cancel(errDeclined) // a 6xx speaks for all devices of that destination (RFC 3261 16.7)
	}
	return false
}

// waits until the session is kept, and gets ready meanwhile what takes its time. It is
// false when nobody is to be rung any more; nothing of that is told, as there may be no
// session to tell it of.
func (r *ringing) waits(ctx context.Context, p *party) bool {
	_, _ = p.open() // what is wrong with it is told where it is placed
	select {
	case <-r.kept:
		return true
	case <-ctx.Done():
		p.drop()
		r.failed(legResult{status: flow.DialCancelled, why: failWords(context.Cause(ctx))})
		return false
	}
}

// tell never blocks: it runs on a leg's strand. A lost "it rings" is made good
// by the next.
func (r *ringing) tell(n news) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.decided || r.ctx.Err() != nil || len(r.news) >= cap(r.news)-1 {
		return
	}
	r.news <- n
}

// claim is won by the first leg that answers. There is room for its news: tell
// leaves it.
func (r *ringing) claim() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.decided || r.ctx.Err() != nil {
		return false
	}
	r.decided = true
	return true
}

// decide ends all other attempts: one has answered.
func (r *ringing) decide() { r.stop(elsewhere) }

func (r *ringing) failed(l legResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results = append(r.results, l)
}

// end stops what still rings and waits for it.
func (r *ringing) end() {
	r.stop(errDialOver)
	r.over()
	r.wg.Wait()
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	for {
		select {
		case n, more := <-r.news:
			if !more {
				return
			}
			if n.answered { // it answered in the moment in which the caller went
				n.guest().end(nil)
			}
		default:
			return
		}
	}
}

// result is DialStatus of several legs: NoAnswer if any rang, else Busy,
// Rejected, Failed in this order.
func (r *ringing) result() flow.DialResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	rank := func(l legResult) int {
		switch {
		case l.status == flow.DialNoAnswer && l.rang:
			return 5
		case l.status == flow.DialBusy:
			return 4
		case l.status == flow.DialRejected:
			return 3
		case l.status == flow.DialNoAnswer:
			return 2
		case l.status == flow.DialFailed:
			return 1
		}
		return 0
	}
	res, best := flow.DialResult{Status: flow.DialFailed, Why: "nobody to dial"}, -1
	for _, l := range r.results {
		if rank(l) > best {
			best = rank(l)
			res = flow.DialResult{Status: l.status, SipCode: l.code, Why: l.why}
		}
	}
	return res
}
