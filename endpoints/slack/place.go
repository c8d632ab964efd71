package slack

import (
	"encoding/json"
	"errors"
	"strings"
)

// place is where a message stands, and the Route of it.
type place struct {
	User    string `json:"user,omitempty"`
	Channel string `json:"channel"`
	Thread  string `json:"thread,omitempty"` // the timestamp of what began it
}

// address is the chat of a user in a thread.
func (p place) address() string { return p.User + "/" + p.Channel + "/" + p.Thread }

// placeOf is where a message to an address goes: U0123 (directly; the route knows in which thread),
// C0456, C0456/thread, or U0123/C0456/thread.
func placeOf(address string, route json.RawMessage) (place, error) {
	parts := strings.Split(address, "/")
	for _, p := range parts {
		if p == "" || len(p) > 64 || strings.Trim(strings.ToUpper(p), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" {
			return place{}, errors.New("it is no id of Slack's")
		}
	}
	switch person := strings.ContainsRune("UW", rune(parts[0][0])); {
	case len(parts) == 3 && person:
		return place{User: parts[0], Channel: parts[1], Thread: parts[2]}, nil
	case len(parts) == 2 && !person:
		return place{Channel: parts[0], Thread: parts[1]}, nil
	case len(parts) == 1 && person:
		var last place
		if json.Unmarshal(route, &last) == nil && last.User == address && strings.HasPrefix(last.Channel, "D") {
			return last, nil
		}
		return place{User: address, Channel: address}, nil // Slack opens the direct message
	case len(parts) == 1:
		return place{Channel: address}, nil
	}
	return place{}, errors.New("it is neither a user, a channel nor a thread")
}
