package session

import (
	"context"
	"runtime/debug"
	"time"

	"go.uber.org/zap"

	"ringflow/flow"
)

// branchTime bounds an asynchronous branch, which has no caller to hang up.
const branchTime = 15 * time.Minute

var errBranchTime = &flow.LimitError{What: "15 minutes an asynchronous branch"}

// branch runs an asynchronous branch of the call's flow beside it, and after
// it. The session's log goes on with it; the server waits for it when it stops.
func (c *call) branch(b flow.Branch) {
	c.s.stats.branches.Add(1)
	then := c.frozen()
	c.s.count(&c.s.branches, 1)
	c.s.wg.Go(func() {
		defer c.s.count(&c.s.branches, -1)
		defer func() {
			if p := recover(); p != nil {
				c.s.stats.panics.Add(1)
				c.s.log().Error("an asynchronous branch panicked", zap.String("session", c.id), zap.String("flow", c.flow.ID),
					zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			}
		}()
		ctx, cancel := context.WithTimeoutCause(c.s.after, branchTime, errBranchTime)
		defer cancel()
		res, err := c.program.RunBranch(ctx, then.execution(), b)
		if err == nil {
			err = res.Err
		}
		if err != nil && res.End != flow.Limited { // which the run itself has told
			c.journal.say("Branch %q ended: %s", b.Transition, err)
		}
	})
}

// frozen is the call as it is now, for a branch that may outlive it.
func (c *call) frozen() *call {
	return &call{
		s: c.s, id: c.id, journal: c.journal, parent: c.parent, depth: c.depth, hops: c.hops, account: c.account, settings: c.settings,
		endpoint: c.endpoint, customers: c.customers, caller: c.caller, taker: c.taker, flow: c.flow, program: c.program, params: c.params, clock: c.clock,
	}
}
