package session

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"ringflow/endpoints"
	"ringflow/sip"
)

// What a user is doing, as colleagues see it.
const (
	PresenceIdle    = "Idle"
	PresenceRinging = "Ringing" // his phone rings
	PresenceBusy    = "Busy"
	PresenceHeld    = "Held" // he holds the only call that he has
)

// lamps are the calls that users' phones have now: what a lamp shows is read off
// them when somebody asks, and nothing of it is kept.
type lamps struct {
	mu    sync.Mutex
	users map[string]map[*party]struct{} // by user id
}

// shine puts a leg to or from a user's phone under his lamp.
func (p *party) shine() {
	u := p.s.directory().users[p.leg.EndpointID]
	if u == nil {
		return // a trunk's, or nobody's
	}
	p.user.Store(u)
	m := &p.s.lamps
	m.mu.Lock()
	if m.users == nil {
		m.users = map[string]map[*party]struct{}{}
	}
	if m.users[u.ID] == nil {
		m.users[u.ID] = map[*party]struct{}{}
	}
	m.users[u.ID][p] = struct{}{}
	m.mu.Unlock()
	p.onPhone()
	p.flicker()
}

// darken takes the leg away again.
func (p *party) darken() {
	u := p.user.Load()
	if u == nil {
		return
	}
	m := &p.s.lamps
	m.mu.Lock()
	if delete(m.users[u.ID], p); len(m.users[u.ID]) == 0 {
		delete(m.users, u.ID)
	}
	m.mu.Unlock()
	p.offPhone()
	p.flicker()
}

// flicker tells that the state of the leg has changed. It waits for nothing and may be
// called on a strand.
func (p *party) flicker() {
	if u := p.user.Load(); u != nil {
		p.s.UA.Notify(sip.EventDialog, u.SipUserName)
	}
}

// of are a user's legs, oldest first.
func (m *lamps) of(id string) []*party {
	m.mu.Lock()
	all := make([]*party, 0, len(m.users[id]))
	for p := range m.users[id] {
		all = append(all, p)
	}
	m.mu.Unlock()
	slices.SortFunc(all, func(a, b *party) int { // neither ever changes
		return cmp.Or(a.leg.Started.Compare(b.leg.Started), cmp.Compare(a.leg.ID, b.leg.ID))
	})
	return all
}

// lamp is the leg as the user's phone sees it; false: it is over.
func (p *party) lamp() (sip.CallState, bool) {
	p.mu.Lock()
	leg, answered, a, u := p.wire, !p.leg.Answered.IsZero(), p.audio, p.user.Load()
	closed, incoming := p.closed, p.leg.Direction == Outgoing // we call the phone
	p.mu.Unlock()
	if leg == nil || closed || leg.Context().Err() != nil {
		return sip.CallState{}, false
	}
	c := sip.CallState{Incoming: incoming, State: "trying", Local: sip.Party{Name: u.DisplayName, User: u.SipUserName}, Remote: leg.Local()}
	id := leg.Dialog()
	switch {
	case answered:
		c.State, c.Held = "confirmed", a != nil && a.OnHold()
	case incoming && id.RemoteTag == "":
		return c, true // nothing is known of the phone yet
	default:
		c.State = "early"
	}
	c.Dialog = id.Theirs()
	return c, true
}

// Presence is what a user is doing.
func (s *Switchboard) Presence(userID string) string {
	state := PresenceIdle
	for _, p := range s.lamps.of(userID) {
		c, ok := p.lamp()
		switch {
		case !ok:
		case c.State == "confirmed" && c.Held && state != PresenceBusy:
			state = PresenceHeld
		case c.State == "confirmed" && !c.Held, !c.Incoming:
			return PresenceBusy
		case state == PresenceIdle && c.State == "early":
			state = PresenceRinging
		}
	}
	return state
}

// Subscribe and State make the switchboard the UA's sip.EventSource. Users watch those
// of their own account; any other does not exist.
func (s *Switchboard) Subscribe(ctx context.Context, w sip.Watch) (string, error) {
	if w.Event == sip.EventMessages {
		return s.mayWatchBox(ctx, w)
	}
	_, of, err := s.watched(w)
	if err != nil {
		return "", err
	}
	return of.SipUserName, nil
}

// State is the lamp of now, or what is in a voicemail box.
func (s *Switchboard) State(ctx context.Context, w sip.Watch) (sip.Document, error) {
	if w.Event == sip.EventMessages {
		return s.boxState(ctx, w)
	}
	watcher, of, err := s.watched(w)
	if err != nil {
		return nil, err
	}
	doc := &sip.DialogInfo{Entity: "sip:" + of.SipUserName + "@" + s.host()}
	for _, p := range s.lamps.of(of.ID) {
		c, ok := p.lamp()
		if !ok {
			continue
		}
		// Who knows the name of a dialog can take its place. A call that rings may be picked
		// up by colleagues; one that is up is nobody's but the user's own.
		if watcher.ID != of.ID && (c.State == "confirmed" || !c.Incoming) {
			c.Dialog = sip.DialogID{}
		}
		c.Local.Host = s.host()
		if c.Remote.User != "" {
			c.Remote.Host = cmp.Or(c.Remote.Host, s.host()) // its INVITE has not left yet
		}
		doc.Calls = append(doc.Calls, c)
	}
	return doc, nil
}

// watched finds who watches whom.
func (s *Switchboard) watched(w sip.Watch) (watcher, of *endpoints.Endpoint, err error) {
	if w.Event != sip.EventDialog {
		return nil, nil, &sip.Status{Code: 489}
	}
	d := s.directory()
	if watcher = d.users[w.Watcher.ID]; watcher == nil {
		return nil, nil, &sip.Status{Code: 403}
	}
	of = d.users[d.names[watcher.AccountID+" "+strings.ToLower(w.Resource)]]
	if of == nil || of.SipUserName == "" {
		return nil, nil, &sip.Status{Code: 404}
	}
	return watcher, of, nil
}

// host is ours in a user's address.
func (s *Switchboard) host() string {
	switch {
	case len(s.UA.Domains) > 0:
		return s.UA.Domains[0]
	case s.UA.Advertise != "":
		return s.UA.Advertise
	}
	return s.UA.Realm
}

var _ sip.EventSource = (*Switchboard)(nil)
