package sip

import (
	"crypto/rand"
	"encoding/hex"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// serverTx is a server transaction (RFC 3261 17.2, RFC 6026). It lives on its
// strand. After the final answer it keeps only what a retransmission needs.
type serverTx struct {
	s      *strand
	key    string
	method msg.RequestMethod
	from   hop      // where the request came from
	req    *request // nil after the final answer
	cseq   uint32
	ftag   string
	sentBy string
	toTag  string // of our answers
	code   int    // last code sent; 0: none
	last   []byte // last answer sent; nil after a 2xx to an INVITE
	leg    *Leg   // INVITE: whose it is

	resend *time.Timer // G
	gap    time.Duration
	life   *time.Timer // H, J, L
	trying *time.Timer // 100 after 200 ms
}

// serverKey is what a retransmission has in common with its request
// (RFC 3261 17.2.3; the second form is RFC 2543's).
func serverKey(r *request, method string) string {
	if method == "ACK" {
		method = "INVITE"
	}
	if b := r.top.branch(); b != "" {
		return b + "|" + r.top.sentBy() + "|" + method
	}
	return "|" + r.fromTag + "|" + strconv.FormatUint(uint64(r.cseq), 10) + "|" + r.top.sentBy() + "|" + method
}

// serve makes the transaction of a request.
func (s *strand) serve(r *request, key string) *serverTx {
	tx := &serverTx{s: s, key: key, method: r.Method, from: r.src, req: r, cseq: r.cseq, ftag: r.fromTag, sentBy: r.top.sentBy(), toTag: r.toTag}
	if tx.toTag == "" {
		tx.toTag = newTag()
	}
	if s.srv == nil {
		s.srv = map[string]*serverTx{}
	}
	s.srv[key] = tx
	if r.Method == msg.INVITE {
		tx.trying = s.after(200*time.Millisecond, func() {
			if tx.code == 0 {
				tx.send(answer(100))
			}
		})
	}
	return tx
}

// merges tells whether r is the request of tx, come by another way.
func (tx *serverTx) merges(r *request) bool {
	return tx.method == r.Method && tx.cseq == r.cseq && tx.ftag == r.fromTag && r.fromTag != ""
}

// stale tells that a peer without RFC 3261 branches uses a key again.
func (tx *serverTx) stale(r *request) bool { return tx.cseq != r.cseq && r.Method != msg.ACK }

// again takes a retransmission, or the ACK to a refusal.
func (tx *serverTx) again(r *request) {
	if r.Method == msg.ACK {
		if tx.code < 300 {
			// A peer that reuses the INVITE's branch for the ACK to a 2xx.
			tx.s.ack(r)
			return
		}
		tx.stopResend()
		tx.last = nil
		wait := t4 // timer I
		if tx.from.reliable() {
			wait = 0
		}
		tx.expire(wait)
		return
	}
	if tx.last != nil {
		tx.s.core.stats.retransmitted.Add(1)
		r.back.send(tx.last)
	}
}

// respond sends an answer. After a final one it does nothing.
func (tx *serverTx) respond(rep *reply) {
	if tx.code >= 200 {
		return
	}
	tx.send(rep)
}

func (tx *serverTx) send(rep *reply) {
	r := tx.req
	b := tx.s.core.encode(r, rep, tx.toTag)
	tx.code = rep.code
	tx.last = b
	if tx.trying != nil {
		tx.trying.Stop()
	}
	err := r.back.send(b)
	if rep.code < 200 {
		return
	}
	tx.s.core.stats.answer(rep.code)
	tx.req, tx.leg = nil, nil
	switch {
	case tx.method != msg.INVITE:
		if tx.from.reliable() {
			tx.expire(0) // J
			return
		}
		tx.expire(lifetime)
	case rep.code < 300:
		tx.last = nil // the leg re-sends it (RFC 6026 7.1)
		tx.expire(lifetime)
	default:
		back := r.back
		if !tx.from.reliable() {
			tx.gap = t1
			tx.resend = tx.s.after(tx.gap, func() { tx.retransmit(back) })
		}
		tx.expire(lifetime)
	}
	_ = err // a lost answer is the retransmission's business; a lost connection is told by itself
}

// retransmit is timer G: refusals to an INVITE are repeated until the ACK.
func (tx *serverTx) retransmit(back hop) {
	if tx.last == nil || tx.resend == nil {
		return
	}
	tx.s.core.stats.retransmitted.Add(1)
	back.send(tx.last)
	tx.gap = min(2*tx.gap, t2)
	tx.resend = tx.s.after(tx.gap, func() { tx.retransmit(back) })
}

func (tx *serverTx) stopResend() {
	if tx.resend != nil {
		tx.resend.Stop()
		tx.resend = nil
	}
}

// expire forgets the transaction after d.
func (tx *serverTx) expire(d time.Duration) {
	if tx.life != nil {
		tx.life.Stop()
	}
	if d == 0 {
		tx.end()
		return
	}
	tx.life = tx.s.after(together(d), tx.end)
}

// together rounds a long wait up so that all that ends in the same second ends
// by one wake-up. 64*T1 is a least time: nobody counts the answers that we could
// still repeat.
func together(d time.Duration) time.Duration {
	if d < lifetime {
		return d
	}
	now := time.Now()
	return now.Add(d + time.Second - 1).Truncate(time.Second).Sub(now)
}

func (tx *serverTx) end() {
	tx.stopResend()
	if tx.s.srv[tx.key] == tx {
		delete(tx.s.srv, tx.key)
	}
}

// encode writes an answer: what RFC 3261 8.2.6 copies, then the reply's own.
func (c *core) encode(r *request, rep *reply, toTag string) []byte {
	var b strings.Builder
	b.Grow(512 + len(rep.body))
	line := func(name, value string) {
		b.WriteString(name)
		b.WriteString(": ")
		b.WriteString(value)
		b.WriteString("\r\n")
	}
	reason := rep.reason
	if reason == "" {
		reason = ReasonPhrase(rep.code)
	}
	b.WriteString("SIP/2.0 ")
	b.WriteString(strconv.Itoa(rep.code))
	b.WriteByte(' ')
	b.WriteString(reason)
	b.WriteString("\r\n")
	for _, v := range r.vias {
		line("Via", v)
	}
	for _, h := range r.Headers() {
		switch n := h.Name(); n {
		case "From", "Call-ID", "CSeq":
			line(n, h.Value())
		case "To":
			v := h.Value()
			if r.toTag == "" && rep.code != 100 && toTag != "" {
				v += ";tag=" + toTag
			}
			line("To", v)
		case "Record-Route":
			if rep.code > 100 && rep.code < 300 && r.Method != msg.REGISTER && r.Method != msg.OPTIONS {
				line(n, h.Value())
			}
		case "Timestamp":
			if rep.code == 100 {
				line(n, h.Value())
			}
		}
	}
	for _, h := range rep.headers {
		line(h[0], h[1])
	}
	if c.ua.UserAgent != "" {
		line("Server", clean(c.ua.UserAgent))
	}
	if len(rep.body) > 0 {
		line("Content-Type", rep.contentType)
	}
	line("Content-Length", strconv.Itoa(len(rep.body)))
	b.WriteString("\r\n")
	b.Write(rep.body)
	return []byte(b.String())
}

// newTag makes a tag of 64 random bits.
func newTag() string { return randomHex(8) }

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// statelessTag is a To tag that is the same for every copy of a request
// (RFC 3261 8.2.7).
func statelessTag(r *request) string {
	h := fnv.New64a()
	h.Write([]byte(r.callID))
	h.Write([]byte(r.fromTag))
	h.Write([]byte(r.top.branch()))
	return strconv.FormatUint(h.Sum64(), 16)
}
