package sip

import (
	"strings"
	"testing"
	"testing/synctest"
)

// challenged answers req with a challenge of a realm.
func (p *peer) challenged(req msgOf, code int, realm string) {
	name := map[int]string{401: "WWW-Authenticate", 407: "Proxy-Authenticate"}[code]
	p.reply(req, code, "c", "", name+`: Digest realm="`+realm+`", nonce="n`+req.branch()+`", algorithm=MD5, qop="auth"`)
}

// hasCredentials tells of any Authorization.
func hasCredentials(m msgOf) bool {
	_, a := m.get("Authorization")
	_, b := m.get("Proxy-Authorization")
	return a || b
}

// TestTrunkChallenges: a carrier challenges the INVITE, then re-INVITE and BYE;
// each is answered once, the ACK repeats the INVITE's credentials; a challenge
// of another realm gets nothing.
func TestTrunkChallenges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		ua.SetTrunks([]OutTrunk{{ID: "t", Name: "carrier", Host: "10.0.0.2", UserName: "us", Password: "secret"}})
		legs := make(chan *Leg, 1)
		go func() {
			l, err := ua.Dial(t.Context(), Dial{To: "sip:+4930@10.0.0.2", Trunk: "t"}, &audio{name: "alice"})
			if err != nil {
				t.Error(err)
			}
			legs <- l
		}()
		inv := p.expect("INVITE")
		p.challenged(inv, 407, "carrier")
		p.expect("ACK")
		again := p.expect("INVITE")
		n1, _ := inv.cseq()
		if n2, _ := again.cseq(); !hasCredentials(again) || n2 != n1+1 || again.header("Call-ID") != inv.header("Call-ID") || again.branch() == inv.branch() {
			t.Error(again.fields)
		}
		p.reply(again, 200, "b", "v=0 answer")
		if ack := p.expect("ACK"); ack.header("Proxy-Authorization") != again.header("Proxy-Authorization") {
			t.Error("the ACK has not the INVITE's credentials")
		}
		l := <-legs

		errs := make(chan error, 1)
		go func() { errs <- l.Reinvite(t.Context()) }()
		p.challenged(p.expect("INVITE"), 401, "carrier")
		p.expect("ACK")
		re := p.expect("INVITE")
		if !hasCredentials(re) {
			t.Error("re-INVITE unanswered")
		}
		p.reply(re, 200, "", "v=0 answer")
		p.expect("ACK")
		if err := <-errs; err != nil {
			t.Error(err)
		}

		go func() { errs <- l.Info(t.Context(), "a/b", []byte("x")) }()
		p.challenged(p.expect("INFO"), 407, "somebody else")
		if err := <-errs; statusOf(err, 0).Code != 407 {
			t.Error(err)
		}

		go l.Hangup(t.Context(), nil)
		p.challenged(p.expect("BYE"), 407, "carrier")
		bye := p.expect("BYE")
		if !hasCredentials(bye) {
			t.Error("BYE unanswered")
		}
		p.challenged(bye, 407, "carrier") // wrong for it: no third one
		p.quiet(5e9)
		if s, _ := ua.TrunkState("t"); s.ActiveCalls != 0 {
			t.Errorf("%d calls still count", s.ActiveCalls)
		}
		rest(t, ua)
	})
}

// TestDigestLeak: whoever we did not call by a trunk gets no credentials,
// whatever realm it names.
func TestDigestLeak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		legs := make(chan *Leg, 1)
		ua, p, _ := facing(t, nil)
		ua.Handler = picksUpTo(&audio{name: "alice"}, legs)
		ua.SetTrunks([]OutTrunk{{ID: "t", Name: "carrier", Host: "10.0.0.2", UserName: "us", Password: "secret", Realm: "carrier"}})
		p.call("l1")
		l := <-legs
		errs := make(chan error, 1)
		go func() { errs <- l.Reinvite(t.Context()) }()
		p.challenged(p.expect("INVITE"), 407, "carrier")
		p.expect("ACK")
		if err := <-errs; statusOf(err, 0).Code != 407 {
			t.Error(err)
		}
		go l.Hangup(t.Context(), nil)
		p.challenged(p.expect("BYE"), 401, "carrier")
		p.quiet(5e9)

		go func() {
			_, err := ua.Dial(t.Context(), Dial{To: "sip:phone@10.0.0.2"}, &audio{})
			errs <- err
		}()
		p.challenged(p.expect("INVITE"), 401, "carrier")
		p.expect("ACK")
		if err := <-errs; statusOf(err, 0).Code != 401 || strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
		p.quiet(5e9)
		rest(t, ua)
	})
}
