package media

import (
	"net/netip"
	"testing"
	"time"
)

func TestLatch(t *testing.T) {
	ap := netip.MustParseAddrPort
	type packet struct {
		from  string
		ssrc  uint32
		seq   uint16
		known bool
		at    time.Duration
		want  bool
	}
	run := func(from string, ssrc uint32, first, n int, at time.Duration, last bool) (out []packet) {
		for i := range n {
			out = append(out, packet{from, ssrc, uint16(first + i), true, at + time.Duration(i)*20*time.Millisecond, last && i == n-1})
		}
		return out
	}
	for _, c := range []struct {
		name, sdp, signalling string
		packets               []packet
		remote                string
	}{
		{"the SDP's address, from the first packet on", "198.51.100.1:4000", "198.51.100.1", []packet{
			{"198.51.100.1:4000", 1, 1, true, 0, true}, {"198.51.100.1:4000", 1, 2, false, time.Hour, true}}, "198.51.100.1:4000"},
		{"nobody yet: to the SDP's address", "198.51.100.1:4000", "198.51.100.1", nil, "198.51.100.1:4000"},
		{"a third party is never heard", "198.51.100.1:4000", "198.51.100.2", run("203.0.113.9:4000", 1, 1, 20, 0, false), "198.51.100.1:4000"},
		{"four are not enough", "10.0.0.1:4000", "198.51.100.2", run("198.51.100.2:7000", 1, 1, 4, 0, false), ""},
		{"five from the signalling's address", "10.0.0.1:4000", "198.51.100.2", run("198.51.100.2:7000", 1, 1, 5, 0, true), "198.51.100.2:7000"},
		{"over the wrap of the sequence", "10.0.0.1:4000", "198.51.100.2", run("198.51.100.2:7000", 1, 65533, 5, 0, true), "198.51.100.2:7000"},
		{"but not after 3 s", "10.0.0.1:4000", "198.51.100.2", run("198.51.100.2:7000", 1, 1, 9, 3001*time.Millisecond, false), ""},
		{"not with changing SSRCs", "10.0.0.1:4000", "198.51.100.2", append(run("198.51.100.2:7000", 1, 1, 4, 0, false), run("198.51.100.2:7000", 2, 5, 4, 0, false)...), ""},
		{"not with a wild sequence", "10.0.0.1:4000", "198.51.100.2", append(run("198.51.100.2:7000", 1, 1, 4, 0, false), run("198.51.100.2:7000", 1, 900, 4, 0, false)...), ""},
		{"a private address of a private network is an address", "10.0.0.1:4000", "10.0.0.9", []packet{{"10.0.0.1:4000", 1, 1, true, 0, true}}, "10.0.0.1:4000"},
		{"loopback told by a stranger is none", "127.0.0.1:4000", "198.51.100.2", []packet{{"127.0.0.1:4000", 1, 1, true, 0, false}}, ""},
		{"no address at all", "0.0.0.0:4000", "198.51.100.2", run("198.51.100.2:7000", 1, 1, 5, 0, true), "198.51.100.2:7000"},
		{"another port of the SDP's address", "198.51.100.1:4000", "198.51.100.3", run("198.51.100.1:9999", 1, 1, 5, 0, true), "198.51.100.1:9999"},
		{"the SDP's address wins over what was learnt", "198.51.100.1:4000", "198.51.100.3", append(run("198.51.100.1:9999", 1, 1, 5, 0, true), packet{"198.51.100.1:4000", 2, 1, true, time.Minute, true}, packet{"198.51.100.1:9999", 1, 6, true, time.Minute, false}), "198.51.100.1:4000"},
		{"learnt is locked", "10.0.0.1:4000", "198.51.100.2", append(run("198.51.100.2:7000", 1, 1, 5, 0, true), run("198.51.100.2:8000", 2, 1, 9, time.Second, false)...), "198.51.100.2:7000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Unix(1e9, 0)
			var l latch
			l.arm(ap(c.sdp), netip.MustParseAddr(c.signalling), now)
			for i, p := range c.packets {
				if got := l.accept(ap(p.from), p.ssrc, p.seq, p.known, now.Add(p.at)); got != p.want {
					t.Errorf("packet %d from %s: heard %v, want %v", i, p.from, got, p.want)
				}
			}
			remote := ""
			if r := l.remote(); r.IsValid() {
				remote = r.String()
			}
			if remote != c.remote {
				t.Errorf("sends to %q, want %q", remote, c.remote)
			}
		})
	}
}
