package sip

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	msg "github.com/emiago/sipgo/sip"
)

const testRealm = "ringflow.test"

// people is a Directory of users with the password "pw-NAME" and trunks by source.
type people struct {
	users  map[string]Caller
	trunks map[netip.Addr]Caller
}

func (p *people) Credentials(_ context.Context, name string) (Credentials, error) {
	c, ok := p.users[name]
	if !ok {
		return Credentials{}, fmt.Errorf("nobody is called %q: %w", name, fs.ErrNotExist)
	}
	return Credentials{Caller: c, MD5: algMD5.hash(name, testRealm, "pw-"+name), SHA256: algSHA256.hash(name, testRealm, "pw-"+name)}, nil
}

func (p *people) TrunkBySource(src netip.AddrPort) (Caller, bool) {
	c, ok := p.trunks[src.Addr()]
	return c, ok
}

func somePeople() *people {
	return &people{
		users: map[string]Caller{
			"alice":   {Kind: User, ID: "1", Name: "alice"},
			"bob":     {Kind: User, ID: "2", Name: "bob"},
			"carrier": {Kind: Trunk, ID: "3", Name: "Carrier"},
		},
		trunks: map[netip.Addr]Caller{netip.MustParseAddr("127.0.0.2"): {Kind: Trunk, ID: "4", Name: "Demo"}},
	}
}

// fakeWire stands for the core: what it is asked to send goes to reply.
type fakeWire struct {
	mu    sync.Mutex
	sent  []string // "METHOD network address"
	reply func(req *msg.Request, to target) (*msg.Response, error)
	open  map[netip.AddrPort]bool
	notes map[refusal]int
	stops bool
	mine  netip.AddrPort
}

func (w *fakeWire) request(ctx context.Context, req *msg.Request, to target) (*msg.Response, error) {
	w.mu.Lock()
	w.sent = append(w.sent, fmt.Sprintf("%s %s %s", req.Method, to.Network, to.Addr))
	f := w.reply
	w.mu.Unlock()
	if f == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return f(req, to)
}

func (w *fakeWire) connected(_ string, addr netip.AddrPort) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open[addr]
}

func (w *fakeWire) contact(to target) (msg.Uri, error) {
	return msg.Uri{Scheme: "sip", Host: "192.0.2.1", Port: 5060}, nil
}

func (w *fakeWire) own(addr netip.AddrPort) bool { return addr == w.mine }

func (w *fakeWire) note(why refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.notes == nil {
		w.notes = map[refusal]int{}
	}
	w.notes[why]++
}

func (w *fakeWire) drains() bool { return w.stops }

func (w *fakeWire) count(method string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sent {
		if strings.HasPrefix(s, method) {
			n++
		}
	}
	return n
}

func newTestAccess(ua *UA) (*access, *fakeWire) {
	w := &fakeWire{mine: netip.MustParseAddrPort("192.0.2.1:5060"), open: map[netip.AddrPort]bool{}}
	if ua.Directory == nil {
		ua.Directory = somePeople()
	}
	ua.Realm = testRealm
	return newAccess(ua, w), w
}

// from is where a request came from, over UDP.
func from(addr string) hop {
	return hop{sock: &socket{network: "UDP"}, addr: netip.MustParseAddrPort(addr)}
}

// parse makes a request of its lines, as the intake does.
func parse(t testing.TB, method, uri string, headers ...string) *msg.Request {
	t.Helper()
	text := method + " " + uri + " SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1:5070;branch=z9hG4bKtest;rport\r\n"
	lines := ""
	for _, h := range headers {
		lines += h + "\r\n"
	}
	for _, h := range []string{"Max-Forwards: 70", "From: <sip:alice@" + testRealm + ">;tag=f1", "To: <sip:bob@" + testRealm + ">",
		"Call-ID: c1", "CSeq: 1 " + method, "Contact: <sip:alice@198.51.100.1:5070>"} {
		name, _, _ := strings.Cut(h, ":")
		if !strings.Contains("\r\n"+lines, "\r\n"+name+":") {
			lines += h + "\r\n"
		}
	}
	p, flt := scan([]byte(text + strings.ReplaceAll(lines, "Contact: none\r\n", "") + "\r\n"))
	if flt != nil {
		t.Fatalf("scan: %v", flt)
	}
	req, _, flt := validate(p, from("198.51.100.1:5070"))
	if flt != nil {
		t.Fatalf("validate: %v\n%s", flt, lines)
	}
	return req.Request
}

// challenged makes a response of a refusal, for a client to answer.
func challenged(r *reply) *msg.Response {
	res := msg.NewResponse(r.code, "")
	for _, h := range r.headers {
		res.AppendHeader(msg.NewHeader(h[0], h[1]))
	}
	return res
}

// sign puts credentials on req for the challenge in r.
func sign(t testing.TB, req *msg.Request, r *reply, user, password string) *msg.Request {
	t.Helper()
	if r == nil || r.code != 401 {
		t.Fatalf("no challenge to answer, but %+v", r)
	}
	name, value, ok := newDigestClient(user, password, "").answer(req, challenged(r), true)
	if !ok {
		t.Fatalf("the challenge can't be answered: %v", r.headers)
	}
	req.AppendHeader(msg.NewHeader(name, value))
	return req
}

// udp is an address as WriteTo takes it.
func (c *memConn) udp(addr string) net.Addr {
	return net.UDPAddrFromAddrPort(netip.MustParseAddrPort(addr))
}
