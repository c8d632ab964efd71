package sip

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// registered binds contacts to bob at the peer, without the digest that a REGISTER needs.
func (p *peer) registered(ua *UA, contacts ...string) {
	bind(ua, p.c.addr, contacts...)
}

func bind(ua *UA, from netip.AddrPort, contacts ...string) {
	r := ua.start().access.registrar
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range contacts {
		now := time.Now()
		r.add(&contact{Binding: Binding{User: "bob", Contact: c, Source: from, Transport: "UDP", Q: 1, Expires: now.Add(time.Hour), LastSeen: now,
			Path: []string{"<sip:proxy@10.0.0.7;lr>"}}, key: c, ping: now.Add(30 * time.Minute)})
	}
}

// TestMessagesUnasked: phones that subscribe to nothing are told of messages, all of them;
// a user who subscribed is told by that alone.
func TestMessagesUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemnet()
		s := &lamps{calls: map[string][]CallState{}}
		ua := &UA{Directory: phones{}, Events: s}
		s.ua = ua
		ua.ServePacket(n.listen(addrA))
		p := &peer{t, n.listen(addrB), netip.MustParseAddrPort(addrA)}
		desk := &peer{t, n.listen("10.0.0.3:5060"), p.to} // another phone of his
		ua.NotifyMWI("nobody", MessageSummary{New: 1})
		p.quiet(time.Second)
		p.registered(ua, "sip:bob@10.0.0.2;x=1", "sip:bob@192.168.1.1")
		ua.NotifyMWI("Bob", MessageSummary{Account: "sip:bob@10.0.0.1", New: 2, Old: 1})
		lines := map[string]bool{}
		for range 2 {
			m := p.told("terminated", "Messages-Waiting: yes\r\nMessage-Account: sip:bob@10.0.0.1\r\nVoice-Message: 2/1 (0/0)\r\n")
			if m.header("Event") != "message-summary" || m.header("Content-Type") != "application/simple-message-summary" || m.header("Route") != "<sip:proxy@10.0.0.7;lr>" {
				t.Error(m.fields)
			}
			lines[m.line] = true
		}
		if !lines["NOTIFY sip:bob@10.0.0.2;x=1 SIP/2.0"] || !lines["NOTIFY sip:bob@192.168.1.1 SIP/2.0"] {
			t.Error(lines)
		}
		// One phone refuses, one is silent: counted, and the newest of what came
		// meanwhile is told after it.
		ua.NotifyMWI("bob", MessageSummary{New: 3})
		p.reply(p.expect("NOTIFY"), 489, "", "")
		for i := range 20 {
			ua.NotifyMWI("bob", MessageSummary{New: 4 + i})
		}
		silent := p.expect("NOTIFY")
		again := 0
		for {
			m := p.next()
			if m.branch() != silent.branch() {
				if !strings.Contains(string(m.body), "Voice-Message: 23/0") {
					t.Errorf("%s", m.body)
				}
				p.reply(m, 200, "", "")
				break
			}
			again++
		}
		p.told("terminated", "Voice-Message: 23/0")
		if again == 0 || again > 5 {
			t.Errorf("sent %d times", again)
		}
		if n := ua.Stats().NotifyFailed; n != 2 {
			t.Errorf("%d failed", n)
		}
		p.quiet(time.Second)

		s.box = MessageSummary{New: 1}
		desk.subscribes("m1", "bob", "message-summary", "Accept: application/simple-message-summary")
		desk.told("active", "Messages-Waiting: yes")
		ua.NotifyMWI("bob", MessageSummary{New: 9})
		p.told("terminated", "Voice-Message: 9/0")
		p.told("terminated", "Voice-Message: 9/0")
		p.quiet(time.Second)
		bind(ua, desk.c.addr, "sip:bob@10.0.0.3")
		ua.NotifyMWI("bob", MessageSummary{New: 10})
		p.told("terminated", "Voice-Message: 10/0")
		p.told("terminated", "Voice-Message: 10/0")
		desk.quiet(time.Second)
		s.mu.Lock()
		s.box.New = 0
		s.mu.Unlock()
		ua.Notify(EventMessages, "bob")
		desk.told("active", "Messages-Waiting: no", "Voice-Message: 0/0 (0/0)")
		ua.Close()
		ua.NotifyMWI("bob", MessageSummary{}) // nothing, and nobody waits
	})
}

// TestMessagesAtClose: a phone that is silent holds up nobody.
func TestMessagesAtClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := watching(t)
		p.registered(ua, "sip:bob@10.0.0.2")
		ua.NotifyMWI("bob", MessageSummary{New: 1})
		p.expect("NOTIFY")
		start := time.Now()
		ua.Close()
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("Close took %s", d)
		}
	})
}
