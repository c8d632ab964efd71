package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
)

const (
	// maxTakenUp branches of dead servers run at once.
	maxTakenUp = 50
	// maxTries is how often a branch is taken over: one that takes the server
	// down with it must not do so for ever.
	maxTries = 2
)

// branchBody is a branch as it is stored: with whom of the call it may ask.
type branchBody struct {
	Account string      `json:"account"`
	Caller  string      `json:"caller,omitempty"` // ids of users
	Taker   string      `json:"taker,omitempty"`
	Branch  flow.Branch `json:"branch"`
}

// keep stores a branch of the call.
func (c *call) keep(s StoredBranch, b flow.Branch) error {
	body := branchBody{Account: c.account, Branch: b}
	if c.caller != nil {
		body.Caller = c.caller.ID
	}
	if c.taker != nil {
		body.Taker = c.taker.ID
	}
	var err error
	s.SessionID = c.id
	if s.Body, err = json.Marshal(body); err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), storeTime)
		defer cancel()
		err = c.s.Store.PutBranch(ctx, s)
	}
	if err != nil {
		c.s.log().Error("an asynchronous branch can't be kept; it is lost if the server dies before its end", zap.String("session", c.id),
			zap.String("transition", b.Transition), zap.Error(err))
	}
	return err
}

// forgetBranch removes a branch that has ended: a store that is away is tried again.
func (s *Switchboard) forgetBranch(id string) {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), storeTime)
		err := s.Store.DeleteBranch(ctx, id)
		cancel()
		if err == nil {
			return
		}
		t := time.NewTimer(retryAfter)
		select {
		case <-t.C:
		case <-s.after.Done():
			t.Stop()
			s.log().Error("a branch that has ended can't be forgotten: the next start takes it up again", zap.String("branch", id), zap.Error(err))
			return
		}
	}
}

// arming is a branch that waits for a recording.
type arming struct {
	id     string
	branch flow.Branch
	stored chan struct{} // closed when that has been tried
}

// awaited names a branch that waits.
type awaited struct{ file, transition string }

// arm stores the branch that the recording in the making will start, should the
// server die before that; disarm takes it back, and branch takes it over. The
// flow does not wait for the store.
func (c *call) arm(file, transition string, outputs map[string]flow.Value) *arming {
	if c.running == nil {
		return nil
	}
	all := map[string]flow.Value{"File": flow.Text(file)}
	if outputs != nil {
		all = outputs
	}
	b, ok := c.running.Pending(transition, all)
	if !ok {
		return nil
	}
	b.Session.RecordingFileID = file
	a := &arming{endpoints.NewID(), b, make(chan struct{})}
	then := c.frozen()
	c.s.start(then, func() {
		defer close(a.stored)
		then.keep(StoredBranch{ID: a.id, FileID: file}, b) //nolint:errcheck // it is logged
	})
	c.awaits(file, a)
	return a
}

// awaits has branch take over a when it fires.
func (c *call) awaits(file string, all ...*arming) {
	for _, a := range all {
		if c.armed == nil {
			c.armed = map[awaited]*arming{}
		}
		c.armed[awaited{file, a.branch.Transition}] = a
	}
}

// leads tells whether a branch leaves the node at work by a transition.
func (c *call) leads(transition string) bool {
	if c.running == nil {
		return false
	}
	_, ok := c.running.Pending(transition, nil)
	return ok
}

func (c *call) disarm(t *tape) {
	for _, a := range t.armed {
		delete(c.armed, awaited{t.file.ID, a.branch.Transition})
		c.s.start(c.frozen(), func() {
			<-a.stored
			c.s.forgetBranch(a.id)
		})
	}
}

// takeUp runs what dead servers had not done: each branch goes on in its
// session's log, as if nothing had been.
func (s *Switchboard) takeUp() {
	free := make(chan struct{}, maxTakenUp)
	for s.after.Err() == nil {
		taken, err := s.Store.TakeBranches(s.after, maxTakenUp)
		if err != nil {
			if s.after.Err() == nil {
				s.log().Error("the branches that the last run left can't be read; they are tried at the next start", zap.Error(err))
			}
			return
		}
		if len(taken) == 0 {
			return
		}
		for _, b := range taken {
			select {
			case free <- struct{}{}:
			case <-s.after.Done():
				return // what is left is ours, and so the next start's
			}
			if !s.resume(b, func() { <-free }) {
				<-free
			}
		}
	}
}

// resume starts a branch that was taken over; false: it does not run.
func (s *Switchboard) resume(kept StoredBranch, done func()) bool {
	ctx, cancel := context.WithTimeout(s.after, storeTime)
	defer cancel()
	c, b, err := s.restore(ctx, kept)
	switch {
	case errors.Is(err, errLater):
		return false
	case err != nil:
		s.log().Error("an asynchronous branch of the last run can't go on", zap.String("session", kept.SessionID), zap.Error(err))
		if c != nil {
			c.journal.say("Branch %q can't go on: %s", b.Transition, err)
		}
		s.forgetBranch(kept.ID)
		return false
	}
	c.journal.say("Branch %q goes on: the server has started again", b.Transition)
	s.stats.branches.Add(1)
	s.start(c, func() {
		defer done()
		if kept.FileID != "" { // it waits for nothing any more
			c.keep(StoredBranch{ID: kept.ID, Tries: kept.Tries}, *b) //nolint:errcheck // it is logged, and the branch runs all the same
		}
		c.runBranch(kept.ID, *b)
	})
	return true
}

// errLater: nothing can be said of a branch now, but at the next start.
var errLater = errors.New("later")

// restore makes the call of a stored branch anew, as far as a branch needs it.
func (s *Switchboard) restore(ctx context.Context, kept StoredBranch) (*call, *flow.Branch, error) {
	var body branchBody
	if err := json.Unmarshal(kept.Body, &body); err != nil {
		return nil, nil, err
	}
	b := &body.Branch
	rec, err := s.Store.Record(ctx, kept.SessionID)
	if err != nil {
		return nil, b, s.orLater(err, "its session is gone")
	}
	c := &call{s: s, id: rec.ID, account: body.Account, journal: resumed(s.writer, &s.events, rec)}
	if kept.Tries > maxTries {
		return c, b, fmt.Errorf("the server has failed %d times while it ran", maxTries)
	}
	if kept.FileID != "" {
		f, err := s.Store.File(ctx, kept.FileID)
		if err != nil {
			return c, b, s.orLater(err, "its recording was not kept")
		}
		if n, ok := b.State.Frames[len(b.State.Frames)-1].Nodes[b.From]; ok {
			n.Values["Duration"] = flow.Number(f.RecordingDuration.Round(100 * time.Millisecond).Seconds())
		}
	}
	if c.settings, err = s.cache.settingsOf(ctx, c.account); err != nil {
		return c, b, s.orLater(err, "its account is gone")
	}
	c.clock = newClock(c.settings)
	for _, of := range []struct {
		id string
		to **endpoints.Endpoint
	}{{b.Session.EndpointID, &c.endpoint}, {body.Caller, &c.caller}, {body.Taker, &c.taker}} {
		if of.id == "" {
			continue
		}
		if *of.to, err = s.cache.endpoint(ctx, of.id); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return c, b, s.orLater(err, "")
		}
	}
	if c.customers, err = s.cache.customerLine(ctx, b.Session.CustomerID); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, b, s.orLater(err, "")
	}
	root := b.State.Frames[0]
	p, err := s.cache.version(ctx, root.FlowID, root.Version)
	if err != nil {
		return c, b, s.orLater(err, "its flow is gone")
	}
	if p.program == nil || p.account != c.account {
		return c, b, errors.New("its flow can't run")
	}
	c.program, c.flow = p.program, &flow.Flow{ID: root.FlowID, Version: root.Version, Name: p.name}
	return c, b, nil
}

// orLater is what became of something that a branch needs: what is gone is gone,
// but a store that is away is not.
func (s *Switchboard) orLater(err error, gone string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New(gone)
	}
	s.log().Error("an asynchronous branch of the last run waits for the next start", zap.Error(err))
	return errLater
}
