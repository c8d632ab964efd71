package sip

import (
	"testing"
	"testing/synctest"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// The four rules, in their order.
func TestWhoIsCalling(t *testing.T) {
	a, _ := newTestAccess(&UA{})
	trunk, stranger := from("127.0.0.2:5060"), from("198.51.100.1:5070")
	outside := "From: <sip:+15550001@carrier.example>;tag=x"

	t.Run("credentials make a user", func(t *testing.T) {
		req := parse(t, "INVITE", "sip:4000@"+testRealm)
		_, no := a.identify(req, stranger)
		who, no := a.identify(sign(t, req, no, "alice", "pw-alice"), stranger)
		if no != nil || who.Kind != User || who.Name != "alice" || who.By != "digest" {
			t.Errorf("%+v %+v", who, no)
		}
	})
	t.Run("credentials make a trunk, from anywhere", func(t *testing.T) {
		req := parse(t, "INVITE", "sip:4000@"+testRealm, outside)
		_, no := a.identify(req, stranger)
		who, no := a.identify(sign(t, req, no, "carrier", "pw-carrier"), stranger)
		if no != nil || who.Kind != Trunk || who.By != "digest" {
			t.Errorf("%+v %+v", who, no)
		}
	})
	t.Run("credentials go before the source", func(t *testing.T) {
		req := sign(t, parse(t, "INVITE", "sip:4000@"+testRealm, outside), a.digest.challenge(false, false), "alice", "pw-alice")
		if who, no := a.identify(req, trunk); no != nil || who.Kind != User {
			t.Errorf("%+v %+v", who, no)
		}
	})
	t.Run("wrong credentials are no trunk's", func(t *testing.T) {
		req := sign(t, parse(t, "INVITE", "sip:4000@"+testRealm, outside), a.digest.challenge(false, false), "alice", "wrong")
		if who, no := a.identify(req, trunk); no == nil || no.code != 401 {
			t.Errorf("%+v %+v", who, no)
		}
	})
	t.Run("a user's From is challenged, even from a trunk's source", func(t *testing.T) {
		if who, no := a.identify(parse(t, "INVITE", "sip:4000@"+testRealm), trunk); no == nil || no.code != 401 {
			t.Errorf("%+v %+v", who, no)
		}
	})
	t.Run("the same name at another host is not our user", func(t *testing.T) {
		req := parse(t, "INVITE", "sip:4000@"+testRealm, "From: <sip:alice@carrier.example>;tag=x")
		if who, no := a.identify(req, trunk); no != nil || who.Kind != Trunk {
			t.Errorf("%+v %+v", who, no)
		}
	})
	t.Run("a trunk's source is the trunk", func(t *testing.T) {
		who, no := a.identify(parse(t, "INVITE", "sip:4000@"+testRealm, outside), trunk)
		if no != nil || who.Kind != Trunk || who.By != "address" || who.Name != "Demo" {
			t.Errorf("%+v %+v", who, no)
		}
	})
	t.Run("the source of a binding is challenged", func(t *testing.T) {
		phone := from("127.0.0.2:5999") // a phone on the machine of a trunk
		res := a.registrar.register(parse(t, "REGISTER", "sip:"+testRealm, "To: <sip:alice@"+testRealm+">"),
			Caller{Kind: User, Name: "alice"}, "UDP", phone.addr, time.Now())
		if res.code != 200 {
			t.Fatalf("%+v", res)
		}
		if who, no := a.identify(parse(t, "INVITE", "sip:4000@"+testRealm, outside), phone); no == nil || no.code != 401 {
			t.Errorf("%+v %+v", who, no)
		}
	})
	t.Run("anybody else is challenged", func(t *testing.T) {
		if who, no := a.identify(parse(t, "INVITE", "sip:4000@"+testRealm, outside), stranger); no == nil || no.code != 401 {
			t.Errorf("%+v %+v", who, no)
		}
	})
	t.Run("a trunk's digest is no registration", func(t *testing.T) {
		req := parse(t, "REGISTER", "sip:"+testRealm, "To: <sip:carrier@"+testRealm+">")
		_, no := a.identify(req, trunk)
		if who, no := a.identify(sign(t, req, no, "carrier", "pw-carrier"), trunk); no == nil || no.code != 403 {
			t.Errorf("%+v %+v", who, no)
		}
	})
}

// Every method has a rule; nobody without credentials gets anything but a challenge,
// the words that a request is out of place, or OPTIONS.
func TestMethods(t *testing.T) {
	type want struct{ none, bad, other, alice int } // 0: may go on; -1: no answer
	table := map[string]want{
		"INVITE":    {401, 401, 401, 0},
		"REGISTER":  {401, 401, 401, 0},
		"OPTIONS":   {0, 401, 401, 0},
		"MESSAGE":   {401, 401, 401, 0},
		"SUBSCRIBE": {401, 401, 401, 0},
		"PUBLISH":   {401, 401, 401, 489},
		"REFER":     {401, 401, 401, 403},
		"NOTIFY":    {481, 481, 481, 481},
		"BYE":       {481, 481, 481, 481},
		"CANCEL":    {481, 481, 481, 481},
		"INFO":      {481, 481, 481, 481},
		"PRACK":     {481, 481, 481, 481},
		"UPDATE":    {481, 481, 481, 481},
		"ACK":       {-1, -1, -1, -1},
		"NEWMETHOD": {401, 401, 401, 501},
	}
	if len(table) != len(rules)+1 {
		t.Errorf("%d methods are tested, %d have a rule", len(table), len(rules))
	}
	src := from("198.51.100.1:5070")
	for method, w := range table {
		a, _ := newTestAccess(&UA{})
		code := func(req *msg.Request) int {
			_, no := a.identify(req, src)
			switch {
			case no == nil:
				return 0
			case no.code == 0:
				return -1
			}
			if no.code == 405 && headerOfReply(no, "Allow") == "" {
				t.Errorf("%s: 405 without Allow", method)
			}
			return no.code
		}
		request := func() *msg.Request { return parse(t, method, "sip:"+testRealm) }
		with := func(user, password string) *msg.Request {
			return sign(t, request(), a.digest.challenge(false, false), user, password)
		}
		got := want{code(request()), code(with("alice", "wrong")), code(with("mallory", "pw-mallory")), code(with("alice", "pw-alice"))}
		if got != w {
			t.Errorf("%s: got %+v, want %+v", method, got, w)
		}
	}
}

func headerOfReply(r *reply, name string) string {
	for _, h := range r.headers {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

// Nobody can tell from an answer whether a name exists.
func TestSameAnswerForUnknownAndWrong(t *testing.T) {
	a, _ := newTestAccess(&UA{})
	shape := func(user string) (out string) {
		req := sign(t, parse(t, "REGISTER", "sip:"+testRealm), a.digest.challenge(false, false), user, "guess")
		_, no := a.identify(req, from("198.51.100.1:5070"))
		for _, h := range no.headers {
			c, err := parseDigest(h[1])
			if err != nil {
				t.Fatal(err)
			}
			c.nonce = ""
			out += h[0] + c.realm + c.algorithm + c.qop + itoa(no.code)
			if c.stale {
				out += "stale"
			}
		}
		return out
	}
	if known, unknown := shape("alice"), shape("mallory"); known != unknown {
		t.Errorf("known %q, unknown %q", known, unknown)
	}
}

// A guesser is slowed down; the user he guesses at is not, from elsewhere.
func TestFailuresSlowDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, w := newTestAccess(&UA{})
		try := func(addr, password string) *reply {
			req := sign(t, parse(t, "REGISTER", "sip:"+testRealm), a.digest.challenge(false, false), "alice", password)
			_, no := a.identify(req, from(addr))
			return no
		}
		const home, guesser = "203.0.113.7:5060", "198.51.100.9:5060"
		if try(home, "pw-alice") != nil {
			t.Fatal("alice can't register")
		}
		for range failures {
			try(guesser, "guess")
		}
		if w.notes[refusedAuth] != failures {
			t.Errorf("%d failures were counted", w.notes[refusedAuth])
		}
		if no := try(guesser, "pw-alice"); no == nil || no.code != 401 {
			t.Errorf("the guesser's lucky hit was looked at: %+v", no)
		}
		if try(home, "pw-alice") != nil {
			t.Error("alice is locked out at home")
		}
		if try("203.0.113.99:5060", "pw-alice") != nil {
			t.Error("alice is locked out at a new place")
		}
		time.Sleep(failureSpan)
		if try(guesser, "pw-alice") != nil {
			t.Error("the source is locked out for good")
		}
	})
}

// Strangers get a limited number of answers, and leave nothing but that number.
func TestStrangersAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, w := newTestAccess(&UA{})
		ask := func(method, addr string) int {
			_, no := a.identify(parse(t, method, "sip:"+testRealm, "From: <sip:x@y.example>;tag=1"), from(addr))
			if no == nil {
				return 200
			}
			return no.code
		}
		answered := 0
		for i := range 3 * strangeBurst {
			if ask([]string{"INVITE", "OPTIONS", "REGISTER", "BYE"}[i%4], "198.51.100.1:"+itoa(1024+i)) != 0 {
				answered++
			}
		}
		if answered != strangeBurst || w.notes[refusedFlood] != 2*strangeBurst {
			t.Errorf("%d of %d answered, %d counted as flood", answered, 3*strangeBurst, w.notes[refusedFlood])
		}
		if ask("INVITE", "198.51.100.2:5060") != 401 {
			t.Error("another source pays for it")
		}
		time.Sleep(time.Second)
		answered = 0
		for range 100 {
			if ask("INVITE", "198.51.100.1:5060") != 0 {
				answered++
			}
		}
		if answered != strangeRate {
			t.Errorf("%d answers in the next second, want %d", answered, strangeRate)
		}
	})
}

// A phone that knows MD5 only gets a challenge that it can answer: by its name at
// once, else when it comes again without an answer.
func TestChallengeForOldPhones(t *testing.T) {
	a, _ := newTestAccess(&UA{})
	offers := func(method string, headers ...string) (n int) {
		_, no := a.identify(parse(t, method, "sip:"+testRealm, headers...), from("198.51.100.1:5070"))
		return len(no.headers)
	}
	old := "User-Agent: baresip v1.0.0 (x86_64/linux)"
	for i, got := range []struct{ got, want int }{
		{offers("REGISTER", old), 1},
		{offers("INVITE", old), 1},
		{offers("REGISTER", "Call-ID: x", "User-Agent: baresip v3.11.0 (x86_64/Linux)"), 2},
		{offers("REGISTER", "Call-ID: y", "CSeq: 5 REGISTER"), 2},
		{offers("REGISTER", "Call-ID: y", "CSeq: 5 REGISTER"), 2}, // repeated
		{offers("REGISTER", "Call-ID: y", "CSeq: 6 REGISTER"), 1}, // did not understand
		{offers("REGISTER", "Call-ID: y", "CSeq: 7 REGISTER"), 1},
		{offers("REGISTER", "Call-ID: z", "CSeq: 8 REGISTER"), 2},
	} {
		if got.got != got.want {
			t.Errorf("%d: %d algorithms, want %d", i, got.got, got.want)
		}
	}
	req := parse(t, "REGISTER", "sip:"+testRealm, "Call-ID: y", "CSeq: 8 REGISTER")
	_, no := a.identify(req, from("198.51.100.1:5070"))
	if who, no := a.identify(sign(t, req, no, "alice", "pw-alice"), from("198.51.100.1:5070")); no != nil || who.Name != "alice" {
		t.Errorf("MD5 is not good enough: %+v", no)
	}
	if n := offers("REGISTER", "Call-ID: y", "CSeq: 9 REGISTER"); n != 2 {
		t.Errorf("who answers is still taken for puzzled: %d", n)
	}
}
