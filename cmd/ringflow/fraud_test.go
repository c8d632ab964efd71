package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringflow/sip"
)

// Requests that make a server call, write or watch for somebody: a stranger gets
// a challenge or a refusal, a few times, and nothing else ever comes of them.
func TestStrangersRequestsDoNothing(t *testing.T) {
	h, port := carrierHouse(t)
	alice := h.user("Alice", h.flow("Idle", node("e", "EndNode", nil)))
	h.number(did, h.flow("Wait", node("a", "AnswerNode", M{"Done": next("w")}), node("w", "WaitNode", M{"Timeout": amount(5)})))
	carriers, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(carrierHost), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer carriers.Close()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 6)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i, c := range []struct{ method, to, extra string }{
		{"REFER", alice.SipUserName, "Refer-To: <sip:+12025550199@" + carrierHost + ":" + strconv.Itoa(port) + ">\r\n"},
		{"REFER", did, "Refer-To: <sip:+12025550199@" + h.sip.String() + ">\r\nReferred-By: <sip:" + alice.SipUserName + "@" + h.sip.String() + ">\r\n"},
		{"MESSAGE", alice.SipUserName, "Content-Type: text/plain\r\n"},
		{"SUBSCRIBE", alice.SipUserName, "Event: reg\r\nExpires: 60\r\n"},
		{"SUBSCRIBE", did, "Event: dialog\r\nExpires: 60\r\n"},
		{"PUBLISH", alice.SipUserName, "Event: presence\r\nExpires: 60\r\n"},
		{"NOTIFY", alice.SipUserName, "Event: message-summary\r\nSubscription-State: active\r\n"},
		{"INFO", did, "Content-Type: application/dtmf-relay\r\n"},
		{"BYE", did, ""},
		{"UPDATE", did, ""},
	} {
		m := fmt.Sprintf("%s sip:%s@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKs%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:mallory@example.com>;tag=m\r\nTo: <sip:%s@%s>\r\nCall-ID: s%d@stranger\r\nCSeq: 1 %s\r\nContact: <sip:mallory@%s>\r\n%sContent-Length: 0\r\n\r\n",
			c.method, c.to, h.sip, conn.LocalAddr(), i, c.to, h.sip, i, c.method, conn.LocalAddr(), c.extra)
		if _, err := conn.WriteToUDPAddrPort([]byte(m), h.sip); err != nil {
			t.Fatal(err)
		}
	}
	buf := make([]byte, 8192)
	_ = conn.SetReadDeadline(time.Now().Add(3 * time.Second))
	for {
		n, _, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			break
		}
		m := string(buf[:n])
		if !strings.HasPrefix(m, "SIP/2.0 4") {
			t.Errorf("a stranger got\n%s", m)
		}
	}
	_ = carriers.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, _, err := carriers.ReadFromUDPAddrPort(buf); err == nil {
		t.Errorf("the carrier got\n%s", buf[:n])
	}
	if s := h.ua.Stats(); s.Dialogs != 0 {
		t.Errorf("strangers hold %d dialogs", s.Dialogs)
	}
	if n := len(h.sessions("")); n != 0 {
		t.Errorf("strangers have made %d sessions", n)
	}
}

// A stolen phone is worth two calls at once and six a minute, at home, and no
// premium number: the rest leaves Dial by Failed, and nothing goes out.
func TestTollFraud(t *testing.T) {
	h := startHouse(t, "RINGFLOW_LOG_LEVEL=error")
	port := freePort(t)
	h.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	h.number(did, "")
	alices := h.user("Alice", h.flow("Out",
		node("d", "DialNode", M{"Destinations": destinations("{{ Session.Destination }}"), "Failed": next("f"), "No Answer": next("n"), "Busy": next("n"), "Rejected": next("n")}),
		node("f", "RejectNode", M{"Reason": text("Forbidden")}),
		node("n", "RejectNode", M{"Reason": text("Busy")})))
	carrier := h.talkerAt(t, carrierHost, uint16(port), 700, phoneAccount{})
	alice := h.talkerAt(t, "127.0.0.8", 0, 440, alices)

	out := 0 // calls that must have reached the carrier
	call := func(number string) *sip.Leg {
		t.Helper()
		leg, media, err := alice.phone.dial(t.Context(), number, "")
		if err != nil {
			t.Fatalf("call %d to %s: %v", out+1, number, err)
		}
		_ = media // the leg's
		out++
		select {
		case <-carrier.up:
		case <-time.After(time.Minute):
			t.Fatalf("call %d has not reached the carrier", out)
		}
		return leg
	}
	refused := func(number, why string) {
		t.Helper()
		leg, _, err := alice.phone.dial(t.Context(), number, "")
		var st *sip.Status
		if err == nil {
			_ = leg.Hangup(context.WithoutCancel(t.Context()), nil)
			t.Fatalf("%s was called", number)
		}
		if !errors.As(err, &st) || st.Code != 403 {
			t.Errorf("%s: %v, want the 403 behind the exit Failed", number, err)
		}
		h.eventually(fmt.Sprintf("the log of the call to %s says %q", number, why), func() bool {
			return slices.ContainsFunc(h.sessions(""), func(s sessionOf) bool {
				return s.Ended && s.Destination == number && strings.Contains(s.text(), why) && strings.Contains(s.text(), "could not be dialled")
			})
		})
	}
	one, two := call("+12025550101"), call("12025550102")
	refused("+12025550103", "limit: 2 outside calls of a user at once")
	for _, l := range []*sip.Leg{one, two} {
		if err := l.Hangup(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	h.allOver() // what counts them goes with the call, not with its dialog
	for _, number := range []string{"+12025550104", "+12025550105", "+12025550106", "+12025550107"} {
		l := call(number)
		if err := l.Hangup(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		h.allOver()
	}
	refused("+12025550108", "limit: 6 outside calls of a user a minute")
	// Not within the limits of a minute either, but for another reason.
	for number, why := range map[string]string{
		"+442071838750":   "allowedCountries",
		"011442071838751": "allowedCountries",
		"+5355512345":     "allowedCountries",
		"+19005550199":    "premium",
		"+18765550199":    "allowedCountries", // in the home country's numbering plan, and not at home
	} {
		refused(number, why)
	}
	if n := len(carrier.up); n != 0 {
		t.Errorf("%d calls more have reached the carrier", n)
	}
}
