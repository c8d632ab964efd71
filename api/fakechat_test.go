package api

import (
	"context"
	"fmt"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
)

// What people do with messages: the fake notes it, and keeps what is written.

// asks notes what is asked, and refuses as the test wants.
func (c *fakeCalls) asks(by session.Asker, format string, args ...any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return c.refuse
	}
	who := by.Name
	if by.User != nil {
		who = by.User.ID
	}
	c.verbs = append(c.verbs, who+": "+fmt.Sprintf(format, args...))
	return nil
}

func (c *fakeCalls) Write(ctx context.Context, by session.Asker, w session.Writing) (*endpoints.Message, error) {
	m := &endpoints.Message{Entity: endpoints.Entity{ID: w.ID}, Channel: endpoints.WebChat, OtherAddress: w.To, Text: w.Text, Subject: w.Subject, Files: w.Files, Sender: by.Name}
	if m.ID == "" {
		m.ID = endpoints.NewID()
	}
	if w.Session != nil {
		m.AccountID, m.EndpointID, m.SessionID, m.OtherAddress = w.Session.AccountID, w.Session.EndpointID, w.Session.ID, w.Session.FromAddress
		if m.EndpointID == "" { // of a session that no endpoint has
			m.EndpointID, m.AccountID = c.writer(ctx, w.Session.AccountID)
		}
	} else {
		m.AccountID, m.CustomerID, m.EndpointID = w.Endpoint.AccountID, w.Endpoint.CustomerID, w.Endpoint.ID
	}
	if err := c.asks(by, "write %q to %s with %d files", w.Text, m.OtherAddress, len(w.Files)); err != nil {
		return nil, err
	}
	if _, err := c.store.PutMessage(ctx, m, nil); err != nil {
		return nil, err
	}
	return c.store.Message(ctx, m.ID)
}

// writer is an endpoint of the account.
func (c *fakeCalls) writer(ctx context.Context, account string) (id, owner string) {
	all, _, err := c.store.Endpoints(ctx, endpoints.EndpointFilter{AccountIDs: []string{account}})
	if err != nil || len(all) == 0 {
		return "", account
	}
	return all[0].ID, account
}

func (c *fakeCalls) OpenChat(_ context.Context, by session.Asker, w session.Writing) (*session.Record, error) {
	if err := c.asks(by, "chat with %s from %s: %q", w.To, w.Endpoint.DisplayName, w.Text); err != nil {
		return nil, err
	}
	return &session.Record{ID: endpoints.NewID(), AccountID: w.Endpoint.AccountID, EndpointID: w.Endpoint.ID, Channel: string(flow.Chat), Direction: session.Outgoing, CallState: session.Connected, ToAddress: w.To, Started: time.Now().UTC(), Revision: 1}, nil
}

func (c *fakeCalls) EndChat(_ context.Context, rec *session.Record, by session.Asker) error {
	return c.asks(by, "end chat %s", rec.ID)
}

func (c *fakeCalls) InviteToChat(_ context.Context, rec *session.Record, by session.Asker, member string) error {
	return c.asks(by, "invite %s to %s", member, rec.ID)
}

func (c *fakeCalls) RemoveFromChat(_ context.Context, rec *session.Record, by session.Asker, member string) error {
	return c.asks(by, "remove %s from %s", member, rec.ID)
}

func (c *fakeCalls) ChatMembers(_ context.Context, rec *session.Record) ([]session.Member, error) {
	return c.members[rec.ID], nil
}

func (c *fakeCalls) Receive(ctx context.Context, m *endpoints.Message) error {
	e, err := c.store.Endpoint(ctx, m.EndpointID)
	if err != nil {
		return err
	}
	m.AccountID, m.CustomerID = e.AccountID, e.CustomerID
	rec := &session.Record{
		ID: endpoints.NewID(), AccountID: e.AccountID, EndpointID: e.ID, Channel: string(flow.Chat), Direction: session.Incoming, CallState: session.Connected,
		FromAddress: m.OtherAddress, FromName: m.OtherName, Started: time.Now().UTC(),
	}
	_, err = c.store.ReceiveMessage(ctx, m, &session.Opening{Record: rec, Body: []byte(`{}`)})
	return err
}
