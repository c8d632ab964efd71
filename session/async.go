package session

import (
	"context"
	"runtime/debug"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
)

// branchTime bounds an asynchronous branch, which has no caller to hang up.
const branchTime = 15 * time.Minute

// recordingReady is the transition that waits for a recording.
const recordingReady = "Recording Ready"

var errBranchTime = &flow.LimitError{What: "15 minutes an asynchronous branch"}

// branch runs an asynchronous branch of the call's flow beside it, and after
// it. It is stored before it starts, and until it has ended. The session's log
// goes on with it; the server waits for it when it stops.
func (c *call) branch(b flow.Branch) {
	c.s.stats.branches.Add(1)
	id := endpoints.NewID()
	waits := awaited{b.Session.RecordingFileID, b.Transition}
	armed := c.armed[waits]
	if armed != nil {
		id = armed.id
		delete(c.armed, waits)
	}
	then := c.frozen()
	c.s.start(then, func() {
		if armed != nil {
			<-armed.stored
		}
		then.keep(StoredBranch{ID: id}, b) //nolint:errcheck // it is logged, and the branch runs all the same
		then.runBranch(id, b)
	})
}

// start runs work of a session in a goroutine, which the end of the server waits for.
func (s *Switchboard) start(c *call, work func()) {
	s.mu.Lock()
	s.asyncs[c] = struct{}{}
	s.mu.Unlock()
	s.count(&s.branches, 1)
	s.wg.Go(func() {
		defer s.count(&s.branches, -1)
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.asyncs, c)
		}()
		defer func() {
			if p := recover(); p != nil {
				s.stats.panics.Add(1)
				s.log().Error("an asynchronous branch panicked", zap.String("session", c.id), zap.String("flow", c.flow.ID),
					zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			}
		}()
		work()
	})
}

// runBranch runs a stored branch to its end. One that the end of the server
// cuts off is stored as far as it has come, for the next start.
func (c *call) runBranch(id string, b flow.Branch) {
	done := true
	defer func() {
		if done {
			c.s.forgetBranch(id)
		}
	}()
	ctx, cancel := context.WithTimeoutCause(c.s.after, branchTime, errBranchTime)
	defer cancel()
	if !c.transcribed(ctx, &b) {
		done = c.s.after.Err() == nil // else the next start does it
		return
	}
	x := c.execution()
	res, err := c.program.RunBranch(ctx, x, b)
	if err == nil && res.End == flow.Cancelled && c.s.after.Err() != nil {
		b.State, b.Session = *x.State, *x.Session
		if done = c.keep(StoredBranch{ID: id}, b) != nil; !done {
			c.journal.say("Branch %q stops with the server, and goes on when it starts", b.Transition)
			return
		}
	}
	if err == nil {
		err = res.Err
	}
	if err != nil && res.End != flow.Limited { // which the run itself has told
		c.journal.say("Branch %q ended: %s", b.Transition, err)
	}
}

// frozen is the call as it is now, for a branch that may outlive it.
func (c *call) frozen() *call {
	return &call{
		s: c.s, id: c.id, journal: c.journal, parent: c.parent, depth: c.depth, hops: c.hops, account: c.account, settings: c.settings,
		endpoint: c.endpoint, customers: c.customers, caller: c.caller, taker: c.taker, flow: c.flow, program: c.program, params: c.params, clock: c.clock,
	}
}
