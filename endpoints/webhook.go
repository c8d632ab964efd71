package endpoints

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Webhooks leave as POSTs; the body is an Event, From the webhook's ID.
const Webhooks Channel = "webhook"

// EventType is what webhooks tell of.
type EventType string

const (
	SessionStarted  EventType = "session.started"
	SessionAnswered EventType = "session.answered"
	SessionEnded    EventType = "session.ended"
	SessionRinging  EventType = "session.ringing"  // a call that was asked for rings; told to its Callback
	SessionDetected EventType = "session.detected" // it is known who answered it; the same
	FileCreated     EventType = "file.created"     // a recording, or a voice message
	AgentChanged    EventType = "agent.changed"
	MessageCame     EventType = "message.received"
	MessageChanged  EventType = "message.changed" // an outgoing one was kept, or has a new state
	WebhookTest     EventType = "webhook.test"    // asked for by hand, and told to one webhook
)

// EventTypes are those that a webhook can be for.
var EventTypes = []EventType{SessionStarted, SessionAnswered, SessionEnded, FileCreated, AgentChanged, MessageCame, MessageChanged}

// Event is what a webhook is sent, as JSON.
type Event struct {
	ID        string          `json:"id"` // of what happened: the same for all webhooks and tries
	Type      EventType       `json:"type"`
	Date      time.Time       `json:"date"`
	AccountID string          `json:"accountId"`
	Data      json.RawMessage `json:"data,omitempty"`
}

// Webhook is where an account's events are sent to.
type Webhook struct {
	Entity
	AccountID string
	Name      string
	URL       string
	Events    []EventType // none: all
	Secret    string      // signs; see NewSecret
	Disabled  bool
}

// WebhookFilter chooses webhooks.
type WebhookFilter struct {
	List
	AccountIDs []string
	NameFilter string
}

const (
	// SecretMark begins every signing secret; what follows is the key in base64, as
	// the Standard Webhooks specification has it.
	SecretMark = "whsec_"
	secretSize = 32 // bytes of the key
	maxURL     = 2_000
)

// NewSecret gives w a new signing secret.
func (w *Webhook) NewSecret() {
	w.Secret = newSecret()
}

func newSecret() string {
	var b [secretSize]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return SecretMark + base64.StdEncoding.EncodeToString(b[:])
}

// outsideURL wants an address that something can be posted to.
func outsideURL(field, text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || len(text) > maxURL || text != oneLine(text) {
		return invalid(field, "%.64q isn't an address that begins with https:// or http://", text)
	}
	if u.User != nil {
		return invalid(field, "has a user name or password in it; what is sent is signed instead")
	}
	return nil
}

// Wants tells whether w is to be sent events of this type.
func (w *Webhook) Wants(t EventType) bool {
	return !w.Disabled && (len(w.Events) == 0 || slices.Contains(w.Events, t))
}

// Validate also trims.
func (w *Webhook) Validate() error {
	w.Name, w.URL = strings.TrimSpace(w.Name), strings.TrimSpace(w.URL)
	if w.Name != oneLine(w.Name) || len(w.Name) > maxText {
		return invalid("name", "%.64q isn't a line of %d bytes at most", w.Name, maxText)
	}
	if err := outsideURL("url", w.URL); err != nil {
		return err
	}
	slices.Sort(w.Events)
	w.Events = slices.Compact(w.Events)
	for _, e := range w.Events {
		if !slices.Contains(EventTypes, e) {
			return invalid("events", "%.64q is none; there are %v", e, EventTypes)
		}
	}
	return nil
}
