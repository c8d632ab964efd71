// Package slack lets people write to a Slack app, and answers them.
//
// Messages come by the Events API's webhook, /slack/{endpointId}, signed with the
// app's signing secret, or by Socket Mode where the bot has an app-level token: then
// this server connects to Slack, and needs no address of its own. Both
// have the same events and the same promise: Slack is told that a message is taken
// once the inbox has it for good, and tells it again otherwise.
//
// Who is spoken to. A direct message is one chat per user, whose address is the user's
// id, U0123. In a channel the bot listens to who mentions it, and from then on to what the same
// user writes in the thread that this has begun: the chat of U0123/C0456/1700000000.000100.
// Others in that thread have a chat of their own as soon as they mention the bot; what they write to
// each other is not its business. Answers go into the thread.
//
// An event is one message by channel and timestamp, which is Slack's own name of it,
// so a mention that comes as two events is one, as is an event told twice (their event_id is the same, and so is the message's).
package slack

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/service"
)

// API is where Slack's own methods are.
const API = "https://slack.com/api/"

// callTime is how long one call of Slack's API may take.
const callTime = 20 * time.Second

// Bots knows the endpoints; *store.Store does.
type Bots interface {
	Endpoint(ctx context.Context, id string) (*endpoints.Endpoint, error)
	Endpoints(ctx context.Context, f endpoints.EndpointFilter) ([]*endpoints.Endpoint, int, error)
}

// Blobs has the bytes of files.
type Blobs interface {
	Open(id string) (io.ReadSeekCloser, int64, error)
}

// Adapter is the way in and out. Set the fields; Start begins to listen by Socket
// Mode, Close ends everything.
type Adapter struct {
	Bots  Bots
	Inbox endpoints.Inbox
	Blobs Blobs
	// Known tells whether the endpoint has ever talked with this address: only then is
	// what comes without a mention in a thread meant for it.
	Known func(ctx context.Context, endpointID, otherAddress string) (bool, error)
	// Transport decides which addresses may be reached.
	Transport http.RoundTripper
	API       string // of Slack; empty: the real one. Only the operator says another
	Log       *zap.Logger
	Links     *endpoints.Links // is told how Socket Mode is doing; nil: nobody is

	events   service.Events
	patience service.Patience
	people   people
	sockets  sockets
	once     sync.Once
	client   *http.Client
}

func (a *Adapter) log() *zap.Logger {
	if a.Log == nil {
		return zap.NewNop()
	}
	return a.Log
}

func (a *Adapter) base() string {
	if a.API == "" {
		return API
	}
	return strings.TrimSuffix(a.API, "/") + "/"
}

// slack is the API as the bot sees it.
func (a *Adapter) slack(b *endpoints.Bot) *slack.Client {
	return slack.New(b.Token, slack.OptionHTTPClient(a.http()), slack.OptionAPIURL(a.base()), slack.OptionAppLevelToken(b.AppToken))
}

func (a *Adapter) http() *http.Client {
	a.once.Do(func() { a.client = service.Client(a.Transport, callTime) })
	return a.client
}

// Close ends the connections and what is being received, and waits for them.
func (a *Adapter) Close() {
	a.sockets.close()
	a.events.Close()
	a.http().CloseIdleConnections()
}
