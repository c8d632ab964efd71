package sip

import "sync/atomic"

// Snapshot is the UA's counters at one moment.
type Snapshot struct {
	Dialogs, Strands, Connections int64             // now
	Subscriptions                 int64             // now
	NotifyFailed                  uint64            // NOTIFYs that nobody took
	Received                      map[string]uint64 // requests by method; others are OTHER
	Answered                      map[string]uint64 // our final answers by code
	Refused                       map[string]uint64 // messages that went no further, by reason
	Retransmitted                 uint64
	Panics                        uint64
}

// counters are one atomic each, in fixed tables, so that text of the far end
// never makes a new one.
type counters struct {
	received      [len(methods) + 1]atomic.Uint64
	answered      [700]atomic.Uint64
	refused       [len(refusals)]atomic.Uint64
	dialogs       atomic.Int64
	connections   atomic.Int64
	retransmitted atomic.Uint64
	panics        atomic.Uint64
	notifyFailed  atomic.Uint64
}

var methods = [...]string{"INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "PRACK", "UPDATE",
	"REFER", "NOTIFY", "SUBSCRIBE", "MESSAGE", "PUBLISH"}

// refusal is why a message went no further.
type refusal int

const (
	refusedJunk refusal = iota
	refusedParse
	refusedOverload
	refusedStrand
	refusedStray
	refusedConns
	refusedSlow
	refusedGate
	refusedAuth    // wrong credentials
	refusedNoTrunk // no credentials, and no trunk of that source
	refusedFlood   // a stranger that had enough answers
	refusedQuota   // too many contacts or calls
)

var refusals = [...]string{"junk", "parse", "overload", "strand", "stray", "connections", "slow", "gate", "auth", "no-trunk", "flood", "quota"}

func (c *counters) request(method string) {
	for i, m := range methods {
		if m == method {
			c.received[i].Add(1)
			return
		}
	}
	c.received[len(methods)].Add(1)
}

func (c *counters) refuse(why refusal) { c.refused[why].Add(1) }

func (c *counters) answer(code int) {
	if code >= 200 && code < len(c.answered) {
		c.answered[code].Add(1)
	}
}

func (c *counters) snapshot(core *core) Snapshot {
	s := Snapshot{Received: map[string]uint64{}, Answered: map[string]uint64{}, Refused: map[string]uint64{},
		Dialogs: c.dialogs.Load(), Connections: c.connections.Load(), Strands: core.strands.count(),
		Retransmitted: c.retransmitted.Load(), Panics: c.panics.Load(),
		Subscriptions: core.watchers.count(), NotifyFailed: c.notifyFailed.Load()}
	for i := range c.received {
		if n := c.received[i].Load(); n > 0 {
			name := "OTHER"
			if i < len(methods) {
				name = methods[i]
			}
			s.Received[name] = n
		}
	}
	for code := range c.answered {
		if n := c.answered[code].Load(); n > 0 {
			s.Answered[itoa(code)] = n
		}
	}
	for i := range c.refused {
		if n := c.refused[i].Load(); n > 0 {
			s.Refused[refusals[i]] = n
		}
	}
	return s
}
