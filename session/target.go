package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"sync/atomic"

	"ringflow/endpoints"
	"ringflow/flow"
)

// route is one leg of a destination: a device, a number, or a flow of ours.
type route struct {
	name  string                          // for the log
	by    flow.Party                      // who it is, if it answers
	tries []try                           // one; of an outside number one for each trunk, best first
	limit func() (free func(), err error) // what the route counts against; may be nil

	offline bool        // a device that has fallen silent
	rang    atomic.Bool // it gave a sign
}

// try is one way to place a route.
type try struct {
	name       string
	to         string // as the record shows it
	endpointID string // of the user or trunk
	codecs     []string
	source     netip.Addr // where its signalling comes from; invalid: not known yet
	place      func(ctx context.Context, p *party, progress func(code int, early bool)) (dialog, error)
}

// enter counts the route as in use, until free.
func (w *route) enter() (free func(), err error) {
	if w.limit == nil {
		return func() {}, nil
	}
	return w.limit()
}

// newParty is the party of one try.
func (c *call) newParty(t try) *party {
	return &party{s: c.s, journal: c.journal, codecs: t.codecs, source: t.source, queued: c.offers(), leg: LegRecord{
		ID: endpoints.NewID(), Direction: Outgoing, EndpointID: t.endpointID, From: c.session.FromAddress, To: t.to, Started: now(),
	}}
}

// resolve finds the legs of a destination. An error says in words why there is none.
func (c *call) resolve(ctx context.Context, t flow.Target, d flow.Dialling) ([]*route, error) {
	value := strings.TrimSpace(t.Value)
	switch t.Type {
	case string(flow.SipTrunkType):
		w, err := c.trunkRoute(ctx, value, t.Number, d)
		return one(w), err
	case string(flow.UserType), string(flow.EndpointType), string(flow.PhoneNumberType), "Team":
		if endpoints.ValidID(value) {
			return c.endpointRoutes(ctx, value, d)
		}
	}
	return c.textRoutes(ctx, value, d)
}

// endpointRoutes are the legs of one of our own endpoints.
func (c *call) endpointRoutes(ctx context.Context, id string, d flow.Dialling) ([]*route, error) {
	e, err := c.s.cache.endpoint(ctx, id)
	if err == nil && e.AccountID != c.account {
		err = fs.ErrNotExist // another account's things do not exist here
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no endpoint %s", id)
	}
	if err != nil {
		return nil, err
	}
	return c.routesTo(e, d)
}

func (c *call) routesTo(e *endpoints.Endpoint, d flow.Dialling) ([]*route, error) {
	switch e.Kind {
	case endpoints.User:
		if e.UserMode == endpoints.ModeFlow {
			return one(c.childRoute(e, d)), nil
		}
		return c.deviceRoutes(e, d)
	case endpoints.PhoneNumber, endpoints.FaxNumber:
		return one(c.childRoute(e, d)), nil
	}
	return nil, fmt.Errorf("%s is of type %s and can't be rung", e.DisplayName, e.Kind)
}

// textRoutes are the legs of what somebody wrote or dialled: a SIP user name, an
// e-mail address or an extension of a user, else a telephone number.
func (c *call) textRoutes(ctx context.Context, text string, d flow.Dialling) ([]*route, error) {
	text, _ = strings.CutPrefix(text, "tel:")
	if text == "" {
		return nil, errors.New("nothing to dial is given")
	}
	if low := strings.ToLower(text); strings.HasPrefix(low, "sip:") || strings.HasPrefix(low, "sips:") {
		return nil, fmt.Errorf("%.100q: SIP addresses are not allowed in this account; dial a number or a user", text)
	}
	u, err := c.findUser(ctx, text)
	if err != nil {
		return nil, err
	}
	if u != nil {
		return c.routesTo(u, d)
	}
	e164, err := c.s.cache.parse(text, c.settings.DefaultCountry)
	if err != nil {
		return nil, fmt.Errorf("%.100q is neither a user of this account nor a telephone number", text)
	}
	owned, err := c.s.cache.number(ctx, e164)
	switch {
	case err == nil:
		return one(c.childRoute(owned, d)), nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	w, err := c.outsideRoute(ctx, e164, d)
	return one(w), err
}

// findUser is the user of this account by SIP user name, e-mail or extension; nil: nobody.
func (c *call) findUser(ctx context.Context, text string) (*endpoints.Endpoint, error) {
	id := c.s.directory().names[c.account+" "+strings.ToLower(text)]
	if id == "" {
		return nil, nil
	}
	e, err := c.s.cache.endpoint(ctx, id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case e.Kind != endpoints.User || e.AccountID != c.account:
		return nil, nil
	}
	return e, nil
}

func one(w *route) []*route {
	if w == nil {
		return nil
	}
	return []*route{w}
}

// targetWords is a destination in a log line.
func targetWords(t flow.Target) string {
	if t.Number != "" {
		return fmt.Sprintf("%.64q by trunk %s", t.Number, t.Value)
	}
	return fmt.Sprintf("%.64q", t.Value)
}
