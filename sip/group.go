package sip

import "sync"

// group counts the goroutines of a UA, so that Close can wait for them, and
// starts none once it is closing. (A WaitGroup may not be added to while
// somebody waits.)
type group struct {
	mu     sync.Mutex
	n      int
	closed bool
	empty  chan struct{}
}

// run starts f unless the group is closed.
func (g *group) run(f func()) bool {
	if !g.enter() {
		return false
	}
	go func() {
		defer g.leave()
		f()
	}()
	return true
}

// enter counts the caller as one of the group until it leaves, unless the
// group is closed.
func (g *group) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.n++
	return true
}

func (g *group) leave() {
	g.mu.Lock()
	g.n--
	if g.closed && g.n == 0 {
		close(g.empty)
	}
	g.mu.Unlock()
}

// close lets no more in and waits for those inside.
func (g *group) close() {
	g.mu.Lock()
	if !g.closed {
		g.closed = true
		g.empty = make(chan struct{})
		if g.n == 0 {
			close(g.empty)
		}
	}
	empty := g.empty
	g.mu.Unlock()
	<-empty
}
