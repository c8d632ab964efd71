package session

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/sip"
)

// redirectRings is how long a call rings at where it has been redirected to.
const redirectRings = 60 * time.Second

// errRedirected ends the flow of a call that goes elsewhere. To the flow its caller has gone.
var errRedirected = &hungUp{fmt.Errorf("the call was redirected")}

// away is where a call goes when it is redirected while nobody talks in it: its flow ends,
// and the same goroutine dials.
type away struct {
	mu   sync.Mutex
	stop context.CancelCauseFunc // ends what the call's goroutine does; nil: too early, or too late
	to   *leaving
}

// leaving is a redirection with who asked for it.
type leaving struct {
	Redirection
	by Asker
}

// next notes what is done now, and gives where to go before that.
func (a *away) next(stop context.CancelCauseFunc) *leaving {
	a.mu.Lock()
	defer a.mu.Unlock()
	to := a.to
	a.to, a.stop = nil, stop
	return to
}

func (a *away) close() { a.next(nil) }

// leave has the call go elsewhere. False: there is nothing that it could leave.
func (a *away) leave(to *leaving) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop == nil || a.to != nil {
		return false
	}
	a.to = to
	a.stop(errRedirected)
	return true
}

// Redirect takes the caller from where it is to another destination: of two who talk, the
// asker's place is taken by who answers there, and they talk on if nobody does; a call whose
// flow does something else leaves it. It returns once that is under way; the session's log
// tells what comes of it. What is dialled has the rights of who asks.
func (s *Switchboard) Redirect(ctx context.Context, id string, by Asker, to Redirection) error {
	c, err := s.liveCall(id)
	if err != nil {
		return err
	}
	if err := c.reachable(ctx, by, to); err != nil {
		return err
	}
	err = c.talking(ctx, func(t *talk) error {
		g, err := t.whose(by, "")
		if err != nil {
			return err
		}
		if len(t.more) > 0 {
			return ErrCrowd
		}
		if err := c.commit(ctx, nil); err != nil {
			return err
		}
		life, cancel := context.WithCancelCause(c.s.ctx)
		moved, err := t.begin(g.party, cancel)
		if err != nil {
			cancel(nil)
			return err
		}
		c.journal.say("%s transfers %s to %.64q, by %s", g.name, moved.name, to.Destination, by.Name)
		c.s.wg.Go(func() {
			defer cancel(nil)
			t.redirects(life, by, to, moved)
		})
		return nil
	})
	if err != ErrNoTalk { //nolint:errorlint // talking gives it as it is
		return err
	}
	if by.User != nil && !c.has(by.User) {
		return fmt.Errorf("%s takes no part in this session now: %w", by.User.DisplayName, fs.ErrPermission)
	}
	if err := c.commit(ctx, nil); err != nil {
		return err
	}
	if !c.away.leave(&leaving{to, by}) {
		return ErrNotThere
	}
	return nil
}

// redirects rings the destination for who is transferred, and seats who answers.
func (t *talk) redirects(ctx context.Context, by Asker, to Redirection, moved *guest) {
	c := t.l.call
	d, o := c.ringsFor(by, to, &sip.Party{Name: moved.by.Name, User: moved.by.Address})
	r := ringFor(ctx, c, d, o)
	defer r.end()
	early := func(p *party) {
		t.do(ctx, func() error { //nolint:errcheck // it is over then
			if t.move != nil {
				t.move.quiet()
				t.end()
				t.connect(moved.party, p)
			}
			return nil
		})
	}
	n := r.won(ctx, early)
	if n == nil {
		if ctx.Err() == nil {
			c.journal.say("The transfer to %.64q fails: %s", to.Destination, r.result().Why)
		}
		t.do(context.WithoutCancel(ctx), t.reunite) //nolint:errcheck // they talk on, or have gone
		return
	}
	g := n.guest()
	var old *guest
	err := t.do(ctx, func() error {
		side := t.move.by
		t.move.quiet()
		t.move = nil
		old = t.seat(side, g)
		return nil
	})
	if err != nil {
		g.bye(nil)
		return
	}
	c.journal.say("Transferred to %s", g.name)
	if old != nil {
		old.bye(nil)
	}
}

// won waits for who answers, and has the others ring no more; nil: nobody does, or ctx has
// ended. early is told of sound that comes before.
func (r *ringing) won(ctx context.Context, early func(*party)) *news {
	for {
		select {
		case <-ctx.Done():
			return nil
		case n, more := <-r.news:
			switch {
			case !more:
				return nil
			case n.answered:
				r.decide()
				return &n
			case n.early && early != nil:
				early(n.party)
			}
		}
	}
}

// redirected dials where the call has been redirected to, as often as it is, once its flow is over.
func (c *call) redirected(l *line, res flow.Result) flow.Result {
	for {
		ctx, cancel := context.WithCancelCause(c.ctx)
		to := c.away.next(cancel)
		if to == nil {
			c.away.close()
			cancel(nil)
			return res
		}
		l.loose()
		l.tie(cancel)
		c.journal.say("Redirected to %.64q, by %s", to.Destination, to.by.Name)
		d, o := c.ringsFor(to.by, to.Redirection, nil)
		dialled, err := l.dial(ctx, d, o)
		res = flow.Result{End: flow.Ended, LastDial: dialled.Status, Refuse: flow.RefuseUnavailable}
		switch {
		case err != nil:
			res.End = flow.HungUp
		case dialled.Status == flow.DialBusy:
			res.Refuse = flow.RefuseBusy
		case dialled.Status == flow.DialRejected:
			res.Refuse = flow.RefuseRejected
		}
		if dialled.Status != flow.DialAnswered {
			c.journal.say("Not redirected: %s (%s)", dialled.Status, dialled.Why)
		}
		cancel(nil)
	}
}

// ringsFor is the dialling of a destination with the rights of who asks: a user's is a session
// of his own flow, inside, as if he had dialled it; who has the account's rights calls as the
// session does. shown is who calls, to our own users; nil: who is on the line.
func (c *call) ringsFor(by Asker, to Redirection, shown *sip.Party) (flow.Dialling, ringOptions) {
	d := flow.Dialling{CallerID: to.CallerID, Attempts: []flow.Attempt{{Target: flow.Target{Type: string(flow.StringType), Value: to.Destination}, Timeout: redirectRings}}}
	if by.User == nil {
		if endpoints.ValidID(to.Destination) {
			d.Attempts[0].Target.Type = string(flow.EndpointType)
		}
		return d, ringOptions{}
	}
	name := fmt.Sprintf("%.64s", to.Destination)
	return d, ringOptions{routes: []*route{{name: name, by: flow.Party{Name: name, Address: to.Destination}, tries: []try{{name: name, to: to.Destination,
		place: func(ctx context.Context, p *party, progress func(int, bool)) (dialog, error) {
			own := c.dialledBy(ctx, by, to)
			own.shown = shown
			return c.placeInside(ctx, own, p, progress)
		},
	}}}}}
}

// dialledBy is the session of a user who dials, inside of c.
func (c *call) dialledBy(ctx context.Context, by Asker, to Redirection) spec {
	own := c.s.userSpec(ctx, by, to, c.settings)
	own.parent, own.hops = c, max(c.hops-1, min(c.hops, 1))
	return own
}

// userSpec is what is known of the session of a user who dials.
func (s *Switchboard) userSpec(ctx context.Context, by Asker, to Redirection, settings *endpoints.Settings) spec {
	u := by.User
	own := spec{
		direction: Incoming, endpoint: u, caller: u, settings: settings, account: u.AccountID, createdBy: by.Name, asks: to.CallerID,
		from: flow.Party{EndpointID: u.ID, Name: u.DisplayName, Address: u.SipUserName}, to: to.Destination, destination: to.Destination,
	}
	if e164, err := s.cache.parse(to.Destination, settings.DefaultCountry); err == nil {
		own.to = e164
	}
	s.runs(ctx, &own, u)
	return own
}
