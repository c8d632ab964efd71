package sip

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// TestWatcherOnTCP: NOTIFYs come by the connection of the SUBSCRIBE, though its Contact names
// a place where nobody listens; when it is gone, so is the subscription at the next change.
func TestWatcherOnTCP(t *testing.T) {
	s := &lamps{calls: map[string][]CallState{}}
	ua := &UA{Directory: phones{}, Events: s}
	s.ua = ua
	addr := listenTCP(t, ua)
	w := newWireEnd(t, dialTCP(t, addr))
	send := func(w *wireEnd, toTag string, seq int) {
		if toTag != "" {
			toTag = ";tag=" + toTag
		}
		fmt.Fprintf(w.c, "SUBSCRIBE sip:alice@h SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKs%d\r\nFrom: <sip:b@h>;tag=b\r\nTo: <sip:a@h>%s\r\n"+
			"Call-ID: lamp\r\nCSeq: %d SUBSCRIBE\r\nEvent: dialog\r\n%s", seq, toTag, seq, tail("", []string{"Contact: <sip:b@127.0.0.1:9;transport=tcp>"}))
	}
	told := func(w *wireEnd, words string) {
		t.Helper()
		m := w.expect("NOTIFY")
		if !strings.Contains(string(m.body), words) {
			t.Errorf("no %s in\n%s", words, m.body)
		}
		w.reply(m, 200, "", "")
	}
	send(w, "", 1)
	tag := w.expect("200 SUBSCRIBE").tag("To")
	told(w, "terminated")
	big := CallState{State: "early", Remote: Party{Name: strings.Repeat("long ", 300), User: "x", Host: "h"}}
	s.set("alice", big)
	told(w, "early")
	// The phone comes back by another connection.
	again := newWireEnd(t, dialTCP(t, addr))
	send(again, tag, 2)
	again.expect("200 SUBSCRIBE")
	told(again, "early")
	w.c.Close()
	s.set("alice")
	told(again, "terminated")
	again.c.Close()
	until(t, "both connections are gone", func() bool { return ua.Stats().Connections == 0 })
	if n := ua.Stats().Subscriptions; n != 1 {
		t.Errorf("%d subscriptions", n)
	}
	s.set("alice", big)
	until(t, "the subscription is gone", func() bool { return ua.Stats().Subscriptions == 0 })
	if n := ua.Stats().NotifyFailed; n != 1 {
		t.Errorf("%d NOTIFYs failed", n)
	}
}

// TestBigLampByDatagram: a NOTIFY over the usual size still leaves by UDP at once, though the
// phone has TCP too: what would be tried first may take its time.
func TestBigLampByDatagram(t *testing.T) {
	s := &lamps{calls: map[string][]CallState{"alice": {{State: "early", Remote: Party{Name: strings.Repeat("long ", 300), User: "x", Host: "h"}}}}}
	ua := &UA{Directory: phones{}, Events: s}
	defer ua.Close()
	home, err := ua.Listen(t.Context(), "udp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	phone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	if l, err := net.Listen("tcp", phone.LocalAddr().String()); err == nil {
		defer l.Close()
	}
	fmt.Fprintf(writer{phone, home}, "SUBSCRIBE sip:alice@h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKs;rport\r\nFrom: <sip:b@h>;tag=b\r\nTo: <sip:a@h>\r\n"+
		"Call-ID: lamp\r\nCSeq: 1 SUBSCRIBE\r\nEvent: dialog\r\n%s", tail("", nil))
	buf := make([]byte, 65536)
	phone.SetReadDeadline(time.Now().Add(40 * time.Second))
	for _, want := range []string{"200 SUBSCRIBE", "NOTIFY"} {
		n, _, err := phone.ReadFrom(buf)
		if err != nil || summary(buf[:n]) != want {
			t.Fatalf("%v: %.100s, want %s", err, buf[:n], want)
		}
	}
	if n := ua.Stats().Connections; n != 0 {
		t.Errorf("%d connections", n)
	}
}

// writer sends datagrams to one address.
type writer struct {
	pc net.PacketConn
	to net.Addr
}

func (w writer) Write(b []byte) (int, error) { return w.pc.WriteTo(b, w.to) }
