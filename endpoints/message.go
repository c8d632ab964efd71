package endpoints

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// The channels of messages beside Email: each is one adapter, a way in and a way out.
const (
	SIPText      Channel = "sip"    // SIP MESSAGE, RFC 3428
	SMPP         Channel = "smpp"   // SMPP 3.4
	Twilio       Channel = "twilio" // HTTP in the form of Twilio's messaging API
	HTTPText     Channel = "http"   // a plain webhook
	Slack        Channel = "slack"
	BotFramework Channel = "bot" // Bot Framework activities: Teams, Skype, Direct Line
	WebChat      Channel = "web" // the API's own: what users and visitors write through it
)

// MessageState is how far a message has come.
type MessageState string

const (
	MessageReceived  MessageState = "Received"  // incoming, and kept
	MessageQueued    MessageState = "Queued"    // outgoing, waits in the outbox
	MessageSent      MessageState = "Sent"      // the carrier has taken it over
	MessageDelivered MessageState = "Delivered" // the carrier tells that it has arrived
	MessageFailed    MessageState = "Failed"    // given up, refused, or reported lost
)

// Direction of a message, seen from us.
const (
	MessageIn  = "Incoming"
	MessageOut = "Outgoing"
)

// Message is one text, mail or post that an endpoint got or sent, whatever the channel.
type Message struct {
	Entity
	AccountID  string
	CustomerID string
	EndpointID string // whose it is: the number, the address, the bot, the user
	SessionID  string // the chat that it belongs to; empty: none
	Channel    Channel
	Direction  string
	// OtherAddress is who wrote it, or whom it is for: E.164 with +, an e-mail address, a
	// SIP user name, or an id of the channel's. It and the endpoint name the chat.
	OtherAddress string
	OtherName    string // as shown; empty: as the address
	Sender       string // who wrote it, as shown: a name, an address, a user's name
	SenderID     string // endpoint id of the user who wrote it; empty: the flow, or the other party
	Destination  string // what it was sent to, as written: a user's MESSAGE, a mail's To
	Subject      string
	Text         string
	Files        []MessageFile
	// Key is the channel's own id of an incoming message: one with the endpoint, channel and key of another
	// is the same message again. Empty: it is a message of its own.
	Key string
	// RemoteID is what the far end calls an outgoing message, by which its receipts come.
	RemoteID string
	// Route is what the adapter needs to answer, in its own form: the thread, the
	// service's address, the trunk. It is kept with the chat, the last one counts.
	Route json.RawMessage
	// Facts are what the adapter found out about an incoming message (DKIM, SPF), shown
	// to flows as session fields of the SipHeader kind.
	Facts    map[string]string
	State    MessageState
	Error    string // why it failed, in words
	Segments int    // of an SMS; 0: not counted
	Unread   bool   // nobody has looked at it
	Date     time.Time
	// Auto tells that a machine wrote it (an auto-reply, a bounce): it is kept, and no flow runs.
	Auto bool
}

// MessageFile is a stored file that came, or goes, with a message.
type MessageFile struct {
	FileID      string `json:"fileId"`
	Name        string `json:"name"`
	ContentType string `json:"contentType,omitempty"`
	// Fresh files were kept for a message that is yet to be taken, and go should it not be.
	Fresh bool `json:"-"`
}

// What one message may have.
const (
	MaxMessageText  = 64 << 10
	MaxMessageFiles = 20
	MaxFileBytes    = 25 << 20 // of one file that comes with a message
)

// Validate tells what of m cannot be kept (*Invalid), and shortens what strangers made too long.
func (m *Message) Validate() error {
	switch {
	case m.AccountID == "":
		return invalid("accountId", "is missing")
	case m.EndpointID == "":
		return invalid("endpointId", "is missing")
	case m.Channel == "":
		return invalid("channel", "is missing")
	case m.Direction != MessageIn && m.Direction != MessageOut:
		return invalid("direction", "%.32q is neither Incoming nor Outgoing", m.Direction)
	case m.OtherAddress == "" || m.OtherAddress != oneLine(m.OtherAddress) || len(m.OtherAddress) > 2*maxText:
		return invalid("otherAddress", "%.64q is no address", m.OtherAddress)
	case len(m.Key) > 4*maxText || len(m.RemoteID) > 4*maxText:
		return invalid("key", "is too long")
	case len(m.Files) > MaxMessageFiles:
		return invalid("files", "are %d; %d are allowed", len(m.Files), MaxMessageFiles)
	case len(m.Route) > maxBody:
		return invalid("route", "has %d bytes; %d are allowed", len(m.Route), maxBody)
	}
	for _, f := range m.Files {
		if !ValidID(f.FileID) {
			return invalid("files", "%.64q is no file's id", f.FileID)
		}
	}
	for _, s := range []*string{&m.OtherName, &m.Sender, &m.Destination, &m.Subject} {
		*s = shortened(oneLine(*s), 2*maxText)
	}
	m.Text = shortened(textOnly(m.Text), MaxMessageText)
	return nil
}

// shortened is s with at most n bytes, cut between two letters.
func shortened(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// textOnly is s without what is no text: NUL and other control characters but line ends and tabs.
func textOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), ""))
}

// Post is the body of an outbound message of every channel but Email's mails of the system: what an adapter sends.
type Post struct {
	MessageID  string          `json:"messageId"`          // of the Message that it is
	EndpointID string          `json:"endpointId"`         // who sends it
	SenderID   string          `json:"senderId,omitempty"` // of the user who wrote it; empty: a flow did, so a mail says that a machine answers
	Text       string          `json:"text,omitempty"`
	Subject    string          `json:"subject,omitempty"`
	HTML       string          `json:"html,omitempty"` // of a mail; empty: text alone
	Cc         []string        `json:"cc,omitempty"`
	Bcc        []string        `json:"bcc,omitempty"`
	Files      []MessageFile   `json:"files,omitempty"`
	Route      json.RawMessage `json:"route,omitempty"` // of the message that it answers, or the last one of the chat
}

// Post is the body of m; of a mail of the system, and of a forgotten one, there is none.
func (m *Outbound) Post() (p Post, ok bool) {
	if len(m.Body) == 0 || json.Unmarshal(m.Body, &p) != nil {
		return Post{}, false
	}
	return p, p.MessageID != ""
}

// MessageFilter chooses messages.
type MessageFilter struct {
	List
	AccountIDs      []string
	CustomerIDs     []string
	EndpointIDs     []string
	ConversationIDs []string
	SessionIDs      []string
	After           time.Time // zero: all
	Unread          *bool     // nil: all
	OlderFirst      bool
}

// Conversation is what an endpoint and one address have exchanged.
type Conversation struct {
	ID           string // ConversationID
	AccountID    string
	CustomerID   string
	EndpointID   string
	OtherAddress string
	OtherName    string
	SessionID    string   // of the open chat; empty: none is open
	RoomID       string   // of the chat room that the party is in; empty: none
	Unread       int      // messages that nobody has looked at
	Latest       *Message // the last one; nil: it was deleted
	Revision     int64    // counts messages that came and went, and what people did with them

	// Of one that is asked for alone.
	Channel Channel         // by which the other wrote last
	Route   json.RawMessage // of that message
}

// ConversationFilter chooses conversations.
type ConversationFilter struct {
	List
	AccountIDs   []string
	CustomerIDs  []string
	EndpointIDs  []string
	IDs          []string
	OtherAddress string // contains
	UnreadOnly   bool
	After        time.Time // with a message since; zero: all
}

// ConversationID names what an endpoint and one address exchange: endpoint, a dot, the address.
func ConversationID(endpointID, otherAddress string) string { return endpointID + "." + otherAddress }

// MessageStates are all there are.
var MessageStates = []MessageState{MessageReceived, MessageQueued, MessageSent, MessageDelivered, MessageFailed}

// Final tells whether nothing more is heard of a message in this state.
func (s MessageState) Final() bool {
	return slices.Contains([]MessageState{MessageReceived, MessageDelivered, MessageFailed}, s)
}
