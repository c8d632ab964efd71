package session_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ringflow/session"
)

// However an inside address is written, the guarded client does not reach it.
func TestGuardedClient(t *testing.T) {
	reached := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inside.Close()
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := session.GuardedClient(nil)
	c.Timeout = 5 * time.Second
	for _, host := range []string{"127.0.0.1", "127.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "2130706433", "0x7f000001", "0177.0.0.1",
		"10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "[fe80::1]", "[fc00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::1]"} {
		r, err := c.Get("http://" + host + ":" + port + "/secret.wav")
		if err == nil {
			r.Body.Close()
			t.Errorf("%s was fetched", host)
		}
	}
	if reached {
		t.Error("a request reached the inside")
	}
}

func TestUnfetchableAddresses(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		for i, u := range []string{"file:///etc/passwd", "gopher://example.com/x", "http://user:secret@example.com/a.wav", "http:///a.wav", "ftp://example.com/a.wav", "://"} {
			number := "+1800555010" + string(rune('0'+i))
			h.number(number, node{id: "p", typ: "PlayNode", in: map[string]any{"Url": u}, to: map[string]string{"On Failure": "s"}}, say("s", "Sorry", ""))
			c := h.carrier.mustCall(toNumber(number))
			c.over(t, 5*time.Second)
			if c.ear.hears(pitch("Sorry")) < 800*time.Millisecond {
				t.Errorf("%s: On Failure was not taken", u)
			}
			for _, l := range h.record().Log {
				if strings.Contains(l.Message, "could not") && strings.Contains(l.Message, "secret") {
					t.Errorf("a password is in the log: %s", l.Message)
				}
			}
		}
	})
}
