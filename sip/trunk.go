package sip

import (
	"cmp"
	"errors"
	"strings"
	"sync"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// OutTrunk is a carrier that we call through.
type OutTrunk struct {
	ID, Name  string
	Host      string // name or address
	Port      int    // 0: by SRV, else the transport's own
	Transport string // udp, tcp, tls; empty: udp, or what SRV says
	UserName  string
	Password  string
	Realm     string // empty: the first that its host challenges with
	Domain    string // host of the registered address; empty: Host
	Register  bool
	MaxCalls  int // 0: no limit
}

// TrunkState is what is known of a trunk now.
type TrunkState struct {
	Registered  bool
	LastError   string    // empty after a success
	LastSeen    time.Time // last response of any kind
	NextRefresh time.Time // next REGISTER, be it a refresh or a new try
	ActiveCalls int
}

// trunks are the carriers by id.
type trunks struct {
	access *access

	mu      sync.Mutex
	list    map[string]*trunk
	running bool
	tasks   sync.WaitGroup // registrations
}

// trunk is one carrier: its settings, its state, its credentials.
type trunk struct {
	access *access

	mu         sync.Mutex
	conf       OutTrunk
	digest     *digestClient
	registered bool
	lastError  string
	lastSeen   time.Time
	next       time.Time
	active     int
	reg        *registration // nil: does not register
}

func newTrunks(a *access) *trunks { return &trunks{access: a, list: map[string]*trunk{}} }

// set replaces the trunks. A registration goes on if nothing that it needs has
// changed; calls that are up keep counting. It does not wait for the network.
func (ts *trunks) set(list []OutTrunk) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	keep := make(map[string]bool, len(list))
	for _, conf := range list {
		keep[conf.ID] = true
		t := ts.list[conf.ID]
		if t == nil {
			t = &trunk{access: ts.access}
			ts.list[conf.ID] = t
		}
		ts.change(t, conf)
	}
	for id, t := range ts.list {
		if !keep[id] {
			t.end()
			delete(ts.list, id)
		}
	}
}

// change gives a trunk new settings; ts.mu is held.
func (ts *trunks) change(t *trunk, conf OutTrunk) {
	t.mu.Lock()
	old := t.conf
	t.conf = conf
	if t.digest == nil || old.UserName != conf.UserName || old.Password != conf.Password || old.Realm != conf.Realm || old.Host != conf.Host {
		t.digest = newDigestClient(conf.UserName, conf.Password, conf.Realm)
	}
	same := old
	same.Name, same.MaxCalls = conf.Name, conf.MaxCalls
	reg := t.reg
	t.mu.Unlock()
	if same == conf && (reg != nil) == conf.Register {
		return
	}
	t.end()
	t.note(func() { t.registered, t.lastError, t.next = false, "", time.Time{} })
	if conf.Register && ts.running {
		t.begin(&ts.tasks, conf, reg)
	}
}

// begin starts a registration, after the one before it has unregistered.
func (t *trunk) begin(tasks *sync.WaitGroup, conf OutTrunk, before *registration) {
	r := newRegistration(t, conf, before)
	t.note(func() { t.reg = r })
	tasks.Go(r.run)
}

// end stops a registration, which unregisters behind our back.
func (t *trunk) end() {
	t.mu.Lock()
	r := t.reg
	t.reg = nil
	t.mu.Unlock()
	if r != nil {
		r.cancel()
	}
}

func (t *trunk) note(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f()
}

// start begins what was set before there was a socket, or after a drain.
func (ts *trunks) start() {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.running = true
	for _, t := range ts.list {
		t.mu.Lock()
		conf, reg := t.conf, t.reg
		t.mu.Unlock()
		if conf.Register && reg == nil {
			t.begin(&ts.tasks, conf, nil)
		}
	}
}

// drain takes the registrations back, so that carriers send calls elsewhere.
func (ts *trunks) drain(on bool) {
	if !on {
		ts.start()
		return
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.running = false
	for _, t := range ts.list {
		t.end()
	}
}

// stop unregisters everywhere and waits for that (unregisterLimit at most).
func (ts *trunks) stop() {
	ts.drain(true)
	ts.tasks.Wait()
}

func (ts *trunks) find(id string) *trunk {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.list[id]
}

func (ts *trunks) state(id string) (TrunkState, bool) {
	t := ts.find(id)
	if t == nil {
		return TrunkState{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return TrunkState{Registered: t.registered, LastError: t.lastError, LastSeen: t.lastSeen, NextRefresh: t.next, ActiveCalls: t.active}, true
}

// outbound is the gate's: one call by a trunk, counted until it is done.
func (a *access) outbound(id string) (*outbound, error) {
	t := a.trunks.find(id)
	if t == nil {
		return nil, &Status{Code: 404, Reason: "No Such Trunk"}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	conf, digest := t.conf, t.digest
	if conf.MaxCalls > 0 && t.active >= conf.MaxCalls {
		a.wire.note(refusedQuota)
		return nil, &Status{Code: 503, Reason: "All Lines Of The Trunk Are In Use"}
	}
	t.active++
	var once sync.Once
	return &outbound{
		URI:     conf.uri(""),
		Network: conf.network(),
		authorize: func(req *msg.Request, res *msg.Response) (string, string, bool) {
			// An INVITE that opens a dialog, or a MESSAGE, may teach us the realm, as a
			// REGISTER may: it can be first. In a dialog whoever is at the other end may ask.
			return digest.answer(req, res, (req.Method == msg.INVITE || req.Method == msg.MESSAGE) && !inDialog(req))
		},
		again: digest.again,
		heard: func(code int, err error) { t.heard(code, err, time.Now()) },
		done:  func() { once.Do(func() { t.note(func() { t.active-- }) }) },
	}, nil
}

func inDialog(req *msg.Request) bool {
	a, err := parseAddress(headerValue(req.Headers(), "To"))
	return err != nil || a.tag() != ""
}

// heard notes how a request went. A busy far end is no fault of the trunk.
func (t *trunk) heard(code int, err error, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if code > 0 {
		t.lastSeen = now
	}
	switch {
	case err != nil:
		t.lastError = plain(err)
	case code == 401, code == 403, code == 407, code == 408, code >= 500 && code < 600:
		t.lastError = (&Status{Code: code}).Error()
	case code > 0:
		t.lastError = ""
	}
}

// plain is an error for people.
func plain(err error) string {
	if s := (*Status)(nil); errors.As(err, &s) {
		return s.Error()
	}
	return clip(clean(err.Error()))
}

// uri is the trunk's, with a user where one is wanted.
func (c *OutTrunk) uri(user string) msg.Uri {
	u := msg.Uri{Scheme: "sip", User: escapeUser(user), Host: hostText(c.Host), Port: c.Port}
	if n := c.network(); n != "" && n != "UDP" {
		u.UriParams = msg.HeaderParams{{K: "transport", V: strings.ToLower(n)}}
	}
	return u
}

func (c *OutTrunk) network() string { return strings.ToUpper(strings.TrimSpace(c.Transport)) }

// domain is the host of the address that we register.
func (c *OutTrunk) domain() string { return hostText(cmp.Or(c.Domain, c.Host)) }
