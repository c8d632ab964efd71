package nodes

import (
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

// cookies tells whose cookies are meant. There are none where nobody keeps
// them, and none of a party who does not say who it is: all those would share
// them.
func cookies(x *flow.Execution) (party string, ok bool) {
	if x.Cookies == nil {
		x.Logf("no cookies are kept here")
		return "", false
	}
	party = x.Session.FromAddress
	if strings.EqualFold(x.Session.Direction, "Outgoing") {
		party = x.Session.ToAddress
	}
	party = strings.TrimSpace(party)
	if party == "" || strings.EqualFold(party, "anonymous") {
		x.Logf("the other party is anonymous: no cookies are kept of it")
		return "", false
	}
	return party, true
}
