package sms

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// Carrier is the way out of a channel of texts that leaves it to the desk what may leave, and how.
type Carrier interface {
	// Carry sends what the desk has let through. It returns what the carrier calls the text, empty if
	// it gives it no name, or an error as a Sender's.
	Carry(ctx context.Context, m *endpoints.Outbound, o *Out) (remoteID string, err error)
}

// Outgoing is the way out of a channel: the desk's rules, then the carrier.
type Outgoing struct {
	Desk    *Desk
	Carrier Carrier
}

// From implements outbox.Sender: each text says whose it is.
func (g Outgoing) From() string { return "" }

// AtOnce is how many texts may be on their way.
func (g Outgoing) AtOnce() int { return 16 }

// Send implements outbox.Sender.
func (g Outgoing) Send(ctx context.Context, m *endpoints.Outbound) error {
	o, err := g.Desk.Leave(ctx, m)
	if err != nil {
		return err
	}
	if o.Inside != nil {
		if err := g.Desk.Deliver(ctx, o, m.Channel); err != nil {
			return err
		}
		return g.Desk.noted(ctx, o, "inside/"+o.Post.MessageID)
	}
	remote, err := g.Carrier.Carry(ctx, m, o)
	if err != nil {
		return err
	}
	return g.Desk.noted(ctx, o, remote)
}

// noted keeps what the far end calls a text. That it left is not undone by a store that is away.
func (d *Desk) noted(ctx context.Context, o *Out, remote string) error {
	if err := d.Inbox.Remote(ctx, o.Post.MessageID, remote, o.Segments); err != nil {
		d.log().Error("the carrier's name of a text can't be noted; its receipt will be lost", zap.String("message", o.Post.MessageID), zap.Error(err))
	}
	return nil
}

// Final tells whether what took a text, or didn't, would do the same the next time.
func Final(err error) bool {
	var refused *endpoints.Refused
	var invalid *endpoints.Invalid
	return errors.As(err, &refused) || errors.As(err, &invalid) || errors.Is(err, ErrNotOurs)
}
