package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// texts notes what comes, and answers as the test wants.
type texts struct {
	mu  sync.Mutex
	got []*Text
	do  func(ctx context.Context, t *Text) *Status
}

func (x *texts) take(ctx context.Context, t *Text) *Status {
	x.mu.Lock()
	x.got = append(x.got, t)
	do := x.do
	x.mu.Unlock()
	if do == nil {
		return nil
	}
	return do(ctx, t)
}

func (x *texts) list() []*Text {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.got
}

// write sends a MESSAGE with any body.
func (p *peer) write(id string, cseq int, contentType, body string) {
	p.send(fmt.Sprintf("MESSAGE sip:+18005550100@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK%s%d;rport\r\nFrom: \"Bob\" <sip:bob@10.0.0.2>;tag=%s\r\n"+
		"To: <sip:+18005550100@10.0.0.1>\r\nCall-ID: %s\r\nCSeq: %d MESSAGE\r\nP-Asserted-Identity: <sip:+12125550123@x>\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", id, cseq, id, id, cseq, contentType, len(body), body))
}

// A MESSAGE is acknowledged only once it is kept; a retransmission is not a second text.
func TestMessageIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, x := newMemnet(), &texts{}
		ua := &UA{Directory: phones{}, OnText: x.take}
		ua.ServePacket(n.listen(addrA))
		p := &peer{t, n.listen(addrB), netip.MustParseAddrPort(addrA)}
		x.do = func(context.Context, *Text) *Status { time.Sleep(3 * time.Second); return nil }
		p.write("one", 1, "text/plain;charset=UTF-8", "Grüße")
		time.Sleep(time.Second)
		p.write("one", 1, "text/plain;charset=UTF-8", "Grüße") // nothing is answered yet
		p.quiet(time.Second)
		p.expect("200 MESSAGE")
		p.write("one", 1, "text/plain;charset=UTF-8", "Grüße")
		p.expect("200 MESSAGE")
		got := x.list()
		if len(got) != 1 {
			t.Fatalf("%d texts", len(got))
		}
		if m := got[0]; m.Body != "Grüße" || m.Key != "one 1" || m.RequestURI.User != "+18005550100" || m.From.Name != "Bob" || m.From.User != "bob" || m.Caller.Kind != Trunk && m.Caller.Name != "bob" || m.Header("p-asserted-identity") != "<sip:+12125550123@x>" {
			t.Errorf("%+v", m)
		}
		x.do = func(context.Context, *Text) *Status { return &Status{Code: 503, RetryAfter: 7 * time.Second} }
		p.write("two", 1, "text/plain", "hi")
		if m := p.expect("503 MESSAGE"); m.header("Retry-After") != "7" {
			t.Error(m.fields)
		}
		x.do = func(ctx context.Context, _ *Text) *Status { <-ctx.Done(); return &Status{Code: 503} }
		p.write("slow", 1, "text/plain", "hi")
		p.expect("503 MESSAGE")
		x.do = func(context.Context, *Text) *Status { panic("a fault") }
		p.write("panic", 1, "text/plain", "hi")
		p.expect("500 MESSAGE")
		if s := ua.Stats(); s.Panics != 1 {
			t.Error(s.Panics)
		}
		time.Sleep(80 * time.Second)
		synctest.Wait()
		if s := ua.Stats(); s.Strands != 0 {
			t.Errorf("left: %+v", s)
		}
		ua.Close()
	})
}

func TestMessageBodies(t *testing.T) {
	cpim := "From: <im:mallory@x>\r\nTo: <im:a@b>\r\n\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
	for _, c := range []struct {
		contentType, body, want string
		code                    int
	}{
		{"text/plain", "hi", "hi", 0},
		{"", "hi", "hi", 0},
		{"Text/Plain; charset=US-ASCII", "hi", "hi", 0},
		{"text/plain; charset=iso-8859-1", "Gr\xfc\xdfe", "Grüße", 0},
		{"text/plain; charset=utf-16be", "\x00h\x00i", "hi", 0},
		{"text/plain; charset=utf-8", "\xff\xfe", "", 400},
		{"text/plain; charset=ebcdic-us", "hi", "", 415},
		{"text/plain", "  \r\n", "", 400},
		{"text/html", "<b>hi</b>", "", 415},
		{"application/im-iscomposing+xml", "<x/>", "", 415},
		{"application/sdp", "v=0", "", 415},
		{"text/plain; charset", "hi", "", 415},
		{"message/cpim", cpim + "hello", "hello", 0},
		{"message/cpim", strings.ReplaceAll(cpim, "\r\n", "\n") + "hello", "hello", 0},
		{"message/cpim", "From: x\r\n\r\nhello", "", 400},
		{"message/cpim", "From: x\r\n\r\nContent-Type: message/cpim\r\n\r\n" + cpim + "hello", "", 415},
		{"message/cpim", "From: x\r\n\r\nContent-Type: text/html\r\n\r\n<b>", "", 415},
		{"message/cpim", "hello", "", 400},
	} {
		got, no := textOf(c.contentType, []byte(c.body), true)
		code := 0
		if no != nil {
			code = no.code
		}
		if got != c.want || code != c.code {
			t.Errorf("%s %q: %q, %d; want %q, %d", c.contentType, c.body, got, code, c.want, c.code)
		}
	}
}

func FuzzMessageBody(f *testing.F) {
	f.Add("text/plain; charset=utf-16", []byte("\xfe\xff\x00h"))
	f.Add("message/cpim", []byte("From: x\r\n\r\nContent-Type: text/plain\r\n\r\nhi"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		text, no := textOf(contentType, body, true)
		if (no == nil) != (strings.TrimSpace(text) != "") || len(text) > 4*len(body) || strings.ToValidUTF8(text, "") != text {
			t.Errorf("%q %v", text, no)
		}
	})
}

// A text goes to all of a user's devices; one that takes it is enough. Its Call-ID is its own.
func TestMessageToDevices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemnet()
		ua := &UA{Directory: phones{}}
		ua.ServePacket(n.listen(addrA))
		p := &peer{t, n.listen(addrB), netip.MustParseAddrPort(addrA)}
		send := func(o TextOut) chan error {
			done := make(chan error, 1)
			go func() { done <- ua.Text(t.Context(), o) }()
			return done
		}
		status := func(err error) int {
			if s, ok := errors.AsType[*Status](err); ok {
				return s.Code
			}
			return -1
		}
		if code := status(ua.Text(t.Context(), TextOut{User: "bob", Body: "hi"})); code != 480 {
			t.Error(code)
		}
		p.registered(ua, "sip:bob@10.0.0.2;x=1", "sip:bob@192.168.1.1")
		o := TextOut{User: "Bob", ID: "m1", Body: "hi\r\nthere", From: Party{Name: "An\r\nX-Evil: 1", User: "+1800\r\nX-Evil: 1"}}
		done := send(o)
		ids := map[string]bool{}
		for i := range 2 {
			m := p.expect("MESSAGE")
			if string(m.body) != "hi\r\nthere" || m.header("X-Evil") != "" || m.header("From") == "" || m.header("Route") != "<sip:proxy@10.0.0.7;lr>" || m.header("Content-Type") != "text/plain;charset=UTF-8" {
				t.Errorf("%s\n%v", m.line, m.fields)
			}
			ids[m.header("Call-ID")] = true
			p.reply(m, []int{486, 200}[i], "t", "")
		}
		if err := <-done; err != nil || len(ids) != 2 {
			t.Error(err, ids)
		}
		done = send(o) // again: the same Call-IDs
		for range 2 {
			m := p.expect("MESSAGE")
			if !ids[m.header("Call-ID")] {
				t.Errorf("%s is new", m.header("Call-ID"))
			}
			p.reply(m, 488, "t", "")
		}
		if code := status(<-done); code != 488 {
			t.Error(code)
		}
		if err := ua.Text(t.Context(), TextOut{User: "bob", From: Party{User: "a", Host: "x\r\nX-Evil: 1"}, Body: "x"}); err == nil {
			t.Error("a host of two lines passed")
		}
		rest(t, ua)
	})
}

// By a trunk: its challenge is answered, its refusal told, its silence is a 408.
func TestMessageByTrunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemnet()
		ua := &UA{Directory: phones{}}
		ua.ServePacket(n.listen(addrA))
		p := &peer{t, n.listen(addrB), netip.MustParseAddrPort(addrA)}
		ua.SetTrunks([]OutTrunk{{ID: "t", Host: "10.0.0.2", Port: 5060, UserName: "me", Password: "pw"}})
		send := func() chan error {
			done := make(chan error, 1)
			go func() {
				done <- ua.Text(t.Context(), TextOut{Trunk: "t", To: "sip:+12125550123@10.0.0.2", From: Party{User: "+18005550100"}, PAI: &Party{User: "+18005550100", Host: "10.0.0.1"}, Body: "hi"})
			}()
			return done
		}
		done := send()
		m := p.expect("MESSAGE")
		if m.header("Authorization") != "" || m.header("P-Asserted-Identity") != "<sip:+18005550100@10.0.0.1>" {
			t.Error(m.fields)
		}
		p.reply(m, 401, "t", "", `WWW-Authenticate: Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth"`)
		m = p.expect("MESSAGE")
		if a := m.header("Authorization"); !strings.Contains(a, `username="me"`) || !strings.HasPrefix(m.header("CSeq"), "2 ") {
			t.Error(m.fields)
		}
		p.reply(m, 202, "t", "")
		if err := <-done; err != nil {
			t.Error(err)
		}
		done = send() // under the nonce that it gave last
		m = p.expect("MESSAGE")
		if a := m.header("Authorization"); !strings.Contains(a, "nc=00000002") {
			t.Error(a)
		}
		p.reply(m, 404, "t", "")
		if s, ok := errors.AsType[*Status](<-done); !ok || s.Code != 404 {
			t.Error(s)
		}
		done = send()
		start := time.Now()
		if s, ok := errors.AsType[*Status](<-done); !ok || s.Code != 408 || time.Since(start) > 25*time.Second {
			t.Error(s, time.Since(start))
		}
		if err := ua.Text(t.Context(), TextOut{Trunk: "nobody", To: "sip:a@b", Body: "x"}); err == nil {
			t.Error("a trunk that is none took a text")
		}
		if s, _ := ua.TrunkState("t"); s.ActiveCalls != 0 {
			t.Errorf("%+v", s)
		}
		ua.Close()
	})
}
