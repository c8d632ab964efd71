package session_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
)

// registers sends a REGISTER with this Call-ID, and waits for its 200.
func (w *watchingPhone) registers(id string, expires int) {
	w.t.Helper()
	uri := "sip:" + serverHost
	ask := func(more string) string {
		w.seq++
		me := "<sip:" + w.name + "@" + serverHost + ">"
		w.send(fmt.Sprintf("REGISTER %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bKr%s%d\nMax-Forwards: 70\nFrom: %s;tag=%s\nTo: %s\nCall-ID: %s\nCSeq: %d REGISTER\nContact: <sip:%s@%s>\nExpires: %d\n%sContent-Length: 0\n\n",
			uri, w.conn.addr, w.name, w.seq, me, id, me, id, w.seq, w.name, w.conn.addr, expires, more))
		select {
		case r := <-w.reply:
			return r
		case <-time.After(5 * time.Second):
			w.t.Fatal("REGISTER: no answer")
			return ""
		}
	}
	r := ask("")
	if m := regexp.MustCompile(`nonce="([^"]+)"`).FindStringSubmatch(r); m != nil {
		ha2 := md5.Sum([]byte("REGISTER:" + uri))
		sum := md5.Sum([]byte(endpoints.HA1MD5(w.name, realm, password) + ":" + m[1] + ":00000001:c:auth:" + hex.EncodeToString(ha2[:])))
		r = ask(fmt.Sprintf("Authorization: Digest username=%q, realm=%q, nonce=%q, uri=%q, algorithm=MD5, qop=auth, nc=00000001, cnonce=\"c\", response=\"%x\"\n", w.name, realm, m[1], uri, sum))
	}
	if !strings.HasPrefix(r, "SIP/2.0 200 ") {
		w.t.Fatalf("REGISTER: %s", r)
	}
}

// notified is how many NOTIFYs came, and the last one's words.
func (w *watchingPhone) notified() (n int, last string) {
	time.Sleep(5 * time.Second) // of the bubble
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, docs := range w.told {
		n += len(docs)
	}
	return n, w.last
}

// A phone that never subscribes sees what is in the box when it comes, and is not
// told again when it registers for longer.
func TestPhoneThatCameSeesItsBox(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, bob := h.user("alice"), h.user("bob")
		h.number(did, takesMessages(alice.ID)...)
		h.leaves(t, did, 600, 2*time.Second).hangUp(t)
		time.Sleep(time.Second)

		empty := h.lampsOf(t, "bob", "10.0.0.22")
		empty.registers("b1", 600)
		w := h.lampsOf(t, "alice", "10.0.0.21")
		told := func(when string, want int, words string) {
			t.Helper()
			n, last := w.notified()
			if n != want || !strings.Contains(last, words) {
				t.Errorf("%s: %d NOTIFYs, want %d; the last says %q", when, n, want, last)
			}
		}
		w.registers("a1", 600)
		told("it came", 1, "Voice-Message: 1/0")
		for range 20 {
			w.registers("a1", 600)
		}
		told("refreshed", 1, "")
		if err := h.store.MarkMessage(t.Context(), h.files()[0].ID, false); err != nil {
			t.Fatal(err)
		}
		w.registers("a2", 600)
		told("started again", 2, "Voice-Message: 0/1")
		w.registers("a2", 0)
		told("gone", 2, "")
		for i := range 10 { // a phone that comes and comes
			w.registers(fmt.Sprintf("a3-%d", i), 600)
		}
		told("a storm", 3, "Voice-Message: 0/1")
		if n, last := empty.notified(); n != 0 {
			t.Errorf("%s, whose box is empty, was told %d times: %s", bob.DisplayName, n, last)
		}
	})
}

// A phone that subscribes when it has registered is told by that, once.
func TestPhoneThatCameSubscribes(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, takesMessages(alice.ID)...)
		h.leaves(t, did, 600, 2*time.Second).hangUp(t)
		w := h.lampsOf(t, "alice", "10.0.0.21")
		w.event = "message-summary"
		w.registers("a1", 600)
		if _, code := w.subscribes("alice"); code != "200" {
			t.Fatal(code)
		}
		if n, last := w.notified(); n != 1 || !strings.Contains(last, "Voice-Message: 1/0") {
			t.Errorf("%d NOTIFYs, the last says %q", n, last)
		}
	})
}
