package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"ringflow/endpoints"
	"ringflow/session"
)

// toldOf is an event as a client reads it.
type toldOf struct {
	ID, Type, AccountID string
	Data                map[string]any
}

func (e toldOf) String() string { return fmt.Sprint(e.Type, " ", e.Data["message"]) }

// listener is a client of the stream.
type listener struct {
	t      *testing.T
	resp   *http.Response
	lines  *bufio.Scanner
	cancel func()
}

func (h *house) listen(who as, query string, more ...as) *listener {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), time.Minute)
	req, err := http.NewRequestWithContext(ctx, "GET", h.url+"/events"+query, nil)
	if err != nil {
		h.Fatal(err)
	}
	for _, f := range append(more, who) {
		f(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		h.Fatal(err)
	}
	l := &listener{h.T, resp, bufio.NewScanner(resp.Body), cancel}
	h.Cleanup(l.close)
	if resp.StatusCode == 200 {
		l.lines.Scan() // the first comment: it listens
	}
	return l
}

func (l *listener) close() {
	l.cancel()
	l.resp.Body.Close()
}

// next is the next event; none at the end of the stream.
func (l *listener) next() (e toldOf) {
	l.t.Helper()
	id, kind := "", ""
	for l.lines.Scan() {
		switch name, value, _ := strings.Cut(l.lines.Text(), ": "); name {
		case "id":
			id = value
		case "event":
			kind = value
		case "data":
			if err := json.Unmarshal([]byte(value), &e); err != nil || e.ID != id || e.Type != kind {
				l.t.Fatalf("id %s, event %s: %s: %v", id, kind, value, err)
			}
			return e
		}
	}
	return e
}

func (l *listener) want(want ...string) (last toldOf) {
	l.t.Helper()
	for _, w := range want {
		if last = l.next(); last.String() != w {
			l.t.Fatalf("%s, want %s", last, w)
		}
	}
	return last
}

func (h *house) happens(account, customer, session_, text string) {
	h.calls.feed.Publish(session.Event{Kind: session.Logged, AccountID: account, CustomerID: customer, SessionID: session_, Date: time.Now(), Message: text})
}

// Everybody is told of his own accounts, in order; types and sessions filter.
func TestEvents(t *testing.T) {
	h := newHouse(t)
	on := h.furnish(h.account)
	all, own, foreign := h.listen(admin, ""), h.listen(manager, ""), h.listen(basic("manager@other.test"), "")
	agents, one := h.listen(manager, "?types=agent.changed,registration.changed"), h.listen(manager, "?sessionId="+on.session)
	h.happens(h.account, "", "a", "first")
	h.happens(h.other, "", "b", "theirs")
	h.happens(h.account, "", on.session, "second")
	h.calls.feed.Publish(session.Event{Kind: session.AgentChanged, AccountID: h.account, EndpointID: "e", AgentState: endpoints.Ready, AgentReason: endpoints.SetByUser})
	h.calls.feed.Publish(session.Event{Kind: session.Registered, AccountID: h.account, EndpointID: "e", Registration: &session.Registration{SipUserName: "ann", Contacts: 2, Online: 1, UserAgent: "Phone/1"}})
	all.want("session.log first", "session.log theirs", "session.log second")
	own.want("session.log first", "session.log second")
	one.want("session.log second")
	if e := foreign.want("session.log theirs"); e.AccountID != h.other || e.Data["sessionId"] != "b" {
		t.Errorf("%+v", e)
	}
	if e := agents.next(); e.Type != "agent.changed" || e.Data["agentState"] != "Ready" || e.Data["endpointId"] != "e" {
		t.Errorf("%+v", e)
	}
	if e := agents.next(); e.Type != "registration.changed" || e.Data["sipUserName"] != "ann" || e.Data["contacts"] != 2.0 || e.Data["online"] != 1.0 || e.Data["userAgent"] != "Phone/1" {
		t.Errorf("%+v", e)
	}
	if n := h.listen(manager, "?accountIds="+h.other).resp.StatusCode; n != 404 {
		t.Errorf("another account: %d", n)
	}
	if n := h.listen(basic("user@default.test"), "").resp.StatusCode; n != 403 {
		t.Errorf("a phone user: %d", n)
	}
	if n := h.listen(manager, "?sessionId="+h.furnish(h.other).session).resp.StatusCode; n != 404 {
		t.Errorf("another's session: %d", n)
	}
	if n := h.listen(manager, "?types=coffee").resp.StatusCode; n != 400 {
		t.Errorf("no type: %d", n)
	}
	h.server.Close()
	if e := own.next(); e.ID == "" || own.next().ID == "" || own.next().ID != "" {
		t.Error("no end with the server")
	}
}

// A customer's login is told of its customer's, and of no other.
func TestEventsOfCustomers(t *testing.T) {
	h := newHouse(t)
	mine, below := &endpoints.Customer{AccountID: h.account, Name: "Mine"}, &endpoints.Customer{AccountID: h.account, Name: "Below"}
	for _, c := range []*endpoints.Customer{mine, below} {
		if err := h.server.Store.PutCustomer(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		below.ParentCustomerID = mine.ID
	}
	login := &endpoints.Login{EmailAddress: "kept@default.test", Roles: []endpoints.Role{endpoints.CustomerRole}, CustomerIDs: []string{mine.ID}, PasswordHash: h.hash, AccountIDs: []string{h.account}}
	if err := h.server.Store.PutLogin(t.Context(), login); err != nil {
		t.Fatal(err)
	}
	l := h.listen(basic("kept@default.test"), "")
	h.happens(h.account, "", "a", "the account's")
	h.happens(h.account, "another", "a", "another customer's")
	h.happens(h.account, mine.ID, "a", "mine")
	h.happens(h.account, below.ID, "a", "below")
	l.want("session.log mine", "session.log below")
}

// Who comes back is told what he missed; what isn't kept any more, or was told by
// another life of the server, is a gap.
func TestEventsAgain(t *testing.T) {
	h := newHouse(t)
	l := h.listen(manager, "")
	h.happens(h.account, "", "a", "1")
	last := l.want("session.log 1")
	l.close()
	h.happens(h.account, "", "a", "2")
	h.happens(h.other, "", "b", "theirs")
	h.happens(h.account, "", "a", "3")
	l = h.listen(manager, "", header("Last-Event-ID", last.ID))
	l.want("session.log 2", "session.log 3")
	h.listen(manager, "?lastEventId="+last.ID).want("session.log 2", "session.log 3")
	h.happens(h.account, "", "a", "4")
	l.want("session.log 4")

	for _, id := range []string{"formerlife-1", "x", last.ID + "000"} {
		l = h.listen(manager, "", header("Last-Event-ID", id))
		if e := l.next(); e.Type != "gap" {
			t.Errorf("after %s: %+v", id, e)
		}
		l.want("session.log 1", "session.log 2", "session.log 3", "session.log 4")
	}
	for range 5000 {
		h.happens(h.other, "", "b", "noise")
	}
	h.happens(h.account, "", "a", "5")
	l = h.listen(manager, "", header("Last-Event-ID", last.ID))
	if e := l.next(); e.Type != "gap" {
		t.Errorf("%+v", e)
	}
	l.want("session.log 5")
}

// Only so many streams for one login.
func TestEventsBounded(t *testing.T) {
	h := newHouse(t)
	for range followersOfLogin {
		h.listen(manager, "")
	}
	a := h.want(503, manager, "GET", "/events", "")
	if a.Header.Get("Retry-After") == "" {
		t.Error(a.body)
	}
	if n := h.listen(admin, "").resp.StatusCode; n != 200 {
		t.Error(n)
	}
}

func (h *house) dial(who as, query string, more ...as) (*websocket.Conn, *http.Response, error) {
	r := &http.Request{Header: http.Header{}}
	for _, f := range append(more, who) {
		f(r)
	}
	c, resp, err := websocket.Dial(h.Context(), h.url+"/events"+query, &websocket.DialOptions{HTTPHeader: r.Header})
	if c != nil {
		h.Cleanup(func() { c.CloseNow() })
	}
	return c, resp, err
}

// The same over a WebSocket, from our own pages and those that are listed.
func TestEventsSocket(t *testing.T) {
	h := newHouse(t, func(s *Server) { s.Origins = []string{"https://desk.example.com"} })
	c, _, err := h.dial(manager, "?types=session.log", header("Origin", "https://desk.example.com"))
	if err != nil {
		t.Fatal(err)
	}
	h.happens(h.other, "", "b", "theirs")
	var got []string
	for i := range 3 {
		h.happens(h.account, "", "a", fmt.Sprint(i))
		kind, data, err := c.Read(t.Context())
		var e toldOf
		if err != nil || kind != websocket.MessageText || json.Unmarshal(data, &e) != nil || e.AccountID != h.account {
			t.Fatalf("%v %v %s", err, kind, data)
		}
		got = append(got, e.String())
	}
	if !slices.Equal(got, []string{"session.log 0", "session.log 1", "session.log 2"}) {
		t.Error(got)
	}
	for _, refused := range []struct {
		who    as
		query  string
		origin string
		status int
	}{
		{manager, "", "https://evil.example.com", 403}, {nobody, "", "", 401}, {basic("user@default.test"), "", "", 403}, {manager, "?accountIds=" + h.other, "", 404},
	} {
		more := []as{}
		if refused.origin != "" {
			more = append(more, header("Origin", refused.origin))
		}
		if _, resp, err := h.dial(refused.who, refused.query, more...); err == nil || resp == nil || resp.StatusCode != refused.status {
			t.Errorf("%+v: %v %v", refused, resp, err)
		}
	}
	if c, _, err := h.dial(manager, "", header("Origin", h.url)); err != nil {
		t.Error("our own page:", err)
	} else if err := c.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Error(err)
	} else if _, _, err := c.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("who talks: %v", err)
	}
	go h.server.Close() // awaited by the house
	if _, _, err := c.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway || !strings.Contains(err.Error(), "the server stops") {
		t.Errorf("at the end: %v", err)
	}
}
