package media

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// Silence is a media timeout only if the far end should send: not on hold,
// whoever holds, and not if it told that it only listens. Reports alone keep a leg
// alive.
func TestMediaTimeoutByDirection(t *testing.T) {
	for _, c := range []struct {
		direction     string
		hold, reports bool
		lost          bool
	}{
		{"sendrecv", false, false, true},
		{"recvonly", false, false, false},
		{"inactive", false, false, false},
		{"sendonly", false, false, false}, // they hold us, and their music may end
		{"sendrecv", true, false, false},  // we hold them
		{"sendrecv", false, true, false},
	} {
		t.Run(fmt.Sprintf("%s, hold %v, reports %v", c.direction, c.hold, c.reports), func(t *testing.T) {
			bubble(t, func(t *testing.T, h *house, n *memNet) {
				far := netip.MustParseAddr("10.0.0.5")
				phone := n.listen(far)
				defer phone.Close()
				p := h.open(PortOptions{Signalling: far})
				p.SetHold(c.hold)
				offer := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]v\r\ns=-\r\nc=IN IP4 %[1]v\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=rtcp:%[2]d\r\na=%[3]s\r\n",
					far, phone.addr.Port(), c.direction)
				if _, err := p.Answer([]byte(offer)); err != nil {
					t.Fatal(err)
				}
				p.Lost()
				for range 12 {
					time.Sleep(10 * time.Second)
					if c.reports {
						b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 7}, rtcp.NewCNAMESourceDescription(7, "x")})
						if err != nil {
							t.Fatal(err)
						}
						_, _ = phone.WriteTo(b, net.UDPAddrFromAddrPort(p.rtcp.local()))
					}
				}
				if got := isLost(p); got != c.lost {
					t.Errorf("lost %v, want %v", got, c.lost)
				}
			})
		})
	}
}

// The E-model's own points: a clean line, and what loss and delay make of it.
func TestMOS(t *testing.T) {
	for _, c := range []struct {
		loss  float64
		delay time.Duration
		want  float64
	}{
		{0, 0, 4.41}, {0, 150 * time.Millisecond, 4.33}, {0, 400 * time.Millisecond, 3.05},
		{1, 50 * time.Millisecond, 4.29}, {5, 50 * time.Millisecond, 3.86}, {20, 50 * time.Millisecond, 2.57}, {100, time.Second, 1},
	} {
		if got := mos(c.loss, c.delay); got < c.want-0.05 || got > c.want+0.05 {
			t.Errorf("%g %% lost, %v: %.2f, want %.2f", c.loss, c.delay, got, c.want)
		}
	}
}
