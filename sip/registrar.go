package sip

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	msg "github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

const (
	maxContacts    = 10 // of one user
	minExpires     = 60 * time.Second
	maxExpires     = time.Hour
	defaultExpires = 10 * time.Minute
	drainExpires   = 60 * time.Second // while we stop, so that phones move soon
)

// registrar keeps who is reachable where (RFC 3261 10): in memory, written through
// to a store. One goroutine expires bindings and asks after them (keepalive.go),
// another writes (registrar_store.go).
type registrar struct {
	access *access
	notify func(user string) // may be nil
	greet  func(user string) // may be nil
	store  *bindingWriter    // nil: no store

	mu      sync.Mutex
	users   map[string][]*contact
	sources map[source][]*contact
	due     dueHeap
	wake    chan struct{} // capacity 1: the heap's top changed

	ctx    context.Context // of the keep-alives
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	slots  chan struct{} // bounds the keep-alives on their way
}

// contact is a binding with what its keep-alive knows. Guarded by registrar.mu.
type contact struct {
	Binding
	key    string // what makes two contact URIs the same (RFC 3261 19.1.4)
	ping   time.Time
	missed int
	asked  bool // a keep-alive is on its way
	index  int  // in the heap; -1: gone
}

// source is the far end of a connection, or a UDP address.
type source struct {
	network string
	addr    netip.AddrPort
}

func newRegistrar(a *access, store BindingStore, notify func(string)) *registrar {
	r := &registrar{access: a, notify: notify, users: map[string][]*contact{}, sources: map[source][]*contact{},
		wake: make(chan struct{}, 1), slots: make(chan struct{}, keepalives)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	if store != nil {
		r.store = newBindingWriter(store, a.log)
	}
	return r
}

// start loads what a store kept, and begins to expire and to ask.
func (r *registrar) start() {
	if r.store != nil {
		ctx, cancel := context.WithTimeout(r.ctx, 5*time.Second)
		list, err := r.store.to.Bindings(ctx)
		cancel()
		if err != nil {
			r.access.log.Error("sip: bindings of before not loaded; phones come back with their next REGISTER", zap.Error(err))
		}
		r.restore(list, time.Now())
		r.tasks.Go(func() { r.store.run() })
	}
	r.tasks.Go(r.keep)
}

// restore takes over bindings of before a restart. Connections did not survive
// it: those wait for the next REGISTER.
func (r *registrar) restore(list []Binding, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range list {
		var uri msg.Uri
		err := parseURI(b.Contact, &uri)
		key, ok := contactKey(&uri)
		if err != nil || !ok || b.User == "" || !b.Source.IsValid() || !b.Expires.After(now) || len(r.users[b.User]) >= maxContacts {
			continue
		}
		c := &contact{Binding: b, key: key, ping: now.Add(jitter(keepaliveEvery) / 2)}
		c.Offline = c.Offline || c.Transport != "UDP"
		r.add(c)
	}
}

// stop ends the keep-alives and writes what is still to be written.
func (r *registrar) stop() {
	r.cancel()
	if r.store != nil {
		r.store.close()
	}
	r.tasks.Wait()
}

// bindings are a user's that have not expired: those that answer first, then by
// q, then the latest first. The user's name is not case-sensitive.
func (r *registrar) bindings(user string) []Binding {
	now := time.Now()
	r.mu.Lock()
	var list []Binding
	for _, c := range r.users[strings.ToLower(user)] {
		if c.Expires.After(now) {
			list = append(list, c.Binding)
		}
	}
	r.mu.Unlock()
	for i := range list {
		if b := &list[i]; b.Transport != "UDP" && !r.access.wire.connected(b.Transport, b.Source) {
			b.Offline = true
		}
	}
	slices.SortStableFunc(list, func(a, b Binding) int {
		switch {
		case a.Offline != b.Offline:
			if b.Offline {
				return -1
			}
			return 1
		case a.Q != b.Q:
			if a.Q > b.Q {
				return -1
			}
			return 1
		}
		return b.LastSeen.Compare(a.LastSeen)
	})
	return list
}

// drop removes all bindings of the users whom gone names.
func (r *registrar) drop(gone func(user string) bool) {
	var dropped []Binding
	r.mu.Lock()
	for user, list := range r.users {
		if gone(user) {
			for _, c := range slices.Clone(list) {
				dropped = append(dropped, c.Binding)
				r.remove(c)
			}
		}
	}
	r.mu.Unlock()
	for i, b := range dropped {
		if r.store != nil {
			r.store.delete(b.User, b.Contact)
		}
		if i == 0 || b.User != dropped[i-1].User {
			r.access.log.Info("sip: a user's contacts are dropped", zap.String("user", b.User))
			r.changed(b.User)
		}
	}
}

// live tells whether a binding came from just this source and is still up.
func (r *registrar) live(network string, addr netip.AddrPort) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.sources[source{network, addr}]) > 0
}

// add, replace and remove keep the three tables together; r.mu is held.
func (r *registrar) add(c *contact) {
	r.users[c.User] = append(r.users[c.User], c)
	r.remember(c)
}

func (r *registrar) replace(old, c *contact) {
	r.forget(old)
	list := r.users[c.User]
	list[slices.Index(list, old)] = c
	r.remember(c)
}

func (r *registrar) remove(c *contact) {
	r.forget(c)
	if list := slices.DeleteFunc(r.users[c.User], c.is); len(list) > 0 {
		r.users[c.User] = list
	} else {
		delete(r.users, c.User)
	}
}

func (r *registrar) remember(c *contact) {
	s := source{c.Transport, c.Source}
	r.sources[s] = append(r.sources[s], c)
	r.due.push(c)
	if c.index == 0 {
		r.nudge()
	}
}

func (r *registrar) forget(c *contact) {
	s := source{c.Transport, c.Source}
	if list := slices.DeleteFunc(r.sources[s], c.is); len(list) > 0 {
		r.sources[s] = list
	} else {
		delete(r.sources, s)
	}
	r.due.remove(c)
}

func (c *contact) is(other *contact) bool { return c == other }

// came tells that a phone is there that wasn't; never with r.mu held.
func (r *registrar) came(user string) {
	if r.greet != nil {
		r.greet(user)
	}
}

// changed tells whoever asked; never with r.mu held.
func (r *registrar) changed(user string) {
	if r.notify != nil {
		r.notify(user)
	}
}
