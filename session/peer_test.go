package session_test

import (
	"context"
	"math"
	"net/netip"
	"sync"
	"testing"
	"time"

	"ringflow/media"
	"ringflow/sip"
)

// peer is somebody else's SIP: a carrier, or a phone. It is our own UA and
// media on another host, so it says on the wire what those say.
type peer struct {
	t     testing.TB
	ua    *sip.UA
	media *media.Engine
	host  string

	mu    sync.Mutex
	act   func(ctx context.Context, in *sip.Invite, p *media.Port) error // what it does with a call
	calls []*sip.Invite
}

func newPeer(t testing.TB, h *house, host string) *peer {
	t.Helper()
	p := &peer{t: t, host: host, media: newEngine(t, h.net, host)}
	p.ua = &sip.UA{Realm: "elsewhere", Directory: anyone{}, UserAgent: "Peer", Handler: p.invite}
	if err := p.ua.ServePacket(h.net.listen(t, host+":5060")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.ua.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// phone is a registered phone of a user.
func (h *house) phone(name, host string) *peer {
	h.t.Helper()
	p := newPeer(h.t, h, host)
	p.ua.SetTrunks([]sip.OutTrunk{{ID: "home", Name: "home", Host: serverHost, Port: 5060, Transport: "udp", UserName: name, Password: password, Domain: realm, Register: true}})
	for range 100 {
		time.Sleep(100 * time.Millisecond) // of the bubble
		for _, b := range h.UA.Bindings(name) {
			if b.Source.Addr() == netip.MustParseAddr(host) {
				return p
			}
		}
	}
	h.t.Fatalf("%s did not register from %s", name, host)
	return nil
}

// on says what the peer does with the next calls.
func (p *peer) on(act func(ctx context.Context, in *sip.Invite, port *media.Port) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.act = act
}

// called is how many INVITEs came so far.
func (p *peer) called() []*sip.Invite {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*sip.Invite(nil), p.calls...)
}

func (p *peer) invite(ctx context.Context, in *sip.Invite) error {
	p.mu.Lock()
	act := p.act
	p.calls = append(p.calls, in)
	p.mu.Unlock()
	if act == nil {
		return &sip.Status{Code: 480}
	}
	port, err := p.media.Open(media.PortOptions{Signalling: in.Source.Addr()})
	if err != nil {
		return err
	}
	defer port.Close()
	in.Leg.Attach(port)
	return act(ctx, in, port)
}

// refuses answers with a code; rings says for how long it rings before.
func refuses(code int, rings time.Duration) func(context.Context, *sip.Invite, *media.Port) error {
	return func(ctx context.Context, in *sip.Invite, _ *media.Port) error {
		if rings > 0 {
			if err := in.Leg.Ring(ctx, false); err != nil {
				return err
			}
			select {
			case <-time.After(rings):
			case <-ctx.Done():
				return nil
			}
		}
		return &sip.Status{Code: code}
	}
}

// picksUp rings, answers, and whistles until the call is over; what it hears
// goes into ear.
func picksUp(ear *ear, rings time.Duration, hz float64, talks time.Duration) func(context.Context, *sip.Invite, *media.Port) error {
	return func(ctx context.Context, in *sip.Invite, port *media.Port) error {
		if err := in.Leg.Ring(ctx, false); err != nil {
			return err
		}
		select {
		case <-time.After(rings):
		case <-ctx.Done():
			return nil
		}
		if err := in.Leg.Answer(ctx); err != nil {
			return err
		}
		defer ear.on(port)()
		if talks > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, talks)
			defer cancel()
		}
		port.Play(ctx, tone(hz, time.Second).Source(-1)) //nolint:errcheck // until the call is over
		ear.mu.Lock()
		defer ear.mu.Unlock()
		for len(port.Digits()) > 0 {
			ear.digits += string(<-port.Digits())
		}
		return nil
	}
}

// talking is a call that a peer placed.
type talking struct {
	leg  *sip.Leg
	port *media.Port
	ear  *ear
}

// call places a call to the server and waits for the answer.
func (p *peer) call(ctx context.Context, d sip.Dial) (*talking, error) {
	time.Sleep(10 * time.Millisecond) // of the bubble: no two calls start in one instant
	port, err := p.media.Open(media.PortOptions{})
	if err != nil {
		return nil, err
	}
	leg, err := p.ua.Dial(ctx, d, port)
	if err != nil {
		port.Close()
		return nil, err
	}
	c := &talking{leg: leg, port: port, ear: &ear{}}
	stop := c.ear.on(port)
	context.AfterFunc(leg.Context(), stop)
	return c, nil
}

// listens calls and tells what came before the end of an unanswered call:
// what was heard, and whether a 183 announced it.
func (p *peer) listens(t *testing.T, d sip.Dial) (e *ear, early bool, err error) {
	t.Helper()
	port, err := p.media.Open(media.PortOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	e = &ear{}
	defer e.on(port)()
	d.Progress = func(code int, sound bool) { early = early || code == 183 && sound }
	_, err = p.ua.Dial(t.Context(), d, port)
	return e, early, err
}

// mustCall is call for a test that expects an answer.
func (p *peer) mustCall(d sip.Dial) *talking {
	p.t.Helper()
	c, err := p.call(p.t.Context(), d)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// hangUp ends the call and waits until all have noticed.
func (c *talking) hangUp(t testing.TB) {
	t.Helper()
	if err := c.leg.Hangup(t.Context(), nil); err != nil {
		t.Error(err)
	}
	time.Sleep(time.Second) // of the bubble
}

// press sends digits and waits until they are through.
func (c *talking) press(t testing.TB, digits string) {
	t.Helper()
	if err := c.port.SendDigits(t.Context(), digits); err != nil {
		t.Error(err)
	}
}

// over waits until the far end has hung up.
func (c *talking) over(t testing.TB, within time.Duration) {
	t.Helper()
	select {
	case <-c.leg.Context().Done():
	case <-time.After(within):
		t.Errorf("the call is still up after %s", within)
		c.hangUp(t)
	}
	time.Sleep(time.Second) // of the bubble: the other side has noticed too
}

// toNumber is a carrier's call to a number of the house.
func toNumber(e164 string) sip.Dial {
	return sip.Dial{To: "sip:" + e164 + "@" + serverHost, From: sip.Party{Name: "Carla", User: "+14155550199", Host: carrierHost}}
}

// dials is a phone's call to whatever its user dialled.
func dials(text string) sip.Dial {
	return sip.Dial{To: "sip:" + text + "@" + serverHost, Trunk: "home", From: sip.Party{User: "me", Host: realm}}
}

// ear listens to what a port receives.
type ear struct {
	mu      sync.Mutex
	samples []int16
	digits  string // complete once the call is over
}

func (e *ear) WriteFrame(f media.Frame) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.samples = append(e.samples, f...)
}

func (e *ear) on(p *media.Port) func() { return p.Tap(nil, e) }

// forget clears what was heard so far.
func (e *ear) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.samples = nil
}

// pressed is what was pressed in the call.
func (e *ear) pressed() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.digits
}

// hears tells for how long there was a tone of that pitch, in windows of 50 ms.
func (e *ear) hears(hz float64) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	const window = 400
	n := 0
	for at := 0; at+window <= len(e.samples); at += window {
		if level(e.samples[at:at+window], hz) > 2000 {
			n++
		}
	}
	return time.Duration(n) * 50 * time.Millisecond
}

// level is the amplitude of one frequency (Goertzel).
func level(s []int16, hz float64) float64 {
	w := 2 * math.Pi * hz / media.ClipRate
	c := 2 * math.Cos(w)
	var a, b float64
	for _, v := range s {
		a, b = float64(v)+c*a-b, a
	}
	return 2 * math.Sqrt(a*a+b*b-c*a*b) / float64(len(s))
}
