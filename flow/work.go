package flow

import (
	"context"
	"errors"
	"runtime/debug"

	"go.uber.org/zap"
)

// panicked is a panic of a node, with the stack of where it was.
type panicked struct {
	value any
	stack []byte
}

// Error helps no user: what it was is told to the operator only.
func (e *panicked) Error() string { return "an internal error" }

// work runs a node under a context of its own, so that it can be sent
// elsewhere; jump is where to.
func (r *run) work(ctx context.Context, made Node) (transition, jump string, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.x.jumps.arm(cancel)
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{value: v, stack: debug.Stack()}
		}
		if jump = r.x.jumps.disarm(); jump != "" && parentEnded(ctx) {
			jump = ""
		}
	}()
	transition, err = made.Run(ctx, r.x)
	return transition, "", err
}

// parentEnded tells whether something else than a jump ended ctx.
func parentEnded(ctx context.Context) bool {
	cause := context.Cause(ctx)
	return cause != nil && !errors.Is(cause, errJump)
}

// fault reports a fault of ours to the operator.
func (r *run) fault(n *node, err error) {
	fields := []zap.Field{zap.String("session", r.x.Session.ID), zap.String("flow", r.p.id),
		zap.Int("version", r.p.version), zap.String("node", n.id), zap.String("type", n.typ.name), zap.Error(err)}
	var p *panicked
	if errors.As(err, &p) {
		fields = append(fields, zap.Any("panic", p.value), zap.ByteString("stack", p.stack))
	}
	r.x.Log.Error("flow node failed", fields...)
}

// tell sends a piece of the step at work to the trace.
func (r *run) tell(s Step) {
	if r.x.Trace == nil {
		return
	}
	b := r.step
	b.Part, b.Time = s.Part, r.x.Now()
	b.Params, b.Event, b.Outputs, b.Err = s.Params, s.Event, s.Outputs, s.Err
	b.Transition, b.Wanted, b.Connected, b.To, b.Hidden = s.Transition, s.Wanted, s.Connected, s.To, s.Hidden
	r.x.Trace(b)
}

// event tells that something happened.
func (r *run) event(text string) { r.tell(Step{Part: Happened, Event: r.mask(text)}) }
