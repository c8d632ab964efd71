package sip

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"

	"go.uber.org/zap"
)

// Text is a MESSAGE (RFC 3428) of somebody who proved who he is.
type Text struct {
	Caller     Caller
	RequestURI Party
	To, From   Party
	Source     netip.AddrPort
	Transport  string // UDP, TCP, TLS
	Body       string // UTF-8, whatever it was on the wire; never empty
	// Key names the message: a second one with the same Call-ID and CSeq has the same.
	Key string

	header map[string][]string
}

// Header is the first value of a header by its canonical full name. Nothing in it is trusted.
func (t *Text) Header(name string) string {
	if v := t.header[canonical(name)]; len(v) > 0 {
		return v[0]
	}
	return ""
}

const (
	// takeText is how long OnText may take: less than the sender waits (timer F, 32 s).
	takeText = 20 * time.Second
	// textTypes are the bodies that are read.
	textTypes = "text/plain, message/cpim"
)

// message takes a MESSAGE outside of any dialog. Its sender hears 200 once the
// handler has returned, and that is once the text is kept.
func (s *strand) message(r *request, key string, who Caller) {
	c := s.core
	if c.ua.OnText == nil {
		c.refuse(r, answer(405, "Allow", allow))
		return
	}
	if h := r.MaxForwards(); h != nil && h.Val() == 0 {
		c.refuse(r, answer(483))
		return
	}
	body, no := readText(r)
	if no != nil {
		c.refuse(r, no)
		return
	}
	uri := address{text: r.Recipient.String(), uri: r.Recipient}
	t := &Text{Caller: who, RequestURI: uri.party(), To: r.to.party(), From: r.from.party(), Source: r.src.addr, Transport: r.src.network(),
		Body: body, Key: textKey(r), header: map[string][]string{}}
	for _, h := range r.Headers() {
		if n := h.Name(); !machinery(n) {
			t.header[n] = append(t.header[n], h.Value())
		}
	}
	tx := s.serve(r, key)
	if !c.calls.run(func() {
		ctx, cancel := context.WithTimeout(c.life, takeText)
		st := c.take(ctx, t)
		cancel()
		s.post(func() {
			if st != nil {
				tx.respond(st.reply())
				return
			}
			tx.respond(answer(200))
		})
	}) {
		tx.respond(answer(503, "Retry-After", "5"))
	}
}

// take gives a text to the handler; a panic of it refuses.
func (c *core) take(ctx context.Context, t *Text) (st *Status) {
	defer func() {
		if p := recover(); p != nil {
			c.stats.panics.Add(1)
			c.log.Error("panic while a MESSAGE was taken", zap.Any("panic", p), zap.Stack("stack"))
			st = &Status{Code: 500}
		}
	}()
	return c.ua.OnText(ctx, t)
}

// textKey is Call-ID and CSeq, or a hash of them where they are long.
func textKey(r *request) string {
	key := r.callID + " " + itoa(int(r.cseq))
	if len(key) > 200 {
		sum := sha256.Sum256([]byte(key))
		key = hex.EncodeToString(sum[:])
	}
	return key
}
