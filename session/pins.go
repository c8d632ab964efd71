package session

import (
	"sync"
	"time"
)

const (
	// pinTries are wrong PINs in a row until a box is locked, in however many calls.
	pinTries = 9
	// pinLock is for how long. Then a third of them can be tried before it is
	// locked again: 72 a day of 10,000.
	pinLock = time.Hour
	// maxPins bounds the boxes of which tries are remembered.
	maxPins = 10_000
)

// pins bounds the guessing of PINs. It lives as long as the server.
type pins struct {
	mu  sync.Mutex
	box map[string]*guesses // by owner; the right PIN ends them
}

// guesses are the tries at one box since it was opened last.
type guesses struct {
	hash  string // of the PIN that they are for: another PIN is another secret
	tries int
	until time.Time // locked
}

// mayTry counts a try before it is made, so that many calls at once get no more.
func (p *pins) mayTry(box, hash string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.box[box]
	if g == nil || g.hash != hash {
		if p.box == nil || len(p.box) >= maxPins {
			p.box = map[string]*guesses{}
		}
		g = &guesses{hash: hash}
		p.box[box] = g
	}
	if now.Before(g.until) {
		return false
	}
	if g.tries++; g.tries >= pinTries {
		g.tries, g.until = pinTries-pinTries/3, now.Add(pinLock)
	}
	return true
}

// right forgets the tries at a box that was opened.
func (p *pins) right(box string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.box, box)
}
