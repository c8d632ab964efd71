package endpoints

import (
	"encoding/json"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// Channel is a way for messages to leave by.
type Channel string

// Email is by SMTP; the body is a Mail of the system, or a message's Post.
const Email Channel = "email"

// OutState is how far an outbound message has come.
type OutState string

const (
	OutQueued  OutState = "queued"  // waits for its next try
	OutSending OutState = "sending" // a server is at it
	OutSent    OutState = "sent"
	OutFailed  OutState = "failed" // given up
)

// OutStates are all there are.
var OutStates = []OutState{OutQueued, OutSending, OutSent, OutFailed}

// Outbound is one message on its way out, of whatever channel. It is tried until
// it is sent or given up, and leaves at least once: its ID goes along in the
// channel's own form, so that who gets it a second time after a crash can tell.
type Outbound struct {
	Entity
	AccountID string // empty: the system's own
	Channel   Channel
	// Key names what the message is about: a second one of the same account and
	// key is the same message. Empty: it is a message of its own.
	Key     string
	From    string // as shown; empty: the channel's
	To      []string
	Subject string
	Body    json.RawMessage // in the channel's form
	// MessageID is the Message that it carries: its state follows. Empty: it is none.
	MessageID string
	// Lane is a queue within the outbox: its messages of one channel leave one after the other, in
	// the order of LaneSeq. Those of another channel, which may be away, hold up none of them.
	// Empty: whenever there is time.
	Lane    string
	LaneSeq int64
	// Secret bodies are shown to nobody, and forgotten once the message is sent
	// or given up.
	Secret bool
	// Expires is when the message is of no use any more; zero: never.
	Expires time.Time

	State     OutState
	Tries     int
	Begun     time.Time // put, or put again by hand: it is given up a day later
	Next      time.Time // when it is tried next
	LastError string    // of a sent one: whom it didn't reach
	Sent      time.Time

	// Turn is when the message's turn is under the rates that it counts for; zero: it has not been counted.
	Turn time.Time

	// Claim is the right of one worker to say what became of a message that it
	// took.
	Claim string
}

// OutboundFilter chooses outbound messages.
type OutboundFilter struct {
	List
	AccountIDs        []string
	Channels          []Channel
	States            []OutState
	From, To, Subject string    // contains
	Start, End        time.Time // created in [Start, End); zero: open
}

// Mail is the body of an outbound e-mail.
type Mail struct {
	Text   string     `json:"text"`
	Attach []MailFile `json:"attach,omitempty"`
}

// MailFile is a stored file that goes along.
type MailFile struct {
	FileID      string `json:"fileId"`
	Name        string `json:"name"`
	ContentType string `json:"contentType,omitempty"`
	MP3         bool   `json:"mp3,omitempty"` // a WAV that goes as MP3, where that can be made
}

// What one message may have.
const (
	maxRecipients = 100
	maxAttached   = 20
	maxMailText   = 64 << 10
	maxBody       = 1 << 20
)

// Validate tells what of m cannot be kept (*Invalid). What would be more than
// one line in a header is refused here, however it came to be.
func (m *Outbound) Validate() error {
	if m.Channel == "" {
		return invalid("channel", "is missing")
	}
	if n := len(m.To); n == 0 || n > maxRecipients {
		return invalid("to", "has %d recipients; 1 to %d are allowed", n, maxRecipients)
	}
	m.Subject = oneLine(m.Subject)
	for _, s := range append([]string{m.From, m.Key}, m.To...) {
		if s != oneLine(s) || len(s) > 2*maxText {
			return invalid("to", "%.64q isn't one line", s)
		}
	}
	if len(m.Subject) > 2*maxText {
		m.Subject = strings.ToValidUTF8(m.Subject[:2*maxText], "")
	}
	if len(m.Body) > maxBody {
		return invalid("body", "has %d bytes; %d are allowed", len(m.Body), maxBody)
	}
	if m.Channel == Email {
		return m.validateMail()
	}
	return nil
}

func (m *Outbound) validateMail() error {
	for _, to := range m.To {
		if _, err := mail.ParseAddress(to); err != nil {
			return invalid("to", "%.64q isn't an e-mail address", to)
		}
	}
	if p, ok := m.Post(); ok {
		return p.validateMail()
	}
	var body Mail
	if err := json.Unmarshal(m.Body, &body); err != nil {
		return invalid("body", "isn't a mail: %v", err)
	}
	if len(body.Text) > maxMailText {
		return invalid("text", "has %d bytes; %d are allowed", len(body.Text), maxMailText)
	}
	if len(body.Attach) > maxAttached {
		return invalid("attach", "has %d files; %d are allowed", len(body.Attach), maxAttached)
	}
	for _, f := range body.Attach {
		if !ValidID(f.FileID) {
			return invalid("attach", "%.64q is no file's id", f.FileID)
		}
		if f.ContentType == "" {
			continue
		}
		if _, _, err := mime.ParseMediaType(f.ContentType); err != nil {
			return invalid("attach", "%.64q is no content type", f.ContentType)
		}
	}
	return nil
}

// NewMail is an outbound e-mail.
func NewMail(accountID, key string, to []string, subject string, body Mail) (*Outbound, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &Outbound{AccountID: accountID, Channel: Email, Key: key, To: slices.Clone(to), Subject: subject, Body: raw}, nil
}

// Mail is the body of an e-mail; of a forgotten one there is nothing.
func (m *Outbound) Mail() (Mail, error) {
	var body Mail
	if len(m.Body) == 0 {
		return body, nil
	}
	return body, json.Unmarshal(m.Body, &body)
}

// oneLine is s without what would end or steer a line.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "")))
}

// Refused is why a message can't be sent however often it is tried.
type Refused struct {
	Err error
	// Wanted tells that all is as it should be: who it is for wants no messages.
	Wanted bool
}

func (r *Refused) Error() string { return r.Err.Error() }
func (r *Refused) Unwrap() error { return r.Err }

// Partly tells of a message that was sent, but not to all.
type Partly struct{ Err error }

func (p *Partly) Error() string { return p.Err.Error() }
func (p *Partly) Unwrap() error { return p.Err }

// Later is why a message isn't sent just now, and when it may be: its turn has not come, or
// the far end asked for patience. It is no failure of the channel.
type Later struct {
	At  time.Time
	Err error
}

func (l *Later) Error() string { return l.Err.Error() }
func (l *Later) Unwrap() error { return l.Err }
