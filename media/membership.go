package media

import "slices"

// Membership is how a party takes part in a bridge. The zero value speaks to
// all and hears all.
type Membership struct {
	// Muted: nobody hears it, nor gets its digits.
	Muted bool
	// Deaf: it hears none of the others, whoever they speak to. What is played
	// to it, or to the whole bridge, it hears.
	Deaf bool
	// Only are those who hear it, such as the one that somebody whispers to,
	// now or when they join; nil: all do. Ports that are not in the bridge don't
	// matter.
	Only []*Port
	// OwnDigits: what it presses is for the server, and no digit of it reaches
	// the others.
	OwnDigits bool
}

// own is a copy that the caller of JoinAs can't change any more.
func (m Membership) own() Membership {
	m.Only = slices.Clone(m.Only)
	return m
}

func (m *Membership) plain() bool { return !m.Muted && !m.Deaf && m.Only == nil && !m.OwnDigits }

// toAll tells whether it is part of what everybody hears.
func (m *Membership) toAll() bool { return !m.Muted && m.Only == nil }

// Change has a member take part in another way from now on: once it returns,
// nobody hears it who should not. Who is not in the bridge is left alone.
func (b *Bridge) Change(p *Port, m Membership) {
	m = m.own()
	b.changing.Lock()
	defer b.changing.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Contains(b.members, p) {
		return
	}
	if !m.plain() {
		b.decode() // at once: packets that pass through ask nobody
	}
	b.releaseDigits()
	p.part = m
	b.pairUp()
}

// plain tells whether everybody speaks to all and hears all, and nothing is
// played or listened to.
func (b *Bridge) plain() bool {
	if b.source != nil || len(b.taps) > 0 {
		return false
	}
	for _, p := range b.members {
		if !p.part.plain() {
			return false
		}
	}
	return true
}

// aside is one who speaks and one of the few who hear it.
type aside struct{ from, to *Port }

// pairUp finds out who speaks to whom alone, when somebody came, left or
// changed, so that no tick has to search. mu is held.
func (b *Bridge) pairUp() {
	b.asides = b.asides[:0]
	for _, p := range b.members {
		p.aside = nil
	}
	for _, from := range b.members {
		if from.part.Only == nil {
			continue
		}
		for _, to := range b.members {
			if to == from || !from.heardBy(to) {
				continue
			}
			if to.aside == nil {
				to.aside = make([]int32, maxFrame)
			}
			b.asides = append(b.asides, aside{from, to})
		}
	}
}

// heardBy tells whether another member hears p. The bridge's mu is held.
func (p *Port) heardBy(q *Port) bool {
	return !p.part.Muted && !q.part.Deaf && (p.part.Only == nil || slices.Contains(p.part.Only, q))
}
