package session_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/media"
	"ringflow/session"
	"ringflow/sip"
)

// watchingPhone is a phone with lamps, as raw SIP. It answers each NOTIFY and keeps what
// was told of each call.
type watchingPhone struct {
	t     *testing.T
	h     *house
	name  string
	conn  *memConn
	seq   int
	event string // of subscriptions; empty: dialog

	mu    sync.Mutex
	told  map[string][]string // documents, by Call-ID
	last  string              // the document that came last, of whichever Call-ID
	reply chan string         // what isn't a NOTIFY
}

func (h *house) lampsOf(t *testing.T, name, addr string) *watchingPhone {
	w := &watchingPhone{t: t, h: h, name: name, conn: h.net.listen(t, addr+":5060"), told: map[string][]string{}, reply: make(chan string, 16)}
	over := make(chan struct{})
	go func() { defer close(over); w.read() }()
	t.Cleanup(func() { w.conn.Close(); <-over })
	return w
}

func (w *watchingPhone) send(text string) {
	w.conn.WriteTo([]byte(strings.ReplaceAll(text, "\n", "\r\n")), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(serverHost+":5060"))) //nolint:errcheck // a packet on a LAN
}

func (w *watchingPhone) read() {
	buf := make([]byte, 65536)
	for {
		n, _, err := w.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		text := string(buf[:n])
		if !strings.HasPrefix(text, "NOTIFY ") && !strings.HasPrefix(text, "OPTIONS ") {
			w.reply <- text
			continue
		}
		r := textproto.NewReader(bufio.NewReader(strings.NewReader(text)))
		r.ReadLine() //nolint:errcheck // the request line
		head, _ := r.ReadMIMEHeader()
		_, body, _ := strings.Cut(text, "\r\n\r\n")
		if strings.HasPrefix(text, "NOTIFY ") {
			w.mu.Lock()
			w.told[head.Get("Call-Id")] = append(w.told[head.Get("Call-Id")], body)
			w.last = body
			w.mu.Unlock()
		}
		w.send(fmt.Sprintf("SIP/2.0 200 OK\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\nContent-Length: 0\n\n",
			head.Get("Via"), head.Get("From"), head.Get("To"), head.Get("Call-Id"), head.Get("Cseq")))
	}
}

// subscribes watches somebody's lamp and returns the code of the answer.
func (w *watchingPhone) subscribes(of string) (id, code string) {
	w.seq++
	id = fmt.Sprintf("%s-%d", w.name, w.seq)
	uri := "sip:" + of + "@" + serverHost
	ask := func(cseq int, more string) string {
		w.send(fmt.Sprintf("SUBSCRIBE %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s-%d\nMax-Forwards: 70\nFrom: <sip:%s@%s>;tag=%s\nTo: <%s>\nCall-ID: %s\nCSeq: %d SUBSCRIBE\nContact: <sip:%s@%s>\nEvent: %s\nExpires: 600\n%sContent-Length: 0\n\n",
			uri, w.conn.addr, id, cseq, w.name, serverHost, id, uri, id, cseq, w.name, w.conn.addr, cmp.Or(w.event, sip.EventDialog), more))
		select {
		case r := <-w.reply:
			return r
		case <-time.After(5 * time.Second):
			w.t.Fatalf("SUBSCRIBE %s: no answer", of)
			return ""
		}
	}
	r := ask(1, "")
	if m := regexp.MustCompile(`nonce="([^"]+)"`).FindStringSubmatch(r); m != nil {
		ha2 := md5.Sum([]byte("SUBSCRIBE:" + uri))
		sum := md5.Sum([]byte(endpoints.HA1MD5(w.name, realm, password) + ":" + m[1] + ":00000001:c:auth:" + hex.EncodeToString(ha2[:])))
		r = ask(2, fmt.Sprintf("Authorization: Digest username=%q, realm=%q, nonce=%q, uri=%q, algorithm=MD5, qop=auth, nc=00000001, cnonce=\"c\", response=\"%x\"\n", w.name, realm, m[1], uri, sum))
	}
	return id, strings.Fields(r)[1]
}

// lamp is what was told last.
func (w *watchingPhone) lamp(id string) string {
	time.Sleep(100 * time.Millisecond) // of the bubble
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.told[id]); n > 0 {
		return w.told[id][n-1]
	}
	return ""
}

// shows asserts what the lamp says.
func (w *watchingPhone) shows(id string, words ...string) {
	w.t.Helper()
	doc := w.lamp(id)
	for _, word := range words {
		not, is := strings.CutPrefix(word, "!")
		if is == strings.Contains(doc, not) {
			w.t.Errorf("the lamp of %s: %q is not as wanted in\n%s", id, word, doc)
		}
	}
}

func (h *house) presence(t *testing.T, u *endpoints.Endpoint, want string) {
	t.Helper()
	if got := h.Presence(u.ID); got != want {
		t.Errorf("%s is %s, want %s", u.DisplayName, got, want)
	}
}

// rings rings for a while before it does as takes.
func rings(to chan<- *talking, d time.Duration) func(context.Context, *sip.Invite, *media.Port) error {
	return func(ctx context.Context, in *sip.Invite, port *media.Port) error {
		if err := in.Leg.Ring(ctx, false); err != nil {
			return err
		}
		select {
		case <-time.After(d):
			return takes(to)(ctx, in, port)
		case <-ctx.Done():
			return nil
		}
	}
}

// A lamp through a whole call: idle, ringing, busy, held, busy, idle; and of who calls.
func TestLamps(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, bob := h.user("alice"), h.user("bob", dial("ring", map[string]any{}, nil, ref{"String", "alice"}))
		h.user("carol")
		w := h.lampsOf(t, "carol", "10.0.0.20")
		ofAlice, code := w.subscribes("alice")
		if code != "200" {
			t.Fatal(code)
		}
		ofBob, _ := w.subscribes("bob")
		phone, bobs := h.phone("alice", "10.0.0.11"), h.phone("bob", "10.0.0.12")
		up := make(chan *talking, 1)
		phone.on(rings(up, 2*time.Second))
		w.shows(ofAlice, "<state>terminated</state>", `entity="sip:alice@`)
		h.presence(t, alice, session.PresenceIdle)

		called := make(chan *talking, 1)
		go func() { called <- bobs.mustCall(dials("alice")) }()
		time.Sleep(time.Second)
		w.shows(ofAlice, "<state>early</state>", `direction="recipient"`, "call-id=", "local-tag=", "remote-tag=", ">sip:bob@")
		w.shows(ofBob, "<state>early</state>", `direction="initiator"`, "!call-id=", ">sip:alice@")
		h.presence(t, alice, session.PresenceRinging)
		h.presence(t, bob, session.PresenceBusy)

		b, a := <-called, <-up
		w.shows(ofAlice, "<state>confirmed</state>", `pvalue="yes"`, "!call-id=")
		w.shows(ofBob, "<state>confirmed</state>")
		h.presence(t, alice, session.PresenceBusy)
		a.hold(t, true)
		w.shows(ofAlice, "<state>confirmed</state>", `pvalue="no"`)
		w.shows(ofBob, `pvalue="yes"`)
		h.presence(t, alice, session.PresenceHeld)
		a.hold(t, false)
		w.shows(ofAlice, `pvalue="yes"`)
		b.hangUp(t)
		w.shows(ofAlice, "<state>terminated</state>")
		w.shows(ofBob, "<state>terminated</state>")
		h.presence(t, bob, session.PresenceIdle)
	})
}

// A lamp shows who is of the same account, and nobody else is watched or watches.
func TestLampsAreTheAccounts(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.user("alice")
		carol := h.user("carol")
		w := h.lampsOf(t, "carol", "10.0.0.20")
		for of, want := range map[string]string{"alice": "200", "nobody": "404", "+18005550100": "404"} {
			if _, code := w.subscribes(of); code != want {
				t.Errorf("%s: %s, want %s", of, code, want)
			}
		}
		other := &endpoints.Account{Entity: endpoints.Entity{ID: endpoints.NewID()}, Name: "Other"}
		if err := h.store.PutAccount(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		mine := h.account
		h.account = other.ID
		h.user("mallory")
		h.account = mine
		if _, code := w.subscribes("mallory"); code != "404" {
			t.Errorf("a user of another account is watched: %s", code)
		}
		m := h.lampsOf(t, "mallory", "10.0.0.21")
		if _, code := m.subscribes("alice"); code != "404" {
			t.Errorf("a user of another account watches: %s", code)
		}
		// With another password the phone sees nothing any more.
		before := h.UA.Stats().Subscriptions
		carol.SetSipPassword(realm, "another-long-password-1")
		h.put(carol)
		time.Sleep(time.Second)
		if n := h.UA.Stats().Subscriptions; before != 1 || n != 0 {
			t.Errorf("%d subscriptions, then %d", before, n)
		}
	})
}

var _ sip.EventSource = (*session.Switchboard)(nil)
