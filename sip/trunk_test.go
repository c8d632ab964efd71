package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// carrier is a carrier's registrar: our own digest server, and what it was asked.
type carrier struct {
	t      *testing.T
	digest *digestServer

	mu       sync.Mutex
	code     int // what it answers instead; 0: properly
	minimum  time.Duration
	grant    time.Duration
	silent   map[netip.AddrPort]bool
	got      []string // "expires cseq nc", of the REGISTERs that were accepted
	asked    int
	contacts map[string]bool
}

func newCarrier(t *testing.T) *carrier {
	return &carrier{t: t, digest: newDigestServer("carrier.example"), silent: map[netip.AddrPort]bool{}, contacts: map[string]bool{}}
}

func (e *carrier) Credentials() Credentials {
	return Credentials{MD5: algMD5.hash("us", "carrier.example", "secret"), SHA256: algSHA256.hash("us", "carrier.example", "secret")}
}

func (e *carrier) serve(req *msg.Request, to target) (*msg.Response, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.asked++; e.silent[to.Addr] {
		return nil, &Status{Code: 408}
	}
	if e.code != 0 {
		return msg.NewResponse(e.code, ""), nil
	}
	c, _ := e.digest.credentials(req)
	if c == nil {
		return challenged(e.digest.challenge(false, false)), nil
	}
	switch _, v := e.digest.check(e.t.Context(), &fixed{e.Credentials()}, req, c); v {
	case goodCredentials:
	case staleNonce:
		return challenged(e.digest.challenge(true, false)), nil
	default:
		return challenged(e.digest.challenge(false, false)), nil
	}
	life, _ := parseSeconds(headerValue(req.Headers(), "Expires"))
	if life > 0 && life < e.minimum {
		res := msg.NewResponse(423, "")
		res.AppendHeader(msg.NewHeader("Min-Expires", itoa(int(e.minimum.Seconds()))))
		return res, nil
	}
	if life > 0 && e.grant > 0 {
		life = e.grant
	}
	contact := headerValue(req.Headers(), "Contact")
	res := msg.NewResponse(200, "")
	if e.contacts[contact] = life > 0; life > 0 {
		res.AppendHeader(msg.NewHeader("Contact", "<sip:other@192.0.2.77>;expires=3000"))
		res.AppendHeader(msg.NewHeader("Contact", contact+";expires="+itoa(int(life.Seconds()))))
	}
	e.got = append(e.got, fmt.Sprintf("%d %s %s", int(life.Seconds()), strings.Fields(headerValue(req.Headers(), "CSeq"))[0], c.nc))
	return res, nil
}

func (e *carrier) log() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.got, ", ")
}

func (e *carrier) requests() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked
}

type fixed struct{ c Credentials }

func (f *fixed) Credentials(_ context.Context, name string) (Credentials, error) {
	if name != "us" {
		return Credentials{}, errors.New("nobody")
	}
	return f.c, nil
}
func (f *fixed) TrunkBySource(netip.AddrPort) (Caller, bool) { return Caller{}, false }

func withTrunk(t *testing.T, edit func(*OutTrunk)) (*access, *fakeWire, *carrier) {
	z := &zone{ip: map[string]string{"carrier.example": "192.0.2.10 192.0.2.11"}}
	a, w := newTestAccess(&UA{Resolver: z})
	e := newCarrier(t)
	w.answers(e.serve)
	conf := OutTrunk{ID: "t", Name: "Carrier", Host: "carrier.example", UserName: "us", Password: "secret", Register: true}
	if edit != nil {
		edit(&conf)
	}
	a.trunks.set([]OutTrunk{conf})
	a.start()
	synctest.Wait()
	return a, w, e
}

func trunkState(t *testing.T, a *access) TrunkState {
	t.Helper()
	synctest.Wait()
	s, ok := a.trunks.state("t")
	if !ok {
		t.Fatal("there is no trunk")
	}
	return s
}

func TestTrunkRegisters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, w, e := withTrunk(t, nil)
		s := trunkState(t, a)
		if !s.Registered || s.LastError != "" || !s.LastSeen.Equal(time.Now()) || s.NextRefresh.Before(time.Now().Add(time.Minute)) {
			t.Errorf("%+v", s)
		}
		if e.log() != "600 2 00000001" { // challenged once, then under the same nonce
			t.Errorf("accepted: %s", e.log())
		}
		time.Sleep(time.Until(s.NextRefresh) + time.Second)
		if s = trunkState(t, a); !s.Registered || e.log() == "600 2 00000001" {
			t.Errorf("no refresh: %+v, %s", s, e.log())
		}
		if time.Until(s.NextRefresh) > 9*time.Minute+10*time.Second || time.Until(s.NextRefresh) < 5*time.Minute {
			t.Errorf("refresh of 10 minutes in %s", time.Until(s.NextRefresh))
		}
		a.stop()
		e.mu.Lock()
		defer e.mu.Unlock()
		for c, up := range e.contacts {
			if up {
				t.Errorf("%s is still registered", c)
			}
		}
		if len(e.contacts) != 1 || w.count("REGISTER UDP 192.0.2.10:5060") != e.asked {
			t.Errorf("%v, sent: %v", e.contacts, w.sent)
		}
	})
}

func TestTrunkIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, e := withTrunk(t, func(o *OutTrunk) {})
		defer a.stop()
		e.mu.Lock()
		e.minimum = 20 * time.Minute
		e.mu.Unlock()
		time.Sleep(10 * time.Minute)
		if s := trunkState(t, a); !s.Registered || !strings.Contains(e.log(), "1200 ") {
			t.Errorf("%+v, %s", s, e.log())
		}
		e.mu.Lock()
		e.grant = 30 * time.Second
		e.mu.Unlock()
		time.Sleep(30 * time.Minute)
		if s := trunkState(t, a); !s.Registered || time.Until(s.NextRefresh) > 25*time.Second {
			t.Errorf("a grant of 30 s is refreshed in %s", time.Until(s.NextRefresh))
		}
	})
}

func TestTrunkBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, e := withTrunk(t, func(o *OutTrunk) { o.Password = "wrong" })
		s := trunkState(t, a)
		if s.Registered || !strings.Contains(s.LastError, "401") || e.requests() != 2 {
			t.Errorf("%+v after %d requests", s, e.requests())
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := e.requests(); n < 10 || n > 60 {
			t.Errorf("%d requests in an hour of wrong credentials", n)
		}
		a.trunks.set([]OutTrunk{{ID: "t", Host: "carrier.example", UserName: "us", Password: "secret", Register: true}})
		if s := trunkState(t, a); !s.Registered {
			t.Errorf("new credentials: %+v", s)
		}
		e.mu.Lock()
		e.code = 503
		e.mu.Unlock()
		time.Sleep(10 * time.Minute)
		if s := trunkState(t, a); s.Registered || !strings.Contains(s.LastError, "503") || time.Until(s.NextRefresh) > 6*time.Minute {
			t.Errorf("%+v", s)
		}
		e.mu.Lock()
		e.code = 0
		e.mu.Unlock()
		time.Sleep(6 * time.Minute)
		if s := trunkState(t, a); !s.Registered || s.LastError != "" {
			t.Errorf("%+v", s)
		}
		a.stop()
	})
}

func TestTrunkFailsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, w, e := withTrunk(t, nil)
		defer a.stop()
		e.mu.Lock()
		e.silent[netip.MustParseAddrPort("192.0.2.10:5060")] = true
		e.mu.Unlock()
		time.Sleep(10 * time.Minute)
		if s := trunkState(t, a); !s.Registered || w.count("REGISTER UDP 192.0.2.11") == 0 {
			t.Errorf("%+v", s)
		}
		before := w.count("REGISTER UDP 192.0.2.10")
		time.Sleep(10 * time.Minute)
		if s := trunkState(t, a); !s.Registered || w.count("REGISTER UDP 192.0.2.10") != before {
			t.Error("it does not stay with the target that works")
		}
	})
}

// Only what changed is touched; what is gone unregisters.
func TestSetTrunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, e := withTrunk(t, nil)
		defer a.stop()
		conf := a.trunks.find("t").conf
		asked := e.requests()
		conf.Name, conf.MaxCalls = "Other name", 5
		a.trunks.set([]OutTrunk{conf, {ID: "u", Host: "192.0.2.30"}})
		if s := trunkState(t, a); !s.Registered || e.requests() != asked {
			t.Errorf("a new name made it register anew: %+v", s)
		}
		conf.UserName, conf.Password = "us", "secret"
		conf.Domain = "sip.carrier.example"
		a.trunks.set([]OutTrunk{conf})
		if s := trunkState(t, a); !s.Registered || !strings.Contains(e.log(), "0 3 ") {
			t.Errorf("another domain: %+v, %s", s, e.log())
		}
		conf.Register = false
		a.trunks.set([]OutTrunk{conf})
		if s := trunkState(t, a); s.Registered || !s.NextRefresh.IsZero() {
			t.Errorf("without register: %+v", s)
		}
		a.trunks.set(nil)
		if _, ok := a.trunks.state("t"); ok {
			t.Error("it is still there")
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		for c, up := range e.contacts {
			if up {
				t.Errorf("%s is still registered", c)
			}
		}
	})
}

func TestDrainUnregisters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _, e := withTrunk(t, nil)
		a.drain(true)
		if s := trunkState(t, a); s.Registered || !strings.HasSuffix(e.log(), "00000002") {
			t.Errorf("%+v, %s", s, e.log())
		}
		a.drain(false)
		if s := trunkState(t, a); !s.Registered {
			t.Errorf("%+v", s)
		}
		a.stop()
	})
}

func TestMaxCalls(t *testing.T) {
	a, w := newTestAccess(&UA{})
	a.trunks.set([]OutTrunk{{ID: "t", Host: "192.0.2.30", Port: 5066, Transport: "tcp", MaxCalls: 2}})
	code := func(err error) int {
		if s := (*Status)(nil); errors.As(err, &s) {
			return s.Code
		}
		return 0
	}
	one, err := a.outbound("t")
	if err != nil || one.URI.String() != "sip:192.0.2.30:5066;transport=tcp" || one.Network != "TCP" {
		t.Fatalf("%+v %v", one, err)
	}
	a.outbound("t")
	if _, err := a.outbound("t"); code(err) != 503 || w.notes[refusedQuota] != 1 {
		t.Errorf("the third call: %v", err)
	}
	one.done()
	one.done()
	if s, _ := a.trunks.state("t"); s.ActiveCalls != 1 {
		t.Errorf("%d calls", s.ActiveCalls)
	}
	one.heard(486, nil)
	if s, _ := a.trunks.state("t"); s.LastError != "" || s.LastSeen.IsZero() {
		t.Errorf("busy is the trunk's fault: %+v", s)
	}
	one.heard(0, transportError(errors.New("connection refused")))
	if s, _ := a.trunks.state("t"); !strings.Contains(s.LastError, "connection refused") {
		t.Errorf("%+v", s)
	}
	if _, err := a.outbound("nobody"); code(err) != 404 {
		t.Errorf("%v", err)
	}
}

// Credentials go to the trunk's own realm, once, and to nobody in a dialog who
// asks under another.
func TestAuthorize(t *testing.T) {
	a, _ := newTestAccess(&UA{})
	a.trunks.set([]OutTrunk{{ID: "t", Host: "192.0.2.30", UserName: "us", Password: "secret"}})
	out, err := a.outbound("t")
	if err != nil {
		t.Fatal(err)
	}
	challenge := func(code int, values ...string) *msg.Response {
		res := msg.NewResponse(code, "")
		name, _ := challengeNames(code)
		for _, v := range values {
			res.AppendHeader(msg.NewHeader(name, v))
		}
		return res
	}
	invite := func() *msg.Request { return parse(t, "INVITE", "sip:+15550001@192.0.2.30") }
	bye := func() *msg.Request { return parse(t, "BYE", "sip:x@192.0.2.31", "To: <sip:x@y>;tag=t") }

	if _, _, ok := out.authorize(bye(), challenge(401, `Digest realm="evil",nonce="n"`)); ok {
		t.Error("an unknown realm was learnt in a dialog")
	}
	name, value, ok := out.authorize(invite(), challenge(407, `Basic realm="r"`, `Digest realm="r",nonce="n1",qop="auth,auth-int",algorithm=MD5, Digest realm="r",nonce="n2",qop="auth",algorithm=SHA-256,opaque="o"`))
	c, err := parseDigest(value)
	if !ok || err != nil || name != "Proxy-Authorization" || c.algorithm != "SHA-256" || c.nonce != "n2" || c.opaque != "o" || c.nc != "00000001" ||
		c.uri != "sip:+15550001@192.0.2.30" || c.username != "us" {
		t.Fatalf("%v %s: %s", ok, name, value)
	}
	if want := algSHA256.response(algSHA256.hash("us", "r", "secret"), "n2", c.nc, c.cnonce, "auth", "INVITE", c.uri); c.response != want {
		t.Errorf("response %s, want %s", c.response, want)
	}
	again := invite()
	again.AppendHeader(msg.NewHeader(name, value))
	if _, _, ok := out.authorize(again, challenge(407, `Digest realm="r",nonce="n3",qop="auth"`)); ok {
		t.Error("refused credentials are sent again")
	}
	if _, v, ok := out.authorize(again, challenge(407, `Digest realm="r",nonce="n4",stale=true,qop="auth"`)); !ok || !strings.Contains(v, `nonce="n4"`) {
		t.Errorf("a stale nonce is not replaced: %s", v)
	}
	for _, evil := range []string{`Digest realm="other",nonce="n"`, `Digest realm="r",nonce="n",algorithm=MD5-sess`, `Digest realm="r",nonce="n",qop="auth-int"`, `Digest`, `Digest realm="r" nonce="n"`} {
		if _, v, ok := out.authorize(bye(), challenge(401, evil)); ok {
			t.Errorf("%s was answered: %s", evil, v)
		}
	}
	if _, _, ok := out.authorize(bye(), challenge(401, `Digest realm="r",nonce="n5"`)); !ok {
		t.Error("the trunk's own realm is not answered in a dialog")
	}
	if _, _, ok := out.authorize(invite(), challenge(403, `Digest realm="r",nonce="n"`)); ok {
		t.Error("a 403 was answered")
	}
}

// A carrier that says when to come again is not asked before.
func TestTrunkRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, w, _ := withTrunk(t, nil)
		defer a.stop()
		var asked atomic.Int32
		w.answers(func(*msg.Request, target) (*msg.Response, error) {
			asked.Add(1)
			res := msg.NewResponse(503, "")
			res.AppendHeader(msg.NewHeader("Retry-After", "1200 (maintenance)"))
			return res, nil
		})
		time.Sleep(10 * time.Minute) // until the refresh
		before := asked.Load()
		if s := trunkState(t, a); before == 0 || s.Registered || time.Until(s.NextRefresh) < 10*time.Minute {
			t.Errorf("%+v after %d", s, before)
		}
		time.Sleep(8 * time.Minute)
		if n := asked.Load() - before; n != 0 {
			t.Errorf("asked %d times more", n)
		}
	})
}
