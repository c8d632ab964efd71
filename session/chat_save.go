package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"ringflow/endpoints"
)

// save keeps what was done since the last save, all of it or nothing. The store may be away for
// a moment; after that the work is done again by whoever claims the chat.
func (c *chat) save(s ChatSave) error {
	s.ID, s.Claim, s.SessionID, s.Out, s.Closed = c.kept.ID, c.kept.Claim, c.id, c.out, c.over()
	s.WaitUntil, s.Hold = c.until(), c.held()
	s.InRoom = c.kept.RoomID
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
		others, lines := beside(c.heard)
		s.Branches, s.Others = append(slices.Clone(stored), others...), lines
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
	begin(c.heard)
	c.s.tellUsers(c.out)
	c.out, c.heard, c.opened, c.kept.RoomID = nil, nil, nil, c.room
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
		then.journal.before = c.body.Lines
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
