package slacktest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// Socket is a connection of Socket Mode that a bot has opened.
type Socket struct {
	conn *websocket.Conn
	acks chan string
	over chan struct{}
	once sync.Once
}

func (s *Server) open() []*Socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sockets)
}

// Connection is the next one that a bot opens.
func (s *Server) Connection(ctx context.Context) (*Socket, error) {
	select {
	case c := <-s.came:
		return c, nil
	case <-ctx.Done():
		return nil, errors.New("no bot connects")
	}
}

func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	c := &Socket{conn: conn, acks: make(chan string, 100), over: make(chan struct{})}
	defer close(c.over)
	s.mu.Lock()
	s.sockets = append(s.sockets, c)
	s.mu.Unlock()
	if conn.Write(r.Context(), websocket.MessageText, []byte(`{"type":"hello","num_connections":1,"debug_info":{"host":"test"}}`)) != nil {
		return
	}
	s.came <- c
	for {
		_, raw, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var ack struct {
			ID string `json:"envelope_id"`
		}
		if json.Unmarshal(raw, &ack) == nil && ack.ID != "" {
			c.acks <- ack.ID
		}
	}
}

// Send sends a frame as it is.
func (c *Socket) Send(ctx context.Context, frame string) error {
	return c.conn.Write(ctx, websocket.MessageText, []byte(frame))
}

// Tell sends an event in an envelope.
func (c *Socket) Tell(ctx context.Context, envelope string, again int, body []byte) error {
	raw, err := json.Marshal(map[string]any{"type": "events_api", "envelope_id": envelope, "accepts_response_payload": false, "retry_attempt": again, "payload": json.RawMessage(body)})
	if err != nil {
		return err
	}
	return c.Send(ctx, string(raw))
}

// Ack is the next envelope that the bot has acknowledged; empty: none within a time.
func (c *Socket) Ack(within time.Duration) string {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case id := <-c.acks:
		return id
	case <-timer.C:
		return ""
	}
}

// Closed is closed once the bot, or Close, has ended the connection.
func (c *Socket) Closed() <-chan struct{} { return c.over }

// Close ends the connection without a word.
func (c *Socket) Close() {
	c.once.Do(func() { _ = c.conn.CloseNow() })
	<-c.over
}
