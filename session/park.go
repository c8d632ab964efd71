package session

import (
	"sync"

	"ringflow/flow"
)

// lots are the calls that are parked now, of all accounts, by their slots: each is
// a call that waits in its own goroutine, so there are never more than calls. mu
// guards who is where and who is claimed; nothing waits with it held.
type lots struct {
	mu    sync.Mutex
	slots map[slotKey]*parked
}

// slotKey is where a call is parked: another account's lots are others.
type slotKey struct{ account, lot, slot string }

// parked is a call in its slot. Its party stays its own all the time: who
// retrieves it borrows the port, from when it gets it (taking.ready) until it says
// that it is done (taking.over).
type parked struct {
	of    *lots
	key   slotKey
	party *party
	by    flow.Party // who is parked

	claimed  bool          // somebody is about to take it; by mu
	unwanted chan struct{} // a claim was given back; 1 waits
	taken    chan *taking  // from who retrieves
	gone     chan struct{} // closed when it waits no more
}

// taking is one retrieval, as the two goroutines agree on it.
type taking struct {
	by    flow.Party
	ready chan struct{} // closed by the parked call: its port may be used
	over  chan struct{} // closed by who retrieved: it is not used any more
}

// park gives a call the lowest free slot of a lot; nil: it is full.
func (ls *lots) park(c *call, p *party, lot string) *parked {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	key := slotKey{account: c.account, lot: lot}
	key.slot = flow.FreeSlot(func(slot string) bool {
		key.slot = slot
		return ls.slots[key] != nil
	})
	if key.slot == "" {
		return nil
	}
	at := &parked{
		of: ls, key: key, party: p, by: c.who(),
		unwanted: make(chan struct{}, 1), taken: make(chan *taking), gone: make(chan struct{}),
	}
	if ls.slots == nil {
		ls.slots = map[slotKey]*parked{}
	}
	ls.slots[key] = at
	return at
}

// claim is won by one who wants the call of a slot; nil: there is none, or
// somebody else has won.
func (ls *lots) claim(key slotKey) *parked {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	at := ls.slots[key]
	if at == nil || at.claimed {
		return nil
	}
	at.claimed = true
	return at
}

// release gives a claim back: the call goes on to wait.
func (at *parked) release() {
	at.of.mu.Lock()
	at.claimed = false
	at.of.mu.Unlock()
	select {
	case at.unwanted <- struct{}{}:
	default:
	}
}

// leave frees the slot, unless somebody is about to take the call.
func (at *parked) leave() bool {
	at.of.mu.Lock()
	defer at.of.mu.Unlock()
	if at.claimed {
		return false
	}
	at.free()
	return true
}

// vacate frees the slot whatever happens.
func (at *parked) vacate() {
	at.of.mu.Lock()
	defer at.of.mu.Unlock()
	at.free()
}

// end is when the call waits no more.
func (at *parked) end() {
	at.vacate()
	close(at.gone)
}

// free is called with the lock held, also for one that has left already.
func (at *parked) free() {
	if at.of.slots[at.key] == at {
		delete(at.of.slots, at.key)
	}
}

// who is the party on the line, by the name that logs show.
func (c *call) who() flow.Party {
	p := flow.Party{Name: c.session.FromName, Address: c.session.FromAddress}
	switch {
	case c.caller != nil:
		p = flow.Party{EndpointID: c.caller.ID, Name: c.caller.DisplayName, Address: c.caller.SipUserName}
	case c.session.Direction == string(Outgoing): // From is us
		p = flow.Party{Address: c.session.ToAddress}
	}
	if p.Name == "" {
		p.Name = p.Address
	}
	return p
}
