package media

import (
	"slices"
	"sync"
	"time"
)

// Bridge joins two parties or twenty: each hears all the others, unless a
// Membership says otherwise. Everything that is mixed together runs in one tick
// on one goroutine, in the order of joining.
//
// Two plain parties whom nobody listens to, records or plays to are not mixed
// at all: their packets pass through (passthrough.go). Tick decides which, here
// and nowhere else.
//
// changing is held while members come and go, and may wait for the pacer. mu
// is held during a tick, and so while the bridge's source and sinks run.
type Bridge struct {
	pacer *Pacer

	changing sync.Mutex
	detach   func()

	mu      sync.Mutex
	members []*Port
	asides  []aside // who speaks to one alone
	source  *playing
	taps    []*tap
	mixer
	passing bool
	calm    int // ticks in a row in which packets might have passed through
	relay   []byte
}

const (
	maxFrame   = 960 // samples of 20 ms at 48 kHz
	calmBefore = 10  // ticks of calm before going over to pass-through
)

// NewBridge makes a bridge without members. It costs nothing until somebody
// joins, and needs no closing once all have left.
func NewBridge(p *Pacer) *Bridge { return &Bridge{pacer: p} }

// Join adds a party who speaks to all and hears all, taking it out of the
// bridge that it may be in. Closing the port leaves as well. Once leave returns,
// the party hears nobody any more.
func (b *Bridge) Join(p *Port) (leave func()) { return b.JoinAs(p, Membership{}) }

// JoinAs is Join for one who takes part in another way.
func (b *Bridge) JoinAs(p *Port, m Membership) (leave func()) {
	for {
		p.joining.Lock()
		if p.closed {
			p.joining.Unlock()
			return func() {}
		}
		if p.leave == nil {
			break
		}
		before := p.leave
		p.joining.Unlock()
		before()
	}
	defer p.joining.Unlock()
	p.detach()
	p.detach = nil
	b.add(p, m)
	p.leave = sync.OnceFunc(func() {
		b.remove(p)
		p.joining.Lock()
		p.leave = nil
		if !p.closed {
			p.detach = p.engine.Pacer.Attach(p)
		}
		p.joining.Unlock()
	})
	return p.leave
}

// Members is how many parties are in the bridge.
func (b *Bridge) Members() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.members)
}

func (b *Bridge) add(p *Port, m Membership) {
	p.mu.Lock()
	p.in.bridged, p.in.presses, p.in.holding = true, 0, false
	p.mu.Unlock()
	b.changing.Lock()
	defer b.changing.Unlock()
	b.mu.Lock()
	b.decode()
	p.part = m.own()
	b.members = append(b.members, p)
	b.pairUp()
	b.calm = calmBefore // a new pair need not prove itself
	first := len(b.members) == 1
	b.mu.Unlock()
	if first {
		b.detach = b.pacer.Attach(b)
	}
}

func (b *Bridge) remove(p *Port) {
	b.changing.Lock()
	defer b.changing.Unlock()
	b.mu.Lock()
	b.decode()
	b.releaseDigits()
	b.members = slices.DeleteFunc(b.members, func(m *Port) bool { return m == p })
	p.part = Membership{}
	b.pairUp()
	b.calm = calmBefore
	empty := len(b.members) == 0
	b.mu.Unlock()
	p.mu.Lock()
	p.in.bridged = false
	p.mu.Unlock()
	if empty && b.detach != nil {
		b.detach()
		b.detach = nil
	}
}

// Tick is one frame of all members. Pacer only.
func (b *Bridge) Tick() {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.choose()
	if b.passing {
		for _, p := range b.members {
			p.passTick()
		}
	} else {
		b.mix(now)
	}
	b.relayDigits(now)
	for _, p := range b.members {
		p.keep(now)
	}
}

// Skip takes RTP time on by frames that the pacer left out.
func (b *Bridge) Skip(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.members {
		p.Skip(n)
	}
}

// choose goes over to pass-through when it can, and back at once when somebody
// begins to listen, to play, or when what was agreed upon changed.
func (b *Bridge) choose() {
	var x, y *passage
	if len(b.members) == 2 && b.plain() {
		x, y = b.passages()
	}
	possible := x != nil && y != nil
	switch {
	case b.passing && !possible:
		b.decode()
	case !possible:
		b.calm = 0
	case !b.passing:
		if b.calm++; b.calm > calmBefore {
			b.members[0].passTo(x)
			b.members[1].passTo(y)
			b.passing = true
		}
	}
}

// decode ends pass-through. mu is held.
func (b *Bridge) decode() {
	if b.passing {
		for _, p := range b.members {
			p.decodeAgain()
		}
		b.passing, b.calm = false, 0
	}
}

// passages are the straight ways between two members; nil if there is none, or
// if the ones in use are not right any more.
func (b *Bridge) passages() (x, y *passage) {
	p, q := b.members[0], b.members[1]
	pc, pe, ok := p.passable()
	if !ok {
		return nil, nil
	}
	qc, qe, ok := q.passable()
	if !ok {
		return nil, nil
	}
	if b.passing {
		x, y = p.passes(), q.passes()
		if x == nil || y == nil || x.events != qe || y.events != pe || x.codec != qc || y.codec != pc {
			return nil, nil
		}
		return x, y
	}
	return newPassage(pc, qc, q, qe), newPassage(qc, pc, p, pe)
}

// passable tells whether nobody needs the sound of this port as sound.
func (p *Port) passable() (codec *Codec, events, ok bool) {
	if p.taps.Load() > 0 || p.sounding.Load() {
		return nil, false, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a := &p.nego.now
	if !a.up || p.inBand() || !a.event && !p.out.events.idle() || p.in.codec != p.out.codec {
		return nil, false, false
	}
	return p.in.codec, a.event, true
}

func (p *Port) passes() *passage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.in.pass
}
