package sip

import (
	"net/netip"
	"testing"
	"time"
)

// eventually waits for something on real sockets, 40 s at most.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("it never came that %s", what)
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-t.Context().Done():
		}
	}
}

// A phone on TCP is called over the connection that it registered by, and is offline
// as soon as that is gone.
func TestRegistrationOverTCP(t *testing.T) {
	server := &UA{Directory: somePeople(), Realm: testRealm}
	phone := &UA{Directory: trusting{}, Handler: picksUp(&audio{name: "phone"})}
	defer server.Close()
	defer phone.Close()
	at, err := server.Listen(t.Context(), "tcp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := phone.Listen(t.Context(), "tcp://127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	home := netip.MustParseAddrPort(at.String())
	phone.SetTrunks([]OutTrunk{{ID: "home", Host: home.Addr().String(), Port: int(home.Port()), Transport: "tcp",
		Domain: testRealm, UserName: "alice", Password: "pw-alice", Register: true}})
	eventually(t, "the phone registers", func() bool { s, _ := phone.TrunkState("home"); return s.Registered })

	list := server.Bindings("alice")
	if len(list) != 1 || list[0].Transport != "TCP" || list[0].Offline || list[0].Source.Port() == home.Port() {
		t.Fatalf("%+v", list)
	}
	leg, err := server.Dial(t.Context(), Dial{To: list[0].Contact, Binding: &list[0], From: Party{User: "bob", Host: testRealm}}, &audio{name: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	if n := server.Stats().Connections; n != 1 {
		t.Errorf("%d connections", n)
	}
	leg.Hangup(t.Context(), nil)

	// The connection breaks; the phone can't say goodbye.
	server.core.mu.RLock()
	var conns []*stream
	for _, s := range server.core.pool {
		conns = append(conns, s)
	}
	server.core.mu.RUnlock()
	for _, s := range conns {
		s.conn.Close()
	}
	eventually(t, "the binding is offline", func() bool {
		l := server.Bindings("alice")
		return len(l) == 1 && l[0].Offline
	})
}
