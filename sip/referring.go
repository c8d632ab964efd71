package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// referring is a REFER of ours until its outcome is known.
type referring struct {
	l     *Leg
	first uint32 // CSeq of the REFER, or of its first try
	taken bool   // by a 2xx
	heard bool   // a NOTIFY came
	wait  *time.Timer
	done  chan error // capacity 1
	ended bool
}

// Refer asks the far end to call to, in the place of the leg replaces if that is not nil
// (then to may be empty: that leg's far end), and returns when it told how that went: nil
// once the call is answered, else a *Status. A far end that takes the REFER and tells no more
// because it wants to tell nothing (RFC 4488) or hangs up, has done it: nil.
func (l *Leg) Refer(ctx context.Context, to string, replaces *Leg) error {
	value, err := referTo(ctx, to, replaces)
	if err != nil {
		return err
	}
	x := &referring{l: l, done: make(chan error, 1)}
	if err := l.run(ctx, func() error { return x.begin(value) }); err != nil {
		return err
	}
	select {
	case err := <-x.done:
		return err
	case <-ctx.Done():
		l.s.post(func() { x.end(nil) })
		return context.Cause(ctx)
	case <-l.core.dead:
		return ErrClosed
	}
}

// referTo is the Refer-To of a REFER of ours.
func referTo(ctx context.Context, to string, replaces *Leg) (string, error) {
	query := ""
	if replaces != nil {
		id := replaces.Dialog()
		if id.RemoteTag == "" {
			return "", errors.New("sip: refer: the leg to be replaced has no far end yet")
		}
		query = "?Replaces=" + escapeHeader(id.replaces())
		if to == "" {
			if err := replaces.run(ctx, func() error { u := replaces.target; u.Headers = nil; to = u.String(); return nil }); err != nil {
				return "", err
			}
		}
	}
	var uri msg.Uri
	if err := parseURI(to, &uri); err != nil || uri.Wildcard || strings.ContainsAny(to, "?") || uri.Scheme == "tel" && query != "" {
		return "", fmt.Errorf("sip: refer to %q: want a URI such as sip:alice@example.com or tel:+442079460123", clip(to))
	}
	return "<" + uriText(to) + query + ">", nil
}

func (x *referring) begin(to string) error {
	l := x.l
	switch {
	case l.phase == over:
		return l.cause()
	case l.phase != up:
		return errNotUp
	case l.asked != nil:
		return &Status{Code: 491, Reason: "A REFER is under way"}
	}
	l.asked, x.first = x, l.localSeq+1
	l.ask(msg.REFER, [][2]string{{"Refer-To", to}, {"Referred-By", l.localAddr}, {"Allow", allow}, {"Supported", extensions}}, "", nil, x.answered)
	return nil
}

func (x *referring) answered(r *response, err error) {
	switch {
	case err != nil:
		x.end(err)
	case r.StatusCode >= 300:
		x.end(statusFrom(r))
	case isFalse(headerValue(r.Headers(), "Refer-Sub")):
		x.end(nil)
	default:
		x.taken = true
		x.wait = x.l.s.after(lifetime, func() { // timer N of RFC 6665
			if !x.heard {
				x.end(&Status{Code: 408, Reason: "The far end took the REFER and tells nothing"})
			}
		})
	}
}

// end tells whoever waits, once.
func (x *referring) end(err error) {
	if x.ended {
		return
	}
	x.ended = true
	if x.wait != nil {
		x.wait.Stop()
	}
	if x.l.asked == x {
		x.l.asked = nil
	}
	x.done <- err
}

// left is the end of the leg: a far end that has taken the REFER and hangs up has left to
// do it.
func (x *referring) left(cause error) {
	if x.taken && errors.Is(cause, ErrRemoteBye) {
		cause = nil
	}
	x.end(cause)
}

// notified takes a NOTIFY within a call: how it goes with our REFER.
func (l *Leg) notified(tx *serverTx, r *request) {
	event, id := eventOf(r)
	x := l.asked
	switch {
	case event != "refer":
		tx.respond(answer(489, "Allow-Events", allowEvents))
		return
	case x == nil || id != "" && uint32(seconds(id)) < x.first:
		tx.respond(answer(481))
		return
	}
	tx.respond(answer(200))
	x.heard = true
	code, reason, ok := parseSipfrag(r.Body())
	state, _, _ := strings.Cut(r.value("Subscription-State"), ";")
	switch {
	case ok && code >= 300:
		if reason == ReasonPhrase(code) {
			reason = ""
		}
		x.end(&Status{Code: code, Reason: reason})
	case ok && code >= 200:
		x.end(nil)
	case strings.EqualFold(strings.TrimSpace(state), "terminated"):
		x.end(&Status{Code: 408, Reason: "The far end tells no outcome"})
	}
}
