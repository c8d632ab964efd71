package flow

import (
	"fmt"
	"slices"
	"time"
)

// Session holds the built-in Session fields of a call. Whoever starts the run
// fills it and may only read it while the flow runs; an asynchronous branch
// gets a copy.
type Session struct {
	ID, Channel, Direction               string
	Started, Answered                    time.Time
	FromAddress, FromName, ToAddress     string
	Destination                          string // what a user dialled
	EndpointID, EndpointName             string
	CustomerID, CustomerName             string
	FlowID, FlowName                     string
	Outcome                              string // can be written
	AnsweredByName, DialStatus           string
	DialSipCode                          int
	Digits                               string
	DigitsSecret                         bool
	Body                                 string
	BodySecret                           bool // it was asked for as a secret
	MediaURIs                            []string
	RecordingFileID                      string
	Transcription                        string // of the recording, where Transcription Ready has fired
	ForwardedFrom, Diversion, CallerName string
	StirVerstat, SipCallID               string
	SipHeader                            map[string]string
	ParentSessionID                      string
	ConsoleData                          string // can be written
	DetectedAs                           string // who answered an outgoing call, where it was asked: Human, Machine, Unknown
	MusicOnHold                          string // id of an audio file, for callers who wait; empty: silence. No field
}

// sessionField is one built-in: how to read it and, where allowed, write it.
type sessionField struct {
	get func(*Session) Value
	set func(*Session, string)
}

func textField(p func(*Session) *string) sessionField {
	return sessionField{get: func(s *Session) Value { return orNothing(*p(s)) }}
}

func writable(p func(*Session) *string) sessionField {
	f := textField(p)
	f.set = func(s *Session, v string) { *p(s) = v }
	return f
}

func orNothing(s string) Value {
	if s == "" {
		return Value{}
	}
	return Text(s)
}

func timeField(p func(*Session) time.Time) sessionField {
	return sessionField{get: func(s *Session) Value {
		if t := p(s); !t.IsZero() {
			return Text(t.UTC().Format(time.RFC3339))
		}
		return Value{}
	}}
}

// sessionFields are the built-ins by name; see spec: Session fields.
var sessionFields = map[string]sessionField{
	"Id":               textField(func(s *Session) *string { return &s.ID }),
	"Channel":          textField(func(s *Session) *string { return &s.Channel }),
	"Direction":        textField(func(s *Session) *string { return &s.Direction }),
	"Started":          timeField(func(s *Session) time.Time { return s.Started }),
	"Answered":         timeField(func(s *Session) time.Time { return s.Answered }),
	"FromAddress":      textField(func(s *Session) *string { return &s.FromAddress }),
	"FromName":         writable(func(s *Session) *string { return &s.FromName }),
	"ToAddress":        textField(func(s *Session) *string { return &s.ToAddress }),
	"Destination":      textField(func(s *Session) *string { return &s.Destination }),
	"EndpointId":       textField(func(s *Session) *string { return &s.EndpointID }),
	"EndpointName":     textField(func(s *Session) *string { return &s.EndpointName }),
	"CustomerId":       textField(func(s *Session) *string { return &s.CustomerID }),
	"CustomerName":     textField(func(s *Session) *string { return &s.CustomerName }),
	"FlowId":           textField(func(s *Session) *string { return &s.FlowID }),
	"FlowName":         textField(func(s *Session) *string { return &s.FlowName }),
	"Outcome":          writable(func(s *Session) *string { return &s.Outcome }),
	"AnsweredByName":   textField(func(s *Session) *string { return &s.AnsweredByName }),
	"MachineDetection": textField(func(s *Session) *string { return &s.DetectedAs }),
	"DialStatus":       textField(func(s *Session) *string { return &s.DialStatus }),
	"Body": {get: func(s *Session) Value {
		v := orNothing(s.Body)
		if s.BodySecret {
			v = v.Secret()
		}
		return v
	}},
	"RecordingFileId": textField(func(s *Session) *string { return &s.RecordingFileID }),
	"Transcription":   textField(func(s *Session) *string { return &s.Transcription }),
	"ForwardedFrom":   textField(func(s *Session) *string { return &s.ForwardedFrom }),
	"Diversion":       textField(func(s *Session) *string { return &s.Diversion }),
	"CallerName":      textField(func(s *Session) *string { return &s.CallerName }),
	"StirVerstat":     textField(func(s *Session) *string { return &s.StirVerstat }),
	"SipCallId":       textField(func(s *Session) *string { return &s.SipCallID }),
	"ParentSessionId": textField(func(s *Session) *string { return &s.ParentSessionID }),
	"ConsoleData":     writable(func(s *Session) *string { return &s.ConsoleData }),
	"DialSipCode": {get: func(s *Session) Value {
		if s.DialSipCode == 0 {
			return Value{}
		}
		return Number(float64(s.DialSipCode))
	}},
	"Digits": {get: func(s *Session) Value {
		v := orNothing(s.Digits)
		if s.DigitsSecret {
			v = v.Secret()
		}
		return v
	}},
	"MediaUris": {get: func(s *Session) Value {
		l := make([]Value, len(s.MediaURIs))
		for i, u := range s.MediaURIs {
			l[i] = Text(u)
		}
		return List(l...)
	}},
	"SipHeader": {get: func(s *Session) Value {
		m := make(map[string]Value, len(s.SipHeader))
		for k, v := range s.SipHeader {
			m[k] = Text(v)
		}
		return Struct(m)
	}},
}

// Field is a built-in by its name; nothing when there is none.
func (s *Session) Field(name string) Value {
	if f, ok := sessionFields[name]; ok {
		return f.get(s)
	}
	return Value{}
}

// SessionFields are the names of the built-in Session fields, sorted.
func SessionFields() []string {
	names := make([]string, 0, len(sessionFields))
	for n := range sessionFields {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// CheckVariable tells whether name can be a variable of the session, and no
// built-in; it is a form for Param.Formed.
func CheckVariable(name string) error {
	if _, ok := sessionFields[name]; ok {
		return fmt.Errorf("Session.%s is built in", name)
	}
	return checkVariable(name)
}

// checkVariable tells whether name can be written: a variable may not take the
// name of a built-in, but three built-ins are there to be written.
func checkVariable(name string) error {
	if name == "" {
		return fmt.Errorf("the variable has no name")
	}
	if f, ok := sessionFields[name]; ok && f.set == nil {
		return fmt.Errorf("Session.%s is built in and can't be written", name)
	}
	return nil
}
