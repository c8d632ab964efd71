package sip

import (
	"context"
	"strings"
	"time"

	"go.uber.org/zap"
)

const (
	minWatch  = 60 * time.Second // shortest subscription
	maxWatch  = time.Hour        // longest, and what it is where nothing is asked
	askEvents = 5 * time.Second  // for one answer of the EventSource
)

// eventTypes is what a NOTIFY of an event brings.
var eventTypes = map[string]string{EventDialog: dialogInfoType, EventMessages: messageSummaryType}

// eventOf reads an Event header: package and id (RFC 6665 8.2.1).
func eventOf(r *request) (event, id string) {
	list := cut(r.value("Event"), ';')
	id, _ = parseParams(list[1:]).get("id")
	return strings.ToLower(list[0]), id
}

// subscribe takes a SUBSCRIBE that begins a subscription (RFC 6665 4.2.1).
func (s *strand) subscribe(r *request, key string, who Caller) {
	c := s.core
	event, id := eventOf(r)
	contentType, known := eventTypes[event]
	contact, hasContact := contactOf(r.Headers())
	expires, no := watchTime(r)
	switch {
	case !known || c.ua.Events == nil:
		c.refuse(r, answer(489, "Allow-Events", allowEvents))
		return
	case who.Kind != User:
		c.stats.refuse(refusedAuth)
		c.refuse(r, answer(403))
		return
	case !hasContact || !idText(id):
		c.refuse(r, answer(400))
		return
	case c.draining.Load():
		c.refuse(r, answer(503, "Retry-After", drainRetry))
		return
	case !acceptsType(r, contentType):
		c.refuse(r, answer(406, "Accept", contentType))
		return
	case no != nil:
		c.refuse(r, no)
		return
	}
	sub := &subscription{core: c, s: s, id: id, contact: contact.text,
		watch: Watch{Watcher: who, Event: event, Resource: unescape(r.Recipient.User), Source: r.src.addr, Transport: r.src.network()}}
	sub.asked = sub.watch.Resource
	old, no := c.watchers.add(sub)
	if no != nil {
		c.stats.refuse(refusedQuota)
		c.refuse(r, no)
		return
	}
	if old != nil {
		old.s.post(func() { old.remove() })
	}
	tx := s.serve(r, key)
	sub.begin(r, tx.toTag)
	if !c.calls.run(func() {
		ctx, cancel := context.WithTimeout(c.life, askEvents)
		resource, err := sub.may(ctx)
		cancel()
		s.post(func() { sub.allowed(tx, resource, err, expires) })
	}) {
		sub.remove()
		tx.respond(answer(503))
	}
}

// idText bounds what we repeat in every NOTIFY.
func idText(id string) bool { return id == "" || len(id) <= 128 && token(id) }

// watchTime is how long a subscription is to last.
func watchTime(r *request) (time.Duration, *reply) {
	d, ok := parseSeconds(r.value("Expires"))
	switch {
	case !ok:
		return maxWatch, nil
	case d > 0 && d < minWatch:
		return 0, answer(423, "Min-Expires", itoa(int(minWatch.Seconds())))
	}
	return min(d, maxWatch), nil
}

// acceptsType tells whether the far end can read a type. No Accept: it can.
func acceptsType(r *request, contentType string) bool {
	list := r.list("Accept")
	if list == nil {
		return true
	}
	main, _, _ := strings.Cut(contentType, "/")
	for _, v := range list {
		t, _, _ := strings.Cut(v, ";")
		switch strings.ToLower(strings.TrimSpace(t)) {
		case contentType, main + "/*", "*/*":
			return true
		}
	}
	return false
}

// may asks the source; a panic of it refuses.
func (sub *subscription) may(ctx context.Context) (resource string, err error) {
	defer sub.recovered(&err)
	return sub.core.ua.Events.Subscribe(ctx, sub.watch)
}

func (sub *subscription) state(ctx context.Context) (doc Document, err error) {
	defer sub.recovered(&err)
	return sub.core.ua.Events.State(ctx, sub.watch)
}

func (sub *subscription) recovered(err *error) {
	if p := recover(); p != nil {
		sub.core.stats.panics.Add(1)
		sub.core.log.Error("panic while asking for a state", zap.String("event", sub.watch.Event), zap.Any("panic", p), zap.Stack("stack"))
		*err = &Status{Code: 500}
	}
}

// allowed answers the SUBSCRIBE as the source decided.
func (sub *subscription) allowed(tx *serverTx, resource string, err error, expires time.Duration) {
	if sub.gone {
		tx.respond(answer(503, "Retry-After", "5"))
		return
	}
	if err != nil {
		sub.remove()
		tx.respond(statusOf(err, 500).reply())
		return
	}
	sub.core.watchers.place(sub, or(resource, sub.watch.Resource))
	sub.accept(tx, expires)
}

// accept answers a SUBSCRIBE and has its NOTIFY sent, whatever there is to tell.
func (sub *subscription) accept(tx *serverTx, expires time.Duration) {
	tx.respond(answer(200, "Expires", itoa(int(expires.Seconds())), "Contact", sub.peer.contact(sub.peer.way), "Allow-Events", allowEvents))
	if sub.timer != nil {
		sub.timer.Stop()
	}
	sub.expires = time.Now().Add(expires)
	if expires == 0 {
		sub.over = "timeout" // what RFC 6665 4.4.1 has for it
	} else {
		sub.timer = sub.s.after(expires, sub.expire)
	}
	sub.dirty, sub.force = true, true
	sub.step()
}
