package smpp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

// receive takes what the message centre delivers, and says what it is to be answered. kept
// is what was noted of a text, to tell one that comes again.
func (l *link) receive(ctx context.Context, c *Conn, m Message) (s Status, kept *arrival) {
	var err error
	if r, ok := parseReceipt(m); ok {
		err = l.receipt(ctx, m, r)
	} else if m.ESMClass&classType == 0 {
		kept, err = l.text(ctx, c, m)
	} // acknowledgements of the other phone: nobody has asked for them
	var invalid *endpoints.Invalid
	switch {
	case err == nil:
		return OK, kept
	case errors.As(err, &s):
		l.log.Info("a text was refused", zap.Error(err))
		return s, nil
	case errors.As(err, &invalid):
		l.log.Info("a text was refused", zap.Error(err))
		return NeverTry, nil
	}
	l.log.Warn("a text can't be kept now; the message centre keeps it", zap.Error(err))
	return TryLater, nil
}

func (l *link) text(ctx context.Context, c *Conn, m Message) (*arrival, error) {
	number, err := l.number(ctx, m.Dest)
	if err != nil {
		return nil, err
	}
	if m.Source.Addr == "" {
		return nil, fmt.Errorf("it has no sender: %w", InvalidSource)
	}
	part, text, err := l.content(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, Rejected)
	}
	in := endpoints.Message{
		AccountID: number.AccountID, CustomerID: number.CustomerID, EndpointID: number.ID, Channel: endpoints.SMPP, Direction: endpoints.MessageIn,
		OtherAddress: m.Source.party(l.country), Destination: m.Dest.Addr, Text: text, Segments: 1, Route: endpoints.TextRoute{Via: l.of.ID}.JSON(),
	}
	if !part.Whole() {
		return nil, l.part(ctx, in, part)
	}
	sum := sha256.Sum256(m.Body())
	a, err := l.repeats.begin(ctx, l, number.ID, hex.EncodeToString(sum[:16]), c)
	if err != nil {
		return nil, err
	}
	in.Key = a.key
	in.Segments, _ = sms.Segments(text) // of one that came as message_payload there may be more
	return a, l.hub.Inbox.Receive(ctx, &in)
}

// number is the one of ours that a text is for: it must be this link's to bring.
func (l *link) number(ctx context.Context, a Address) (*endpoints.Endpoint, error) {
	e, err := l.hub.Store.EndpointByNumber(ctx, a.party(l.country))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no number %.32q: %w", a.Addr, InvalidDest)
	}
	if err != nil {
		return nil, err
	}
	if e.AccountID != l.of.AccountID || l.of.Kind != endpoints.SipTrunk && e.ID != l.of.ID {
		return nil, fmt.Errorf("%.32q isn't a number of this link: %w", a.Addr, InvalidDest)
	}
	if e.Portal.DisableSms {
		return nil, fmt.Errorf("%s gets no texts (disableSms): %w", e.Number, InvalidDest)
	}
	return e, nil
}

// content is the text of m, and which part of a longer one it is.
func (l *link) content(m Message) (part sms.Part, text string, err error) {
	data, header := m.Data(), 0
	if m.ESMClass&classUDHI != 0 {
		if part, data, header, err = sms.CutHeader(data); err != nil {
			return part, "", err
		}
	}
	total, ok := m.TLVs.Int(TagSARTotal, 1)
	seq, ok2 := m.TLVs.Int(TagSARSeq, 1)
	ref, ok3 := m.TLVs.Int(TagSARRef, 2)
	if ok && ok2 && ok3 && total > 1 && seq >= 1 && seq <= total && part.Whole() {
		part = sms.Part{Ref: ref, Total: total, Seq: seq}
	}
	text, err = l.alphabet().decode(m.Coding, data, header)
	return part, text, err
}

// receipt notes what became of a text of ours.
func (l *link) receipt(ctx context.Context, m Message, r receipt) error {
	if r.id == "" {
		return nil
	}
	number, err := l.number(ctx, m.Dest)
	if errors.Is(err, InvalidDest) { // some centres leave the addresses as they were
		number, err = l.number(ctx, m.Source)
	}
	if errors.Is(err, InvalidDest) {
		return nil // of a number that has gone
	}
	if err != nil {
		return err
	}
	return l.hub.Inbox.Receipt(ctx, endpoints.SMPP, number.ID, l.ids.given(r.id), r.state, r.why)
}
