package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"strings"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/sip"
)

var _ flow.Referrer = (*line)(nil)

// Refer asks the phone or the carrier on the line to call t itself. What that call may do is
// decided anew: it is one of that phone's user.
func (l *line) Refer(ctx context.Context, t flow.Target) (flow.ReferResult, error) {
	leg, ok := l.dialog.(*sip.Leg)
	if !ok {
		return flow.ReferResult{Why: "the caller is inside, another session is on the line"}, nil
	}
	to, err := l.call.referTo(ctx, l.leg.EndpointID, t)
	if ctx.Err() != nil {
		return flow.ReferResult{}, context.Cause(ctx)
	}
	if err != nil {
		return flow.ReferResult{Why: err.Error()}, nil
	}
	if err := l.Answer(ctx); err != nil {
		return flow.ReferResult{}, err
	}
	l.journal.say("REFER to %s", to)
	err = leg.Refer(ctx, to, nil)
	switch s := new(sip.Status); {
	case err == nil:
		return flow.ReferResult{Done: true, SipCode: 200}, nil
	case ctx.Err() != nil:
		return flow.ReferResult{}, context.Cause(ctx)
	case leg.Context().Err() != nil:
		<-ctx.Done() // the leg's end is that of the run, a moment later
		return flow.ReferResult{}, context.Cause(ctx)
	case errors.As(err, &s):
		return flow.ReferResult{SipCode: s.Code, Why: s.Reason}, nil
	}
	return flow.ReferResult{Why: err.Error()}, nil
}

// referTo is t as whoever is on the line can call it: a phone of ours calls us,
// a carrier the outside world.
func (c *call) referTo(ctx context.Context, onLine string, t flow.Target) (string, error) {
	user, number, err := c.named(ctx, t)
	if err != nil {
		return "", err
	}
	e, err := c.s.cache.endpoint(ctx, onLine)
	switch {
	case err != nil:
		return "", fmt.Errorf("who is on the line: %w", err)
	case e.Kind == endpoints.User:
		if user == "" {
			user = number
		}
		return "sip:" + user + "@" + c.s.host(), nil
	case e.Kind != endpoints.SipTrunk:
		return "", fmt.Errorf("%s is of type %s and can't be asked", e.DisplayName, e.Kind)
	case number == "":
		return "", fmt.Errorf("%s is a user of this server, whom %s can't reach", user, e.DisplayName)
	}
	if _, err := c.s.cache.number(ctx, number); errors.Is(err, fs.ErrNotExist) {
		if err := c.s.cache.allowedOutside(c.settings, number); err != nil {
			return "", words(err)
		}
	} else if err != nil {
		return "", err
	}
	if e.Trunk.CallerIDFormat == endpoints.E164NoPlus {
		number = strings.TrimPrefix(number, "+")
	}
	host := e.Trunk.Host
	if e.Trunk.Port != 0 {
		host = net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(e.Trunk.Port))
	}
	return "sip:" + number + "@" + host, nil
}

// named is who is meant: the SIP name of a user, or a number in E.164.
func (c *call) named(ctx context.Context, t flow.Target) (user, number string, err error) {
	value := strings.TrimSpace(t.Value)
	var e *endpoints.Endpoint
	if endpoints.ValidID(value) {
		e, err = c.s.cache.endpoint(ctx, value)
		if err == nil && e.AccountID != c.account {
			err = fs.ErrNotExist // another account's things do not exist here
		}
		if errors.Is(err, fs.ErrNotExist) {
			return "", "", fmt.Errorf("there is no endpoint %s", value)
		}
	} else if e, err = c.findUser(ctx, value); e == nil && err == nil {
		number, err = c.s.cache.parse(strings.TrimPrefix(value, "tel:"), c.settings.DefaultCountry)
		if err != nil {
			return "", "", fmt.Errorf("%.100q is neither a user of this account nor a telephone number", value)
		}
		return "", number, nil
	}
	switch {
	case err != nil:
		return "", "", err
	case e.Kind == endpoints.User && e.SipUserName != "":
		return e.SipUserName, "", nil
	case e.Kind == endpoints.PhoneNumber:
		return "", e.Number, nil
	}
	return "", "", fmt.Errorf("%s is of type %s and can't be called by a phone", e.DisplayName, e.Kind)
}
