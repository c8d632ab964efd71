package smpp

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

const (
	// linkTime is how long a message waits for its link, submitTime for an answer;
	// patience for a message centre that wants less.
	linkTime, submitTime, patience = 10 * time.Second, 30 * time.Second, 45 * time.Second
	// leastAtOnce may be sent at once however few the windows are: there may be more links later.
	leastAtOnce = 50
)

// From implements outbox.Sender: each number sends as itself.
func (h *Hub) From() string { return "" }

// AtOnce implements outbox.Many: as many as the windows of all links have room for.
func (h *Hub) AtOnce() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, l := range h.links {
		n += cap(l.window)
	}
	return max(n, leastAtOnce)
}

// Send implements outbox.Sender. A long text leaves in parts, one after the other.
func (h *Hub) Send(ctx context.Context, m *endpoints.Outbound) error {
	out, err := h.Desk.Leave(ctx, m)
	if err != nil {
		return err
	}
	if out.Inside != nil {
		return h.Desk.Deliver(ctx, out, endpoints.SMPP)
	}
	if out.Post.Text == "" {
		return &endpoints.Refused{Err: errors.New("there is no text in it, and SMPP carries nothing else")}
	}
	waiting, cancel := context.WithTimeout(ctx, linkTime)
	defer cancel()
	l, err := h.link(waiting, out.Way.Via.ID)
	if err != nil {
		return err
	}
	if err := l.submit(ctx, waiting, out); err != nil {
		var s Status
		if errors.As(err, &s) && s.Final() {
			return &endpoints.Refused{Err: err}
		}
		return err
	}
	if n := len(out.Post.Files); n > 0 {
		return &endpoints.Partly{Err: fmt.Errorf("its %d files stayed here: SMPP carries text only", n)}
	}
	return nil
}

// submit sends all parts of a text and notes the last one's id: it has not arrived with a receipt of another. waiting ends the waiting for the link.
func (l *link) submit(ctx, waiting context.Context, out *sms.Out) error {
	post := out.Post
	ref := fnv.New32a()
	ref.Write([]byte(post.MessageID)) // the same when it is sent again: a phone joins what it has with what comes
	pieces, coding := l.alphabet().encode(post.Text, int(ref.Sum32()&0xff))
	if len(pieces) > 255 {
		return &endpoints.Refused{Err: fmt.Errorf("it takes %d texts; 255 at most can be joined", len(pieces))}
	}
	for i, data := range pieces {
		m := Message{
			Source: addressOf(out.From.Number), Dest: addressOf(out.To), Registered: 1, // a receipt, whatever becomes of it, 5.2.17
			Coding: coding, Short: data, TLVs: TLVs{l.reference(post.MessageID)},
		}
		if len(pieces) > 1 {
			m.ESMClass |= classUDHI
		}
		id, err := l.submitOne(ctx, waiting, m.Body())
		if err != nil {
			return err
		}
		if id == "" || i < len(pieces)-1 {
			continue // it isn't told of
		}
		noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
		err = l.hub.Inbox.Remote(noting, post.MessageID, id, len(pieces))
		cancel()
		if err != nil {
			return fmt.Errorf("its id at the message centre can't be kept: %w", err)
		}
	}
	return nil
}

// reference is user_message_reference: two bytes as 5.3.2.17 says, or the whole id
// where the message centre takes that.
func (l *link) reference(messageID string) TLV {
	if l.of.Texts.SMPP.FullReference {
		return TLV{TagReference, []byte(messageID)}
	}
	return Uint16(TagReference, Reference(messageID))
}

// Reference is the number by which a message centre knows a message of ours, beside
// its own id: the first four digits of the message's id.
func Reference(messageID string) (n uint16) {
	_, _ = fmt.Sscanf(messageID[:min(len(messageID), 4)], "%x", &n) // of an id that is none, 0
	return n
}

func (l *link) alphabet() alphabet { return alphabet(l.of.Texts.SMPP.Alphabet) }

// submitOne submits one SMS, in its turn and again when the message centre wants less,
// and returns the id that it got there.
func (l *link) submitOne(ctx, waiting context.Context, body []byte) (id string, err error) {
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		c, err := l.bound(waiting)
		if err != nil {
			return "", err
		}
		if err := l.pace.wait(patient); err != nil {
			return "", fmt.Errorf("the message centre takes no more for now: %w", err)
		}
		select {
		case l.window <- struct{}{}:
		case <-patient.Done():
			return "", errors.New("the message centre is slow to answer what it got")
		}
		answer, cancel := context.WithTimeout(ctx, submitTime)
		p, err := c.Request(answer, SubmitSM, body)
		cancel()
		<-l.window
		var s Status
		switch {
		case err == nil:
			l.pace.taken()
			r, err := ParseMessageResp(p.Body)
			return strings.TrimSpace(r.MessageID), err
		case errors.As(err, &s) && s.Slower():
			l.pace.slower()
			continue
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			c.Close(fmt.Errorf("%w: a submit_sm wasn't answered within %s", ErrClosed, submitTime)) // 7.2: it may be dead
		}
		return "", err
	}
}
