package session_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"
)

// A third party that sprays sound at every port of the server before, during
// and after a call is neither heard nor answered (RTP inject and bleed).
func TestRTPSpray(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.number(did, dial("ring", map[string]any{"RecordCall": true}, nil, user(alice.ID)))
		var aliceHears ear
		h.phone("alice", "10.0.0.11").on(picksUp(&aliceHears, time.Second, 440, 0))

		attacker := h.net.listen(t, "10.0.0.66:40000")
		defer attacker.Close()
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			spray(attacker, stop)
		}()
		c := h.carrier.mustCall(toNumber(did))
		c.whistle(t, 880, 4*time.Second)
		if err := c.leg.Reinvite(t.Context()); err != nil {
			t.Error(err)
		}
		c.whistle(t, 880, time.Second)
		c.hangUp(t)
		close(stop)
		<-done

		if n := len(attacker.in); n != 0 {
			t.Errorf("the attacker got %d packets", n)
		}
		for who, e := range map[string]*ear{"the caller": c.ear, "Alice": &aliceHears} {
			if d := e.hears(1000); d > 0 {
				t.Errorf("%s heard the attacker for %s", who, d)
			}
		}
		if aliceHears.hears(880) < 4*time.Second {
			t.Errorf("Alice heard the caller for %s", aliceHears.hears(880))
		}
		left, right := sides(t, h, h.files()[0].ID)
		if left.hears(1000)+right.hears(1000) > 0 {
			t.Error("the attacker is in the recording")
		}
	})
}

// spray sends a loud tone of 1 kHz as PCMU, with the usual sequence numbers,
// from one address to all ports that the server may have, each 20 ms.
func spray(c *memConn, stop <-chan struct{}) {
	b := make([]byte, 12+160)
	b[0] = 0x80
	binary.BigEndian.PutUint32(b[8:], 0xbadbad)
	for i := range 160 {
		b[12+i] = byte(i/4%2) << 7 // full scale, up and down, four samples each
	}
	server := netip.MustParseAddr(serverHost)
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for seq := uint16(0); ; seq++ {
		binary.BigEndian.PutUint16(b[2:], seq)
		binary.BigEndian.PutUint32(b[4:], uint32(seq)*160)
		for port := uint16(30000); port < 30040; port++ {
			if _, err := c.WriteTo(b, net.UDPAddrFromAddrPort(netip.AddrPortFrom(server, port))); err != nil {
				return
			}
		}
		select {
		case <-t.C:
		case <-stop:
			return
		}
	}
}
