package nodes

import (
	"errors"
	"fmt"
	"strings"

	"ringflow/flow"
)

// Bounds of a cookie.
const (
	maxCookieName = 100      // bytes
	maxCookie     = 16 << 10 // bytes
)

// cookieName is the form of a cookie's name.
func cookieName(name string) error {
	if len(name) > maxCookieName {
		return fmt.Errorf("%.40q… is longer than %d characters", name, maxCookieName)
	}
	return nil
}

var errUnnamed = &flow.ParameterError{Parameter: "Name", Text: "the cookie has no name"}

// cookies tells whose cookies are meant. There are none where nobody keeps
// them, and none of a party who does not say who it is: all those would share
// them.
func cookies(x *flow.Execution, name string) (party string, ok bool, err error) {
	if strings.TrimSpace(name) == "" {
		return "", false, errUnnamed
	}
	if x.Cookies == nil {
		x.Logf("no cookies are kept here")
		return "", false, nil
	}
	party = x.Session.FromAddress
	if strings.EqualFold(x.Session.Direction, "Outgoing") {
		party = x.Session.ToAddress
	}
	party = strings.TrimSpace(party)
	if party == "" || strings.EqualFold(party, "anonymous") {
		x.Logf("the other party is anonymous: no cookies are kept of it")
		return "", false, nil
	}
	return party, true, nil
}

// bounded tells whether a cookie is small enough to be kept.
func bounded(v flow.Value) error {
	if v.Size() > maxCookie {
		return &flow.ParameterError{Parameter: "Value", Text: errLongCookie.Error()}
	}
	return nil
}

var errLongCookie = errors.New("a cookie takes at most " + flow.Thousands(maxCookie) + " bytes")
