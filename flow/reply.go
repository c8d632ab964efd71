package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Forever is a timeout that never comes.
const Forever time.Duration = -1

// ErrNoReply is why a node can't wait for a message: this is no chat, or what runs
// is an asynchronous branch, to which no message goes.
var ErrNoReply = errors.New("no message can be waited for here")

// Reply is what the party of a chat wrote: that with which the run goes on, once;
// afterwards, and in a run that begins, a *Suspend, which the node returns as its
// error. It then runs once more, with its parameters evaluated anew, when a message
// is there or the time is over. No timeout is longer than Limits.Waiting.
func (x *Execution) Reply(ctx context.Context, timeout time.Duration) (Reply, error) {
	r := x.run
	switch {
	case r == nil || r.async || Channel(x.Session.Channel) != Chat:
		return Reply{}, ErrNoReply
	case r.resumed != nil:
		reply := *r.resumed
		r.resumed = nil
		return reply, nil
	}
	if err := context.Cause(ctx); err != nil {
		return Reply{}, err
	}
	if timeout > x.Limits.Waiting {
		timeout = x.Limits.Waiting
		x.Logf("waits no longer than %s", daysInWords(timeout))
	}
	s := &Suspend{Note: r.note}
	if timeout >= 0 {
		s.Until = x.Now().Add(timeout)
	}
	return Reply{}, s
}

// Note keeps v, which has a JSON form, for the node at work until it goes on with
// a reply: how often it has asked, say.
func (x *Execution) Note(v any) {
	if x.run == nil {
		return
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("flow: a node's note has no JSON form: %v", err)) // a bug of the node
	}
	x.run.note = b
}

// Noted reads the note into v; false where the node begins.
func (x *Execution) Noted(v any) bool {
	r := x.run
	return r != nil && len(r.note) > 0 && json.Unmarshal(r.note, v) == nil
}

// resume takes up what a suspended run left behind, or one that broke off in the
// middle of a step; then the first step is not a new one.
func (r *run) resume() (again bool, err error) {
	s := r.x.State
	w := s.Waiting
	switch {
	case w == nil && r.x.Resume != nil:
		return false, errors.New("flow: there is a reply, but nothing waits for one")
	case w == nil:
		r.begun = s.Begun > 0 && s.Begun == s.Steps
		return r.begun, nil
	case r.x.Resume == nil:
		return false, errors.New("flow: the run waits for a reply, and there is none")
	}
	r.resumed, r.note = r.x.Resume, w.Note
	s.Waiting, s.StepsNoWait = nil, 0
	if !r.resumed.TimedOut && !r.resumed.Closed {
		r.x.Session.Body, r.x.Session.BodySecret = r.resumed.Text, w.Secret
	}
	return true, nil
}

// suspended is the wait that a node asks for; nil: none.
func (r *run) suspended(err error) *Suspend {
	var s *Suspend
	if errors.As(err, &s) {
		return s
	}
	return nil
}

// suspend ends the run, to go on in the same node.
func (r *run) suspend(s *Suspend) *Result {
	r.x.State.Waiting = &Waiting{Until: s.Until, Note: s.Note, Meanwhile: s.Meanwhile, Secret: s.Secret}
	r.event(s.inWords(r.x.Now()))
	return &Result{End: Suspended}
}

func (s *Suspend) inWords(now time.Time) string {
	what, until := "waits for a message", ""
	long := s.Until.Sub(now).Round(time.Second)
	switch s.Meanwhile {
	case Bypassed:
		what = "waits until the chat room is closed"
	case Kept, Restarts:
		what = "goes on later"
	}
	if !s.Until.IsZero() {
		until = ", at most " + daysInWords(long)
		if s.Meanwhile != Answers {
			until = ", in " + daysInWords(long)
		}
	}
	return what + until
}

// daysInWords is a time that may be long: 3 days, 2 hours, 90 s.
func daysInWords(d time.Duration) string {
	for _, unit := range []struct {
		long time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := d / unit.long; n > 0 && d%unit.long == 0 {
			if n == 1 {
				return "1 " + unit.name
			}
			return Thousands(int(n)) + " " + unit.name + "s"
		}
	}
	return Seconds(d)
}

// Anew makes s the state from which the flow of a chat starts anew for the next
// message: the session's variables, its versions of flows and the steps that it
// has counted stay, what waited is given up.
func (s *State) Anew() {
	for i := range s.Frames {
		s.Bytes -= s.Frames[i].bytes(i > 0)
	}
	s.Frames, s.Waiting, s.Begun, s.StepsNoWait, s.LastDial = nil, nil, 0, 0, ""
}
