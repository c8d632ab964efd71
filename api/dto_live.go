package api

import "time"

// PatchSession changes what a console may change of a live call.
type PatchSession struct {
	_           struct{} `ns:"Voice.Api.Sessions"`
	SessionId   string
	ConsoleData *string
	CallState   SessionCallState // Hold, Connected (back from hold), Disconnected
	HoldReason  SessionHoldReasons
	QueueState  SessionQueueStates // of one who has been taken from a queue: Hold, Connected, Disconnected
}

func (q *PatchSession) session() string { return q.SessionId }

// NewSession calls for a user: his own phone rings, then his flow dials. Or it opens a chat.
type NewSession struct {
	_           struct{}     `ns:"Voice.Api.Sessions"`
	Channel     FlowChannels // Voice, Chat
	Destination string
	CallerId    string // one that the account owns; empty: as his flow says; of a chat the number that texts come from, empty: the user himself
	Text        string // ours, of a chat: the first message
}

// FlowChannels are what sessions speak.
type FlowChannels string

func (FlowChannels) Members() []string { return []string{"Voice", "Chat", "Fax"} }

// HoldSession has the other party hear music, or ends that.
type HoldSession struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
	CallSid   string // of whoever holds; empty: the user who asks, else the account's own user
	Reason    SessionHoldReasons
	Hold      *bool // ours: false ends it
}

func (q *HoldSession) session() string { return q.SessionId }

// RedirectSession takes the caller to another destination.
type RedirectSession struct {
	_           struct{} `ns:"Voice.Api.Sessions"`
	SessionId   string
	Destination string
	CallerId    string
}

func (q *RedirectSession) session() string { return q.SessionId }

// RejectSession declines a call that rings.
type RejectSession struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
}

func (q *RejectSession) session() string { return q.SessionId }

// RecordSession begins a recording of a call, or ends it.
type RecordSession struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
	Record    *bool // false ends it
}

func (q *RecordSession) session() string { return q.SessionId }

// AddSessionLog writes a line into a session's log.
type AddSessionLog struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
	Message   string
	Text      string // the same
}

func (q *AddSessionLog) session() string { return q.SessionId }

// RedactSession takes out of a session that is over who spoke with whom, and what of.
type RedactSession struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
}

func (q *RedactSession) session() string { return q.SessionId }

// NewConference makes a conference of a call of two.
type NewConference struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
}

func (q *NewConference) session() string { return q.SessionId }

// AddConferenceMember rings somebody who is to take part.
type AddConferenceMember struct {
	_           struct{} `ns:"Voice.Api.Sessions"`
	SessionId   string
	CallSid     string // of whoever adds; empty: the user who asks
	Destination string
	FromNumber  string
}

func (q *AddConferenceMember) session() string { return q.SessionId }

// PatchConferenceMember holds or mutes one of a call.
type PatchConferenceMember struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
	CallSid   string
	Hold      *bool
	Mute      *bool
}

func (q *PatchConferenceMember) session() string { return q.SessionId }

// DeleteConferenceMember hangs up on one of a call.
type DeleteConferenceMember struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
	CallSid   string
}

func (q *DeleteConferenceMember) session() string { return q.SessionId }

// GetTranscript shows a session's log and what was said in its recordings.
type GetTranscript struct {
	_                    struct{} `ns:"Voice.Api.Sessions"`
	SessionId            string
	IncludeHistorical    bool      // what was said earlier on with the same party, too
	HistoricalCutOffDate time.Time // not what began before; six months ago at most
}

func (q *GetTranscript) session() string { return q.SessionId }

// TranscriptInfo is what is known of what was said, in order of time.
type TranscriptInfo struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
	Lines     []TranscriptLineInfo
}

// TranscriptLineInfo is a line of a log, or what was said in a recording.
type TranscriptLineInfo struct {
	_         struct{} `ns:"Voice.Api.Sessions"`
	SessionId string
	Date      time.Time
	Kind      TranscriptKinds
	FileId    string // of the recording, or of what came with a message
	Text      string

	// Of a message.
	MessageId        string
	From             string // who wrote it
	Body             string // the same as text
	MediaUri         string // of a file that came with it; further ones are lines of their own
	MediaContentType string
}

// TranscriptKinds are where a line comes from.
type TranscriptKinds string

func (TranscriptKinds) Members() []string {
	return []string{"Log", "Recording", "VoiceMessage", "Message"}
}
