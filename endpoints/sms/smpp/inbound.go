package smpp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

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
	case errors.Is(err, sms.ErrNotOurs):
		l.log.Info("a text was refused", zap.Error(err))
		return InvalidDest, nil
	case errors.As(err, &invalid):
		l.log.Info("a text was refused", zap.Error(err))
		return NeverTry, nil
	case errors.Is(err, sms.ErrTooMany): // the message centre has room for them, for a while
		return TryLater, nil
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
	in := sms.In{Channel: endpoints.SMPP, Via: l.of, From: m.Source.party(l.country), To: number.Number, Text: text}
	if !part.Whole() {
		return nil, l.part(ctx, number, in, part)
	}
	sum := sha256.Sum256(m.Body())
	a, err := l.repeats.begin(ctx, l, number.ID, hex.EncodeToString(sum[:16]), c)
	if err != nil {
		return nil, err
	}
	in.Key = a.key
	return a, l.hub.Desk.Take(ctx, in)
}

// number is the one of ours that a text is for.
func (l *link) number(ctx context.Context, a Address) (*endpoints.Endpoint, error) {
	return l.hub.Desk.Number(ctx, l.of, a.party(l.country), l.country)
}

// content is the text of m, and which part of a longer one it is.
func (l *link) content(m Message) (part sms.Part, text string, err error) {
	data, header := m.Data(), 0
	var shift sms.Shift
	if m.ESMClass&classUDHI != 0 {
		whole := data
		if part, data, header, err = sms.CutHeader(data); err != nil {
			return part, "", err
		}
		shift = sms.ShiftOf(whole[:header])
	}
	total, ok := m.TLVs.Int(TagSARTotal, 1)
	seq, ok2 := m.TLVs.Int(TagSARSeq, 1)
	ref, ok3 := m.TLVs.Int(TagSARRef, 2)
	if ok && ok2 && ok3 && total > 1 && seq >= 1 && seq <= total && part.Whole() {
		part = sms.Part{Ref: ref, Total: total, Seq: seq}
	}
	decode := l.alphabet().decode
	if !part.Whole() {
		decode = l.alphabet().decodePart
	}
	text, err = decode(m.Coding, data, header, shift)
	return part, text, err
}

// receipt notes what became of a text of ours.
func (l *link) receipt(ctx context.Context, m Message, r receipt) error {
	if r.id == "" {
		return nil
	}
	number, err := l.number(ctx, m.Dest)
	if errors.Is(err, sms.ErrNotOurs) { // some centres leave the addresses as they were
		number, err = l.number(ctx, m.Source)
	}
	if errors.Is(err, sms.ErrNotOurs) {
		return nil // of a number that has gone
	}
	if err != nil {
		return err
	}
	return l.hub.Inbox.Receipt(ctx, endpoints.SMPP, number.ID, r.id, r.state, r.why)
}
