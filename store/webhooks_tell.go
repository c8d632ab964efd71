package store

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/session"
)

// An event is put into the outbox in the transaction that keeps what it tells of:
// there is one if and only if it happened, whenever the server dies. The outbox has
// one message for each webhook and event, so writing the same again tells it once.

// tellFor is how long after it happened an event is still told: what is changed later
// (a redaction, a transcription) is no new event, though the outbox has forgotten it.
const tellFor = 24 * time.Hour

// maxHooked bounds the accounts whose webhooks are remembered.
const maxHooked = 10_000

// told is an event, and what it is about.
type told struct {
	account string
	kind    endpoints.EventType
	about   string // with kind, the event's identity in its account
	at      time.Time
	data    any
}

// late tells that it is too long ago to be told, if it happened at all.
func (e told) late() bool { return time.Since(e.at) > tellFor }

// tellSessions puts what changes of sessions tell into the outbox, for webhooks and the
// sessions' own callbacks. It returns whether there was anything.
func (s *Store) tellSessions(ctx context.Context, tx bun.Tx, changes []session.Change) (bool, error) {
	told, err := s.tell(ctx, tx, sessionEvents(changes))
	if err != nil {
		return false, err
	}
	called, err := callbackMessages(changes)
	if err != nil {
		return false, err
	}
	var rows []*outboxRow
	for _, m := range called {
		rows = append(rows, s.outboundRow(m))
	}
	return told || len(rows) > 0, post(ctx, tx, rows)
}

// post puts messages into the outbox, but for those that are there.
func post(ctx context.Context, tx bun.Tx, rows []*outboxRow) error {
	for part := range slices.Chunk(rows, rowsPerStatement) {
		if _, err := tx.NewInsert().Model(&part).On("CONFLICT (account_id, message_key) DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// tell puts events into the outbox for the webhooks that want them. It returns whether
// there were any.
func (s *Store) tell(ctx context.Context, tx bun.Tx, events []told) (bool, error) {
	events = slices.DeleteFunc(events, func(e told) bool { return e.late() || e.account == "" })
	if len(events) == 0 {
		return false, nil
	}
	rows, err := s.hooksOf(ctx, tx, events)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	var out []*outboxRow
	for _, r := range rows {
		hook := &endpoints.Webhook{}
		if err := fromText("events of webhook "+r.ID, r.Events, &hook.Events); err != nil {
			return false, err
		}
		for _, e := range events {
			if e.account != r.AccountID || !hook.Wants(e.kind) {
				continue
			}
			m, err := event(r.ID, r.URL, e)
			if err != nil {
				return false, err
			}
			row := s.outboundRow(m)
			if e.kind == endpoints.MessageCame || e.kind == endpoints.MessageChanged {
				row.ToldOf, _, _ = strings.Cut(e.about, "/") // see messageAbout
			}
			out = append(out, row)
		}
	}
	return len(out) > 0, post(ctx, tx, out)
}

// hooks are the webhooks of accounts, as they were at a revision.
type hooks struct {
	mu        sync.Mutex
	revision  uint64
	byAccount map[string][]*webhookRow
}

// hooksOf are the webhooks that may want to be told. Each message and call asks that several
// times, and mostly there are none: SQLite, whose one server this is, is asked again when
// something has changed.
func (s *Store) hooksOf(ctx context.Context, tx bun.Tx, events []told) (all []*webhookRow, err error) {
	var accounts []string
	for _, e := range events {
		if !slices.Contains(accounts, e.account) {
			accounts = append(accounts, e.account)
		}
	}
	if s.Shared() {
		err := tx.NewSelect().Model(&all).Column("id", "account_id", "url", "events").Where("account_id IN (?)", bun.In(accounts)).Where("NOT disabled").Scan(ctx)
		return all, err
	}
	now := s.revision.Load() // before we read: what is changed meanwhile is of a later one
	for _, a := range accounts {
		rows, ok := s.hooks.of(a, now)
		if !ok {
			if err := tx.NewSelect().Model(&rows).Column("id", "account_id", "url", "events").Where("account_id = ?", a).Where("NOT disabled").Scan(ctx); err != nil {
				return nil, err
			}
			s.hooks.are(a, now, rows)
		}
		all = append(all, rows...)
	}
	return all, nil
}

func (h *hooks) of(account string, revision uint64) ([]*webhookRow, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.revision != revision {
		return nil, false
	}
	rows, ok := h.byAccount[account]
	return rows, ok
}

func (h *hooks) are(account string, revision uint64, rows []*webhookRow) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byAccount == nil || h.revision != revision || len(h.byAccount) >= maxHooked {
		h.byAccount, h.revision = map[string][]*webhookRow{}, revision
	}
	h.byAccount[account] = rows
}

// webhookKey names what tells one webhook of something.
func webhookKey(hook string, kind endpoints.EventType, about string) string {
	return strings.Join([]string{"webhook", hook, string(kind), about}, "/")
}

// event is the message that tells e to one webhook.
func event(hook, url string, e told) (*endpoints.Outbound, error) {
	data, err := json.Marshal(e.data)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(endpoints.Event{ID: string(e.kind) + "/" + e.about, Type: e.kind, Date: e.at.UTC(), AccountID: e.account, Data: data})
	if err != nil {
		return nil, err
	}
	m := &endpoints.Outbound{
		AccountID: e.account, Channel: endpoints.Webhooks, Key: webhookKey(hook, e.kind, e.about),
		From: hook, To: []string{url}, Subject: string(e.kind), Body: body, State: endpoints.OutQueued,
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	stamp(&m.Entity, nil)
	m.Begun, m.Next = m.DateCreated, m.DateCreated
	return m, nil
}

// sessionTold is a session as webhooks are told of it.
type sessionTold struct {
	ID              string            `json:"id"`
	ParentSessionID string            `json:"parentSessionId,omitempty"`
	CustomerID      string            `json:"customerId,omitempty"`
	CustomerName    string            `json:"customerName,omitempty"`
	EndpointID      string            `json:"endpointId,omitempty"`
	EndpointName    string            `json:"endpointName,omitempty"`
	FlowID          string            `json:"flowId,omitempty"`
	FlowName        string            `json:"flowName,omitempty"`
	Channel         string            `json:"channel,omitempty"`
	Direction       session.Direction `json:"direction"`
	CallState       session.CallState `json:"callState"`
	FromAddress     string            `json:"fromAddress"`
	FromName        string            `json:"fromName,omitempty"`
	ToAddress       string            `json:"toAddress"`
	Destination     string            `json:"destination,omitempty"`
	AnsweredByName  string            `json:"answeredByName,omitempty"`
	Outcome         string            `json:"outcome,omitempty"`
	WasMissed       bool              `json:"wasMissed"`
	SipCallID       string            `json:"sipCallId,omitempty"`
	DateCreated     time.Time         `json:"dateCreated"`
	DateAnswered    *time.Time        `json:"dateAnswered,omitempty"`
	DateCompleted   *time.Time        `json:"dateCompleted,omitempty"`
}

func newSessionTold(r *session.Record) sessionTold {
	moment := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		t = t.UTC()
		return &t
	}
	return sessionTold{
		ID: r.ID, ParentSessionID: r.ParentSessionID, CustomerID: r.CustomerID, CustomerName: r.CustomerName, EndpointID: r.EndpointID, EndpointName: r.EndpointName,
		FlowID: r.FlowID, FlowName: r.FlowName, Channel: r.Channel, Direction: r.Direction, CallState: r.CallState, FromAddress: r.FromAddress, FromName: r.FromName,
		ToAddress: r.ToAddress, Destination: r.Destination, AnsweredByName: r.AnsweredByName, Outcome: r.Outcome, WasMissed: r.WasMissed, SipCallID: r.SipCallID,
		DateCreated: r.Started.UTC(), DateAnswered: moment(r.Answered), DateCompleted: moment(r.Ended),
	}
}

// sessionEvents are what changes of sessions tell webhooks. Some may have been told before.
func sessionEvents(changes []session.Change) (all []told) {
	for _, c := range changes {
		if c.Same {
			continue
		}
		for _, e := range callEvents(c.Record) {
			if e.kind != endpoints.SessionRinging && e.kind != endpoints.SessionDetected {
				e.data = newSessionTold(c.Record)
				all = append(all, e)
			}
		}
	}
	return all
}

// callEvents are what has happened in a call, without what is told of it.
func callEvents(r *session.Record) (all []told) {
	for _, e := range []struct {
		kind endpoints.EventType
		at   time.Time
	}{
		{endpoints.SessionStarted, r.Started}, {endpoints.SessionRinging, r.Rang}, {endpoints.SessionAnswered, r.Answered},
		{endpoints.SessionDetected, r.Detected}, {endpoints.SessionEnded, r.Ended},
	} {
		if !e.at.IsZero() {
			all = append(all, told{account: r.AccountID, kind: e.kind, about: r.ID, at: e.at})
		}
	}
	return all
}

// fileTold is a recording or a voice message as webhooks are told of it.
type fileTold struct {
	ID            string             `json:"id"`
	Type          endpoints.FileType `json:"type"`
	FileName      string             `json:"fileName"`
	ContentType   string             `json:"contentType"`
	ContentLength int64              `json:"contentLength"`
	Duration      int                `json:"recordingDuration"` // seconds, as in FileInfo
	SessionID     string             `json:"sessionId,omitempty"`
	CustomerID    string             `json:"customerId,omitempty"`
	UserID        string             `json:"userId,omitempty"`
	FromAddress   string             `json:"fromAddress,omitempty"`
	ToAddress     string             `json:"toAddress,omitempty"`
	URI           string             `json:"uri"`
}

func fileEvents(f *endpoints.File) []told {
	if f.Type != endpoints.CallRecording && f.Type != endpoints.VoiceMessage {
		return nil
	}
	return []told{{f.AccountID, endpoints.FileCreated, f.ID, f.DateCreated, fileTold{
		ID: f.ID, Type: f.Type, FileName: f.FileName, ContentType: f.ContentType, ContentLength: f.ContentLength, Duration: int(f.RecordingDuration.Seconds()),
		SessionID: f.SessionID, CustomerID: f.CustomerID, UserID: f.UserID, FromAddress: f.FromAddress, ToAddress: f.ToAddress, URI: "/files/" + f.ID + "/content",
	}}}
}

// agentTold is what a user does in the call centre, as webhooks are told of it.
type agentTold struct {
	EndpointID string                `json:"endpointId"`
	State      endpoints.AgentState  `json:"agentState"`
	Reason     endpoints.AgentReason `json:"agentStateReason"`
}

func agentEvents(a endpoints.Agent) []told {
	about := a.EndpointID + "/" + strconv.FormatInt(micros(a.Since), 10)
	return []told{{a.AccountID, endpoints.AgentChanged, about, a.Since, agentTold{a.EndpointID, a.State, a.Reason}}}
}

// TestWebhook puts an event of no meaning into the outbox for one webhook, and says
// which message that is.
func (s *Store) TestWebhook(ctx context.Context, w *endpoints.Webhook) (*endpoints.Outbound, error) {
	m, err := event(w.ID, w.URL, told{w.AccountID, endpoints.WebhookTest, endpoints.NewID(), time.Now(), struct{}{}})
	if err != nil {
		return nil, err
	}
	m.Entity = endpoints.Entity{CreatedBy: m.CreatedBy}
	_, err = s.PutOutbound(ctx, m)
	s.wakeOutbox()
	return m, err
}
