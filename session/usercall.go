package session

import (
	"context"
	"errors"
	"fmt"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/sip"
)

// Call rings a user's own devices, and once he answers runs his flow as if he had dialled
// the destination there: a click in a browser, a phone on the desk. All that can be refused is
// refused before: *endpoints.Invalid, ErrFull, ErrDraining.
func (s *Switchboard) Call(ctx context.Context, by Asker, to Redirection) (*Record, error) {
	if s.Draining() {
		return nil, ErrDraining
	}
	u := by.User
	settings, err := s.cache.settingsOf(ctx, u.AccountID)
	if err != nil {
		return nil, err
	}
	as := &call{s: s, account: u.AccountID, settings: settings}
	if err := as.reachable(ctx, by, to); err != nil {
		return nil, err
	}
	if len(s.UA.Bindings(u.SipUserName)) == 0 {
		return nil, &endpoints.Invalid{Field: "endpointId", Text: fmt.Sprintf("%s has %s", u.DisplayName, errNoDevice)}
	}
	if err := s.admit(false); err != nil {
		return nil, err
	}
	c := s.newCall(ctx, s.userSpec(ctx, by, to, settings))
	if err := s.keep(c); err != nil {
		return nil, err
	}
	s.open(c)
	c.journal.say("%s asks for a call to %.64q: %s's own phone rings first", whoAsks(by.Name), to.Destination, u.DisplayName)
	rec := c.journal.snapshot()
	s.wg.Go(func() { c.runUserCall(u, to) })
	return rec, nil
}

// runUserCall rings the user, and runs his flow when he answers.
func (c *call) runUserCall(u *endpoints.Endpoint, to Redirection) {
	d := flow.Dialling{Attempts: []flow.Attempt{{Timeout: redirectRings}}}
	c.shown = &sip.Party{Name: to.Destination, User: to.Destination} // he sees whom he is about to call
	routes, err := c.deviceRoutes(u, d)
	c.shown = nil
	if err != nil {
		c.unanswered(flow.DialResult{Status: flow.DialFailed, Why: err.Error()}, nil)
		return
	}
	r := ringFor(c.ctx, c, d, ringOptions{routes: routes, role: RoleCaller})
	defer r.end()
	n := r.won(c.ctx, nil)
	if n == nil {
		var cause error
		if c.ctx.Err() != nil {
			cause = context.Cause(c.ctx)
		}
		if errors.Is(cause, errRefused) {
			cause = nil
		}
		c.unanswered(r.result(), cause)
		return
	}
	defer n.free()
	c.runAnswered(n.party, DetectNot)
}
