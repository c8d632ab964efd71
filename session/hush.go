package session

import (
	"sync/atomic"
	"time"

	"ringflow/flow"
	"ringflow/media"
)

// hushAfter is for how long recordings stay silent after secret digits: what
// waits in the jitter buffer, and a key that is about to come up.
const hushAfter = time.Second

// hushLongest is how long a key may be held down after that.
const hushLongest = 10 * time.Second

// hush keeps what a party says out of recordings while it types secret digits. A
// phone that sends telephone-events may send their tones as well, and a person
// may say them.
type hush struct {
	typing atomic.Int32 // how many ask for it
	until  atomic.Int64 // Unix time in ns at which the last one was done
}

// on tells whether p, which is heard now, is to be kept out.
func (h *hush) on(p *media.Port) bool {
	if h.typing.Load() > 0 {
		return true
	}
	last := h.until.Load()
	if last == 0 {
		return false
	}
	since := time.Since(time.Unix(0, last))
	return since < hushAfter || since < hushLongest && p.KeyDown()
}

var _ flow.Hushing = (*line)(nil)

// Hush keeps the party out of the recordings of this call and of those that led
// to it, which hear the same voice.
func (l *line) Hush() (done func()) {
	for c := l.call; c != nil; c = c.parent {
		c.hush.typing.Add(1)
	}
	return func() {
		now := time.Now().UnixNano()
		for c := l.call; c != nil; c = c.parent {
			c.hush.until.Store(now)
			c.hush.typing.Add(-1)
		}
	}
}

// hushed is the way of what the party at p says to a recording of the call.
func (c *call) hushed(p *media.Port, to media.Sink) media.Sink {
	return &hushing{c: c, port: p, to: to}
}

type hushing struct {
	c     *call
	port  *media.Port
	to    media.Sink
	still [960]int16 // as many as a frame can have
}

// WriteFrame passes the frame on, or as much silence: time goes on.
func (h *hushing) WriteFrame(f media.Frame) {
	if h.c.hush.on(h.port) {
		f = media.Frame(h.still[:len(f)])
	}
	h.to.WriteFrame(f)
}
