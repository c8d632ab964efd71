package api

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// pongWait is how long a listener may take to answer a ping, or to take what is sent.
const pongWait = 20 * time.Second

// socket is a WebSocket (RFC 6455): a message for each event, and none from who listens.
type socket struct {
	c    *websocket.Conn
	ctx  context.Context // ends with the connection
	stop func() bool     // whoever takes nothing when the server stops is cut off
}

func (s *Server) openSocket(w http.ResponseWriter, r *http.Request) (wire, error) {
	// The origin has been looked at: sameSite.
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return nil, nil //nolint:nilnil // it has been answered
	}
	c.SetReadLimit(1 << 10)
	o := &socket{c: c, ctx: c.CloseRead(context.WithoutCancel(r.Context()))}
	o.stop = context.AfterFunc(s.open, func() {
		t := time.NewTimer(lastWords)
		defer t.Stop()
		select {
		case <-t.C:
			_ = c.CloseNow()
		case <-o.ctx.Done():
		}
	})
	return o, nil
}

func (o *socket) send(_, _ string, data []byte) error {
	ctx, cancel := context.WithTimeout(o.ctx, pongWait)
	defer cancel()
	if err := o.c.Write(ctx, websocket.MessageText, data); err != nil {
		_ = o.c.CloseNow() // it may be there still, and take nothing
		return err
	}
	return nil
}

func (o *socket) alive() error {
	ctx, cancel := context.WithTimeout(o.ctx, pongWait)
	defer cancel()
	if err := o.c.Ping(ctx); err != nil {
		_ = o.c.CloseNow()
		return err
	}
	return nil
}

func (o *socket) gone() <-chan struct{} { return o.ctx.Done() }

func (o *socket) free() {
	o.stop()
	_ = o.c.CloseNow()
}

func (o *socket) close(why string) { _ = o.c.Close(websocket.StatusGoingAway, why) }
