package session

import (
	"go.uber.org/zap"

	"ringflow/flow"
)

// roomTape is the recording of a room. It belongs to the session that began it,
// but goes on when that one has left: it works for a copy of the call, and
// whoever leaves the room last ends it.
type roomTape struct {
	of   *call // who began it; nil: it could not be begun
	tape *tape // of a copy of that call
}

// begin starts the recording for a member, on the goroutine of its flow.
func (t *roomTape) begin(m *member) {
	c := m.call
	tape, err := c.newTape("", tapeOf{call: true}, nil)
	if err != nil {
		c.s.log().Error("a conference can't be recorded", zap.String("session", c.id), zap.Error(err))
		c.journal.say("The conference can't be recorded: %s", err)
		return
	}
	then := c.frozen()
	session := *c.session
	then.session = &session
	for _, a := range tape.armed { // it is no longer the call's, whose flow may go on without it
		delete(c.armed, awaited{tape.file.ID, a.branch.Transition})
	}
	then.awaits(tape.file.ID, tape.armed...)
	tape.c = then
	tape.untap = []func(){m.room.bridge.Tap(tape.recorder.Side(0))}
	m.room.of.mu.Lock()
	t.of, t.tape = c, tape
	m.room.of.mu.Unlock()
	m.conf.Records()
}

// end stores the recording, on the goroutine of the last member's flow. If that
// is who began it, its node goes on with it; else the branch that waits for it
// runs now, beside all calls.
func (t *roomTape) end(last *call) *flow.Recording {
	if t == nil || t.tape == nil {
		return nil
	}
	armed := t.tape.armed
	rec := t.tape.keep()
	switch {
	case rec.File == "":
		return nil
	case t.of != last:
		for _, a := range armed {
			t.tape.c.branch(a.branch)
		}
		return nil
	}
	last.awaits(rec.File, armed...) // back to the call, whose node fires it
	return rec
}
