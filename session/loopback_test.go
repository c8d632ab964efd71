package session_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/media"
	"ringflow/session"
	"ringflow/sip"
)

// One call over real sockets: what the bubble can't show is that the sockets
// and the clock of this machine do what those of the bubble do.
func TestLoopback(t *testing.T) {
	engine := func() *media.Engine {
		pacer := media.NewPacer(1)
		t.Cleanup(pacer.Close)
		e := &media.Engine{Pacer: pacer}
		t.Cleanup(func() { e.Close() })
		return e
	}
	h := &house{t: t, said: &speaker{}}
	h.build(engine(), t.TempDir())
	server, err := h.UA.Listen(t.Context(), "udp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	far := &peer{t: t, media: engine()}
	far.ua = &sip.UA{Realm: "elsewhere", Directory: anyone{}, Handler: far.invite}
	t.Cleanup(func() { far.ua.Close() })
	carrier, err := far.ua.Listen(t.Context(), "udp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(carrier.String())
	h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: "Carrier", Trunk: &endpoints.Trunk{
		Host: at.Addr().String(), Port: int(at.Port()), Transport: "udp", AllowedIPs: []string{at.String()},
	}})
	h.number(did, say("hello", "Welcome", ""))

	c, err := far.call(t.Context(), sip.Dial{To: "sip:" + did + "@" + server.(*net.UDPAddr).String(), From: sip.Party{User: "+14155550199", Host: "127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.leg.Context().Done():
	case <-time.After(time.Minute):
		t.Fatal("the server did not hang up")
	}
	if d := c.ear.hears(pitch("Welcome")); d < 800*time.Millisecond {
		t.Errorf("heard the greeting for %s, want a second", d)
	}
	if err := h.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Shutdown(nil)
	r, err := h.store.Record(t.Context(), h.sessionOf(t))
	if err != nil || r.Outcome != session.Completed || len(r.Legs) != 1 {
		t.Errorf("record %+v, %v", r, err)
	}
}
