package sip

import (
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// clientTx is a client transaction (RFC 3261 17.1, RFC 6026) on its strand.
type clientTx struct {
	s        *strand
	branch   string
	key      string
	invite   bool
	req      *msg.Request // as sent; nil after the final response
	bytes    []byte
	to       hop
	code     int // last code heard
	gap      time.Duration
	patience time.Duration // how long silence is borne; 0: 64*T1
	resend   *time.Timer   // A, E
	expiry   *time.Timer   // B, F, then D, K, M
	bound    *stream       // tells us of its end
	ack      []byte        // to a refusal of our INVITE, for its repetitions

	// heard gets every response once, in order; failed is called instead of a
	// final one: *Status 408 (nothing came) or an error that wraps ErrTransport.
	heard  func(*response)
	failed func(error)
}

func newBranch() string { return magic + randomHex(8) }

func clientKey(branch string, method msg.RequestMethod) string { return branch + "|" + string(method) }

// send starts a transaction: the Via goes on top, then all is frozen.
func (s *strand) send(req *msg.Request, to hop, patience time.Duration, heard func(*response), failed func(error)) *clientTx {
	tx := &clientTx{s: s, branch: newBranch(), req: req, invite: req.Method == msg.INVITE, to: to, heard: heard, failed: failed}
	s.core.finalize(req, to, tx.branch)
	return tx.start(patience)
}

// start registers, sends, and then sets the timers.
func (tx *clientTx) start(patience time.Duration) *clientTx {
	s := tx.s
	tx.key = clientKey(tx.branch, tx.req.Method)
	if s.cli == nil {
		s.cli = map[string]*clientTx{}
	}
	s.cli[tx.key] = tx
	if patience == 0 {
		patience = lifetime
	}
	tx.patience = patience
	if c := tx.to.conn; c != nil && c.bind(s) {
		tx.bound = c
	}
	tx.bytes = []byte(tx.req.String())
	if err := tx.to.send(tx.bytes); err != nil {
		// Told later, so that the caller has its transaction first.
		s.post(func() { tx.fail(transportError(err)) })
		return tx
	}
	if !tx.to.reliable() {
		tx.gap = t1
		tx.resend = s.after(tx.gap, tx.again)
	}
	tx.expiry = s.after(patience, func() {
		if tx.code < 200 && (tx.code == 0 || !tx.invite) {
			tx.fail(&Status{Code: 408, Reason: "No answer from " + tx.to.addr.String()})
		}
	})
	return tx
}

// again is timers A and E.
func (tx *clientTx) again() {
	if tx.resend == nil || tx.code >= 200 {
		return
	}
	tx.s.core.stats.retransmitted.Add(1)
	tx.to.send(tx.bytes)
	tx.gap *= 2
	if !tx.invite {
		tx.gap = min(tx.gap, t2)
		if tx.code >= 100 {
			tx.gap = t2
		}
	}
	tx.resend = tx.s.after(tx.gap, tx.again)
}

// response is what came for the strand: its transaction's, or a repeated 2xx.
func (s *strand) response(r *response) {
	tx := s.cli[clientKey(r.branch, msg.RequestMethod(r.method))]
	if tx == nil {
		s.core.stats.refuse(refusedStray)
		return
	}
	switch {
	case tx.code < 200:
		tx.code = r.StatusCode
		if tx.invite || r.StatusCode >= 200 {
			tx.stopResend()
		}
		if r.StatusCode >= 200 {
			tx.settle(r)
		}
		tx.heard(r)
		if r.StatusCode >= 200 {
			tx.req = nil
		}
	case tx.invite && tx.code >= 300 && r.StatusCode >= 300:
		tx.to.send(tx.ack)
	case tx.invite && tx.code < 300 && r.StatusCode >= 200 && r.StatusCode < 300:
		tx.heard(r) // a repetition, or another fork
	}
}

// settle is the first final response: ACK to a refusal, and how long it may
// come again (D, K, M).
func (tx *clientTx) settle(r *response) {
	wait := t4
	switch {
	case !tx.invite:
		if tx.to.reliable() {
			wait = 0
		}
	case r.StatusCode >= 300:
		tx.ack = []byte(tx.refusalACK(r).String())
		tx.to.send(tx.ack)
		wait = lifetime
		if tx.to.reliable() {
			wait = 0
		}
	default:
		wait = lifetime
	}
	tx.bytes = nil
	tx.expiry.Stop()
	if wait == 0 {
		tx.s.post(tx.end)
		return
	}
	tx.expiry = tx.s.after(wait, tx.end)
}

// refusalACK belongs to the INVITE's transaction (RFC 3261 17.1.1.3).
func (tx *clientTx) refusalACK(r *response) *msg.Request {
	ack := msg.NewRequest(msg.ACK, tx.req.Recipient)
	for _, h := range tx.req.Headers() {
		switch h.Name() {
		case "Via", "From", "Call-ID", "Route", "Max-Forwards":
			ack.AppendHeader(h)
		}
	}
	ack.AppendHeader(msg.NewHeader("To", headerValue(r.Headers(), "To")))
	ack.AppendHeader(msg.NewHeader("CSeq", itoa(int(r.cseq))+" ACK"))
	ack.SetBody(nil)
	return ack
}

func (tx *clientTx) stopResend() {
	if tx.resend != nil {
		tx.resend.Stop()
		tx.resend = nil
	}
}

func (tx *clientTx) end() {
	tx.stopResend()
	if tx.expiry != nil {
		tx.expiry.Stop()
	}
	if tx.bound != nil {
		tx.bound.unbind(tx.s)
		tx.bound = nil
	}
	if tx.s.cli[tx.key] == tx {
		delete(tx.s.cli, tx.key)
	}
}

// fail ends a transaction that will hear nothing any more.
func (tx *clientTx) fail(err error) {
	if tx.code >= 200 || tx.s.cli[tx.key] != tx {
		return
	}
	tx.code = 408
	tx.end()
	tx.failed(err)
}

// linger takes up a transaction that failed, to hear for 32 s what comes for it
// too late.
func (tx *clientTx) linger(heard func(*response), failed func(error)) {
	tx.code, tx.heard, tx.failed = 0, heard, failed
	tx.s.cli[tx.key] = tx
	tx.expiry = tx.s.after(lifetime, func() { tx.fail(ErrClosed) })
}

// finalize puts on a request what only the way out decides: Via, and Contact
// where it has one of ours.
func (c *core) finalize(req *msg.Request, to hop, branch string) {
	host, port := to.self(c)
	if strings.IndexByte(host, ':') >= 0 {
		host = "[" + host + "]"
	}
	v := "SIP/2.0/" + to.network() + " " + host + ":" + itoa(port) + ";rport;branch=" + branch
	for req.RemoveHeader("Via") {
	}
	req.PrependHeader(msg.NewHeader("Via", v))
	if req.GetHeader("Max-Forwards") == nil {
		req.AppendHeader(msg.NewHeader("Max-Forwards", "70"))
	}
	if req.GetHeader("User-Agent") == nil && c.ua.UserAgent != "" {
		req.AppendHeader(msg.NewHeader("User-Agent", clean(c.ua.UserAgent)))
	}
	if req.GetHeader("Content-Length") == nil {
		req.SetBody(req.Body())
	}
}
