package media

import (
	"net"
	"net/netip"
	"testing"
	"time"
)

// sprayer is a third party that knows the ports and even the party's SSRC.
type sprayer struct {
	net.PacketConn
	seq  uint16
	ssrc uint32
	to   netip.AddrPort
	rtcp netip.AddrPort
}

// spray sends n rounds of a loud tone of 1,700 Hz with a right and a forged SSRC,
// a digit, reports and junk.
func (x *sprayer) spray(n int) {
	send := func(b []byte, to netip.AddrPort) { _, _ = x.WriteTo(b, net.UDPAddrFromAddrPort(to)) }
	for range n {
		x.seq++
		p := make([]byte, rtpHeader+160)
		for _, ssrc := range []uint32{7, x.ssrc} {
			putRTP(p, false, 0, x.seq, uint32(x.seq)*160, ssrc)
			loud := make(Frame, 160)
			_ = (&sine{hz: 1700, level: 16000, at: int(x.seq) * 160}).ReadFrame(loud)
			CodecByName("PCMU").Encode(p[rtpHeader:], loud)
			send(p, x.to)
		}
		for _, junk := range [][]byte{{0x80, 0xc8, 0, 0}, {0x80, 200, 0, 6, 0, 0, 0, 7, 1, 2, 3, 4}, {0x80}, make([]byte, 1500)} {
			send(junk, x.to)
			send(junk, x.rtcp)
		}
		digit := make([]byte, rtpHeader+4)
		putRTP(digit, true, eventPT, x.seq, uint32(x.seq)*160, 7)
		send(digit, x.to)
	}
}

// A third party sprays the ports before, during and after the answer. It is not
// heard, disturbs nothing, and gets no packet.
func TestSpray(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.open(PortOptions{}), h.open(PortOptions{})
		conn := n.listen(netip.MustParseAddr("10.0.0.66"))
		defer conn.Close()
		answered := 0
		n.hear(func(_, to netip.AddrPort, _ []byte) {
			if to == conn.addr {
				answered++
			}
		})
		x := &sprayer{PacketConn: conn, ssrc: a.out.ssrc, to: b.rtp.local(), rtcp: b.rtcp.local()}
		said := &ear{}
		b.Tap(nil, said)
		go func() { _ = a.Play(t.Context(), &sine{hz: 440, level: 8000}) }()
		go func() { _ = b.Play(t.Context(), &sine{hz: 500, level: 1000}) }()
		x.spray(10)
		h.connect(a, b)
		for range 300 {
			x.spray(1)
			time.Sleep(10 * time.Millisecond)
		}
		h.connect(a, b) // a re-INVITE
		for range 100 {
			x.spray(1)
			time.Sleep(10 * time.Millisecond)
		}
		s := said.take()
		if l := level(s, 1700); l > 60 {
			t.Errorf("the attacker is heard at %.0f", l)
		}
		for i := 1600; i+1600 <= len(s); i += 1600 {
			if l := level(s[i:i+1600], 440); l < 7900 || l > 8100 {
				t.Errorf("the party is heard at %.0f", l)
			}
		}
		if st := b.Stats(); st.Foreign < 2000 || st.Digits != 0 || st.LossPercent > 0 || st.Concealed > 0 {
			t.Errorf("%+v", st)
		}
		a.Close()
		b.Close()
		n.hear(nil)
		if answered > 0 {
			t.Errorf("the attacker got %d packets", answered)
		}
	})
}

// The same over real sockets, for both ways of reading, told by who was counted:
// how a machine under load sounds proves nothing.
func TestSprayOverLoopback(t *testing.T) {
	for _, blocking := range []bool{false, true} {
		h := newHouse(t, &Engine{Blocking: blocking})
		a, b := h.open(PortOptions{}), h.open(PortOptions{})
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 66)})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		x := &sprayer{PacketConn: conn, ssrc: a.out.ssrc, to: b.rtp.local(), rtcp: b.rtcp.local()}
		b.Tap(nil, noise{})
		x.spray(10)
		h.connect(a, b)
		for range 20 {
			x.spray(1)
			_ = a.Play(t.Context(), &sine{hz: 440, level: 8000, frames: 1})
		}
		h.connect(a, b)
		x.spray(10)
		_ = a.Play(t.Context(), &sine{hz: 440, level: 8000, frames: 5})
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		sent := a.Stats().PacketsOut
		eventually(t, "all packets of the party", func() bool { return b.Stats().PacketsIn >= sent })
		st := b.Stats()
		if st.PacketsIn != sent || st.LossPercent > 0 || st.Duplicates > 0 {
			t.Errorf("blocking %v: the party sent %d, %+v", blocking, sent, st)
		}
		if st.Foreign == 0 || st.Digits != 0 {
			t.Errorf("blocking %v: %+v", blocking, st)
		}
		b.Close()
		// What was sent to it over loopback is there by now.
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if n, from, err := conn.ReadFrom(make([]byte, 2000)); err == nil {
			t.Errorf("blocking %v: the attacker got %d bytes from %v", blocking, n, from)
		}
	}
}
