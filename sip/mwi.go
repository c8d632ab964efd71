package sip

import (
	"context"
	"strings"
	"sync"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// mwi tells phones that did not ask what is in a box. A user has one teller at most; what
// changes meanwhile is told by its next round, as it is then.
type mwi struct {
	mu   sync.Mutex
	next map[string]*MessageSummary // users with a teller, and what it is to tell next
}

const (
	mwiWait    = 8 * time.Second // for one phone's answer
	mwiTellers = 512             // users at once
)

// NotifyMWI tells the phones of a user what is in his voicemail box by a NOTIFY without
// subscription, which many take; a phone that subscribed to it is told by Notify
// alone. It does not wait. What is not taken is counted and no more.
func (ua *UA) NotifyMWI(user string, m MessageSummary) {
	c := ua.start()
	user = strings.ToLower(user)
	c.mwi.mu.Lock()
	_, telling := c.mwi.next[user]
	switch {
	case !telling && len(c.mwi.next) >= mwiTellers:
		c.mwi.mu.Unlock()
		c.stats.notifyFailed.Add(1)
		return
	case c.mwi.next == nil:
		c.mwi.next = map[string]*MessageSummary{}
	}
	c.mwi.next[user] = &m
	c.mwi.mu.Unlock()
	if !telling && !c.calls.run(func() { c.tellMWI(user) }) {
		c.mwi.take(user)
		c.mwi.take(user)
	}
}

// take is what is to be told next; nil: nothing, and the teller is gone.
func (w *mwi) take(user string) *MessageSummary {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.next[user]
	if m == nil {
		delete(w.next, user)
	} else {
		w.next[user] = nil
	}
	return m
}

func (c *core) tellMWI(user string) {
	for m := c.mwi.take(user); m != nil; m = c.mwi.take(user) {
		var told sync.WaitGroup
		asked := c.watchers.phones(user, EventMessages)
		for _, b := range c.access.registrar.bindings(user) {
			if !b.Offline && !asked[source{b.Transport, b.Source}] {
				told.Go(func() { c.tellPhone(&b, m) })
			}
		}
		told.Wait()
	}
}

func (c *core) tellPhone(b *Binding, m *MessageSummary) {
	req, err := c.access.registrar.ping(msg.NOTIFY, b)
	if err == nil {
		with(req, [][2]string{{"Event", EventMessages}, {"Subscription-State", "terminated"}, {"Content-Type", messageSummaryType}})
		if from, err := c.contact(target{Network: b.Transport, Addr: b.Source}); err == nil {
			req.AppendHeader(msg.NewHeader("Contact", "<"+from.String()+">"))
		}
		req.SetBody(m.Encode(0))
		ctx, cancel := context.WithTimeout(c.life, mwiWait)
		defer cancel()
		var res *msg.Response
		if res, err = c.request(ctx, req, target{Network: b.Transport, Addr: b.Source}); err == nil && res.StatusCode < 300 {
			return
		}
	}
	c.stats.notifyFailed.Add(1)
}
