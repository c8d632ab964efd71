package sip

import (
	"fmt"
	"testing"
)

// TestDialogKeepsItsConnection: requests inside of a dialog go by the connection
// that its INVITE came on, though its Contact names a place where nobody listens;
// and by another one as soon as a request of theirs came on that.
func TestDialogKeepsItsConnection(t *testing.T) {
	legs := make(chan *Leg, 1)
	ua := &UA{Directory: trusting{}}
	ua.Handler = picksUpTo(&audio{name: "alice"}, legs)
	addr := listenTCP(t, ua)
	one, two := newWireEnd(t, dialTCP(t, addr)), newWireEnd(t, dialTCP(t, addr))
	send := func(w *wireEnd, method, uri, toTag string, seq int, body string) {
		if toTag != "" {
			toTag = ";tag=" + toTag
		}
		fmt.Fprintf(w.c, "%s %s SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1:9;branch=z9hG4bK%s%d\r\nFrom: <sip:b@h>;tag=b\r\nTo: <sip:a@h>%s\r\n"+
			"Call-ID: conn\r\nCSeq: %d %s\r\n%s", method, uri, method, seq, toTag, seq, method, tail(body, []string{"Contact: <sip:b@192.0.2.1:9;transport=tcp>", "Allow: UPDATE"}))
	}
	send(one, "INVITE", "sip:a@h", "", 1, "v=0 offer")
	ok := one.expect("200 INVITE")
	send(one, "ACK", ok.contact(), ok.tag("To"), 1, "")
	l := <-legs
	errs := make(chan error, 1)
	go func() { errs <- l.Info(t.Context(), "a/b", []byte("x")) }()
	one.reply(one.expect("INFO"), 200, "", "")
	if err := <-errs; err != nil {
		t.Error(err)
	}
	send(two, "UPDATE", ok.contact(), ok.tag("To"), 2, "")
	two.expect("200 UPDATE")
	go l.Hangup(t.Context(), nil)
	two.reply(two.expect("BYE"), 200, "", "")
}
