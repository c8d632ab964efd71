package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
)

// What a flow reaches beside its line, each bounded to the call's account.

// flows finds the flows that Flow nodes start.
type flows struct{ c *call }

// Program is a version of a flow, 0 for the one that is live.
func (f flows) Program(ctx context.Context, id string, version int) (*flow.Program, error) {
	c := f.c
	p, err := c.s.cache.version(ctx, id, version)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, flow.ErrNoFlow
	case err != nil:
		return nil, err
	case p.account != c.account: // another account's things do not exist here
		return nil, flow.ErrNoFlow
	case len(p.errors) > 0:
		return nil, &flow.FlowError{Name: p.name, Problems: p.errors}
	}
	return p.program, nil
}

// maxParty bounds the address of a party of whom cookies are kept, in bytes.
const maxParty = 256

// cookies are those of the account.
type cookies struct{ c *call }

func (k cookies) SetCookie(ctx context.Context, party, name string, v flow.Value, expires time.Time) error {
	if len(party) > maxParty {
		k.c.journal.say("The other party's address is longer than %d characters: no cookies are kept of it", maxParty)
		return nil
	}
	// By the test clock nothing is forgotten before its real time.
	now := time.Now()
	if own := k.c.clock.Now(); own.Before(now) {
		now = own
	}
	return k.c.s.Store.PutCookie(ctx, Cookie{AccountID: k.c.account, Party: party, Name: name, Value: v, Expires: expires}, now)
}

func (k cookies) Cookie(ctx context.Context, party, name string, now time.Time) (flow.Value, bool, error) {
	if len(party) > maxParty {
		return flow.Value{}, false, nil
	}
	return k.c.s.Store.Cookie(ctx, k.c.account, party, name, now)
}

func (k cookies) ClearCookie(ctx context.Context, party, name string) error {
	if len(party) > maxParty {
		return nil
	}
	return k.c.s.Store.DeleteCookie(ctx, k.c.account, party, name)
}

// finder looks among the account's customers and endpoints.
type finder struct{ c *call }

// FindCustomer makes the one it finds the session's, with those above it.
func (f finder) FindCustomer(ctx context.Context, field, value string) (flow.FoundCustomer, bool, error) {
	c := f.c
	defined := slices.ContainsFunc(c.settings.CustomerFields, func(d *endpoints.CustomerField) bool { return d.Name == field })
	if !defined && !slices.Contains(endpoints.CustomerBuiltIns, field) {
		return flow.FoundCustomer{}, false, nil
	}
	id, err := c.s.Store.FindCustomer(ctx, c.account, field, value)
	if errors.Is(err, fs.ErrNotExist) {
		return flow.FoundCustomer{}, false, nil
	} else if err != nil {
		return flow.FoundCustomer{}, false, fmt.Errorf("find a customer: %w", err)
	}
	line, err := c.s.cache.customerLine(ctx, id)
	if err != nil {
		return flow.FoundCustomer{}, false, fmt.Errorf("find a customer: %w", err)
	}
	c.customers = line
	found := flow.FoundCustomer{ID: line[0].ID, Name: line[0].Name}
	c.journal.update(func(r *Record) { r.CustomerID, r.CustomerName = found.ID, found.Name })
	return found, true, nil
}

// FindEndpoint gives the endpoint's id.
func (f finder) FindEndpoint(ctx context.Context, field, value string) (string, bool, error) {
	c := f.c
	var kind endpoints.Kind
	if !slices.Contains(endpoints.EndpointBuiltIns, field) {
		i := slices.IndexFunc(c.settings.EndpointFields, func(d *endpoints.EndpointField) bool { return d.Name == field })
		if i < 0 {
			return "", false, nil
		}
		kind = c.settings.EndpointFields[i].EndpointType
	}
	id, err := c.s.Store.FindEndpoint(ctx, c.account, field, value, kind)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	} else if err != nil {
		return "", false, fmt.Errorf("find an endpoint: %w", err)
	}
	return id, true, nil
}
