package media

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// Reports are taken from the host that RTP is latched to, from one port of it,
// and ours go there; when RTP moves to another host, they move as well.
func TestReportsFollowTheLatch(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		told, nat, other := netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("10.0.0.7"), netip.MustParseAddr("10.0.0.66")
		p := h.open(PortOptions{Signalling: nat})
		rtpTold, rtcpTold := n.listen(told), n.listen(told)
		rtpNAT, rtcpNAT, twin := n.listen(nat), n.listen(nat), n.listen(nat)
		stranger, late := n.listen(other), n.listen(told)
		for _, c := range []*memConn{rtpTold, rtcpTold, rtpNAT, rtcpNAT, twin, stranger, late} {
			defer c.Close()
		}
		reports := map[netip.AddrPort]int{} // of ours, by where they go
		n.hear(func(_, to netip.AddrPort, b []byte) {
			if isRTCP(b) {
				reports[to]++
			}
		})
		offer := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]v\r\ns=-\r\nc=IN IP4 %[1]v\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0\r\na=rtcp:%[3]d\r\n",
			told, rtpTold.addr.Port(), rtcpTold.addr.Port())
		if _, err := p.Answer([]byte(offer)); err != nil {
			t.Fatal(err)
		}
		const ssrc = 7
		seq := uint16(0)
		speak := func(c *memConn) {
			for range 10 {
				b := make([]byte, rtpHeader+160)
				seq++
				putRTP(b, false, 0, seq, uint32(seq)*160, ssrc)
				_, _ = c.WriteTo(b, net.UDPAddrFromAddrPort(p.LocalAddr()))
				time.Sleep(20 * time.Millisecond)
			}
		}
		report := func(c *memConn, ssrc uint32) (taken bool) {
			b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: ssrc}, rtcp.NewCNAMESourceDescription(ssrc, "x")})
			if err != nil {
				t.Fatal(err)
			}
			before := p.Stats().Foreign
			_, _ = c.WriteTo(b, net.UDPAddrFromAddrPort(p.rtcp.local()))
			time.Sleep(time.Second)
			return p.Stats().Foreign == before
		}
		expect := func(what string, c *memConn, ssrc uint32, want bool) {
			t.Helper()
			if got := report(c, ssrc); got != want {
				t.Errorf("%s: taken %v, want %v", what, got, want)
			}
		}
		reported := func(to *memConn) bool { // since the last time
			n.mu.Lock()
			defer n.mu.Unlock()
			some := reports[to.addr] > 0
			delete(reports, to.addr)
			return some
		}

		expect("before any sound", rtcpNAT, ssrc, false)
		speak(rtpNAT)
		expect("another host", stranger, ssrc, false)
		expect("another stream", rtcpNAT, ssrc+1, false)
		expect("the host of RTP", rtcpNAT, ssrc, true)
		expect("another port of it", twin, ssrc, false)
		expect("the same again", rtcpNAT, ssrc, true)
		for _, c := range []*memConn{rtcpNAT, rtcpTold, twin, stranger} {
			reported(c)
		}
		time.Sleep(10 * time.Second)
		if !reported(rtcpNAT) || reported(rtcpTold) || reported(twin) || reported(stranger) {
			t.Error("our reports do not go where the party's come from")
		}

		speak(rtpTold) // RTP moves to where the SDP said
		expect("the host where RTP was", rtcpNAT, ssrc, false)
		reported(rtcpNAT)
		reported(rtcpTold)
		time.Sleep(10 * time.Second)
		if reported(rtcpNAT) || !reported(rtcpTold) {
			t.Error("our reports did not move with RTP")
		}
		expect("another port of the new host", late, ssrc, true)
		expect("and that is locked", rtcpNAT, ssrc, false)
		expect("but the SDP's place wins", rtcpTold, ssrc, true)
		expect("for good", late, ssrc, false)
	})
}
