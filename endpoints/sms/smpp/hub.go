package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"reflect"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

const (
	// look is how often the configuration is read: this server, or another one of the same
	// store, may have changed it.
	look = 3 * time.Second
	// lateParts wait for the rest of their text at most; sweep looks for them.
	lateParts, sweep = 10 * time.Minute, time.Minute
	// storeTime is how long the store may take with one thing.
	storeTime = 30 * time.Second
)

// Store is where links, numbers and parts of texts stand; *store.Store is one.
type Store interface {
	TextEndpoints(ctx context.Context, carriers ...endpoints.TextCarrier) ([]*endpoints.Endpoint, error)
	Endpoint(ctx context.Context, id string) (*endpoints.Endpoint, error)
	Settings(ctx context.Context, accountID string) (*endpoints.Settings, error)
	KeepPart(ctx context.Context, p *endpoints.MessagePart) (set []*endpoints.MessagePart, joined bool, err error)
	JoinedParts(ctx context.Context, setID string) error
	LateParts(ctx context.Context, c endpoints.Channel, before time.Time) ([][]*endpoints.MessagePart, error)
	LatestMessage(ctx context.Context, accountID string, c endpoints.Channel) (time.Time, error)
	LatestKey(ctx context.Context, endpointID string, c endpoints.Channel, first, last string, after, before time.Time) (string, error)
}

// Hub has the links of all numbers and trunks that text by SMPP. It is the outbox's
// Sender of the channel, from before Start: what it gets then waits a little for
// its link. Set the fields first.
type Hub struct {
	Store Store
	Desk  *sms.Desk       // what comes passes it, and what leaves
	Inbox endpoints.Inbox // is told of receipts
	TLS   *tls.Config     // of links with TLS; nil: the system's roots
	Log   *zap.Logger
	Links *endpoints.Links // is told how the links are doing; nil: nobody is
	// Dial connects; nil: by the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	links   map[string]*link // by the id of whose they are
	changed chan struct{}    // closed when there are others; nil: nobody waits
	closed  bool
}

// Start brings up the links, and follows the configuration until Close. A message
// centre that is away is no error.
func (h *Hub) Start(ctx context.Context) error {
	ctx, h.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := h.reload(ctx); err != nil {
		h.stop()
		return err
	}
	h.wg.Go(func() {
		h.every(ctx, look, "the links to message centres can't be read; they stay as they are", h.reload)
	})
	h.wg.Go(func() { h.every(ctx, sweep, "texts that miss a part can't be delivered; they wait", h.sweep) })
	return nil
}

// Close takes all links down, each with unbind, and waits for them.
func (h *Hub) Close() {
	h.stop()
	h.wg.Wait()
	h.mu.Lock()
	all := h.links
	h.links, h.closed = nil, true
	h.mu.Unlock()
	closeAll(all)
}

func closeAll(links map[string]*link) {
	var wg sync.WaitGroup
	for _, l := range links {
		wg.Go(l.close)
	}
	wg.Wait()
}

// every does something again and again until ctx ends. The first failure of several, one after
// the other, is logged as what.
func (h *Hub) every(ctx context.Context, interval time.Duration, what string, do func(context.Context) error) {
	t := time.NewTicker(interval)
	defer t.Stop()
	away := false
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		err := do(ctx)
		if ctx.Err() == nil && (err != nil) != away {
			if away = err != nil; away {
				h.log().Error(what, zap.Error(err))
			}
		}
	}
}

// reload ends the links that have another configuration by now, or none, and starts those that are new.
func (h *Hub) reload(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	all, err := h.Store.TextEndpoints(ctx, endpoints.CarrierSMPP)
	if err != nil {
		return err
	}
	want := map[string]*link{}
	countries := map[string]string{}
	for _, e := range all {
		if e.Texts == nil || e.Portal.DisableSms {
			continue
		}
		country, ok := countries[e.AccountID]
		if !ok {
			s, err := h.Store.Settings(ctx, e.AccountID)
			if err != nil {
				return err
			}
			country = s.DefaultCountry
			countries[e.AccountID] = country
		}
		want[e.ID] = h.newLink(e, country)
	}
	over := map[string]*link{}
	h.mu.Lock()
	if h.links == nil {
		h.links = map[string]*link{}
	}
	for id, l := range h.links {
		if n := want[id]; n != nil && l.same(n) {
			delete(want, id)
			continue
		}
		over[id] = l
		delete(h.links, id)
	}
	h.mu.Unlock()
	closeAll(over) // first: many centres let an account bind once
	for id := range over {
		h.Links.End(endpoints.LinkSMPP, id)
	}
	h.mu.Lock()
	for id, l := range want {
		h.Links.Begin(endpoints.LinkSMPP, id, address(l.of))
		l.start(context.WithoutCancel(ctx))
		h.links[id] = l
	}
	if len(want)+len(over) > 0 && h.changed != nil {
		close(h.changed)
		h.changed = nil
	}
	h.mu.Unlock()
	return nil
}

// same tells that n would be the same link.
func (l *link) same(n *link) bool {
	return l.country == n.country && l.of.AccountID == n.of.AccountID && l.of.Number == n.of.Number && reflect.DeepEqual(l.of.Texts, n.of.Texts)
}

// link is that of a number or trunk, once there is one; no later than ctx.
func (h *Hub) link(ctx context.Context, id string) (*link, error) {
	for {
		h.mu.Lock()
		l, closed := h.links[id], h.closed
		if h.changed == nil {
			h.changed = make(chan struct{})
		}
		changed := h.changed
		h.mu.Unlock()
		switch {
		case closed:
			<-ctx.Done() // who waits for it is stopped next, and sends it in the next life
			return nil, errors.New("the server is stopping")
		case l != nil:
			return l, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, errNoLink
		}
	}
}

var errNoLink = errors.New("neither the number nor its trunk texts by SMPP any more")

func (h *Hub) log() *zap.Logger {
	if h.Log == nil {
		return zap.NewNop()
	}
	return h.Log
}

func (h *Hub) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if h.Dial != nil {
		return h.Dial(ctx, network, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}
