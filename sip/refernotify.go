package sip

import (
	"strconv"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

const sipfragType = "message/sipfrag;version=2.0"

// Notify tells the transferor how the call goes that he asked for, by its code: 180 it rings,
// 200 it is answered, 486 it is busy. A code from 200 on is the last one. It does not wait;
// while a NOTIFY is on its way, only the newest of what follows is kept.
func (r *Refer) Notify(code int) {
	r.Leg.s.post(func() {
		if code >= 100 && code <= 699 {
			r.tell(code)
		}
	})
}

func (r *Refer) tell(code int) {
	if r.answered && !r.ended && r.next < 200 && !r.timedOut {
		r.next = code
		r.flush()
	}
}

// flush sends what is new. The leg's end is the NOTIFYs' end.
func (r *Refer) flush() {
	l := r.Leg
	if r.busy || r.ended || r.told == r.next && !r.timedOut {
		return
	}
	r.busy, r.told = true, r.next
	code, final := r.next, r.next >= 200 || r.timedOut
	state := "active;expires=" + itoa(max(0, int(time.Until(r.expires)/time.Second)))
	switch {
	case code >= 200:
		state = "terminated;reason=noresource"
	case final:
		state = "terminated;reason=timeout"
	}
	body := "SIP/2.0 " + itoa(code) + " " + ReasonPhrase(code) + "\r\n"
	headers := [][2]string{{"Event", r.event}, {"Subscription-State", state}}
	l.ask(msg.NOTIFY, headers, sipfragType, []byte(body), func(res *response, err error) {
		r.busy = false
		if err != nil || res.StatusCode >= 300 {
			l.core.stats.notifyFailed.Add(1)
		}
		if final || err != nil || res.StatusCode >= 300 && endsUsage(res.StatusCode) {
			r.end()
			return
		}
		r.flush()
	})
}

func (r *Refer) expire() {
	if !r.ended && !time.Now().Before(r.expires) {
		r.timedOut = true
		r.flush()
	}
}

// resubscribed takes a SUBSCRIBE within a call: it lengthens or ends what a REFER of
// theirs began (RFC 3515 2.4.4), and can't begin anything.
func (l *Leg) resubscribed(tx *serverTx, r *request) {
	ref := l.refer
	event, id := eventOf(r)
	switch {
	case event != "refer":
		tx.respond(answer(489, "Allow-Events", allowEvents))
		return
	case ref == nil || ref.ended || !ref.answered || ref.timedOut || ref.next >= 200 || id != "" && ref.event != "refer;id="+id && ref.event != "refer":
		tx.respond(answer(481))
		return
	}
	d, ok := parseSeconds(r.value("Expires"))
	if !ok || d > referExpires {
		d = referExpires
	}
	tx.respond(answer(200, "Expires", itoa(int(d.Seconds())), "Contact", l.contact(l.way)))
	ref.expiry.Stop()
	ref.expires = time.Now().Add(d)
	if d == 0 {
		ref.timedOut = true
	} else {
		ref.expiry = l.s.after(d, ref.expire)
		ref.told = 0 // each SUBSCRIBE is answered by a NOTIFY
	}
	ref.flush()
}

// parseSipfrag is the code and phrase of a message/sipfrag body (RFC 3420), which begins
// with a status line.
func parseSipfrag(body []byte) (code int, reason string, ok bool) {
	line, _, _ := strings.Cut(string(body[:min(len(body), 512)]), "\n")
	version, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	text, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
	code, err := strconv.Atoi(text)
	if !strings.EqualFold(version, "SIP/2.0") || err != nil || len(text) != 3 || code < 100 || code > 699 {
		return 0, "", false
	}
	return code, clean(reason), true
}
