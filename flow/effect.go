package flow

import (
	"context"
	"errors"
	"strconv"
)

// ErrBegun tells that a run which is no more has begun this step: whether its
// effect took place is not known, and it is not tried a second time.
var ErrBegun = errors.New("this step was begun before, and whether it was done is not known: it is not done a second time")

// StepKey names the step at work among all steps of all sessions: the same key is
// the same step, also when it is done again. A step that asks others to do
// something gives them the key, so that they can tell a repetition.
func (x *Execution) StepKey() string {
	key := x.Session.ID + "."
	if x.State == nil {
		return key
	}
	if x.State.Branch != "" {
		key += x.State.Branch + "."
	}
	return key + strconv.Itoa(x.State.Steps)
}

// Outside is asked by a node right before it does what can't be taken back: it lets
// Checkpoint keep all that came until here. ErrBegun: a run before has come to here
// and no further, so the step must not be done.
func (x *Execution) Outside(ctx context.Context) error {
	r := x.run
	if r == nil || x.Checkpoint == nil {
		return nil
	}
	if r.begun {
		return ErrBegun
	}
	x.State.Begun = x.State.Steps
	begun, err := x.Checkpoint(ctx, x.StepKey())
	if err == nil && begun {
		err = ErrBegun
	}
	return err
}
