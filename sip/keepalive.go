package sip

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"net/netip"
	"time"

	msg "github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

const (
	keepaliveEvery = 30 * time.Second // about: see jitter
	keepaliveWait  = 8 * time.Second  // four sendings over UDP; then it is a silence
	keepaliveMiss  = 3                // silences that make a binding offline
	keepalives     = 512              // on their way at once
	// What is due this soon goes along with what is due now: to wake up costs
	// more than to ask. So many at a time, that they are no burst.
	keepaliveSlack = 5 * time.Second
	keepaliveBatch = 64
)

// jitter is d, give or take a fifth, so that what came together does not stay together.
func jitter(d time.Duration) time.Duration {
	return d - d/5 + rand.N(d*2/5+1)
}

// keep expires bindings and asks after them by OPTIONS, which also keeps a NAT's
// way to the phone open. It is one goroutine with one timer for all; only an
// OPTIONS on its way has another for the moment.
func (r *registrar) keep() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		now := time.Now()
		next, ask, expired := r.collect(now)
		for _, c := range expired {
			if r.store != nil {
				r.store.delete(c.User, c.Contact)
			}
			r.changed(c.User)
		}
		for i, c := range ask {
			select {
			case r.slots <- struct{}{}:
				r.tasks.Go(func() {
					defer func() { <-r.slots }()
					r.ask(c)
				})
			default: // as many as may be are waiting for phones that are gone
				r.later(ask[i:], now)
			}
		}
		timer.Reset(next)
		select {
		case <-timer.C:
		case <-r.wake:
		case <-r.ctx.Done():
			return
		}
	}
}

// collect takes what is due, and tells how long there is nothing else to do.
func (r *registrar) collect(now time.Time) (next time.Duration, ask, expired []*contact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.due) > 0 {
		c := r.due[0]
		if wait := c.due().Sub(now); wait > 0 && (wait > keepaliveSlack || len(ask) == 0 || len(ask) >= keepaliveBatch || c.Expires.Equal(c.due())) {
			return wait, ask, expired
		}
		if !c.Expires.After(now) {
			r.remove(c)
			expired = append(expired, c)
			continue
		}
		c.ping = now.Add(jitter(keepaliveEvery))
		heap.Fix(&r.due, c.index)
		if !c.asked {
			c.asked = true
			ask = append(ask, c)
		}
	}
	return time.Hour, ask, expired
}

func (r *registrar) later(list []*contact, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range list {
		c.asked = false
		if c.index >= 0 {
			c.ping = now.Add(jitter(time.Second))
			heap.Fix(&r.due, c.index)
		}
	}
	r.nudge()
}

// ask sends an OPTIONS; any answer whatever says that somebody is there.
func (r *registrar) ask(c *contact) {
	to := target{Network: c.Transport, Addr: c.Source}
	var err error
	if c.Transport != "UDP" && !r.access.wire.connected(c.Transport, c.Source) {
		err = ErrTransport // a phone behind its connection can't be dialled
	} else {
		var req *msg.Request
		if req, err = r.ping(msg.OPTIONS, &c.Binding); err == nil {
			ctx, cancel := context.WithTimeout(r.ctx, keepaliveWait)
			_, err = r.access.wire.request(ctx, req, to)
			cancel()
		}
	}
	if r.ctx.Err() == nil {
		r.asked(c, err, time.Now())
	}
}

// asked notes what became of a keep-alive.
func (r *registrar) asked(c *contact, err error, now time.Time) {
	r.mu.Lock()
	c.asked = false
	was := c.Offline
	if err == nil {
		c.missed, c.LastSeen, c.Offline = 0, now, false
	} else if c.missed++; c.missed >= keepaliveMiss {
		c.Offline = true
	}
	changed := c.Offline != was && c.index >= 0
	offline := c.Offline
	r.mu.Unlock()
	if !changed {
		return
	}
	r.access.log.Info("sip: a phone's contact changed state", zap.String("user", c.User), zap.String("contact", c.Contact),
		zap.Bool("offline", offline))
	r.changed(c.User)
	if !offline {
		r.came(c.User)
	}
}

// ping is a request to a phone outside of any dialog.
func (r *registrar) ping(method msg.RequestMethod, b *Binding) (*msg.Request, error) {
	var uri msg.Uri
	if err := msg.ParseUri(b.Contact, &uri); err != nil {
		return nil, err
	}
	from, err := r.access.wire.contact(target{Network: b.Transport, Addr: b.Source})
	if err != nil {
		return nil, err
	}
	req := msg.NewRequest(method, uri)
	from.User = "ringflow"
	req.AppendHeader(msg.NewHeader("From", nameAddr("", from.String())+";tag="+msg.GenerateTagN(10)))
	req.AppendHeader(msg.NewHeader("To", nameAddr("", b.Contact)))
	for _, p := range b.Path {
		req.AppendHeader(msg.NewHeader("Route", p))
	}
	return req, nil
}

// gone tells that a connection ended: who registered over it is not reachable
// until he registers again.
func (r *registrar) gone(network string, addr netip.AddrPort) {
	if network == "UDP" {
		return
	}
	var users []string
	r.mu.Lock()
	for _, c := range r.sources[source{network, addr}] {
		if !c.Offline {
			c.Offline = true
			users = append(users, c.User)
		}
	}
	r.mu.Unlock()
	for _, u := range users {
		r.changed(u)
	}
}

// nudge makes keep look at the heap again.
func (r *registrar) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// due is when there is something to do about a contact.
func (c *contact) due() time.Time {
	if c.Expires.Before(c.ping) {
		return c.Expires
	}
	return c.ping
}

// dueHeap has the contact that is due first on top.
type dueHeap []*contact

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due().Before(h[j].due()) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *dueHeap) Push(x any) { c := x.(*contact); c.index = len(*h); *h = append(*h, c) }
func (h *dueHeap) Pop() any {
	old := *h
	c := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	c.index = -1
	return c
}

func (h *dueHeap) push(c *contact)   { heap.Push(h, c) }
func (h *dueHeap) remove(c *contact) { heap.Remove(h, c.index) }
