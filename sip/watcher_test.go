package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestOneNotifyAtATime: while a NOTIFY is on its way no other is sent; what changed meanwhile
// comes at once after it, as it is then.
func TestOneNotifyAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, s := watching(t)
		p.subscribes("o1", "alice", "dialog")
		p.told("active")
		s.set("alice", CallState{State: "trying"})
		first := p.expect("NOTIFY")
		for i := range 50 {
			s.set("alice", CallState{State: "early", Remote: Party{User: fmt.Sprint("n", i), Host: "x"}})
		}
		if again := p.nextWithin(time.Second); again.branch() != first.branch() {
			t.Error("another NOTIFY while the first is on its way")
		}
		p.quiet(500 * time.Millisecond)
		p.reply(first, 200, "", "")
		p.told("active", `version="2"`, "sip:n49@x")
		p.quiet(time.Second)
		if n := ua.Stats().NotifyFailed; n != 0 {
			t.Errorf("%d failed", n)
		}
		ua.Close()
	})
}

// TestWatcherDies: who does not answer, or says that he knows of nothing, is told no more;
// who could not just now is kept.
func TestWatcherDies(t *testing.T) {
	for _, c := range []struct {
		code int
		kept bool
	}{{0, false}, {481, false}, {404, false}, {503, true}, {500, true}} {
		t.Run(itoa(c.code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ua, p, s := watching(t)
				tag := p.subscribes("d1", "alice", "dialog")
				m := p.expect("NOTIFY")
				if c.code != 0 {
					p.reply(m, c.code, "", "")
				} else {
					for range 10 {
						p.expect("NOTIFY")
					}
					time.Sleep(5 * time.Second)
				}
				synctest.Wait()
				want := map[bool]int64{true: 1}[c.kept]
				if st := ua.Stats(); st.Subscriptions != want || st.NotifyFailed != 1 {
					t.Errorf("%+v", st)
				}
				s.set("alice", CallState{State: "trying"})
				if c.kept {
					p.told("active", "trying")
				} else {
					p.quiet(5 * time.Second)
					p.resubscribes("d1", "sip:x@10.0.0.1", tag, 2, "Event: dialog")
					p.expect("481 SUBSCRIBE")
					rest(t, ua)
				}
				ua.Close()
			})
		})
	}
}

// TestSourceFails: a state that can't be had ends the subscription so that the phone comes
// again; a right that is gone ends it for good.
func TestSourceFails(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{{errors.New("no database"), "terminated;reason=probation;retry-after=30"}, {&Status{Code: 403}, "terminated;reason=rejected"}} {
		synctest.Test(t, func(t *testing.T) {
			ua, p, s := watching(t)
			p.subscribes("f1", "alice", "dialog")
			p.told("active")
			s.mu.Lock()
			s.err = c.err
			s.mu.Unlock()
			ua.Notify(EventDialog, "ALICE")
			if m := p.told(c.want); len(m.body) != 0 || m.header("Subscription-State") != c.want {
				t.Error(m.fields, string(m.body))
			}
			rest(t, ua)
		})
	}
}

// TestDropSubscriptions: a user who is no more is told no more.
func TestDropSubscriptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, s := watching(t)
		p.subscribes("u1", "alice", "dialog")
		p.told("active")
		p.subscribes("u2", "bob", "message-summary")
		p.told("active", "Messages-Waiting: no")
		s.slow = time.Second
		p.request("SUBSCRIBE", "sip:carl@10.0.0.1", "u3", "u3", "", 1, "", "Event: dialog") // still being decided
		synctest.Wait()
		ua.DropSubscriptions("alice")
		p.quiet(100 * time.Millisecond)
		ua.DropSubscriptions("BOB")
		for range 2 {
			if m := p.told("terminated;reason=rejected"); len(m.body) != 0 {
				t.Error(string(m.body))
			}
		}
		p.expect("503 SUBSCRIBE")
		if n := ua.Stats().Subscriptions; n != 0 {
			t.Errorf("%d subscriptions", n)
		}
		rest(t, ua)
	})
}

// TestSubscribeFlood: a user's subscriptions are bounded; what his phone made before a
// restart makes room, what others watch does not.
func TestSubscribeFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := watching(t)
		codes := map[string]int{}
		flood := func(from, n int, resource func(i int) string) {
			for i := from; i < from+n; i++ {
				id := fmt.Sprint("w", i)
				p.request("SUBSCRIBE", "sip:"+resource(i)+"@10.0.0.1", id, id, "", 1, "", "Event: dialog")
				for p.pending() {
					m := p.next()
					if m.what() == "NOTIFY" {
						p.reply(m, 200, "", "")
						continue
					}
					codes[m.what()]++
				}
			}
		}
		flood(0, userWatches+100, func(i int) string { return fmt.Sprint("u", i) })
		if codes["200 SUBSCRIBE"] != userWatches || codes["403 SUBSCRIBE"] != 100 || ua.Stats().Subscriptions != userWatches {
			t.Errorf("%v", codes)
		}
		clear(codes)
		flood(1000, 300, func(i int) string { return "u7" }) // one of those that it has
		if codes["200 SUBSCRIBE"] != 300 || ua.Stats().Subscriptions != userWatches {
			t.Errorf("%v %d", codes, ua.Stats().Subscriptions)
		}
		start := time.Now()
		ua.Close()
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("Close took %s", d)
		}
	})
}

// TestCloseTellsWatchers: at the end phones are asked to come again soon, and those that
// are being told something just then too.
func TestCloseTellsWatchers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, s := watching(t)
		p.subscribes("c1", "alice", "dialog")
		p.told("active")
		p.subscribes("c2", "carl", "dialog")
		p.expect("NOTIFY") // not taken
		s.slow = time.Hour
		p.request("SUBSCRIBE", "sip:dora@10.0.0.1", "c3", "c3", "", 1, "", "Event: dialog") // still being decided
		synctest.Wait()
		closed := make(chan struct{})
		start := time.Now()
		go func() { ua.Close(); close(closed) }()
		seen := map[string]int{}
		for len(seen) < 3 {
			m := p.next()
			if m.what() == "NOTIFY" {
				if m.header("Subscription-State") != "terminated;reason=probation;retry-after=10" {
					continue // the one that was not taken, again
				}
				p.reply(m, 200, "", "")
			}
			seen[m.what()+" "+m.header("Call-ID")]++
		}
		<-closed
		if seen["NOTIFY c1"] != 1 || seen["NOTIFY c2"] != 1 || seen["503 SUBSCRIBE c3"] != 1 {
			t.Error(seen)
		}
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("Close took %s", d)
		}
	})
}

// TestWatcherMoves: NOTIFYs go where the phone's last SUBSCRIBE came from, not where its
// Contact points.
func TestWatcherMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemnet()
		s := &lamps{calls: map[string][]CallState{}}
		ua := &UA{Directory: phones{}, Events: s}
		s.ua = ua
		ua.ServePacket(n.listen(addrA))
		nat := &peer{t, n.listen("10.0.0.2:40000"), netip.MustParseAddrPort(addrA)}
		behind := "Contact: <sip:bob@192.168.1.5:5060>"
		tag := nat.subscribes("m1", "alice", "dialog", behind)
		if m := nat.told("active"); !strings.HasPrefix(m.line, "NOTIFY sip:bob@192.168.1.5:5060 ") {
			t.Error(m.line)
		}
		moved := &peer{t, n.listen("10.0.0.2:40001"), netip.MustParseAddrPort(addrA)}
		moved.resubscribes("m1", "sip:x@10.0.0.1", tag, 2, "Event: dialog", behind)
		moved.expect("200 SUBSCRIBE")
		moved.told("active")
		s.set("alice", CallState{State: "trying"})
		moved.told("active", "trying")
		nat.quiet(time.Second)
		ua.Close()
	})
}

// TestWatchersInAll: the UA's share, and that what is removed gives its place back.
func TestWatchersInAll(t *testing.T) {
	var w watchers
	var all []*subscription
	add := func(user string) *reply {
		sub := &subscription{watch: Watch{Watcher: Caller{Name: user}, Event: EventDialog}}
		_, no := w.add(sub)
		if no == nil {
			w.place(sub, "Alice")
			all = append(all, sub)
		}
		return no
	}
	for i := range allWatches {
		if no := add(fmt.Sprint("u", i)); no != nil {
			t.Fatalf("%d: %+v", i, no)
		}
	}
	if no := add("x"); no == nil || no.code != 503 {
		t.Errorf("%+v", no)
	}
	if n := len(w.of(EventDialog, "aLICE")); n != allWatches {
		t.Errorf("%d watch", n)
	}
	for _, sub := range all {
		w.remove(sub)
		w.remove(sub)
	}
	if w.count() != 0 || len(w.users) != 0 || len(w.keys) != 0 {
		t.Errorf("%d left, %d users, %d keys", w.count(), len(w.users), len(w.keys))
	}
}
