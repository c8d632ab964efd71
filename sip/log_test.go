package sip

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestRubbish: what cannot be read is logged once a second, never with its
// text, and ends nothing.
func TestRubbish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen, logs := observer.New(zap.DebugLevel)
		n := newMemnet()
		ua := &UA{Directory: trusting{}, Log: zap.New(seen)}
		if err := ua.ServePacket(n.listen(addrA)); err != nil {
			t.Fatal(err)
		}
		p := &peer{t, n.listen(addrB), ua.core.sockets[0].local}
		for i := range 100 {
			p.send(fmt.Sprintf("REGISTER sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK%d\r\nAuthorization: hunter2\r\nFrom: \"broken\r\nTo: x\r\n\r\n", i))
			p.send(strings.Repeat("\x00hunter2", 20))
		}
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if n := logs.Len(); n != 1 {
			t.Errorf("%d log lines", n)
		}
		for _, e := range logs.All() {
			if text := fmt.Sprint(e.Message, e.ContextMap()); strings.Contains(text, "hunter2") {
				t.Errorf("the log has the message: %s", text)
			}
		}
		s := ua.Stats()
		if s.Refused["parse"] != 100 || s.Refused["junk"] != 100 || s.Strands != 0 {
			t.Errorf("%+v", s)
		}
		drainPeer(p)
		p.request("OPTIONS", "sip:a@b", "o", "o", "", 1, "")
		p.expect("200 OPTIONS")
		ua.Close()
	})
}
