package sms

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"ringflow/endpoints"
)

// Out is a text that may leave.
type Out struct {
	Post     endpoints.Post
	From     *endpoints.Endpoint // the number
	To       string
	Way      endpoints.TextWay
	Segments int
	// Inside is the number of the same account that it is for; nil: it is for somebody outside.
	Inside *endpoints.Endpoint
}

// Leave says by what a text of a phone number leaves, once its turn has come. *endpoints.Refused: it never may.
// *endpoints.Later: not yet.
func (d *Desk) Leave(ctx context.Context, m *endpoints.Outbound) (*Out, error) {
	p, ok := m.Post()
	if !ok || len(m.To) != 1 {
		return nil, refuse("it is no text to one number")
	}
	from, err := d.Store.Endpoint(ctx, p.EndpointID)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refuse("the phone number was deleted")
	case err != nil:
		return nil, err
	case from.Number == "":
		return nil, refuse("%s is no phone number", from.DisplayName)
	}
	settings, err := d.Store.Settings(ctx, from.AccountID)
	if err != nil {
		return nil, err
	}
	o := &Out{Post: p, From: from, To: address(m.To[0], settings.DefaultCountry)}
	route := endpoints.ParseTextRoute(p.Route)
	if o.To == from.Number {
		return nil, refuse("%s would write to itself", o.To)
	}
	if strings.TrimSpace(p.Text) == "" && len(p.Files) == 0 {
		return nil, refuse("it has neither text nor files")
	}
	if !route.Notice {
		switch stopped, err := d.Store.TextsStopped(ctx, from.ID, o.To); {
		case err != nil:
			return nil, err
		case stopped:
			return nil, &endpoints.Refused{Wanted: true, Err: fmt.Errorf("%s has opted out of texts from %s (STOP); nothing is sent until they write START", o.To, from.Number)}
		}
	}
	if err := d.way(ctx, o, m.Channel, route, settings); err != nil {
		return nil, err
	}
	o.Segments, _ = Segments(p.Text)
	limit := from.Texts.Limit()
	if o.Way.Via != nil && o.Way.Via.Texts != nil && (from.Texts == nil || from.Texts.TrunkID != "" && from.Texts.PerMinute == 0) {
		limit = o.Way.Via.Texts.Limit()
	}
	if o.Inside != nil {
		return o, nil
	}
	if err := d.turn(ctx, m, o.bounds(limit, settings, (route.Via == "" || route.New) && !route.Notice)); err != nil {
		return nil, err
	}
	return o, nil
}

// way finds how o goes, and refuses what may not.
func (d *Desk) way(ctx context.Context, o *Out, channel endpoints.Channel, route endpoints.TextRoute, settings *endpoints.Settings) error {
	inside, err := d.Store.EndpointByNumber(ctx, o.To)
	switch {
	case err == nil && inside.AccountID == o.From.AccountID: // a number of ours never leaves the house
		if inside.Portal.DisableSms || o.From.Portal.DisableSms {
			return refuse("%s or %s has no texts (disableSms)", o.From.Number, o.To)
		}
		o.Inside = inside
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if strings.HasPrefix(o.To, "+") {
		if err := endpoints.AllowedOutside(settings, o.To); err != nil {
			return &endpoints.Refused{Err: words(err)}
		}
	} else if route.Via == "" || route.New || strings.Trim(o.To, "0123456789") != "" || len(o.To) > 8 {
		return refuse("%.64q isn't a telephone number that can be written to", o.To)
	}
	o.Way, err = endpoints.RouteText(o.From, o.To, route, d.Trunks(o.From.AccountID))
	if err != nil {
		return &endpoints.Refused{Err: words(err)}
	}
	if o.Way.Channel != channel {
		return refuse("%s texts by %s now, no longer by %s; send it again", o.From.Number, o.Way.Channel, channel)
	}
	return nil
}

// Deliver gives a text to a number of the same account, without any carrier. Its channel stays.
func (d *Desk) Deliver(ctx context.Context, o *Out, channel endpoints.Channel) error {
	err := d.Take(ctx, In{Channel: channel, Via: o.Inside, From: o.From.Number, To: o.Inside.Number, FromName: o.From.DisplayName, Text: o.Post.Text, Files: o.Post.Files, Key: "inside/" + o.Post.MessageID})
	var invalid *endpoints.Invalid
	if errors.As(err, &invalid) || errors.Is(err, ErrNotOurs) {
		return &endpoints.Refused{Err: words(err)}
	}
	return err
}

func refuse(format string, args ...any) error {
	return &endpoints.Refused{Err: fmt.Errorf(format, args...)}
}

// words takes the name of the API's field from an error that people read.
func words(err error) error {
	var i *endpoints.Invalid
	if errors.As(err, &i) {
		return errors.New(i.Text)
	}
	return err
}
