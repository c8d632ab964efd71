package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// phones is a Directory in which every source is the phone of a user, bob; and 10.0.0.5 a
// trunk.
type phones struct{ trusting }

func (phones) TrunkBySource(src netip.AddrPort) (Caller, bool) {
	if src.Addr().String() == "10.0.0.5" {
		return Caller{Kind: Trunk, Name: "carrier"}, true
	}
	return Caller{Kind: User, ID: "2", Name: "bob"}, true
}

// lamps is an EventSource: what "alice" and others do, set by the test.
type lamps struct {
	ua    *UA
	mu    sync.Mutex
	calls map[string][]CallState
	box   MessageSummary
	err   error // of State
	slow  time.Duration
	asked []Watch
}

func (s *lamps) Subscribe(ctx context.Context, w Watch) (string, error) {
	s.mu.Lock()
	s.asked = append(s.asked, w)
	slow := s.slow
	s.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	switch w.Resource {
	case "secret":
		return "", &Status{Code: 403}
	case "broken":
		return "", errors.New("no database")
	case "panic":
		panic("a source's fault")
	case "12":
		return "Alice", nil // another name of hers
	}
	return "", nil
}

func (s *lamps) State(ctx context.Context, w Watch) (Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if w.Event == EventMessages {
		m := s.box
		return &m, nil
	}
	return &DialogInfo{Entity: "sip:" + w.Resource + "@10.0.0.1", Calls: s.calls[strings.ToLower(w.Resource)]}, nil
}

// set changes what a user does, and tells.
func (s *lamps) set(user string, calls ...CallState) {
	s.mu.Lock()
	s.calls[user] = calls
	s.mu.Unlock()
	s.ua.Notify(EventDialog, user)
}

func watching(t *testing.T) (*UA, *peer, *lamps) {
	t.Helper()
	n := newMemnet()
	s := &lamps{calls: map[string][]CallState{}}
	ua := &UA{Directory: phones{}, Events: s}
	s.ua = ua
	if err := ua.ServePacket(n.listen(addrA)); err != nil {
		t.Fatal(err)
	}
	return ua, &peer{t, n.listen(addrB), netip.MustParseAddrPort(addrA)}, s
}

// subscribes sends a SUBSCRIBE and returns the tag of its 200.
func (p *peer) subscribes(id, resource, event string, extra ...string) string {
	p.t.Helper()
	p.request("SUBSCRIBE", "sip:"+resource+"@10.0.0.1", id, id, "", 1, "", append([]string{"Event: " + event}, extra...)...)
	return p.expect("200 SUBSCRIBE").tag("To")
}

// told expects a NOTIFY with this state and words in its body, and takes it.
func (p *peer) told(state string, words ...string) msgOf {
	p.t.Helper()
	m := p.expect("NOTIFY")
	if s := m.header("Subscription-State"); !strings.HasPrefix(s, state) {
		p.t.Errorf("state %q, want %q", s, state)
	}
	for _, w := range words {
		if !strings.Contains(string(m.body), w) {
			p.t.Errorf("no %s in\n%s", w, m.body)
		}
	}
	p.reply(m, 200, "", "")
	return m
}

func (p *peer) resubscribes(id, contact, tag string, cseq int, extra ...string) {
	p.request("SUBSCRIBE", contact, id, id+"s"+itoa(cseq), tag, cseq, "", extra...)
}

// TestLamp: a lamp through a whole call: idle, rings, busy, held, idle.
func TestLamp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, s := watching(t)
		p.request("SUBSCRIBE", "sip:Ali%63e@10.0.0.1", "l1", "l1", "", 1, "", "o: dialog;id=7", "Accept: application/dialog-info+xml", "Expires: 120")
		ok := p.expect("200 SUBSCRIBE")
		if ok.header("Expires") != "120" || ok.header("Contact") == "" {
			t.Error(ok.fields)
		}
		m := p.told("active;expires=120", `version="0"`, `state="full"`, `entity="sip:Alice@10.0.0.1"`, "<state>terminated</state>")
		if m.header("Event") != "dialog;id=7" || m.header("Content-Type") != "application/dialog-info+xml" || m.tag("To") != "l1" || m.tag("From") != ok.tag("To") || m.header("Contact") == "" {
			t.Error(m.fields)
		}
		if w := s.asked[0]; w != (Watch{Caller{Kind: User, ID: "2", Name: "bob", By: "address"}, "dialog", "Alice", netip.MustParseAddrPort(addrB), "UDP"}) {
			t.Errorf("%+v", w)
		}
		time.Sleep(time.Second)
		ring := CallState{Dialog: DialogID{"c@1", "a", "b"}, Incoming: true, State: "early", Remote: Party{Name: `<"&>`, User: "carl", Host: "x"}}
		s.set("alice", ring)
		p.told("active;expires=119", `version="1"`, `call-id="c@1" local-tag="a" remote-tag="b" direction="recipient"`, "<state>early</state>", "sip:carl@x")
		s.set("alice", ring) // the same: nothing to tell
		ua.Notify(EventDialog, "somebody")
		ua.Notify(EventMessages, "alice")
		p.quiet(time.Second)
		ring.State = "confirmed"
		s.set("alice", ring)
		p.told("active", `version="2"`, "<state>confirmed</state>", `pvalue="yes"`)
		ring.Held = true
		s.set("alice", ring)
		p.told("active", `version="3"`, `pname="+sip.rendering" pvalue="no"`)
		s.set("alice")
		p.told("active", `version="4"`, "<state>terminated</state>")
		// It lasts as long as it was asked for.
		start := time.Now()
		m = p.nextWithin(2 * time.Minute)
		if m.what() != "NOTIFY" || m.header("Subscription-State") != "terminated;reason=timeout" || time.Since(start) > 120*time.Second || time.Since(start) < 110*time.Second {
			t.Error(m.what(), m.fields, time.Since(start))
		}
		p.reply(m, 200, "", "")
		s.set("alice", ring)
		p.quiet(time.Second)
		if n := ua.Stats().Subscriptions; n != 0 {
			t.Errorf("%d subscriptions", n)
		}
		rest(t, ua)
	})
}

// TestRefresh: a subscription is lengthened, given up, and has rules within its dialog.
func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, s := watching(t)
		tag := p.subscribes("r1", "12", "dialog")
		contact := "sip:x@10.0.0.1"
		p.told("active;expires=3600")
		s.set("alice", CallState{State: "trying"}) // 12 is hers
		p.told("active", "trying")
		time.Sleep(3000 * time.Second)
		p.resubscribes("r1", contact, tag, 2, "Event: dialog", "Expires: 900000", "Contact: <sip:moved@10.0.0.2:5060>")
		if m := p.expect("200 SUBSCRIBE"); m.header("Expires") != "3600" {
			t.Error(m.fields)
		}
		if m := p.told("active;expires=3600", "trying", `version="2"`); !strings.HasPrefix(m.line, "NOTIFY sip:moved@") {
			t.Error(m.line)
		}
		for i, c := range []struct {
			want, method string
			extra        []string
		}{
			{"423", "SUBSCRIBE", []string{"Event: dialog", "Expires: 59"}},
			{"489", "SUBSCRIBE", []string{"Event: message-summary"}},
			{"489", "SUBSCRIBE", []string{"Event: dialog;id=2"}},
			{"489", "SUBSCRIBE", nil},
			{"420", "SUBSCRIBE", []string{"Event: dialog", "Require: x"}},
			{"481", "BYE", nil},
			{"481", "NOTIFY", []string{"Event: dialog"}},
			{"481", "REFER", []string{"Refer-To: <sip:a@b>"}},
			{"481", "INVITE", nil},
		} {
			p.request(c.method, contact, "r1", "r1x"+itoa(i), tag, 10+i, "", c.extra...)
			if m := p.next(); m.what() != c.want+" "+c.method || c.want == "423" && m.header("Min-Expires") != "60" {
				t.Errorf("%s %v: %s", c.method, c.extra, m.what())
			} else if c.method == "INVITE" {
				p.request("ACK", contact, "r1", "r1x"+itoa(i), tag, 10+i, "")
			}
		}
		p.resubscribes("r1", contact, tag, 2, "Event: dialog") // repeated: the same answer, no NOTIFY
		p.expect("200 SUBSCRIBE")
		p.request("SUBSCRIBE", contact, "r1", "r1old", tag, 1, "", "Event: dialog")
		p.expect("500 SUBSCRIBE")
		p.request("SUBSCRIBE", contact, "r1", "r1other", "othertag", 30, "", "Event: dialog")
		p.expect("481 SUBSCRIBE")
		p.quiet(time.Second)
		p.resubscribes("r1", contact, tag, 40, "Event: dialog", "Expires: 0")
		if m := p.expect("200 SUBSCRIBE"); m.header("Expires") != "0" {
			t.Error(m.fields)
		}
		p.told("terminated;reason=timeout", "trying")
		s.set("alice")
		p.quiet(time.Second)
		p.resubscribes("r1", contact, tag, 41, "Event: dialog")
		p.expect("481 SUBSCRIBE")
		// Asked once: one NOTIFY (RFC 6665 4.4.3).
		p.subscribes("r2", "alice", "dialog", "Expires: 0")
		p.told("terminated;reason=timeout", "dialog-info")
		rest(t, ua)
	})
}

func TestSubscribeRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, s := watching(t)
		for i, c := range []struct {
			want, resource string
			extra          []string
		}{
			{"489", "alice", nil},
			{"489", "alice", []string{"Event: presence"}},
			{"489", "alice", []string{"Event: refer"}},
			{"400", "alice", []string{"Event: dialog;id=a b"}},
			{"400", "alice", []string{"Event: dialog;id=" + strings.Repeat("x", 129)}},
			{"423", "alice", []string{"Event: dialog", "Expires: 1"}},
			{"406", "alice", []string{"Event: dialog", "Accept: application/pidf+xml"}},
			{"420", "alice", []string{"Event: dialog", "Require: eventlist"}},
			{"403", "secret", []string{"Event: dialog"}},
			{"500", "broken", []string{"Event: dialog"}},
			{"500", "panic", []string{"Event: dialog"}},
		} {
			id := "q" + itoa(i)
			p.request("SUBSCRIBE", "sip:"+c.resource+"@10.0.0.1", id, id, "", 1, "", c.extra...)
			if m := p.next(); m.what() != c.want+" SUBSCRIBE" || c.want == "489" && m.header("Allow-Events") != "dialog, message-summary" {
				t.Errorf("%v: %s %v", c.extra, m.what(), m.fields)
			}
		}
		// The source takes too long: its answer is asked for in vain for 5 s.
		s.slow = time.Hour
		p.request("SUBSCRIBE", "sip:alice@10.0.0.1", "q90", "q90", "", 1, "", "Event: dialog")
		p.expect("500 SUBSCRIBE")
		s.slow = 0
		ua.Drain(true)
		p.request("SUBSCRIBE", "sip:alice@10.0.0.1", "q91", "q91", "", 1, "", "Event: dialog")
		p.expect("503 SUBSCRIBE")
		p.request("PUBLISH", "sip:alice@10.0.0.1", "q92", "q92", "", 1, "", "Event: presence")
		p.expect("489 PUBLISH")
		if n := ua.Stats().Subscriptions; n != 0 {
			t.Errorf("%d subscriptions", n)
		}
		time.Sleep(80 * time.Second)
		if s := ua.Stats(); s.Strands != 0 || s.Panics != 1 {
			t.Errorf("%+v", s)
		}
		ua.Close()
	})
}

// TestTrunksAndStrangersWatchNothing: a trunk gets 403, who is nobody a challenge.
func TestTrunksAndStrangersWatchNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemnet()
		s := &lamps{}
		ua := &UA{Directory: phones{}, Events: s}
		ua.ServePacket(n.listen(addrA))
		p := &peer{t, n.listen("10.0.0.5:5060"), netip.MustParseAddrPort(addrA)}
		p.request("SUBSCRIBE", "sip:alice@10.0.0.1", "t1", "t1", "", 1, "", "Event: dialog")
		p.expect("403 SUBSCRIBE")
		rest(t, ua)
		n = newMemnet()
		ua = &UA{Directory: somePeople(), Realm: testRealm, Events: s}
		ua.ServePacket(n.listen(addrA))
		p = &peer{t, n.listen(addrB), netip.MustParseAddrPort(addrA)}
		for i, event := range []string{"dialog", "message-summary", "nonsense"} {
			p.request("SUBSCRIBE", "sip:alice@10.0.0.1", fmt.Sprint("t2", i), fmt.Sprint("t2", i), "", 1, "", "Event: "+event)
			p.expect("401 SUBSCRIBE")
		}
		if len(s.asked) != 0 {
			t.Errorf("%+v", s.asked)
		}
		rest(t, ua)
	})
}
