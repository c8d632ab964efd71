package session

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
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
	heard    []*heard // by the flows of others in its room, since it was saved
	room     string
	opened   *ChatRoom // by the run, to be written with it; nil: none
	broken   error     // why its flow can't run
	unheard  string    // of the message at work: that it couldn't
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
	if c.body.Record == nil || !c.ownSession() { // of a member of a room, whose session is the room's: others write it, too
		rec, err := s.Store.Record(ctx, kept.SessionID)
		if errors.Is(err, fs.ErrNotExist) { // was deleted
			return c, c.anew(ctx)
		}
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

// ownSession tells that the chat's session began with its party.
func (c *chat) ownSession() bool {
	rec := c.body.Record
	return rec.EndpointID == c.kept.EndpointID && otherOf(rec) == c.kept.OtherAddress
}

// anew gives the chat a session for the message that waits.
func (c *chat) anew(ctx context.Context) error {
	if len(c.kept.Messages) == 0 {
		return errNoChat
	}
	ep, err := c.s.cache.endpoint(ctx, c.kept.EndpointID)
	if errors.Is(err, fs.ErrNotExist) {
		return errNoChat
	}
	if err != nil {
		return err
	}
	settings, err := c.s.cache.settingsOf(ctx, c.account)
	if err != nil {
		return err
	}
	o, err := c.s.opening(ctx, c.kept.Messages[0], ep, settings)
	if err != nil {
		return err
	}
	if o == nil {
		return errNoChat
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
		room, err := c.roomNow()
		if err != nil {
			return err
		}
		if c.held() || c.over() { // what comes after the end begins a session of its own
			break
		}
		if err := c.run(m, room); err != nil {
			return err
		}
		last := i == len(waiting)-1 || c.held() || c.over()
		if err := c.save(ChatSave{Done: []string{m.ID}, Unheard: c.unheard, Release: last}); err != nil || last {
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

// rest leaves the messages of a chat for people to read, as no session can be opened for them.
func (c *chat) rest(ctx context.Context) error {
	save := ChatSave{ID: c.kept.ID, Claim: c.kept.Claim, Release: true}
	for _, m := range c.kept.Messages {
		save.Done = append(save.Done, m.ID)
	}
	c.s.log().Info("no flow runs any more for messages that waited", zap.String("endpoint", c.kept.EndpointID), zap.Int("messages", len(save.Done)))
	err := c.s.Store.SaveChat(ctx, save)
	if errors.Is(err, fs.ErrNotExist) {
		return errClaimLost
	}
	return err
}

// giveUp ends the execution of a message that has taken the server down with it too often.
func (c *chat) giveUp(waiting []*endpoints.Message) error {
	save := ChatSave{Release: true}
	if len(waiting) > 0 {
		save.Done, save.Unheard = []string{waiting[0].ID}, unheard
	}
	c.forget()
	c.journal.say("Given up: the server has failed %d times while the flow ran", chatTries)
	c.journal.update(func(r *Record) { r.Outcome = Error })
	return c.save(save)
}
