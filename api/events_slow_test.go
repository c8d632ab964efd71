package api

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Who doesn't read for a while isn't dropped: what it got and what it is told that
// it lost is all there was, in order.
func TestEventsSlow(t *testing.T) {
	h := newHouse(t)
	l := h.listen(manager, "")
	const n = 20_000
	text := strings.Repeat("x", 1500)
	for i := range n {
		h.happens(h.account, "", "a", fmt.Sprint(i, " ", text))
	}
	h.happens(h.account, "", "last", "the end")
	next, lost := 0, 0
	for {
		e := l.next()
		if e.Data["sessionId"] == "last" {
			break
		}
		if e.Type == "gap" {
			some := int(e.Data["lost"].(float64))
			lost, next = lost+some, next+some
			if some == n { // the end among them
				t.Fatal(some)
			}
			if next > n { // the end was lost, too
				break
			}
			continue
		}
		var i int
		if _, err := fmt.Sscan(e.Data["message"].(string), &i); err != nil || i != next {
			t.Fatalf("%d after %d: %v", i, next, err)
		}
		next++
	}
	if lost == 0 || next < n {
		t.Errorf("%d lost of %d, read to %d", lost, n, next)
	}
	h.happens(h.account, "", "a", "goes on")
	if e := l.next(); e.String() != "session.log goes on" {
		t.Error(e)
	}
}

// A stream ends when the right to it does: a login that may no more, a key that is
// revoked, a session that is logged out.
func TestEventsRevoked(t *testing.T) {
	h := newHouse(t, func(s *Server) { s.lookAgain = 20 * time.Millisecond })
	key := h.newKey(manager, `{"name":"listens","scopes":["read"]}`)
	l, stays := h.listen(bearer(key.Key), ""), h.listen(manager, "")
	h.happens(h.account, "", "a", "1")
	l.want("session.log 1")
	h.want(204, manager, "DELETE", "/api-keys/"+key.Id, "")
	if e := l.next(); e.ID != "" {
		t.Errorf("a revoked key is told %s", e)
	}
	h.happens(h.account, "", "a", "2")
	stays.want("session.log 1", "session.log 2")
}
