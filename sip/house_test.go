package sip

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// trusting is a Directory in which every source is a trunk.
type trusting struct{}

func (trusting) Credentials(context.Context, string) (Credentials, error) {
	return Credentials{}, fs.ErrNotExist
}

func (trusting) TrunkBySource(netip.AddrPort) (Caller, bool) {
	return Caller{Kind: Trunk, ID: "t1", Name: "carrier", By: "address"}, true
}

// audio is a Negotiator that notes what it is asked.
type audio struct {
	mu     sync.Mutex
	name   string
	log    []string
	offers int
	refuse bool
	closed int
}

func (a *audio) note(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.log = append(a.log, fmt.Sprintf(format, args...))
}

func (a *audio) Offer() ([]byte, error) {
	a.mu.Lock()
	a.offers++
	n := a.offers
	a.mu.Unlock()
	a.note("offer")
	return []byte(fmt.Sprintf("v=0 offer %s %d", a.name, n)), nil
}

func (a *audio) Answer(offer []byte) ([]byte, error) {
	if a.refuse {
		a.note("refuse")
		return nil, fmt.Errorf("no codec: %w", &Status{Code: 488})
	}
	a.note("answer %s", offer)
	return []byte("v=0 answer " + a.name), nil
}

func (a *audio) Accept(answer []byte) error { a.note("accept %s", answer); return nil }
func (a *audio) Rollback()                  { a.note("rollback") }

func (a *audio) Close() error {
	a.note("close")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed++
	return nil
}

func (a *audio) said() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(a.log, "; ")
}

// house is two UAs on a simulated network, and all that went over it.
type house struct {
	t    *testing.T
	net  *memnet
	a, b *UA
	mu   sync.Mutex
	wire []string // "10.0.0.1 INVITE", "10.0.0.2 200 INVITE", …
	at   []time.Duration
	t0   time.Time
	lose func(from netip.AddrPort, line string) bool
}

const (
	addrA = "10.0.0.1:5060"
	addrB = "10.0.0.2:5060"
)

// open makes the house; answer is b's handler.
func open(t *testing.T, b Handler) *house {
	t.Helper()
	h := &house{t: t, net: newMemnet(), t0: time.Now()}
	h.a = &UA{Directory: trusting{}, Handler: func(context.Context, *Invite) error { return &Status{Code: 486} }}
	h.b = &UA{Directory: trusting{}, Handler: b}
	h.net.pass = h.pass
	return h
}

func (h *house) serve() {
	h.t.Helper()
	for addr, ua := range map[string]*UA{addrA: h.a, addrB: h.b} {
		if err := ua.ServePacket(h.net.listen(addr)); err != nil {
			h.t.Fatal(err)
		}
	}
}

// summary is a datagram in a word: "INVITE", "200 BYE".
func summary(b []byte) string {
	p, _ := scan(b)
	if strings.HasPrefix(p.line, "SIP/") {
		_, method, _ := p.sequence()
		return p.line[8:11] + " " + method
	}
	m, _, _ := strings.Cut(p.line, " ")
	return m
}

func (h *house) pass(from, to netip.AddrPort, b []byte) bool {
	line := summary(b)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wire = append(h.wire, fmt.Sprintf("%s %s", from.Addr(), line))
	h.at = append(h.at, time.Since(h.t0))
	return h.lose == nil || !h.lose(from, line)
}

// times are the moments at which a message left.
func (h *house) times(what string) (out []time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, w := range h.wire {
		if w == what {
			out = append(out, h.at[i])
		}
	}
	return out
}

func (h *house) seen() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.wire, "\n")
}

// close ends both, after the time in which everything must be forgotten.
func (h *house) close() {
	h.t.Helper()
	time.Sleep(80 * time.Second)
	synctest.Wait()
	for name, ua := range map[string]*UA{"a": h.a, "b": h.b} {
		if s := ua.Stats(); s.Strands != 0 || s.Dialogs != 0 || s.Panics != 0 {
			h.t.Errorf("%s has %d strands and %d dialogs left, %d panics\n%s", name, s.Strands, s.Dialogs, s.Panics, h.seen())
		}
	}
	h.shut()
}

func (h *house) shut() {
	h.t.Helper()
	if err := errors.Join(h.a.Close(), h.b.Close()); err != nil {
		h.t.Error(err)
	}
}

func (h *house) dial(ctx context.Context, n Negotiator) (*Leg, error) {
	return h.a.Dial(ctx, Dial{To: "sip:bob@10.0.0.2", From: Party{Name: `Al "x"`, User: "alice"}}, n)
}

// picksUp is a handler that answers and stays until the leg ends.
func picksUp(n Negotiator) Handler {
	return func(ctx context.Context, in *Invite) error {
		in.Leg.Attach(n)
		if err := in.Leg.Answer(ctx); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}
}

// picksUpTo is picksUp that tells of the leg once it is up.
func picksUpTo(n Negotiator, legs chan<- *Leg) Handler {
	return func(ctx context.Context, in *Invite) error {
		in.Leg.Attach(n)
		if err := in.Leg.Answer(ctx); err != nil {
			return err
		}
		legs <- in.Leg
		<-ctx.Done()
		return nil
	}
}
