package flow

import (
	"context"
	"errors"
	"maps"
)

// Taping is a Line that can record the call as a whole: what the party says and
// what it hears, whatever the flow does meanwhile. One recording at a time; it
// ends with the call, if nobody stops it before. It is asked only on an answered
// call.
type Taping interface {
	// StartTape begins to record; ErrTaping if a recording runs already. Any
	// other error is told to the log, the call goes on.
	StartTape(ctx context.Context, o TapeOptions) error
	// PauseTape leaves out what follows: the time of a pause is not in the
	// recording. False: nothing is being recorded, or it is paused already.
	PauseTape() bool
	// ResumeTape goes on after a pause. False: there is none.
	ResumeTape() bool
	// StopTape ends the recording and stores it. False: nothing is being recorded.
	StopTape() (Recording, bool)
}

// TapeOptions say how to record a call.
type TapeOptions struct {
	Stereo bool // the party left, what it hears right; else both in one
	// Ready is called once the recording is stored, by whoever ends it, on the
	// flow's goroutine or after its run; never for one that was not kept.
	Ready func(file string)
}

// ErrTaping tells that a call is being recorded already.
var ErrTaping = errors.New("the call is being recorded already")

// Hushing is a Line that can keep digits out of recordings.
type Hushing interface {
	// Hush has silence in place of what the party says in every recording that
	// runs, until done is called and the key that was pressed last is up.
	Hush() (done func())
}

// Later is Fire for what will be ready only when the node at work is long over:
// it gives the function that starts the branch. That may be called once, on the
// goroutine of the flow, also when the run has ended. The branch sees the
// session's data as they are then. It does nothing when the transition is not
// connected.
func (x *Execution) Later(transition string) (fire func()) {
	r := x.run
	if r == nil {
		return func() {}
	}
	n := r.p.nodes[r.p.index[x.State.top().Node]]
	to, ok := n.exits[transition]
	if !ok {
		return func() {}
	}
	if to.exit != "" || x.Async == nil {
		return func() { x.Say("%s: %s leads out of the flow: nothing to do", n.name, transition) }
	}
	at, next := len(x.State.Frames)-1, r.p.nodes[to.node]
	then := r.branch(n, at, transition, to)
	frame := x.State.frameKey(at)
	return func() {
		b := Branch{From: then.From, Transition: transition, State: then.State, Session: *x.Session}
		if x.State.frameKey(at) == frame { // the node's flow still runs
			b.State = x.State.clone()
			b.State.only(at)
		} else {
			b.State = then.State.clone()
			b.State.Variables = maps.Clone(x.State.Variables)
		}
		b.State.StepsNoWait, b.State.top().Node = 0, next.id
		x.Say("%s: %s goes on outside of the call, at %s", n.name, transition, next.name)
		x.Async(b)
	}
}

// frameKey tells a frame from others that may come to its place: by its flow and
// the step that started it.
func (s *State) frameKey(i int) (key struct {
	flow string
	step int
}) {
	if i >= len(s.Frames) {
		key.step = -1
		return key
	}
	key.flow = s.Frames[i].FlowID
	if i > 0 {
		key.step = s.Frames[i-1].Step
	}
	return key
}
