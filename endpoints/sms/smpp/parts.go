package smpp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

// part keeps a part of a text; the last one makes the text whole, and is answered only
// once that is kept.
func (l *link) part(ctx context.Context, m endpoints.Message, p sms.Part) error {
	kept := &endpoints.MessagePart{
		AccountID: m.AccountID, EndpointID: m.EndpointID, Channel: m.Channel, OtherAddress: m.OtherAddress, Destination: m.Destination,
		Ref: fmt.Sprintf("%s/%d", l.of.ID, p.Ref), Total: p.Total, Seq: p.Seq, Text: m.Text, Route: m.Route,
	}
	set, joined, err := l.hub.Store.KeepPart(ctx, kept)
	if err != nil || joined || len(set) < p.Total {
		return err
	}
	return l.hub.join(ctx, set)
}

// gap stands for parts that never came.
const gap = " […] "

// join takes over the text of parts that are all there, or late.
func (h *Hub) join(ctx context.Context, set []*endpoints.MessagePart) error {
	var text strings.Builder
	next := 1
	for _, p := range set {
		if p.Seq > next {
			text.WriteString(gap)
		}
		text.WriteString(p.Text)
		next = p.Seq + 1
	}
	p := set[0]
	if next <= p.Total {
		text.WriteString(gap)
	}
	err := h.Inbox.Receive(ctx, &endpoints.Message{
		AccountID: p.AccountID, EndpointID: p.EndpointID, Channel: p.Channel, Direction: endpoints.MessageIn, OtherAddress: p.OtherAddress,
		Destination: p.Destination, Text: strings.TrimSpace(text.String()), Segments: len(set), Route: p.Route, Key: "parts/" + p.SetID,
	})
	if err != nil {
		return err
	}
	return h.Store.JoinedParts(ctx, p.SetID)
}

// sweep delivers texts whose missing parts have kept us waiting for too long, as they are.
func (h *Hub) sweep(ctx context.Context) {
	t := time.NewTicker(sweep)
	defer t.Stop()
	away := false
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		err := h.sweepOnce(ctx)
		if ctx.Err() == nil && (err != nil) != away {
			if away = err != nil; away {
				h.log().Error("texts that miss a part can't be delivered; they wait", zap.Error(err))
			}
		}
	}
}

func (h *Hub) sweepOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	late, err := h.Store.LateParts(ctx, endpoints.SMPP, time.Now().Add(-lateParts))
	for _, set := range late {
		if one := h.join(ctx, set); one != nil && err == nil {
			err = one // the others aren't held up by it
		}
	}
	return err
}
