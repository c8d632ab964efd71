package session

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
)

// run is the execution that a message gets, or in a room its way to the others.
func (c *chat) run(m *endpoints.Message, room *ChatRoom) error {
	c.kept.Last, c.unheard = time.Now(), ""
	if m.OtherName != "" && c.ownSession() && c.journal.snapshot().FromName == "" {
		c.journal.update(func(r *Record) { r.FromName = m.OtherName })
	}
	if room != nil {
		ctx, cancel := context.WithTimeout(c.s.after, storeTime)
		defer cancel()
		return c.toRoom(ctx, room, m)
	}
	var r *flow.Reply
	running := c.body.Running != nil && c.body.Running.Message == m.ID
	switch w := c.waits(); {
	case running:
		c.journal.say("Message %s: the server has started again, its flow goes on", m.ID)
	case w != nil && w.Meanwhile != flow.Restarts:
		r = &flow.Reply{Text: m.Text}
		c.journal.say("Message %s came%s", m.ID, withFiles(m))
	default:
		c.journal.say("Message %s came%s", m.ID, withFiles(m))
		if c.body.State != nil {
			c.body.State.Anew()
		}
	}
	return c.execute(m, r)
}

func withFiles(m *endpoints.Message) string {
	switch len(m.Files) {
	case 0:
		return ""
	case 1:
		return ", with a file"
	}
	return fmt.Sprintf(", with %d files", len(m.Files))
}

// execute runs the flow. What it did is in c; an error means that nothing of it is to be kept.
func (c *chat) execute(m *endpoints.Message, r *flow.Reply) error {
	if c.broken != nil {
		c.noFlow()
		return nil
	}
	running := &running{}
	if m != nil {
		running.Message = m.ID
	}
	c.session = c.fields(m, r)
	ctx, cancel := context.WithTimeoutCause(c.s.after, chatTime, &flow.LimitError{What: "15 minutes at work for one message"})
	defer cancel()
	x := c.execution()
	x.Session, x.State, x.Resume = c.session, c.body.State, r
	if x.State == nil {
		x.State = &flow.State{}
	}
	c.body.State, c.body.Session = x.State, c.session // Checkpoint keeps them as they are then
	x.Send, x.Async, x.Messages, x.Rooms = c.send, func(b flow.Branch) { c.branches = append(c.branches, b) }, messages{c.call, c.write}, c
	x.Checkpoint = func(ctx context.Context, _ string) (bool, error) {
		c.body.Running = running
		return false, c.save(ChatSave{})
	}
	if len(x.State.Frames) == 0 {
		c.journal.say("Flow %q, version %d, starts%s", c.flow.Name, c.flow.Version, c.scheduleWords())
	}
	res, err := c.walk(ctx, x)
	if c.unsaved != nil {
		return c.unsaved
	}
	if c.s.after.Err() != nil && res.End == flow.Cancelled {
		return context.Cause(c.s.after)
	}
	c.body.State, c.body.Running = x.State, nil
	c.finished(res, err)
	return nil
}

// unheard stands with a message that a flow should have had. Why it had none is for who sees sessions, and in the log.
const unheard = "no flow could run for it; the log of its session tells why"

// noFlow ends what the chat waited for, or it would be due for ever; and where nobody can write to it any
// more, the chat. The party is told nothing: as a call would be refused, and as nobody has written what to say. Who runs the
// server is, once a session.
func (c *chat) noFlow() {
	var u *unrunnable
	if errors.As(c.broken, &u) && u.broken() {
		c.unheard = unheard
		if rec := c.journal.snapshot(); rec.Outcome != Error {
			c.s.log().Warn("a message had no answer: the flow can't run", zap.String("endpoint", c.kept.EndpointID), zap.String("flow", rec.FlowID), zap.String("session", c.id), zap.Error(c.broken))
		}
	}
	c.journal.say("No flow runs: %s", c.broken)
	c.journal.update(func(rec *Record) { rec.Outcome = Error })
	c.forget()
	if c.endpoint == nil {
		c.close(Error)
	}
}

// forget lets the next message start the flow: what the last one was at can't go on.
func (c *chat) forget() {
	c.body.Running = nil
	if c.body.State != nil {
		c.body.State.Anew()
	}
}

// walk is Program.Run, in which a panic of a node is a fault of this chat only.
func (c *chat) walk(ctx context.Context, x *flow.Execution) (res flow.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.s.stats.panics.Add(1)
			c.s.log().Error("a flow panicked", zap.String("session", c.id), zap.String("flow", c.flow.ID), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			res = flow.Result{End: flow.Failed, Err: fmt.Errorf("internal: %v", p)}
		}
	}()
	return c.program.Run(ctx, x)
}

// finished notes how a run has ended.
func (c *chat) finished(res flow.Result, err error) {
	outcome := res.Outcome
	switch {
	case err != nil:
		c.s.log().Error("a flow could not go on", zap.String("session", c.id), zap.String("flow", c.flow.ID), zap.Error(err))
		c.journal.say("Error: %s", err)
		outcome = Error
	case res.End == flow.Failed:
		if res.Err != nil {
			c.journal.say("Error: %s", res.Err)
		}
		outcome = Error
	case res.End == flow.Limited:
		outcome = LimitedOut
	}
	ses := c.session
	c.journal.update(func(r *Record) {
		r.ConsoleData = ses.ConsoleData
		if ses.FromName != "" {
			r.FromName = ses.FromName
		}
		if outcome != "" {
			r.Outcome = outcome
		}
	})
	if err == nil && res.End == flow.Suspended {
		return
	}
	c.body.State.Anew()
	switch {
	case res.Stopped:
		c.journal.say("Ended: %s", c.wordOf(Completed))
		c.close(Completed)
	case err == nil && res.End == flow.Limited: // what a session may do is used up: the next message begins another
		c.journal.say("Ended: %s", LimitedOut)
		c.close(LimitedOut)
	}
}

// wordOf is the session's outcome, or else this one.
func (c *chat) wordOf(otherwise string) string {
	if o := c.journal.outcome(); o != "" {
		return o
	}
	return otherwise
}

// fields are the built-in session fields for a run: those of the last one, with what has come.
func (c *chat) fields(m *endpoints.Message, r *flow.Reply) *flow.Session {
	rec := c.journal.snapshot()
	ses := &flow.Session{
		ID: rec.ID, Channel: string(flow.Chat), Direction: string(rec.Direction), Started: rec.Started, Answered: rec.Answered,
		FromAddress: rec.FromAddress, FromName: rec.FromName, CallerName: rec.FromName, ToAddress: rec.ToAddress, Destination: rec.Destination,
		EndpointID: rec.EndpointID, EndpointName: rec.EndpointName, CustomerID: rec.CustomerID, CustomerName: rec.CustomerName,
		FlowID: rec.FlowID, FlowName: rec.FlowName, ParentSessionID: rec.ParentSessionID,
	}
	if was := c.body.Session; was != nil {
		ses = new(flow.Session)
		*ses = *was
	}
	if m == nil {
		return ses
	}
	if r == nil && c.body.Running == nil {
		ses.Body, ses.BodySecret = m.Text, false
	}
	ses.MediaURIs = nil
	for _, f := range m.Files {
		ses.MediaURIs = append(ses.MediaURIs, "/files/"+f.FileID+"/content")
	}
	ses.SipHeader = m.Facts
	return ses
}
