// Package bot lets people write to a bot of the Bot Framework, in Teams, Skype and whatever
// else it connects, and on web pages of one's own, and answers them.
//
// The framework posts activities to /bot/{endpointId}/messages, each with a token
// (JWT) of the framework's, made for the bot's application. Answers go to the
// service that the activity names, which must be one of the framework's own: a
// token of the bot's goes along.
//
// Who is spoken to. What one person writes to the bot alone is one chat, whose address is the
// conversation's id; in a group or a channel each person who speaks to the bot has a chat
// of his own, conversation/person. Answers are replies to what was written last.
//
// A web page talks to /directline/{endpointId}/v3/directline, which is the framework's
// Direct Line served by this server itself (directline.go): the messages wait in the store, and nothing
// of it leaves the house.
package bot

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/service"
)

// Where the Bot Framework is.
const (
	OpenID = "https://login.botframework.com/v1/.well-known/openidconfiguration"
	Login  = "https://login.microsoftonline.com"
)

const (
	maxBody  = 1 << 20
	callTime = 20 * time.Second // for one call of a service
	// patience is how long the framework is let wait; after 15 s it gives up.
	patience = 10 * time.Second
)

// Bots knows the endpoints; *store.Store does.
type Bots interface {
	Endpoint(ctx context.Context, id string) (*endpoints.Endpoint, error)
}

// Chats has what was exchanged; *store.Store does.
type Chats interface {
	MessagesAfter(ctx context.Context, endpointID, otherAddress string, seq int64, most int) (all []*endpoints.Message, last int64, err error)
}

// Blobs has the bytes of files.
type Blobs interface {
	Open(id string) (io.ReadSeekCloser, int64, error)
}

// Adapter is the way in and out. Set the fields; Close ends it.
type Adapter struct {
	Bots  Bots
	Inbox endpoints.Inbox
	Chats Chats
	Blobs Blobs
	// Transport decides which addresses may be reached.
	Transport http.RoundTripper
	// OpenID and Login are where tokens are described and made, Services the hosts (with
	// a port, if it isn't the usual one) of services beside the framework's. Empty: the real ones, and
	// none. Only the operator says others.
	OpenID, Login string
	Services      []string
	// PublicURL is how the world reaches this server: files that are sent lie there. Empty: small
	// ones go within the message, and others not at all.
	PublicURL string
	Log       *zap.Logger

	events   service.Events
	typists  service.Events
	typing   typing
	patience service.Patience
	keys     keyring
	tokens   tokens
	rates    rates
	once     sync.Once
	client   *http.Client
}

func (a *Adapter) log() *zap.Logger {
	if a.Log == nil {
		return zap.NewNop()
	}
	return a.Log
}

func (a *Adapter) http() *http.Client {
	a.once.Do(func() { a.client = service.Client(a.Transport, callTime) })
	return a.client
}

func (a *Adapter) openID() string {
	if a.OpenID == "" {
		return OpenID
	}
	return a.OpenID
}

func (a *Adapter) login() string {
	if a.Login == "" {
		return Login
	}
	return strings.TrimSuffix(a.Login, "/")
}

// Handler serves /bot/{endpointId}.
func (a *Adapter) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /bot/{endpointId}/messages", a.serve)
	mux.HandleFunc("GET /bot/{endpointId}/files/{fileId}", a.serveFile)
	return mux
}

// Close ends what is being received, and waits for it.
func (a *Adapter) Close() {
	a.events.Close()
	a.typists.Close()
	a.http().CloseIdleConnections()
}
