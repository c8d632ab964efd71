// Package session puts a call together: it is the one room where the dialog
// (sip), the port (media), the running flow (flow) and the endpoint meet.
package session

import (
	"time"

	"go.uber.org/zap/zapcore"

	"ringflow/endpoints"
)

// Direction of a session, seen from us.
type Direction string

const (
	Incoming Direction = "Incoming"
	Outgoing Direction = "Outgoing"
)

// CallState is the API's SessionCallState.
type CallState string

const (
	Disconnected CallState = "Disconnected"
	Ringing      CallState = "Ringing"
	Connected    CallState = "Connected"
	Hold         CallState = "Hold"
)

// QueueState is the API's SessionQueueStates; empty: in no queue.
type QueueState string

const (
	QueueQueued    QueueState = "Queued"
	QueueRinging   QueueState = "Ringing"
	QueueConnected QueueState = "Connected"
	QueueHold      QueueState = "Hold"
)

// HoldReason is the API's SessionHoldReasons; empty: none.
type HoldReason string

// HoldTransferring: who holds the call is about to transfer it.
const HoldTransferring HoldReason = "Transferring"

// Record is what is kept of a session: written as it happens, closed when the
// call is over, or at the next start if the server died.
type Record struct {
	ID              string
	AccountID       string
	CustomerID      string
	CustomerName    string
	EndpointID      string
	EndpointName    string
	FlowID          string
	FlowName        string
	FlowVersion     int
	ParentSessionID string
	Channel         string // Voice
	Direction       Direction
	CallState       CallState
	FromAddress     string
	FromName        string
	ToAddress       string
	Destination     string
	AnsweredByName  string
	Outcome         string
	ConsoleData     string
	SipCallID       string
	Started         time.Time
	Answered        time.Time // zero: never
	Ended           time.Time // zero: live
	Heartbeat       time.Time
	WasMissed       bool
	ConferenceID    string     // of the one that it is in now; not stored
	QueueState      QueueState // now; not stored
	QueueMemberID   string     // the user to whom it is offered, or who has it; not stored
	HoldQueue       string     // the slot in which it is parked now; not stored
	HeldByUserID    string     // who has it on hold now; not stored
	HoldReason      HoldReason // the same
	Members         []Member   // who is in it now; not stored
	Machine         string     // who answered a call that we made: Human, Machine, Unknown; empty: nobody asked
	CreatedBy       string
	Rang            time.Time           // when a call that was asked for began to ring; not stored
	Detected        time.Time           // when Machine was known; not stored
	Callback        *endpoints.Callback // who is told of it; nil: nobody
	Legs            []LegRecord
	Log             []LogLine
	// Revision counts the changes of all the above but Legs and Log.
	Revision int64
}

// LogLine is one readable line of a session's log.
type LogLine struct {
	Date    time.Time `json:"date"`
	Message string    `json:"message"`
}

// LegRecord is one dialog of a session: who, what SIP said, how it sounded.
type LegRecord struct {
	ID         string
	SessionID  string
	Direction  Direction
	EndpointID string // user or trunk, if one of ours
	From, To   string
	SipCallID  string
	SipCode    int    // final code of the INVITE
	Cause      string // in words: "bye from far end", "media timeout"
	Started    time.Time
	Answered   time.Time
	Ended      time.Time
	Codec      string
	Quality    *Quality
}

// Quality is what RTCP and the jitter buffer tell of a leg.
type Quality struct {
	PacketsIn, PacketsOut uint64
	Lost                  uint64 // packets of the far end that never came
	LossPercent           float64
	JitterMs              float64
	RemoteLossPercent     float64 // as the far end reports of ours
	RoundTripMs           float64
	MOS                   float64 // estimated from the E-model, 1 to 4.5
	ConcealedMs           int     // sound that we invented for lost packets
}

// MarshalLogObject is how a call shows in the server's log, always the same way.
func (r *Record) MarshalLogObject(e zapcore.ObjectEncoder) error {
	e.AddString("session", r.ID)
	if r.ParentSessionID != "" {
		e.AddString("parent", r.ParentSessionID)
	}
	e.AddString("direction", string(r.Direction))
	e.AddString("from", r.FromAddress)
	e.AddString("to", r.ToAddress)
	e.AddString("flow", r.FlowName)
	e.AddString("outcome", r.Outcome)
	e.AddInt("legs", len(r.Legs))
	e.AddDuration("lasted", r.Ended.Sub(r.Started))
	if !r.Answered.IsZero() {
		e.AddDuration("talked", r.Ended.Sub(r.Answered))
	}
	e.AddString("callId", r.SipCallID)
	return nil
}
