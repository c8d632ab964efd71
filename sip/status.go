package sip

import (
	"errors"
	"fmt"
	"time"
)

// Status is a SIP final response as an error: a handler that returns one
// answers with it, and a failed Dial returns the far end's.
type Status struct {
	Code       int           // 300 to 699; in a BYE or CANCEL only Cause counts
	Reason     string        // reason phrase; empty: the standard one
	RetryAfter time.Duration // more than 0 adds Retry-After
	Cause      string        // value of a Reason header (RFC 3326), such as `SIP;cause=200;text="Call completed elsewhere"`
}

func (s *Status) Error() string {
	if s.Reason == "" {
		return fmt.Sprintf("sip: %d %s", s.Code, ReasonPhrase(s.Code))
	}
	return fmt.Sprintf("sip: %d %s", s.Code, s.Reason)
}

// Causes that end a leg's context. Ask with errors.Is(context.Cause(leg.Context()), …).
var (
	ErrRemoteBye      = errors.New("sip: the far end hung up")
	ErrRemoteCancel   = errors.New("sip: the caller gave up before the answer")
	ErrNoACK          = errors.New("sip: no ACK to our 200")
	ErrTransport      = errors.New("sip: transport failed")
	ErrSessionExpired = errors.New("sip: session timer expired")
	ErrHungUp         = errors.New("sip: we hung up")
	ErrClosed         = errors.New("sip: user agent closed")
)
