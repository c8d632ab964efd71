package sip

import (
	"errors"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// dialing is an INVITE of ours: until its end, and then until no 2xx of
// another fork can come any more (timer M). It belongs to its strand.
type dialing struct {
	core       *core
	s          *strand
	d          Dial
	uri        msg.Uri
	leg        *Leg
	tx         *clientTx
	seq        uint32
	offer      []byte
	auth       [][2]string // credentials of the INVITE, repeated in its ACK
	challenges int         // answered in this attempt
	forks      []*fork
	result     chan error // buffered: the end of one attempt
	over       bool       // nobody waits for a result any more
	cancelled  bool
	reason     string // of the CANCEL
	sentCancel bool
	answered   bool // a 2xx was taken: its dialog is the leg
}

// invite sends the INVITE by h; on the strand.
func (d *dialing) invite(h hop, patience time.Duration) error {
	if d.over || d.core.closing() {
		return ErrClosed
	}
	l := d.leg
	if d.offer == nil {
		var err error
		if d.offer, err = l.neg.Offer(); err != nil {
			d.over = true
			return err
		}
		l.timer.ask(d.core)
	}
	from := d.from(h)
	uri := d.requestURI()
	dlg := &l.dialog
	dlg.localAddr = nameAddr(from.Name, partyURI(from))
	dlg.remoteAddr = "<" + uriText(d.uri.String()) + ">"
	dlg.target = uri
	dlg.routes, dlg.routeText, dlg.remoteTag = nil, nil, ""
	if b := d.d.Binding; b != nil {
		for _, p := range b.Path {
			if a, err := parseAddress(p); err == nil && !a.uri.Wildcard {
				dlg.routes = append(dlg.routes, a.uri)
				dlg.routeText = append(dlg.routeText, "<"+a.text+">")
			}
		}
	}
	l.ends.Store(&legEnds{local: from, remote: (&address{text: uri.String(), uri: d.uri}).party()})
	d.forks, d.challenges = nil, 0
	l.trunkAt = h.addr.Addr()
	d.send(h, patience, nil)
	return nil
}

// send sends the INVITE; auth answers a challenge.
func (d *dialing) send(h hop, patience time.Duration, auth [][2]string) {
	l := d.leg
	req := l.request(msg.INVITE, 0)
	d.seq = l.localSeq
	if d.d.MaxForwards > 0 {
		req.RemoveHeader("Max-Forwards")
		req.AppendHeader(msg.NewHeader("Max-Forwards", itoa(d.d.MaxForwards)))
	}
	add := func(name, value string) { req.AppendHeader(msg.NewHeader(name, value)) }
	add("Contact", l.contact(h))
	add("Allow", allow)
	add("Supported", extensions)
	if x := d.d.Replaces; x != nil {
		add("Replaces", x.Dialog().replaces())
		add("Require", "replaces")
	}
	for _, x := range l.timer.headers() {
		add(x[0], x[1])
	}
	if p := d.d.PAI; p != nil {
		pai := *p
		if pai.Host == "" {
			pai.Host = l.Local().Host
		}
		add("P-Asserted-Identity", nameAddr(pai.Name, partyURI(pai)))
	}
	for _, x := range d.d.Headers {
		if v := clean(x[1]); v != "" {
			add(canonical(x[0]), v)
		}
	}
	if auth == nil {
		auth = l.preempt(req, h)
	}
	d.auth = auth
	with(req, auth)
	add("Content-Type", sdpType)
	req.SetBody(d.offer)
	d.tx = d.s.send(req, h, patience, d.heard, d.failed)
}

// end tells whoever waits, once an attempt.
func (d *dialing) end(err error) {
	if !d.over {
		select {
		case d.result <- err:
		default:
		}
	}
}

func (d *dialing) failed(err error) {
	if d.over {
		if d.tx != nil && d.tx.to.reliable() && !d.core.closing() {
			// Cancelled, and then the connection went: a 2xx may still find us.
			d.tx.linger(d.heard, func(error) { d.forget() })
			return
		}
		d.forget()
		return
	}
	d.abandon()
	d.end(err)
}

// heard takes the responses to the INVITE.
func (d *dialing) heard(r *response) {
	code := r.StatusCode
	if code >= 200 && d.leg.out != nil && d.leg.out.heard != nil && !(code == 401 || code == 407) {
		d.leg.out.heard(code, nil)
	}
	switch {
	case code < 200:
		d.provisional(r)
	case code < 300:
		d.accepted(r)
	case d.over:
		d.forget() // the 487 to our CANCEL, or what crossed it
	case d.cancelled: // nothing of it is tried again
	case (code == 401 || code == 407) && d.challenges < maxChallenges && d.challenged(r):
	case code == 422 && d.leg.timer.raise(r.Headers()):
		d.send(d.tx.to, lifetime, nil)
	default:
		d.end(statusFrom(r))
	}
}

func (d *dialing) challenged(r *response) bool {
	auth, ok := d.leg.authorize(d.tx.req, r, d.tx.to)
	if ok {
		d.challenges++
		d.forks = nil
		d.send(d.tx.to, lifetime, auth)
	}
	return ok
}

// provisional takes a 1xx: it lets a waiting CANCEL out, is acknowledged if it
// is reliable, and its SDP is early media.
func (d *dialing) provisional(r *response) {
	if d.cancelled {
		d.sendCancel()
		return
	}
	if r.StatusCode == 100 || r.toTag == "" || d.over {
		return
	}
	f := d.fork(r)
	if f == nil {
		return
	}
	f.refresh(r.Headers())
	f.learn(r.Headers())
	d.leg.name(f.remoteTag)
	if has(r.Headers(), "Require", "100rel") {
		n := uint32(seconds(headerValue(r.Headers(), "RSeq")))
		switch {
		case n == 0 || f.rseq != 0 && n != f.rseq+1:
			return // repeated or out of order (RFC 3262 4)
		}
		f.rseq = n
		d.prack(&f.dialog, r)
	}
	isEarly := false
	if len(r.sdp) > 0 && d.leg.neg != nil && d.leg.neg.Accept(r.sdp) == nil {
		isEarly = true
		f.agreed = f.agreed || has(r.Headers(), "Require", "100rel")
	}
	if d.d.Progress != nil {
		d.d.Progress(r.StatusCode, isEarly)
	}
}

// accepted takes a 2xx. The first one is the call; a repeated one gets its ACK
// again; one of another fork, or one that came too late, ACK and BYE.
func (d *dialing) accepted(r *response) {
	f := d.fork(r)
	if f == nil {
		return
	}
	if f.ack != nil {
		f.ackBy.send(f.ack)
		return
	}
	f.setRoutes(r.Headers(), true)
	f.learn(r.Headers())
	f.refresh(r.Headers())
	if f.way.conn != nil && r.src.conn != nil {
		f.way = r.src // they may have opened another connection since
	}
	l := d.leg
	f.ack, f.ackBy = l.sendACK(&f.dialog, d.seq, d.auth, f.way)
	if !d.answered {
		d.remember()
	}
	if d.over || d.answered || l.phase != early {
		d.answered = true
		d.dismiss(f)
		return
	}
	d.answered = true
	l.dialog = f.dialog
	l.name(f.remoteTag)
	l.bind(f.way)
	var err error
	switch {
	case f.stands: // whatever the 2xx repeats
	case len(r.sdp) > 0:
		err = l.neg.Accept(r.sdp)
	case f.rseq == 0:
		err = errors.New("sip: the 200 has no SDP")
	}
	l.code.Store(int32(r.StatusCode))
	l.phase = up
	if err != nil {
		l.neg = nil
		st := statusOf(err, 488)
		l.bye(&Status{Cause: `SIP;cause=488;text="Not Acceptable Here"`}, st)
		d.end(st)
		return
	}
	l.timer.agreed(l, r.Headers())
	close(l.acked)
	d.end(nil)
}

// remember keeps the INVITE for 32 s more: for repeated 2xx and other forks.
func (d *dialing) remember() {
	d.d, d.offer = Dial{}, nil
	d.s.after(lifetime, d.forget)
}

func (d *dialing) forget() {
	for i, x := range d.s.dials {
		if x == d {
			d.s.dials = append(d.s.dials[:i], d.s.dials[i+1:]...)
			return
		}
	}
}

// contactText is a Contact of ours.
func contactText(user, host string, port int, network string) string {
	var b strings.Builder
	b.WriteString("<sip:" + user + "@")
	if strings.IndexByte(host, ':') >= 0 {
		host = "[" + host + "]"
	}
	b.WriteString(host + ":" + itoa(port))
	if network != "UDP" {
		b.WriteString(";transport=" + strings.ToLower(network))
	}
	b.WriteString(">")
	return b.String()
}
