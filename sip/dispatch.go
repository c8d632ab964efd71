package sip

import (
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// intake reads one message and puts it on its strand. It runs on a socket's
// read goroutine, does not keep b, and never blocks. It reports whether the
// message could be read. A fault that the transport found is told by broken.
func (c *core) intake(b []byte, src hop, broken *fault) bool {
	p, flt := scan(b)
	if flt == nil {
		flt = broken
	}
	if flt != nil && strings.HasPrefix(p.line, "SIP/") {
		c.stats.refuse(refusedParse)
		c.complain("response", src, flt)
		return false
	}
	req, res, f := validate(p, src)
	if flt == nil {
		flt = f
	}
	if flt != nil {
		c.stats.refuse(refusedParse)
		c.complain("message", src, flt)
		// Only what can be addressed is answered, and an ACK never.
		if req != nil && flt.code != 0 && req.Method != msg.ACK && req.top.host != "" {
			c.refuseFaulty(req, flt)
		}
		return false
	}
	if res != nil {
		c.response(res)
		return true
	}
	c.stats.request(string(req.Method))
	// The cheap look: is this something new, while we are busy enough?
	if c.strands.queued.Load() > softQueue || c.strands.count() > maxStrands {
		if c.strands.queued.Load() > hardQueue {
			c.stats.refuse(refusedOverload)
			return true
		}
		if req.toTag == "" && req.Method != msg.ACK && req.Method != msg.CANCEL && c.strands.find(req.callID) == nil {
			c.stats.refuse(refusedOverload)
			if c.access.answers(src) {
				c.refuse(req, answer(503, "Retry-After", "5"))
			}
			return true
		}
	}
	work := func() { c.strands.get(c, req.callID).request(req) }
	if calm := src.sock != nil && src.sock.calm(); !(calm && brief(req.Method) && c.deliverHere(req.callID, work)) && !c.deliver(req.callID, work) {
		c.stats.refuse(refusedStrand)
	}
	return true
}

// brief are the requests whose work on the strand is ours alone and short. The
// reader does it itself while nothing piles up behind them: to wake another
// goroutine would cost more. INFO is not among them, for it is told to a handler.
func brief(m msg.RequestMethod) bool {
	switch m {
	case msg.INVITE, msg.ACK, msg.BYE, msg.CANCEL:
		return true
	}
	return false
}

func (c *core) response(res *response) {
	s := c.strands.find(res.callID)
	if s == nil || !s.post(func() { s.response(res) }) {
		c.stats.refuse(refusedStray)
	}
}

// refuse answers without a transaction, and without a trace.
func (c *core) refuse(r *request, rep *reply) {
	if r.Method == msg.ACK || rep.code == 0 { // 0: a stranger who had enough answers
		return
	}
	c.stats.answer(rep.code)
	r.back.send(c.encode(r, rep, statelessTag(r)))
}

// refuseFaulty answers what could not be understood: what lacks is left out.
func (c *core) refuseFaulty(r *request, f *fault) {
	if !c.access.answers(r.src) {
		return
	}
	rep := answer(f.code)
	if f.code == 400 {
		rep.reason = "Bad Request (" + clean(f.text) + ")"
	}
	c.refuse(r, rep)
}

// request handles a request on its strand.
func (s *strand) request(r *request) {
	if s.core.closing() {
		s.core.refuse(r, answer(503))
		return
	}
	key := serverKey(r, string(r.Method))
	if tx := s.srv[key]; tx != nil && !tx.stale(r) {
		tx.again(r)
		return
	}
	switch r.Method {
	case msg.ACK:
		s.ack(r)
	case msg.CANCEL:
		s.cancel(r)
	default:
		if r.toTag != "" {
			s.inDialog(r)
		} else {
			s.outOfDialog(r, key)
		}
	}
}

// outOfDialog takes what may begin something new.
func (s *strand) outOfDialog(r *request, key string) {
	c := s.core
	// The same request by two ways (RFC 3261 8.2.2.2).
	for _, tx := range s.srv {
		if tx.merges(r) {
			c.refuse(r, answer(482))
			return
		}
	}
	who, no := c.access.identify(r.Request, r.src)
	if no != nil {
		c.stats.refuse(refusedGate)
		c.refuse(r, no)
		return
	}
	if rep := s.check(r); rep != nil {
		c.refuse(r, rep)
		return
	}
	switch r.Method {
	case msg.INVITE:
		s.invite(r, key, who)
	case msg.REGISTER:
		c.access.register(s.serve(r, key), r.Request, who)
	case msg.SUBSCRIBE:
		s.subscribe(r, key, who)
	case msg.MESSAGE:
		s.message(r, key, who)
	case msg.OPTIONS:
		if c.draining.Load() {
			c.refuse(r, answer(503, "Retry-After", drainRetry))
			return
		}
		c.refuse(r, capabilities())
	default:
		// BYE, INFO, PRACK, UPDATE without a dialog.
		c.refuse(r, answer(481))
	}
}

const (
	allow      = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY, SUBSCRIBE, REGISTER, MESSAGE"
	extensions = "100rel, timer, replaces, norefersub"
	drainRetry = "30"
)

func known(m msg.RequestMethod) bool {
	switch m {
	case msg.INVITE, msg.BYE, msg.OPTIONS, msg.INFO, msg.PRACK, msg.UPDATE, msg.REFER, msg.NOTIFY, msg.SUBSCRIBE, msg.REGISTER:
		return true
	}
	return false
}

// capabilities is the answer to OPTIONS.
func capabilities() *reply {
	return answer(200, "Allow", allow, "Accept", sdpType, "Accept-Encoding", "identity", "Supported", extensions, "Allow-Events", allowEvents)
}

// check is what RFC 3261 8.2 asks of every request that we would take.
func (s *strand) check(r *request) *reply {
	if un := unsupported(r); un != "" {
		return answer(420, "Unsupported", un)
	}
	if r.value("Replaces") != "" && (r.Method != msg.INVITE || r.toTag != "") { // RFC 3891 3
		return answer(400)
	}
	if r.Method == msg.INVITE {
		if h := r.MaxForwards(); h != nil && h.Val() == 0 {
			return answer(483)
		}
	}
	return r.checkBody()
}

// checkBody sets the SDP of requests that may bring one, or refuses the body.
func (r *request) checkBody() *reply {
	switch r.Method {
	case msg.INVITE, msg.UPDATE, msg.PRACK, msg.ACK:
	default:
		return nil
	}
	if e := r.value("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") && len(r.Body()) > 0 {
		return answer(415, "Accept-Encoding", "identity")
	}
	sdp, ok := sdpPart(r.value("Content-Type"), r.Body())
	if !ok {
		return answer(415, "Accept", sdpType)
	}
	r.sdp = sdp
	if r.Method == msg.INVITE && !accepts(r) {
		return answer(406, "Accept", sdpType)
	}
	return nil
}

// accepts tells whether the far end can read SDP. No Accept: it can.
func accepts(r *request) bool {
	list := r.list("Accept")
	if list == nil {
		return true
	}
	for _, v := range list {
		t, _, _ := strings.Cut(v, ";")
		switch strings.ToLower(strings.TrimSpace(t)) {
		case sdpType, "application/*", "*/*":
			return true
		}
	}
	return false
}

// unsupported lists what Require asks for and we do not know.
func unsupported(r *request) string {
	var out []string
	for _, t := range r.list("Require") {
		if t != "" && !strings.EqualFold(t, "100rel") && !strings.EqualFold(t, "timer") &&
			!(r.Method == msg.REGISTER && strings.EqualFold(t, "path")) && !(r.Method == msg.INVITE && strings.EqualFold(t, "replaces")) &&
			!(r.Method == msg.REFER && strings.EqualFold(t, "norefersub")) {
			out = append(out, clean(t))
		}
	}
	return strings.Join(out, ", ")
}

// value is the first value of a header by canonical name; "" if there is none.
func (r *request) value(name string) string { return headerValue(r.Headers(), name) }

func headerValue(hs []msg.Header, name string) string {
	for _, h := range hs {
		if h.Name() == name {
			return h.Value()
		}
	}
	return ""
}

// list is all elements of a header's comma lists.
func (r *request) list(name string) []string { return headerList(r.Headers(), name) }

func headerList(hs []msg.Header, name string) []string {
	var out []string
	for _, h := range hs {
		if h.Name() == name {
			out = append(out, cut(h.Value(), ',')...)
		}
	}
	return out
}

// has tells whether an option tag or method stands in a header's list.
func has(hs []msg.Header, name, tag string) bool {
	for _, v := range headerList(hs, name) {
		if strings.EqualFold(v, tag) {
			return true
		}
	}
	return false
}

// Timers of RFC 3261 17.1.1.1 and Table 4.
const (
	t1 = 500 * time.Millisecond
	t2 = 4 * time.Second
	t4 = 5 * time.Second
	// lifetime is 64*T1: timers B, F, H, J, L, M.
	lifetime = 64 * t1
)
