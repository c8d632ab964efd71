package sip

import (
	"bytes"
	"context"
	"sync/atomic"
	"time"

	msg "github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

// subscription is one watcher of one state, on the strand of its Call-ID (RFC 6665
// 4.2). It has at most one NOTIFY on its way: what changes meanwhile is told by the
// next one, as it is then.
type subscription struct {
	core    *core
	s       *strand
	watch   Watch
	id      string // of its Event header
	contact string // of the watcher, as first told
	asked   string // what he asked for, by his name of it
	key     watchKey
	told    atomic.Bool // a change waits on the strand

	// All below belongs to the strand.
	peer    *Leg // has the dialog and no more: it is no leg of the strand
	expires time.Time
	timer   *time.Timer
	version uint32
	last    []byte // what was told last
	busy    bool   // a state is being asked for, or a NOTIFY is on its way
	dirty   bool   // the state is to be asked for
	force   bool   // and told even if it is the same
	over    string // why it ends with the next NOTIFY; empty: it goes on
	gone    bool
}

// subscription finds the subscription of a request in its dialog.
func (s *strand) subscription(r *request) *subscription {
	for _, sub := range s.subs {
		if sub.peer.localTag == r.toTag && sub.peer.remoteTag == r.fromTag {
			return sub
		}
	}
	return nil
}

// begin makes the dialog of a SUBSCRIBE. NOTIFYs go the way that it came, as a phone
// behind a NAT needs it, and as a datagram also where they are big: a lamp is late while
// TCP is tried.
func (sub *subscription) begin(r *request, localTag string) {
	l := &Leg{core: sub.core, s: sub.s, id: localTag, callID: r.callID, incoming: true, phase: over, asCame: true}
	d := &l.dialog
	d.callID, d.localTag, d.remoteTag, d.remoteSeq = r.callID, localTag, r.fromTag, r.cseq
	d.localAddr, d.remoteAddr = untag(r.value("To")), untag(r.value("From"))
	d.setRoutes(r.Headers(), false)
	d.refresh(r.Headers())
	l.heard(r)
	sub.peer = l
	sub.s.subs = append(sub.s.subs, sub)
}

// request takes a request inside of the dialog.
func (sub *subscription) request(r *request) {
	c, l := sub.core, sub.peer
	if r.Method != msg.SUBSCRIBE || sub.over != "" {
		c.refuse(r, answer(481))
		return
	}
	expires, no := watchTime(r)
	if event, id := eventOf(r); event != sub.watch.Event || id != sub.id {
		no = answer(489, "Allow-Events", allowEvents)
	}
	if r.cseq <= l.remoteSeq {
		no = answer(500, "Retry-After", "1")
	}
	if rep := sub.s.check(r); rep != nil {
		no = rep
	}
	if no != nil {
		c.refuse(r, no)
		return
	}
	l.remoteSeq = r.cseq
	l.heard(r)
	l.refresh(r.Headers())
	sub.accept(sub.s.serve(r, serverKey(r, string(r.Method))), expires)
}

func (sub *subscription) changed() {
	sub.told.Store(false)
	sub.dirty = true
	sub.step()
}

func (sub *subscription) expire() {
	if !sub.gone && sub.over == "" && !time.Now().Before(sub.expires) {
		sub.over, sub.dirty, sub.force = "timeout", true, true
		sub.step()
	}
}

// drop ends the subscription for a reason of ours, without a last state.
func (sub *subscription) drop(why string) {
	if sub.gone || sub.expires.IsZero() { // not answered yet: the source decides
		sub.remove()
		return
	}
	sub.over, sub.dirty = why, true
	sub.step()
}

// step asks for the state if something changed and no NOTIFY is on its way.
func (sub *subscription) step() {
	if sub.busy || sub.gone || !sub.dirty || sub.expires.IsZero() {
		return
	}
	sub.busy, sub.dirty = true, false
	if sub.over != "" && sub.over != "timeout" {
		sub.send(nil)
		return
	}
	if !sub.core.calls.run(func() {
		ctx, cancel := context.WithTimeout(sub.core.life, askEvents)
		doc, err := sub.state(ctx)
		cancel()
		sub.s.post(func() { sub.got(doc, err) })
	}) {
		sub.remove()
	}
}

// got has the state. No state ends the subscription: a phone that still may
// subscribes again.
func (sub *subscription) got(doc Document, err error) {
	if sub.gone {
		return
	}
	if err != nil || doc == nil {
		if _, refused := asStatus(err); refused {
			sub.over = "rejected"
		} else {
			sub.over = "probation;retry-after=30"
			sub.core.log.Warn("sip: a state could not be told to who watches it", zap.String("event", sub.watch.Event),
				zap.String("resource", clip(clean(sub.watch.Resource))), zap.String("watcher", sub.watch.Watcher.Name), zap.Error(err))
		}
		sub.send(nil)
		return
	}
	text := doc.Encode(0)
	if !sub.force && sub.over == "" && bytes.Equal(text, sub.last) {
		sub.busy = false
		sub.step()
		return
	}
	sub.last, sub.force = text, false
	sub.send(doc)
}

// send sends the NOTIFY (RFC 6665 4.2.2).
func (sub *subscription) send(doc Document) {
	headers := [][2]string{{"Event", sub.watch.Event}, {"Subscription-State", "terminated;reason=" + sub.over}, {"Allow-Events", allowEvents}}
	if sub.id != "" {
		headers[0][1] += ";id=" + sub.id
	}
	if sub.over == "" {
		left := int((time.Until(sub.expires) + time.Second - 1) / time.Second)
		headers[1][1] = "active;expires=" + itoa(max(0, left))
	}
	var contentType string
	var body []byte
	if doc != nil {
		contentType, body = doc.ContentType(), doc.Encode(sub.version)
		sub.version++
	}
	final := sub.over != ""
	sub.peer.ask(msg.NOTIFY, headers, contentType, body, func(r *response, err error) { sub.sent(final, r, err) })
}

// sent is what became of a NOTIFY: who does not take it is gone.
func (sub *subscription) sent(final bool, r *response, err error) {
	lost := err != nil || r.StatusCode >= 300 && endsUsage(r.StatusCode)
	if err != nil || r.StatusCode >= 300 {
		sub.core.stats.notifyFailed.Add(1)
	}
	if final || lost {
		sub.remove()
		return
	}
	sub.busy = false
	sub.step()
}

// endsUsage are the answers to a NOTIFY after which the subscription is no more
// (RFC 6665 4.2.2, 5057 5.1). After others, such as 503, the next one may do better.
func endsUsage(code int) bool {
	switch code {
	case 404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604:
		return true
	}
	return false
}

// remove forgets the subscription.
func (sub *subscription) remove() {
	sub.core.watchers.remove(sub)
	if sub.gone {
		return
	}
	sub.gone = true
	if sub.timer != nil {
		sub.timer.Stop()
	}
	if l := sub.peer; l.bound != nil {
		l.bound.unbind(l.s)
		l.bound = nil
	}
	for i, x := range sub.s.subs {
		if x == sub {
			sub.s.subs = append(sub.s.subs[:i], sub.s.subs[i+1:]...)
			return
		}
	}
}

// farewell tells the watcher to come again soon: the UA closes.
func (sub *subscription) farewell() {
	if sub.gone || sub.expires.IsZero() {
		sub.remove()
		return
	}
	if sub.over == "" {
		sub.over = "probation;retry-after=10"
		sub.send(nil)
	}
}
