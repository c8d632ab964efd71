package sip

import (
	"strconv"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// reliable is a provisional answer of ours until its PRACK (RFC 3262 3).
type reliable struct {
	rseq   uint32
	cseq   uint32
	sdp    bool // it brings our SDP
	bytes  []byte
	back   hop
	gap    time.Duration
	resend *time.Timer
	expiry *time.Timer
	then   func() // what waits for the PRACK
}

func (r *reliable) stop() {
	r.bytes = nil
	r.resend.Stop()
	r.expiry.Stop()
}

// mustPRACK: the caller requires reliable answers; canPRACK: it knows them.
func (l *Leg) mustPRACK() bool {
	return l.invited != nil && has(l.invited.req.Headers(), "Require", "100rel")
}

func (l *Leg) canPRACK() bool { return l.mustPRACK() || l.supports("100rel") }

// ringReliably sends a provisional answer until its PRACK comes. One at a time:
// while one waits, a further one replaces nothing and is not sent.
func (l *Leg) ringReliably(rep *reply) {
	if l.rel != nil {
		return
	}
	if l.rseq == 0 {
		l.rseq = 1
	} else {
		l.rseq++
	}
	rep.headers = append(rep.headers, [2]string{"Require", "100rel"}, [2]string{"RSeq", strconv.FormatUint(uint64(l.rseq), 10)})
	tx := l.invited
	r := &reliable{rseq: l.rseq, cseq: tx.cseq, bytes: l.core.encode(tx.req, rep, tx.toTag), back: tx.req.back, gap: t1, sdp: len(rep.body) > 0}
	l.rel = r
	tx.respond(rep)
	var again func()
	again = func() {
		if r.bytes == nil {
			return
		}
		l.core.stats.retransmitted.Add(1)
		r.back.send(r.bytes)
		r.gap *= 2
		r.resend = l.s.after(r.gap, again)
	}
	r.resend = l.s.after(r.gap, again)
	r.expiry = l.s.after(lifetime, func() {
		if l.rel == r && l.phase == early && l.invited != nil {
			l.reject(&Status{Code: 504, Reason: "No PRACK"}, &Status{Code: 504, Reason: "No PRACK"})
		}
	})
}

// pracked takes a PRACK: RAck names answer and INVITE (RFC 3262 7.2).
func (l *Leg) pracked(tx *serverTx, r *request) {
	f := strings.Fields(r.value("RAck"))
	rel := l.rel
	if rel == nil || len(f) != 3 || f[0] != strconv.FormatUint(uint64(rel.rseq), 10) ||
		f[1] != strconv.FormatUint(uint64(rel.cseq), 10) || f[2] != "INVITE" {
		tx.respond(answer(481))
		return
	}
	rel.stop()
	l.rel = nil
	l.agreed = l.agreed || rel.sdp && len(l.offer) > 0
	rep := answer(200)
	if len(r.sdp) > 0 && l.neg != nil {
		if len(l.offer) == 0 && l.sdp != nil {
			// Our offer stood in the reliable answer; here is theirs back.
			if err := l.neg.Accept(r.sdp); err != nil {
				tx.respond(answer(488))
				l.reject(&Status{Code: 488}, err)
				return
			}
			l.agreed = true
			l.offer = r.sdp // agreed: the 200 repeats our SDP and its ACK brings none
		} else if sdp, err := l.neg.Answer(r.sdp); err != nil {
			rep = statusOf(err, 488).reply()
		} else {
			rep.contentType, rep.body = sdpType, sdp
		}
	}
	tx.respond(rep)
	if rel.then != nil {
		rel.then()
	}
}

// prack acknowledges a reliable provisional answer of theirs. d is the early
// dialog that it belongs to; invite the CSeq of the INVITE.
func (d *dialing) prack(dlg *dialog, r *response) {
	n, err := strconv.ParseUint(headerValue(r.Headers(), "RSeq"), 10, 32)
	if err != nil {
		return
	}
	l := d.leg
	req := dlg.request(msg.PRACK, 0)
	req.AppendHeader(msg.NewHeader("RAck", strconv.FormatUint(n, 10)+" "+strconv.FormatUint(uint64(r.cseq), 10)+" INVITE"))
	req.SetBody(nil)
	h, ok := dlg.direct(l.core)
	if !ok {
		h = d.tx.to
	}
	with(req, l.preempt(req, h))
	l.s.send(req, h, 0, func(*response) {}, func(error) {})
}

// statusOf is the *Status in err, or one of the code.
func statusOf(err error, code int) *Status {
	if s, ok := asStatus(err); ok {
		return s
	}
	return &Status{Code: code}
}
