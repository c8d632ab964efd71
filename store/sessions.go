package store

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"ringflow/flow"
	"ringflow/session"
)

type sessionRow struct {
	bun.BaseModel  `bun:"table:sessions,alias:s"`
	ID             string `bun:"id,pk"`
	Run            string `bun:"run"`     // which life of which server it belongs to
	Touched        int64  `bun:"touched"` // when it was written last
	AccountID      string `bun:"account_id"`
	CustomerID     string `bun:"customer_id"`
	CustomerName   string `bun:"customer_name"`
	EndpointID     string `bun:"endpoint_id"`
	EndpointName   string `bun:"endpoint_name"`
	FlowID         string `bun:"flow_id"`
	FlowName       string `bun:"flow_name"`
	FlowVersion    int    `bun:"flow_version"`
	ParentID       string `bun:"parent_id"`
	Channel        string `bun:"channel"`
	Direction      string `bun:"direction"`
	CallState      string `bun:"call_state"`
	FromAddress    string `bun:"from_address"`
	FromName       string `bun:"from_name"`
	ToAddress      string `bun:"to_address"`
	Destination    string `bun:"destination"`
	AnsweredByName string `bun:"answered_by_name"`
	Outcome        string `bun:"outcome"`
	ConsoleData    string `bun:"console_data"`
	SipCallID      string `bun:"sip_call_id"`
	Started        int64  `bun:"started"`
	Answered       int64  `bun:"answered"`
	Ended          int64  `bun:"ended"`
	WasMissed      bool   `bun:"was_missed"`
	CreatedBy      string `bun:"created_by"`
	Machine        string `bun:"machine"`
	Revision       int64  `bun:"revision"` // see upsert
}

type legRow struct {
	bun.BaseModel `bun:"table:legs,alias:g"`
	SessionID     string `bun:"session_id,pk"`
	ID            string `bun:"id,pk"`
	Direction     string `bun:"direction"`
	EndpointID    string `bun:"endpoint_id"`
	From          string `bun:"from_party"`
	To            string `bun:"to_party"`
	SipCallID     string `bun:"sip_call_id"`
	SipCode       int    `bun:"sip_code"`
	Cause         string `bun:"cause"`
	Started       int64  `bun:"started"`
	Answered      int64  `bun:"answered"`
	Ended         int64  `bun:"ended"`
	Codec         string `bun:"codec"`
	Quality       string `bun:"quality"` // JSON
}

// logRow is lines that were saved together.
type logRow struct {
	bun.BaseModel `bun:"table:session_log,alias:l"`
	SessionID     string `bun:"session_id,pk"`
	At            int64  `bun:"at,pk"`    // nanoseconds: the first line's time
	Mark          int64  `bun:"mark,pk"`  // hash of the first message
	Times         string `bun:"times"`    // of all, in nanoseconds, one a word
	Messages      string `bun:"messages"` // one a line
}

// SaveSessions keeps changes of many sessions in one transaction, and returns
// when they are on disk. Saving the same again changes nothing, so a caller
// whose answer got lost may repeat it, with more lines added to the last.
func (s *Store) SaveSessions(ctx context.Context, changes []session.Change) error {
	if len(changes) == 0 {
		return nil
	}
	now := micros(time.Now())
	heads, legs, logs := map[string]*sessionRow{}, map[[2]string]*legRow{}, map[logKey]*logRow{}
	for _, c := range changes {
		id := c.Record.ID
		if !c.Same {
			heads[id] = s.sessionRow(c.Record, now) // the last change of one wins: one statement can't write a row twice
		}
		for i := range c.Legs {
			legs[[2]string{id, c.Legs[i].ID}] = newLegRow(id, &c.Legs[i])
		}
		if len(c.Log) > 0 {
			l := newLogRow(id, c.Log)
			logs[logKey{id, l.At, l.Mark}] = l
		}
	}
	told := false
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		// In order of ids, so that two that write the same sessions never wait
		// for each other in a circle.
		if err := upsert(ctx, s, tx, sorted(heads, func(r *sessionRow) string { return r.ID })); err != nil {
			return err
		}
		if err := upsert(ctx, s, tx, sorted(legs, func(r *legRow) string { return r.SessionID + r.ID })); err != nil {
			return err
		}
		if err := upsert(ctx, s, tx, sorted(logs, func(r *logRow) string { return r.SessionID + strconv.FormatInt(r.At, 10) })); err != nil {
			return err
		}
		if err := s.putCallbacks(ctx, tx, changes); err != nil {
			return err
		}
		var err error
		told, err = s.tellSessions(ctx, tx, changes)
		return err
	})
	if err == nil && told {
		s.wakeOutbox()
	}
	if err == nil && sessionsOver(changes) {
		s.indexer.wake()
	}
	return err
}

type logKey struct {
	session  string
	at, mark int64
}

func sorted[K comparable, R any](m map[K]*R, key func(*R) string) []*R {
	rows := make([]*R, 0, len(m))
	for _, r := range m {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b *R) int { return cmp.Compare(key(a), key(b)) })
	return rows
}

func (s *Store) sessionRow(r *session.Record, now int64) *sessionRow {
	run := s.run
	if r.Channel == string(flow.Chat) { // it waits in the database: no server's end is its own
		run = ""
	}
	return &sessionRow{
		ID: r.ID, Run: run, Touched: max(now, micros(r.Heartbeat)), AccountID: r.AccountID, CustomerID: r.CustomerID, CustomerName: r.CustomerName,
		EndpointID: r.EndpointID, EndpointName: r.EndpointName, FlowID: r.FlowID, FlowName: r.FlowName, FlowVersion: r.FlowVersion,
		ParentID: r.ParentSessionID, Channel: r.Channel, Direction: string(r.Direction), CallState: string(r.CallState),
		FromAddress: r.FromAddress, FromName: r.FromName, ToAddress: r.ToAddress, Destination: r.Destination, AnsweredByName: r.AnsweredByName,
		Outcome: r.Outcome, ConsoleData: r.ConsoleData, SipCallID: r.SipCallID,
		Started: micros(r.Started), Answered: micros(r.Answered), Ended: micros(r.Ended), WasMissed: r.WasMissed, CreatedBy: r.CreatedBy, Machine: r.Machine, Revision: max(1, r.Revision),
	}
}

func (r *sessionRow) record() *session.Record {
	return &session.Record{
		ID: r.ID, Heartbeat: fromMicros(r.Touched), AccountID: r.AccountID, CustomerID: r.CustomerID, CustomerName: r.CustomerName,
		EndpointID: r.EndpointID, EndpointName: r.EndpointName, FlowID: r.FlowID, FlowName: r.FlowName, FlowVersion: r.FlowVersion,
		ParentSessionID: r.ParentID, Channel: r.Channel, Direction: session.Direction(r.Direction), CallState: session.CallState(r.CallState),
		FromAddress: r.FromAddress, FromName: r.FromName, ToAddress: r.ToAddress, Destination: r.Destination, AnsweredByName: r.AnsweredByName,
		Outcome: r.Outcome, ConsoleData: r.ConsoleData, SipCallID: r.SipCallID,
		Started: fromMicros(r.Started), Answered: fromMicros(r.Answered), Ended: fromMicros(r.Ended), WasMissed: r.WasMissed, CreatedBy: r.CreatedBy, Machine: r.Machine, Revision: r.Revision,
	}
}

func newLegRow(sessionID string, l *session.LegRecord) *legRow {
	r := &legRow{
		SessionID: sessionID, ID: l.ID, Direction: string(l.Direction), EndpointID: l.EndpointID, From: l.From, To: l.To,
		SipCallID: l.SipCallID, SipCode: l.SipCode, Cause: l.Cause,
		Started: micros(l.Started), Answered: micros(l.Answered), Ended: micros(l.Ended), Codec: l.Codec,
	}
	if l.Quality != nil {
		r.Quality = text(l.Quality)
	}
	return r
}

func (r *legRow) leg() (session.LegRecord, error) {
	l := session.LegRecord{
		ID: r.ID, SessionID: r.SessionID, Direction: session.Direction(r.Direction), EndpointID: r.EndpointID, From: r.From, To: r.To,
		SipCallID: r.SipCallID, SipCode: r.SipCode, Cause: r.Cause,
		Started: fromMicros(r.Started), Answered: fromMicros(r.Answered), Ended: fromMicros(r.Ended), Codec: r.Codec,
	}
	return l, fromText("quality of leg "+r.ID, r.Quality, &l.Quality)
}

// lineBreaks would make two lines of one.
var lineBreaks = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ")

func newLogRow(sessionID string, lines []session.LogLine) *logRow {
	const digits = 19 // of nanoseconds, until the year 2262
	times := make([]byte, 0, len(lines)*(digits+1))
	size := len(lines)
	for _, l := range lines {
		size += len(l.Message)
	}
	var messages strings.Builder
	messages.Grow(size)
	for i, l := range lines {
		if i > 0 {
			times = append(times, ' ')
			messages.WriteByte('\n')
		}
		times = strconv.AppendInt(times, l.Date.UnixNano(), 10)
		if strings.ContainsAny(l.Message, "\r\n") {
			l.Message = lineBreaks.Replace(l.Message)
		}
		messages.WriteString(l.Message)
	}
	h := fnv.New32a()
	h.Write([]byte(lines[0].Message))
	return &logRow{SessionID: sessionID, At: lines[0].Date.UnixNano(), Mark: int64(h.Sum32()), Times: string(times), Messages: messages.String()}
}

func (r *logRow) lines() []session.LogLine {
	times, messages := strings.Fields(r.Times), strings.Split(r.Messages, "\n")
	lines := make([]session.LogLine, 0, len(messages))
	for i, m := range messages {
		at := r.At
		if i < len(times) {
			at, _ = strconv.ParseInt(times[i], 10, 64)
		}
		lines = append(lines, session.LogLine{Date: time.Unix(0, at).UTC(), Message: m})
	}
	return lines
}

var _ session.Records = (*Store)(nil)
