package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/service"
)

const (
	// silence is how long Slack, which pings every few seconds, may say nothing.
	silence = 2 * time.Minute
	// Between two tries to connect; a connection that was up for steady begins anew.
	shortestPause, longestPause, steady = time.Second, 5 * time.Minute, 30 * time.Second
)

// listen is connected until ctx ends.
func (a *Adapter) listen(ctx context.Context, endpointID string) {
	pause, told := shortestPause, false
	for ctx.Err() == nil {
		begun := time.Now()
		err := a.connection(ctx, endpointID)
		if ctx.Err() != nil {
			return
		}
		if time.Since(begun) > steady {
			pause, told = shortestPause, false
		}
		moved := errors.Is(err, errRefresh)
		if moved && time.Since(begun) > shortestPause {
			continue
		}
		if !moved {
			a.Links.Note(endpoints.LinkSocketMode, endpointID, "", err)
		}
		if !told && !moved {
			a.log().Warn("a Slack bot isn't connected; it is tried again", zap.String("endpoint", endpointID), zap.Error(err))
			told = true
		}
		timer := time.NewTimer(time.Duration(float64(pause) * (0.8 + 0.4*rand.Float64())))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		pause = min(2*pause, longestPause)
	}
}

// errRefresh tells that Slack wants a new connection.
var errRefresh = errors.New("Slack asks for a new connection")

// connection is one connection's life.
func (a *Adapter) connection(ctx context.Context, endpointID string) error {
	e, err := a.Bots.Endpoint(ctx, endpointID)
	if err != nil {
		return err
	}
	asked, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	_, address, err := a.slack(e.Bot).StartSocketModeContext(asked)
	if err != nil {
		return err
	}
	if !a.slackSocket(address) {
		return errors.New("the address that the connection should go to isn't Slack's")
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	quiet := time.AfterFunc(silence, func() { stop(errors.New("Slack has been silent for too long")) })
	defer quiet.Stop()
	conn, _, err := websocket.Dial(asked, address, &websocket.DialOptions{HTTPClient: service.Client(a.Transport, 0), OnPingReceived: func(context.Context, []byte) bool {
		quiet.Reset(silence)
		return true
	}})
	if err != nil {
		return hideAddress(err)
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxBody)
	a.Links.Note(endpoints.LinkSocketMode, endpointID, "", nil)
	for {
		_, raw, err := conn.Read(ctx)
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			return err
		}
		quiet.Reset(silence)
		if err := a.envelope(ctx, conn, endpointID, raw); err != nil {
			return err
		}
	}
}

// hideAddress takes the address off an error: it has a ticket in it.
func hideAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("the connection can't be made: %w", err)
}

// slackSocket tells whether an address is Slack's own.
func (a *Adapter) slackSocket(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	if a.base() == API {
		return u.Scheme == "wss" && strings.HasSuffix(strings.ToLower(u.Host), ".slack.com")
	}
	api, err := url.Parse(a.API)
	return err == nil && strings.EqualFold(u.Host, api.Host)
}

// envelope takes what Slack sent, one after the other, so that messages stay in their order.
// Only what was taken for good is acknowledged; the rest comes again.
func (a *Adapter) envelope(ctx context.Context, conn *websocket.Conn, endpointID string, raw []byte) error {
	var in struct {
		Type    string          `json:"type"`
		ID      string          `json:"envelope_id"`
		Reason  string          `json:"reason"`
		Payload json.RawMessage `json:"payload"`
		Again   int             `json:"retry_attempt"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return fmt.Errorf("Slack sent what is no JSON: %w", err)
	}
	switch {
	case in.Type == "disconnect" && in.Reason == "link_disabled":
		return errors.New("Socket Mode is switched off for this application")
	case in.Type == "disconnect" && in.Reason != "warning":
		return errRefresh
	case in.ID == "":
		return nil // hello, a warning
	}
	e, err := a.Bots.Endpoint(ctx, endpointID)
	if err == nil && in.Type == "events_api" && e.Bot != nil {
		err = a.event(ctx, e, in.Payload, in.Again)
	}
	if err != nil && !(e != nil && a.hopeless(e, err)) {
		a.failed(&endpoints.Endpoint{Entity: endpoints.Entity{ID: endpointID}}, err)
		return nil
	}
	ack, err := json.Marshal(map[string]string{"envelope_id": in.ID})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, ack)
}
