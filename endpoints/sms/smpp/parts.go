package smpp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

// part keeps a part of a text; the last one makes the text whole, and is answered only
// once that is kept.
func (l *link) part(ctx context.Context, number *endpoints.Endpoint, in sms.In, p sms.Part) error {
	kept := &endpoints.MessagePart{
		AccountID: number.AccountID, EndpointID: number.ID, Channel: in.Channel, OtherAddress: in.From, Destination: in.To,
		Ref: fmt.Sprintf("%s/%d", l.of.ID, p.Ref), Total: p.Total, Seq: p.Seq, Text: in.Text, Route: endpoints.TextRoute{Via: l.of.ID}.JSON(),
	}
	set, joined, err := l.hub.Store.KeepPart(ctx, kept)
	if err != nil || joined || len(set) < p.Total {
		return err
	}
	return l.hub.join(ctx, l.of, set)
}

// gap stands for parts that never came.
const gap = " […] "

// join takes over the text of parts that are all there, or late, and came by via.
func (h *Hub) join(ctx context.Context, via *endpoints.Endpoint, set []*endpoints.MessagePart) error {
	text, next := "", 1
	for _, p := range set {
		if p.Seq > next {
			text += gap
		}
		text = sms.Join(text, p.Text)
		next = p.Seq + 1
	}
	p := set[0]
	if next <= p.Total {
		text += gap
	}
	err := h.Desk.Take(ctx, sms.In{
		Channel: p.Channel, Via: via, From: p.OtherAddress, To: p.Destination, Text: strings.TrimSpace(sms.Whole(text)), Segments: len(set), Key: "parts/" + p.SetID,
	})
	if err != nil {
		return err
	}
	return h.Store.JoinedParts(ctx, p.SetID)
}

// joinLate is join of parts that nobody stands for any more.
func (h *Hub) joinLate(ctx context.Context, set []*endpoints.MessagePart) error {
	via, err := h.Store.Endpoint(ctx, endpoints.ParseTextRoute(set[0].Route).Via)
	if errors.Is(err, fs.ErrNotExist) { // the trunk has gone meanwhile, the number hasn't
		via, err = h.Store.Endpoint(ctx, set[0].EndpointID)
	}
	if err != nil {
		return err
	}
	err = h.join(ctx, via, set)
	var invalid *endpoints.Invalid
	if errors.As(err, &invalid) || errors.Is(err, sms.ErrNotOurs) { // it never will be
		h.log().Info("a text that misses a part was refused", zap.Error(err))
		return h.Store.JoinedParts(ctx, set[0].SetID)
	}
	return err
}

// sweep delivers texts whose missing parts have kept us waiting for too long, as they are.
func (h *Hub) sweep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	late, err := h.Store.LateParts(ctx, endpoints.SMPP, time.Now().Add(-lateParts))
	for _, set := range late {
		if one := h.joinLate(ctx, set); one != nil && err == nil {
			err = one // the others aren't held up by it
		}
	}
	return err
}
