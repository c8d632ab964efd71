package endpoints

import (
	"encoding/base64"
	"slices"
	"strings"
)

// Callback is where what becomes of one call is told: as a webhook's events are, but of
// that call alone.
type Callback struct {
	URL    string
	Events []EventType // none: all of CallbackEvents
	Secret string      // signs; empty: Validate makes one
}

// CallbackEvents are what a call that was asked for is told of.
var CallbackEvents = []EventType{SessionStarted, SessionRinging, SessionAnswered, SessionDetected, SessionEnded}

// CallbackFrom begins, before the session's id, the From of what is told to its callback.
const CallbackFrom = "sessions/"

// Keys that sign have so many bytes, as the Standard Webhooks specification has it.
const (
	leastSecret = 24
	mostSecret  = 64
)

// Validate also trims, and gives a secret to a callback that came without.
func (c *Callback) Validate() error {
	c.URL, c.Secret = strings.TrimSpace(c.URL), strings.TrimSpace(c.Secret)
	if err := outsideURL("statusCallback", c.URL); err != nil {
		return err
	}
	slices.Sort(c.Events)
	c.Events = slices.Compact(c.Events)
	for _, e := range c.Events {
		if !slices.Contains(CallbackEvents, e) {
			return invalid("statusCallbackEvents", "%.64q is none; there are %v", e, CallbackEvents)
		}
	}
	if c.Secret == "" {
		c.Secret = newSecret()
		return nil
	}
	text, marked := strings.CutPrefix(c.Secret, SecretMark)
	key, err := base64.StdEncoding.DecodeString(text)
	if !marked || err != nil || len(key) < leastSecret || len(key) > mostSecret {
		return invalid("statusCallbackSecret", "isn't %s and, behind it, %d to %d bytes in base64", SecretMark, leastSecret, mostSecret)
	}
	return nil
}

// Wants tells whether c is to be told events of this type.
func (c *Callback) Wants(t EventType) bool { return len(c.Events) == 0 || slices.Contains(c.Events, t) }
