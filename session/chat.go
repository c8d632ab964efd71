package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
)

// chatBody is how far the flow of a chat has come, as it is kept between two messages.
type chatBody struct {
	Record  *Record       `json:"record"`            // of the session: the head
	Session *flow.Session `json:"session,omitempty"` // nil: no flow has run
	State   *flow.State   `json:"state,omitempty"`   // of the flow that waits, or is at work; nil: none
	Running *running      `json:"running,omitempty"` // what the flow is at work for, kept in its midst
	Lines   int           `json:"lines,omitempty"`   // of the log
}

// running is what a run is for.
type running struct {
	Message string `json:"message,omitempty"` // id; empty: a wait is over
}

// chat is one that this server works at: a session whose party writes. Its flow, fields and
// log are a call's; what it does takes effect when it is saved, all at once.
type chat struct {
	*call
	kept     *StoredChat
	body     chatBody
	out      []OutMessage // written since it was saved
	branches []flow.Branch
	room     string
	opened   *ChatRoom // by the run, to be written with it; nil: none
	broken   error     // why its flow can't run
	unsaved  error     // why what it did can't be kept
}

// openChat makes a chat of what is kept of it.
func (s *Switchboard) openChat(ctx context.Context, kept *StoredChat) (*chat, error) {
	c := &chat{kept: kept, room: kept.RoomID, call: &call{s: s, id: kept.SessionID, account: kept.AccountID}}
	if len(kept.Body) > 0 {
		if err := json.Unmarshal(kept.Body, &c.body); err != nil {
			s.log().Error("how far a chat has come can't be read; its flow begins anew", zap.String("session", kept.SessionID), zap.Error(err))
		}
	}
	if kept.SessionID == "" { // the last one ended while messages waited
		return c, c.anew(ctx)
	}
	if c.body.Record == nil { // of a member of a room, whose session is the room's
		rec, err := s.Store.Record(ctx, kept.SessionID)
		if err != nil {
			return nil, err
		}
		c.body.Lines = len(rec.Log)
		rec.Log, rec.Legs = nil, nil
		c.body.Record = rec
	}
	c.journal = &journal{ev: &s.events, rec: *c.body.Record, before: c.body.Lines}
	return c, c.look(ctx)
}

// anew gives the chat a session for the message that waits.
func (c *chat) anew(ctx context.Context) error {
	if len(c.kept.Messages) == 0 {
		return errors.New("there is nothing to do for a chat that is closed")
	}
	ep, err := c.s.cache.endpoint(ctx, c.kept.EndpointID)
	if err != nil {
		return err
	}
	settings, err := c.s.cache.settingsOf(ctx, c.account)
	if err != nil {
		return err
	}
	o, err := c.s.opening(ctx, c.kept.Messages[0], ep, settings)
	if err != nil || o == nil {
		return errors.Join(err, errors.New("no flow runs for "+ep.DisplayName))
	}
	c.body = chatBody{Record: o.Record}
	c.id, c.room = o.Record.ID, ""
	c.journal = &journal{ev: &c.s.events, rec: *o.Record, isNew: true, head: true}
	return c.look(ctx)
}

// look finds those whom the chat is between, and the flow.
func (c *chat) look(ctx context.Context) error {
	s, kept := c.s, c.kept
	var err error
	if c.settings, err = s.cache.settingsOf(ctx, kept.AccountID); err != nil {
		return err
	}
	c.clock = newClock(c.settings)
	if c.endpoint, err = s.cache.endpoint(ctx, kept.EndpointID); errors.Is(err, fs.ErrNotExist) {
		c.endpoint, c.broken = nil, errors.New("its endpoint was deleted")
	} else if err != nil {
		return err
	}
	if c.customers, err = s.cache.customerLine(ctx, c.body.Record.CustomerID); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if c.endpoint == nil {
		return nil
	}
	return c.chooseFlow(ctx)
}

// chooseFlow finds the session's flow in the version that it began with. One that
// couldn't run is looked up anew: it may have been mended.
func (c *chat) chooseFlow(ctx context.Context) error {
	rec := c.body.Record
	if c.body.State != nil && rec.FlowID != "" {
		p, err := c.s.cache.version(ctx, rec.FlowID, rec.FlowVersion)
		if err == nil && p.program != nil && p.account == c.account {
			c.program, c.flow = p.program, &flow.Flow{ID: rec.FlowID, Version: rec.FlowVersion, Name: p.name}
			return c.paramsNow(ctx)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	p := spec{settings: c.settings}
	c.s.runs(ctx, &p, c.endpoint)
	c.flow, c.program, c.params, c.state, c.broken = p.flow, p.program, p.params, p.state, p.unrunnable
	var u *unrunnable
	if c.broken != nil && !errors.As(c.broken, &u) {
		return c.broken
	}
	if f := c.flow; rec.FlowID != f.ID || rec.FlowVersion != f.Version {
		c.journal.update(func(r *Record) { r.FlowID, r.FlowName, r.FlowVersion = f.ID, f.Name, f.Version })
	}
	return nil
}

// paramsNow are the parameters that the endpoint gives the flow, should it start anew.
func (c *chat) paramsNow(ctx context.Context) error {
	id, params, state, err := c.s.flowNow(ctx, c.endpoint, c.settings)
	if err == nil && id == c.flow.ID {
		c.params, c.state = params, state
	}
	return err
}

// work does all that there is to do, one thing after the other, each with its own save.
func (c *chat) work() error {
	waiting := c.kept.Messages
	if c.kept.Tries > chatTries {
		return c.giveUp(waiting)
	}
	if err := c.overdue(waiting); err != nil {
		return err
	}
	for i, m := range waiting {
		if c.held() || c.over() { // what comes after the end begins a session of its own
			break
		}
		if err := c.run(m); err != nil {
			return err
		}
		last := i == len(waiting)-1 || c.held() || c.over()
		if err := c.save(ChatSave{Done: []string{m.ID}, Release: last}); err != nil || last {
			return err
		}
	}
	return c.save(ChatSave{Release: true})
}

// held tells that messages wait until the flow's own wait is over.
func (c *chat) held() bool {
	w := c.waits()
	return w != nil && w.Meanwhile == flow.Kept && c.room == "" && !c.over()
}

// waits is what the flow waits for; nil: it doesn't.
func (c *chat) waits() *flow.Waiting {
	if c.body.State == nil {
		return nil
	}
	return c.body.State.Waiting
}

// until is when the flow goes on by itself, on the real clock; zero: never.
func (c *chat) until() time.Time {
	if w := c.waits(); w != nil && !w.Until.IsZero() {
		return w.Until.Add(-c.clock.by)
	}
	return time.Time{}
}

// overdue does what time has brought: a run that was cut off, a wait that is over, a room that is
// closed, a chat in which nobody has written for too long.
func (c *chat) overdue(waiting []*endpoints.Message) error {
	now, w, alone := time.Now(), c.waits(), len(waiting) == 0
	switch until := c.until(); {
	case c.body.Running != nil && c.body.Running.Message == "":
		return c.goesOn(nil)
	case c.body.Running != nil:
		return nil // its message is the first that waits
	case w != nil && w.Meanwhile == flow.Bypassed && c.room == "":
		return c.goesOn(&flow.Reply{Closed: true})
	case !until.IsZero() && !now.Before(until) && (alone || c.held() || waiting[0].DateCreated.After(until)):
		return c.goesOn(&flow.Reply{TimedOut: true})
	case alone && until.IsZero() && !now.Before(c.idleAt()):
		c.journal.say("Closed: no message for %s hours", flow.Thousands(c.settings.ChatIdleHours))
		c.close(Completed)
	}
	return nil
}

// goesOn runs the flow for something else than a message.
func (c *chat) goesOn(r *flow.Reply) error {
	if err := c.execute(nil, r); err != nil {
		return err
	}
	return c.save(ChatSave{})
}

// idleAt is when the session is closed, if nobody writes.
func (c *chat) idleAt() time.Time {
	return c.kept.Last.Add(time.Duration(c.settings.ChatIdleHours) * time.Hour)
}

// over tells that the session is closed.
func (c *chat) over() bool { return c.journal.ended() }

func (c *chat) close(outcome string) { c.journal.close(outcome) }

// run is the execution that a message gets.
func (c *chat) run(m *endpoints.Message) error {
	c.kept.Last = time.Now()
	if m.OtherName != "" && c.journal.snapshot().FromName == "" {
		c.journal.update(func(r *Record) { r.FromName = m.OtherName })
	}
	if c.room != "" {
		ctx, cancel := context.WithTimeout(c.s.after, storeTime)
		defer cancel()
		return c.toRoom(ctx, m)
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
		c.journal.say("No flow runs: %s", c.broken)
		c.journal.update(func(rec *Record) { rec.Outcome = Error })
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
	if res.Stopped {
		c.journal.say("Ended: %s", c.wordOf(Completed))
		c.close(Completed)
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

// giveUp ends the execution of a message that has taken the server down with it too often.
func (c *chat) giveUp(waiting []*endpoints.Message) error {
	save := ChatSave{Release: true}
	if len(waiting) > 0 {
		save.Done = []string{waiting[0].ID}
	}
	c.body.Running = nil
	if c.body.State != nil {
		c.body.State.Anew()
	}
	c.journal.say("Given up: the server has failed %d times while the flow ran", chatTries)
	c.journal.update(func(r *Record) { r.Outcome = Error })
	return c.save(save)
}

// save keeps what was done since the last save, all of it or nothing. The store may be away for
// a moment; after that the work is done again by whoever claims the chat.
func (c *chat) save(s ChatSave) error {
	s.ID, s.Claim, s.SessionID, s.Out, s.Closed = c.kept.ID, c.kept.Claim, c.id, c.out, c.over()
	s.WaitUntil, s.Hold = c.until(), c.held()
	if s.Opened = c.opened; c.room != c.kept.RoomID {
		s.Room = &c.room
	}
	if s.WaitUntil.IsZero() {
		s.IdleAt = c.idleAt()
	}
	change, undo := c.journal.take()
	s.Change = change
	body := c.body
	body.Record, body.Lines = change.Record, c.body.Lines+len(change.Log)
	stored, err := c.storedBranches()
	if err == nil {
		s.Branches = stored
		s.Body, err = json.Marshal(body)
	}
	for pause := 100 * time.Millisecond; err == nil; pause *= 2 {
		ctx, cancel := context.WithTimeout(context.Background(), storeTime) // also while the server stops
		err = c.s.Store.SaveChat(ctx, s)
		cancel()
		if err == nil {
			break
		}
		var bad *endpoints.Invalid
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w: %w", errClaimLost, err)
		} else if !errors.As(err, &bad) && pause < time.Second {
			time.Sleep(pause)
			err = nil
			continue
		}
	}
	if err != nil {
		undo()
		c.unsaved = err
		return err
	}
	c.body.Lines = body.Lines
	c.started(stored)
	c.s.tellUsers(c.out)
	c.out, c.opened, c.kept.RoomID = nil, nil, c.room
	return nil
}

// storedBranches are the asynchronous branches that have begun, as they are kept.
func (c *chat) storedBranches() (all []StoredBranch, err error) {
	for _, b := range c.branches {
		raw, err := json.Marshal(branchBody{Account: c.account, Branch: b})
		if err != nil {
			return nil, err
		}
		all = append(all, StoredBranch{ID: endpoints.NewID(), SessionID: c.id, Body: raw})
	}
	return all, nil
}

// started runs the branches beside the chat, once they are kept. Their lines have a journal of
// their own: the chat's goes from server to server.
func (c *chat) started(stored []StoredBranch) {
	for i, b := range slices.Clone(c.branches) {
		then := c.frozen()
		rec := c.journal.snapshot()
		rec.Log = nil
		then.journal = resumed(c.s.writer, &c.s.events, rec)
		c.s.stats.branches.Add(1)
		c.s.start(then, func() { then.runBranch(stored[i].ID, b) })
	}
	c.branches = nil
}

// send writes to the party of the chat.
func (c *chat) send(ctx context.Context, text string) error {
	m, out, err := c.answer(text, nil)
	if err != nil {
		return err
	}
	return c.write(ctx, OutMessage{Message: m, Outbound: out})
}

// write keeps what is to be sent until it is saved with all that led to it.
func (c *chat) write(_ context.Context, m OutMessage) error {
	c.out = append(c.out, m)
	return nil
}

// answer is a message to the party, by the way that his last one came.
func (c *chat) answer(text string, files []endpoints.MessageFile) (*endpoints.Message, *endpoints.Outbound, error) {
	m := &endpoints.Message{
		AccountID: c.account, CustomerID: c.kept.CustomerID, EndpointID: c.kept.EndpointID, SessionID: c.id, Channel: c.kept.Channel,
		OtherAddress: c.kept.OtherAddress, OtherName: c.kept.OtherName, Sender: c.endpoint.DisplayName, Text: text, Files: files, Route: c.kept.Route,
	}
	out, err := post(m)
	return m, out, err
}
