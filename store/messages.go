package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// messageRow is one message. What it says is sealed, as in the outbox: people's messages.
type messageRow struct {
	bun.BaseModel `bun:"table:messages,alias:m"`
	entity
	AccountID    string `bun:"account_id"`
	CustomerID   string `bun:"customer_id"`
	EndpointID   string `bun:"endpoint_id"`
	ChatID       string `bun:"chat_id"`
	SessionID    string `bun:"session_id"`
	Seq          int64  `bun:"seq"` // in the chat
	Channel      string `bun:"channel"`
	Direction    string `bun:"direction"`
	OtherAddress string `bun:"other_address"`
	OtherName    string `bun:"other_name"`
	Sender       string `bun:"sender"`
	SenderID     string `bun:"sender_id"`
	Destination  string `bun:"destination"`
	Key          string `bun:"message_key"`
	RemoteID     string `bun:"remote_id"`
	State        string `bun:"state"`
	Error        string `bun:"error"`
	Segments     int    `bun:"segments"`
	Unread       bool   `bun:"unread"`
	Auto         bool   `bun:"auto"`
	Waits        bool   `bun:"waits"` // for its flow to run
	Date         int64  `bun:"date"`
	Revision     int64  `bun:"revision"`
	Body         string `bun:"body"` // sealed: messageBody as JSON
}

type messageBody struct {
	Subject string                  `json:"subject,omitempty"`
	Text    string                  `json:"text,omitempty"`
	Files   []endpoints.MessageFile `json:"files,omitempty"`
	Route   json.RawMessage         `json:"route,omitempty"`
	Facts   map[string]string       `json:"facts,omitempty"`
}

func (s *Store) messageRow(m *endpoints.Message) *messageRow {
	key := m.Key
	if key == "" {
		key = m.ID
	}
	body := text(messageBody{m.Subject, m.Text, m.Files, m.Route, m.Facts})
	return &messageRow{
		entity: fromEntity(m.Entity), AccountID: m.AccountID, CustomerID: m.CustomerID, EndpointID: m.EndpointID, SessionID: m.SessionID,
		Channel: string(m.Channel), Direction: m.Direction, OtherAddress: m.OtherAddress, OtherName: m.OtherName, Sender: m.Sender, SenderID: m.SenderID,
		Destination: m.Destination, Key: key, RemoteID: m.RemoteID, State: string(m.State), Error: m.Error, Segments: m.Segments, Unread: m.Unread, Auto: m.Auto,
		Date: micros(m.Date), Revision: 1, Body: s.seal.close("messages/"+m.ID, body),
	}
}

func (s *Store) message(r *messageRow) (*endpoints.Message, error) {
	m := &endpoints.Message{
		Entity: r.entity.entity(), AccountID: r.AccountID, CustomerID: r.CustomerID, EndpointID: r.EndpointID, SessionID: r.SessionID,
		Channel: endpoints.Channel(r.Channel), Direction: r.Direction, OtherAddress: r.OtherAddress, OtherName: r.OtherName, Sender: r.Sender, SenderID: r.SenderID,
		Destination: r.Destination, Key: r.Key, RemoteID: r.RemoteID, State: endpoints.MessageState(r.State), Error: r.Error, Segments: r.Segments,
		Unread: r.Unread, Auto: r.Auto, Date: fromMicros(r.Date),
	}
	m.Revision = r.Revision
	if m.Key == m.ID {
		m.Key = ""
	}
	var body messageBody
	raw, err := s.seal.open("messages/"+r.ID, r.Body)
	if err == nil {
		err = fromText("message "+r.ID, raw, &body)
	}
	m.Subject, m.Text, m.Files, m.Route, m.Facts = body.Subject, body.Text, body.Files, body.Route, body.Facts
	return m, err
}

func (s *Store) readable(rows []*messageRow) ([]*endpoints.Message, error) {
	out := make([]*endpoints.Message, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = s.message(r); err != nil { // one that can't be read hides no others
			out[i].Error = shorten(err.Error())
		}
	}
	return out, nil
}

// Message is the message with this id.
func (s *Store) Message(ctx context.Context, id string) (*endpoints.Message, error) {
	var r messageRow
	if err := s.r.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, one(err, "message", id)
	}
	return s.message(&r)
}

var messageSorting = entities.and(map[string]string{"otherAddress": "other_address", "sender": "sender", "direction": "direction", "state": "state", "channel": "channel", "otherName": "other_name"}).
	with(numbers(map[string]string{"date": "date", "isUnread": "unread", "segments": "segments"}))

// Messages lists messages, and counts them: the newest first, unless something else is wanted.
func (s *Store) Messages(ctx context.Context, f endpoints.MessageFilter) ([]*endpoints.Message, int, error) {
	var rows []*messageRow
	q := s.r.NewSelect().Model(&rows)
	in(q, "account_id", f.AccountIDs)
	below(q, "customer_id", f.CustomerIDs, false)
	in(q, "endpoint_id", f.EndpointIDs)
	in(q, "session_id", f.SessionIDs)
	if len(f.SessionIDs) > 0 {
		q.Where("session_id <> ''") // as its index has it
	}
	ofConversations(q, f.ConversationIDs)
	if f.Unread != nil {
		q.Where("unread = ?", *f.Unread)
	}
	if !f.After.IsZero() {
		q.Where("date > ?", micros(f.After))
	}
	if f.SortField == "" {
		f.SortField = "date"
		if f.SortOrder == "" && !f.OlderFirst {
			f.SortOrder = endpoints.Descend
		}
	}
	total, err := s.page(ctx, q, f.List, messageSorting)
	if err != nil {
		return nil, 0, err
	}
	out, err := s.readable(rows)
	return out, total, err
}

// MarkRead notes that somebody has looked at messages, or that nobody has; it says how
// many that changed. Scope it by account first. endpoints.At may bind it to a revision of one.
func (s *Store) MarkRead(ctx context.Context, ids []string, read bool) (n int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	if len(ids) > maxIDs {
		return 0, invalid("ids", "are %d; %d are allowed", len(ids), maxIDs)
	}
	err = s.together(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := hold(ctx, tx, chatsOfMessages(tx, ids)); err != nil {
			return err
		}
		for _, id := range ids {
			if err := checkAt(ctx, tx, "messages", "message", id); err != nil {
				return err
			}
		}
		res, err := tx.NewUpdate().TableExpr("messages").Set("revision = revision + 1").Set("unread = ?", !read).Set("modified = ?", micros(time.Now())).
			Where("id IN (?) AND unread = ?", bun.In(ids), read).Exec(ctx)
		if err != nil {
			return err
		}
		rows, err := res.RowsAffected()
		if n = int(rows); err != nil || n == 0 {
			return err
		}
		return chatsChanged(ctx, tx, ids)
	})
	return n, err
}

// chatsOfMessages are the conversations that these messages are of. Who changes messages holds those first.
func chatsOfMessages(tx bun.Tx, ids []string) *bun.SelectQuery {
	return tx.NewSelect().TableExpr("chats").Where("id IN (?)", tx.NewSelect().TableExpr("messages").Column("chat_id").Where("id IN (?)", bun.In(ids)))
}

// chatsChanged counts a change of these messages as one of their conversations.
func chatsChanged(ctx context.Context, tx bun.Tx, ids []string) error {
	_, err := tx.NewUpdate().TableExpr("chats").Set("revision = revision + 1").
		Where("id IN (?)", tx.NewSelect().TableExpr("messages").Column("chat_id").Where("id IN (?)", bun.In(ids))).Exec(ctx)
	return err
}
