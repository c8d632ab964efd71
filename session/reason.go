package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"ringflow/flow"
	"ringflow/media"
	"ringflow/sip"
)

// This file is the one table between SIP's codes, the flow's exits and the
// words of a record.

// Outcomes of a session that no flow has set.
const (
	Completed  = "Completed"
	NoAnswer   = "NoAnswer"
	Busy       = "Busy"
	Rejected   = "Rejected"
	Failed     = "Failed"
	Cancelled  = "Cancelled"
	Error      = "Error"
	LimitedOut = "Limit"
)

// elsewhere is the Reason of a CANCEL to the devices that lost (RFC 3326).
var elsewhere = &sip.Status{Code: http.StatusOK, Cause: `SIP;cause=200;text="Call completed elsewhere"`}

// errMediaTimeout ends a leg from which nothing has come for too long.
var errMediaTimeout = errors.New("media timeout")

// errNoDevice: a user has nothing registered.
var errNoDevice = errors.New("no device registered")

// errRingTimeout: nobody answered in the time given.
var errRingTimeout = errors.New("nobody answered in time")

// errDeclined: the same user has declined at another device.
var errDeclined = errors.New("declined at another device")

// errRefused: a console declined the call, for a phone that rings or for the caller.
var errRefused = fmt.Errorf("%w: by a console", &sip.Status{Code: 603, Reason: "Declined"})

// errOffline: an offline device gave no sign while the user's others rang.
var errOffline = errors.New("offline, and gave no sign while the others rang")

// errDialOver ends what still rings when a dialling is over.
var errDialOver = errors.New("the dialling is over")

// hungUp is why a run ends when its party has gone: flow.ErrHungUp to the flow,
// the leg's own cause to the record.
type hungUp struct{ cause error }

func (e *hungUp) Error() string {
	if errors.Is(e.cause, sip.ErrRemoteBye) || errors.Is(e.cause, sip.ErrRemoteCancel) {
		return "the caller hung up"
	}
	return "the caller is gone: " + endWords(e.cause)
}
func (e *hungUp) Is(target error) bool { return target == flow.ErrHungUp }
func (e *hungUp) Unwrap() error        { return e.cause }

// dialStatus is DialStatus and the SIP code of an attempt that failed.
func dialStatus(err error) (status string, code int) {
	var s *sip.Status
	switch {
	case err == nil:
		return flow.DialAnswered, http.StatusOK
	case errors.Is(err, errRingTimeout):
		return flow.DialNoAnswer, 0
	case errors.Is(err, flow.ErrHungUp), errors.Is(err, sip.ErrRemoteCancel), errors.Is(err, elsewhere),
		errors.Is(err, errDeclined), errors.Is(err, errOffline), errors.Is(err, errDialOver):
		return flow.DialCancelled, 0
	case !errors.As(err, &s):
		return flow.DialFailed, 0
	}
	switch s.Code {
	case 486, 600:
		return flow.DialBusy, s.Code
	case 403, 603, 607:
		return flow.DialRejected, s.Code
	case 408, 480, 487:
		return flow.DialNoAnswer, s.Code
	}
	return flow.DialFailed, s.Code
}

// failover tells whether another trunk may succeed where this one did not: it
// is full or down, did not answer at all, or could not be reached.
func failover(err error) bool {
	var s *sip.Status
	if errors.As(err, &s) {
		return s.Code == 503 || s.Code == 408 || s.Code == 502 || s.Code == 504
	}
	return errors.Is(err, sip.ErrTransport)
}

// refusal is the SIP answer of an unanswered call whose flow ended with word.
func refusal(word string) *sip.Status {
	switch word {
	case "Busy":
		return &sip.Status{Code: 486}
	case "Rejected", "Declined":
		return &sip.Status{Code: 603}
	case "NotFound":
		return &sip.Status{Code: 404}
	case "Forbidden":
		return &sip.Status{Code: 403}
	case "Error":
		return &sip.Status{Code: 500}
	}
	return &sip.Status{Code: 480}
}

// full is what a call gets that can't be taken now. The time differs from call
// to call, so that they don't all come back in one moment.
func full(jitter int) *sip.Status {
	return &sip.Status{Code: 503, RetryAfter: time.Duration(5+jitter%26) * time.Second}
}

// mediaStatus gives the audio's errors their SIP codes.
func mediaStatus(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, media.ErrNoCodec):
		return fmt.Errorf("%w: %w", &sip.Status{Code: 488}, err)
	case errors.Is(err, media.ErrBadSDP):
		return fmt.Errorf("%w: %w", &sip.Status{Code: 400, Reason: "Bad session description"}, err)
	case errors.Is(err, media.ErrNoPorts):
		return fmt.Errorf("%w: %w", full(0), err)
	}
	return err
}

// endWords says in a record how a leg ended.
func endWords(cause error) string {
	var s *sip.Status
	switch {
	case cause == nil:
		return ""
	case errors.Is(cause, errMediaTimeout):
		return "media timeout"
	case errors.Is(cause, sip.ErrRemoteBye):
		return "bye from far end"
	case errors.Is(cause, sip.ErrRemoteCancel):
		return "cancelled by caller"
	case errors.Is(cause, sip.ErrNoACK):
		return "no ACK"
	case errors.Is(cause, sip.ErrTransport):
		return "transport failed"
	case errors.Is(cause, sip.ErrSessionExpired):
		return "session timer expired"
	case errors.Is(cause, sip.ErrHungUp):
		return "hung up by us"
	case errors.Is(cause, ErrShutdown), errors.Is(cause, sip.ErrClosed):
		return "server stopped"
	case errors.As(cause, &s):
		return statusWords(s)
	case errors.Is(cause, context.Canceled):
		return "hung up by us"
	}
	return strings.TrimPrefix(cause.Error(), "sip: ")
}

// statusWords is "486 Busy Here".
func statusWords(s *sip.Status) string {
	if s.Reason != "" {
		return fmt.Sprintf("%d %s", s.Code, s.Reason)
	}
	return fmt.Sprintf("%d %s", s.Code, sip.ReasonPhrase(s.Code))
}

// failWords says in a log why somebody wasn't reached.
func failWords(err error) string {
	var s *sip.Status
	switch {
	case errors.Is(err, elsewhere):
		return "answered elsewhere"
	case errors.Is(err, flow.ErrHungUp):
		return "the caller hung up"
	case errors.As(err, &s):
		return statusWords(s)
	case errors.Is(err, sip.ErrTransport):
		return "could not be reached"
	}
	return strings.TrimPrefix(err.Error(), "sip: ")
}
