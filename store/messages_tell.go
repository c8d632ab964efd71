package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// messageTold is a message as webhooks are told of it.
type messageTold struct {
	ID             string                  `json:"id"`
	ConversationID string                  `json:"conversationId"`
	SessionID      string                  `json:"sessionId,omitempty"`
	EndpointID     string                  `json:"endpointId"`
	CustomerID     string                  `json:"customerId,omitempty"`
	Channel        endpoints.Channel       `json:"channel"`
	Direction      string                  `json:"direction"`
	OtherAddress   string                  `json:"otherAddress"`
	OtherName      string                  `json:"otherName,omitempty"`
	Sender         string                  `json:"sender,omitempty"`
	SenderUserID   string                  `json:"senderUserId,omitempty"`
	Subject        string                  `json:"subject,omitempty"`
	Text           string                  `json:"text,omitempty"`
	Files          []endpoints.MessageFile `json:"files,omitempty"`
	State          endpoints.MessageState  `json:"state"`
	Error          string                  `json:"error,omitempty"`
	Segments       int                     `json:"segments,omitempty"`
	IsAutomatic    bool                    `json:"isAutomatic,omitempty"`
	Date           time.Time               `json:"date"`
}

// tellMessages puts what has become of messages into the outbox for webhooks: an incoming
// one has come, an outgoing one has a new state.
func (s *Store) tellMessages(ctx context.Context, tx bun.Tx, all ...*endpoints.Message) (bool, error) {
	var events []told
	for _, m := range all {
		e := told{account: m.AccountID, kind: endpoints.MessageCame, about: m.ID, at: m.DateCreated, data: messageTold{
			ID: m.ID, ConversationID: endpoints.ConversationID(m.EndpointID, m.OtherAddress), SessionID: m.SessionID, EndpointID: m.EndpointID, CustomerID: m.CustomerID,
			Channel: m.Channel, Direction: m.Direction, OtherAddress: m.OtherAddress, OtherName: m.OtherName, Sender: m.Sender, SenderUserID: m.SenderID,
			Subject: m.Subject, Text: m.Text, Files: m.Files, State: m.State, Error: m.Error, Segments: m.Segments, IsAutomatic: m.Auto, Date: m.Date.UTC(),
		}}
		if m.Direction == endpoints.MessageOut {
			e.kind, e.about, e.at = endpoints.MessageChanged, messageAbout(m.ID, m.State), time.Now()
		}
		events = append(events, e)
	}
	return s.tell(ctx, tx, events)
}

// messageAbout is an outgoing message in a state, as what an event is about.
func messageAbout(id string, state endpoints.MessageState) string { return id + "/" + string(state) }

// changedMessage reads a message whose state has changed, and tells webhooks of it.
func (s *Store) changedMessage(ctx context.Context, tx bun.Tx, id string) (*endpoints.Message, error) {
	var rows []*messageRow
	if err := s.read(ctx, tx, &rows, messageByID, id); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, unknown("message", id)
	}
	m, err := s.message(rows[0])
	if err != nil { // it can't be read any more, which is no reason to keep its state
		s.log.Error("a message can't be read, and nobody is told of its state: " + err.Error())
		return nil, nil
	}
	_, err = s.tellMessages(ctx, tx, m)
	return m, err
}

// OnMessage sets what is called after an outgoing message was kept, or has changed its state.
// It must not wait.
func (s *Store) OnMessage(f func(*endpoints.Message)) { s.onMessage.Store(&f) }

// messageChanged is called once that is on disk.
func (s *Store) messageChanged(all ...*endpoints.Message) {
	f := s.onMessage.Load()
	told := false
	for _, m := range all {
		if m == nil {
			continue
		}
		if told = true; f != nil {
			(*f)(m)
		}
	}
	if told {
		s.wakeOutbox()
	}
}
