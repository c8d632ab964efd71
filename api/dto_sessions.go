package api

import (
	"time"

	"ringflow/endpoints"
)

// SessionInfo is a call: what is known of it, its log, its legs.
type SessionInfo struct {
	_ struct{} `ns:"Voice.Api.Sessions"`
	EntityInfo
	DialState          SessionDialState
	CallState          SessionCallState
	QueueState         SessionQueueStates
	AccountId          string
	AccountName        string
	CustomerId         string
	CustomerBreadcrumb []CustomerBreadcrumb
	CustomerName       string
	EndpointId         string
	EndpointName       string
	DateAnswered       time.Time // ours
	DateCompleted      time.Time
	Destination        string
	ToAddress          string
	FromAddress        string
	FromName           string
	AnsweredByName     string
	Channel            string
	Direction          string
	Ended              bool
	WasMissed          bool
	Outcome            string
	QueueMemberId      string // the user to whom a queue offers it now, or who took it from there and has it
	CallSid            string
	ConsoleData        string
	HoldQueueName      string // where it waits while it is on hold; ours have no name
	HeldByUserId       string // the user who holds it
	HoldReason         SessionHoldReasons
	MachineDetection   MachineVerdicts // ours: who answered, where it was asked
	ConferenceSid      string          // of the conference that it is in now
	ParentSessionId    string
	FlowId             string
	FlowName           string
	FlowVersion        int
	Log                []SessionLogInfo
	Members            []SessionMemberInfo // who is in it now, or is rung
	Legs               []SessionLegInfo    // ours
	Files              []FileInfo          // ours: recordings; GET /sessions/{id} only

	StatusCallbackSecret string // ours: what the statusCallback is signed by; shown to who asks for the call only
}

// SessionMemberInfo is who takes part in a live call, or is rung for it.
type SessionMemberInfo struct {
	_           struct{} `ns:"Voice.Api.Sessions"`
	CallSid     string   // of its leg: the id under which legs has it
	Role        SessionMemberRoles
	CallState   SessionMemberCallState
	EndpointId  string
	Name        string
	Number      string
	Muted       bool
	DateStarted time.Time // since when it rings, or talks
}

// SessionMemberRoles are what somebody is in a call.
type SessionMemberRoles string

func (SessionMemberRoles) Members() []string { return []string{"None", "Caller", "Agent", "Transfer"} }

// SessionMemberCallState is where one of a call stands.
type SessionMemberCallState string

func (SessionMemberCallState) Members() []string {
	return []string{"None", "Ringing", "Connected", "Hold"}
}

// MachineVerdicts are who may answer a call.
type MachineVerdicts string

func (MachineVerdicts) Members() []string { return []string{"Human", "Machine", "Unknown"} }

// SessionLogInfo is a line of a session's log.
type SessionLogInfo struct {
	_       struct{} `ns:"Voice.Api.Sessions"`
	Date    time.Time
	Message string
}

// SessionLegInfo is one dialog of a session: what SIP said, and how it sounded.
type SessionLegInfo struct {
	_            struct{} `ns:"Voice.Api.Sessions"`
	Id           string
	Direction    string
	EndpointId   string
	FromAddress  string
	ToAddress    string
	SipCallId    string
	SipCode      int
	Cause        string
	DateStarted  time.Time
	DateAnswered time.Time
	DateEnded    time.Time
	Codec        string
	Quality      *SessionLegQuality
}

// SessionLegQuality is what RTCP and the jitter buffer tell of a leg.
type SessionLegQuality struct {
	_                 struct{} `ns:"Voice.Api.Sessions"`
	PacketsIn         int64
	PacketsOut        int64
	Lost              int64
	LossPercent       float64
	JitterMs          float64
	RemoteLossPercent float64
	RoundTripMs       float64
	Mos               float64
	ConcealedMs       int
}

// SessionDialState tells whether a session is going on.
type SessionDialState string

func (SessionDialState) Members() []string { return []string{"None", "Active"} }

// SessionCallState is where a call stands.
type SessionCallState string

func (SessionCallState) Members() []string {
	return []string{"Disconnected", "Ringing", "Connected", "Hold", "Passive"}
}

// SessionQueueStates is where a call stands in a queue.
type SessionQueueStates string

func (SessionQueueStates) Members() []string {
	return []string{"None", "Queued", "Ringing", "Connected", "Hold", "Disconnected"}
}

// SessionHoldReasons say why a console holds a session.
type SessionHoldReasons string

func (SessionHoldReasons) Members() []string { return []string{"None", "Transferring"} }

// SessionDirections are seen from us.
type SessionDirections string

func (SessionDirections) Members() []string { return []string{"Incoming", "Outgoing"} }

// NewOutgoingSession calls a number and runs a flow once it is answered.
type NewOutgoingSession struct {
	_            struct{} `ns:"Voice.Api.Sessions"`
	FlowId       string
	NumberToDial string
	CallerId     string
	FlowParams   map[string]endpoints.Value // ours, as what follows

	AccountId        string                // the flow's; another is refused
	CustomerId       string                // whose call it is; empty: that of the number that is shown
	RingTimeout      int                   // seconds that the far end may ring; 0: 60
	MachineDetection MachineDetectionModes // whether a machine answers, before the flow runs

	StatusCallback       string // told what becomes of the call, as a webhook is
	StatusCallbackEvents []CallbackEvents
	StatusCallbackSecret string // signs what it is told, whsec_…; empty: a new one
}

// CallbackEvents are what a statusCallback is told of; none named: all.
type CallbackEvents string

func (CallbackEvents) Members() []string { return wordsOf[string](endpoints.CallbackEvents) }

// MachineDetectionModes are how to find out who answers. True is Detect, false None.
type MachineDetectionModes string

func (MachineDetectionModes) Members() []string { return []string{"None", "Detect", "Beep"} }
func (MachineDetectionModes) Aliases() map[string]string {
	return map[string]string{"true": "Detect", "false": "None"}
}

func (q *NewOutgoingSession) flow() string { return q.FlowId }

// ListSessions lists calls, with their logs.
type ListSessions struct {
	_ struct{} `ns:"Voice.Api.Sessions"`
	ListRequest
	AccountIds      []string
	SearchArchive   bool // there is one store: nothing moves out of it
	StartDate       string
	EndDate         string
	StartDateTime   time.Time
	EndDateTime     time.Time
	CustomerIds     []string
	EndpointIds     []string
	FlowIds         []string // ours
	From            string
	To              string
	Log             string
	ParentSessionId string
	Direction       SessionDirections // ours
	Live            *bool             // ours
}

func (q *ListSessions) accounts() *[]string { return &q.AccountIds }

// GetSession shows a call with its log.
type GetSession struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
}

func (q *GetSession) session() string { return q.SessionId }

// EndSession hangs a call up.
type EndSession struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
	CallSid   string
}

func (q *EndSession) session() string { return q.SessionId }

// MonitorSession lets a supervisor take part in a live call.
type MonitorSession struct {
	_          struct{} `ns:"Voice.Api.Sessions"`
	SessionId  string
	EndpointId string // the supervisor: a user of the account
	Mode       SessionMonitorModes
}

func (q *MonitorSession) session() string { return q.SessionId }

// SessionMonitorModes are how: nobody hears him, the account's own user alone
// does, both do.
type SessionMonitorModes string

func (SessionMonitorModes) Members() []string { return []string{"Listen", "Whisper", "Barge"} }

// DeleteSessions deletes an account's sessions that started in [startDateTime, endDateTime).
type DeleteSessions struct {
	_             struct{} `ns:"Voice.Api.Sessions"`
	AccountId     string
	StartDateTime time.Time
	EndDateTime   time.Time
}

func (q *DeleteSessions) account() string { return q.AccountId }

// WatchSession streams a call's log as it is written.
type WatchSession struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
}

func (q *WatchSession) session() string { return q.SessionId }

// GetActiveSessions lists the live calls of the user's endpoint.
type GetActiveSessions struct {
	_ struct{} `ns:"Voice.Api.Sessions"`
}

// GetMySessions lists the latest calls of the user's endpoint.
type GetMySessions struct {
	_ struct{} `ns:"Voice.Api.Sessions"`
}

// SessionsResponse is the list of the two above.
type SessionsResponse struct {
	_        struct{} `ns:"Voice.Api.Sessions"`
	Sessions []SessionInfo
}

// GetActiveCalls lists the live calls.
type GetActiveCalls struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	AccountId string
	ids       []string
}

func (q *GetActiveCalls) accounts() *[]string {
	if q.AccountId != "" {
		q.ids = []string{q.AccountId}
	}
	return &q.ids
}

// GetActiveCallsResponse is the list of live calls.
type GetActiveCallsResponse struct {
	_     struct{} `ns:"Voice.Api.Sessions"`
	Calls []CallInfo
}

// CallInfo is a call, or a leg of one, as a carrier would show it.
type CallInfo struct {
	_              struct{} `ns:"Voice.Api.Sessions"`
	AccountSid     string
	Annotation     string // the outcome, once it is over
	AnsweredBy     string // by name; of a call that was asked about it human, machine or unknown
	CallerName     string
	DateCreated    time.Time
	DateUpdated    time.Time
	Direction      string // inbound, outbound-api, outbound-dial
	Duration       int    // seconds since the answer
	EndTime        time.Time
	ForwardedFrom  string
	From           string
	FromFormatted  string
	ParentCallSid  string
	PhoneNumberSid string
	Price          *float64 // what a carrier takes isn't known here
	PriceUnit      string
	Sid            string
	StartTime      time.Time
	Status         string // queued, ringing, in-progress, completed, busy, no-answer, canceled, failed
	To             string
	ToFormatted    string
	Uri            string
}

// ListCalls lists an account's calls of some days, one for each leg.
type ListCalls struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	AccountId string
	StartDate string
	EndDate   string
}

func (q *ListCalls) account() string { return q.AccountId }
