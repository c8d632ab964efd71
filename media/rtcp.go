package media

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/pion/rtcp"
)

const rtcpEvery = 5 * time.Second

// rtcpState is what a port knows and tells by RTCP (RFC 3550 6). Port.mu guards
// it, but for next, which the tick owns.
type rtcpState struct {
	next   uint32 // ticks until our next report
	cname  string
	far    netip.AddrPort // where the far end's SDP wants RTCP
	learnt netip.AddrPort // where its RTCP comes from instead
	locked bool           // until the next agreement no other place is learnt

	lastSR   uint32 // middle 32 bits of the NTP time of the far end's last SR
	lastSRAt time.Time

	remoteLost     uint64
	remoteLossNow  float64 // percent, since the report before
	remoteLossSum  float64
	remoteReports  int
	remoteJitter   time.Duration
	roundTrip      time.Duration
	packetsBefore  uint64 // packets out at our last report
	answeredBefore bool
}

func (r *rtcpState) init(first uint32) {
	r.next = 1 + first
	r.cname = randomName()
}

func randomName() string {
	const hex = "0123456789abcdef"
	b := make([]byte, 16) // RFC 7022: random, for each session
	for i := range b {
		b[i] = hex[rand.IntN(16)]
	}
	return string(b)
}

// arm follows a new agreement, after which a place may be learnt anew.
func (r *rtcpState) arm(a *agreement) {
	r.locked = false
	if r.far != a.rtcp {
		r.far, r.learnt = a.rtcp, netip.AddrPort{}
	}
}

// reportNow sends our report when it is due: every 5 s, give or take a half.
func (p *Port) reportNow(now time.Time) {
	r := &p.report
	if r.next--; r.next > 0 {
		return
	}
	ticks := uint32(rtcpEvery / FrameDuration)
	r.next = ticks/2 + rand.Uint32N(ticks)
	p.mu.Lock()
	b, to, mux := p.makeReport(now, false)
	p.mu.Unlock()
	p.sendReport(b, to, mux)
}

// goodbye tells the far end that our stream is over.
func (p *Port) goodbye() {
	p.mu.Lock()
	b, to, mux := p.makeReport(time.Now(), true)
	p.mu.Unlock()
	p.sendReport(b, to, mux)
}

func (p *Port) sendReport(b []byte, to netip.AddrPort, mux bool) {
	if len(b) == 0 || !to.IsValid() {
		return
	}
	if mux || p.rtcp == nil {
		_ = p.rtp.send(b, to)
		return
	}
	_ = p.rtcp.send(b, to)
}

// makeReport is a compound packet: SR or RR, SDES, and BYE at the end. mu is
// held.
func (p *Port) makeReport(now time.Time, bye bool) (b []byte, to netip.AddrPort, mux bool) {
	a, r := &p.nego.now, &p.report
	if !a.up {
		return nil, to, false
	}
	to = p.rtcpRemote()
	var blocks []rtcp.ReceptionReport
	if rec := &p.in.rec; rec.started {
		x := rtcp.ReceptionReport{
			SSRC: rec.ssrc, FractionLost: rec.fraction(), TotalLost: uint32(min(rec.lost(), 0x7fffff)),
			LastSequenceNumber: rec.max, Jitter: uint32(rec.jitter), LastSenderReport: r.lastSR,
		}
		if r.lastSR != 0 {
			x.Delay = uint32(now.Sub(r.lastSRAt).Seconds() * 65536)
		}
		blocks = append(blocks, x)
	}
	packets := make([]rtcp.Packet, 0, 3)
	if p.counts.packetsOut != r.packetsBefore {
		r.packetsBefore = p.counts.packetsOut
		packets = append(packets, &rtcp.SenderReport{
			SSRC: p.out.ssrc, NTPTime: ntp(now), RTPTime: p.out.ts,
			PacketCount: uint32(p.counts.packetsOut), OctetCount: uint32(p.counts.bytesOut), Reports: blocks,
		})
	} else {
		packets = append(packets, &rtcp.ReceiverReport{SSRC: p.out.ssrc, Reports: blocks})
	}
	packets = append(packets, rtcp.NewCNAMESourceDescription(p.out.ssrc, r.cname))
	if bye {
		packets = append(packets, &rtcp.Goodbye{Sources: []uint32{p.out.ssrc}})
	}
	b, err := rtcp.Marshal(packets)
	if err != nil {
		return nil, to, false
	}
	return b, to, a.mux
}

// rtcpRemote is where our reports go. mu is held.
func (p *Port) rtcpRemote() netip.AddrPort {
	a, r := &p.nego.now, &p.report
	switch {
	case a.mux:
		return p.latch.remote()
	case p.rtcpLearnt().IsValid():
		return r.learnt
	case p.latch.learnt.IsValid():
		if port := p.latch.learnt.Port(); port < 65535 {
			return netip.AddrPortFrom(p.latch.learnt.Addr(), port+1)
		}
	case usable(r.far, p.latch.signalling):
		return r.far
	}
	return netip.AddrPort{}
}

// rtcpLearnt is where the party's reports come from, if not from where its SDP
// says. It follows RTP: another host than RTP's latch is none. mu is held.
func (p *Port) rtcpLearnt() netip.AddrPort {
	if r := &p.report; r.learnt.Addr() == p.latch.remote().Addr() {
		return r.learnt
	}
	return netip.AddrPort{}
}

// acceptRTCP tells whether a report is our party's: it comes from where its SDP
// says, or from the host that RTP is latched to, about that very stream; then
// from that port only, until the next agreement or until RTP moves to another
// host.
func (p *Port) acceptRTCP(from netip.AddrPort, ssrc uint32) bool {
	a, r := &p.nego.now, &p.report
	if !a.up {
		return false
	}
	if a.mux {
		return from == p.latch.remote()
	}
	if usable(r.far, p.latch.signalling) && from == r.far {
		r.learnt, r.locked = netip.AddrPort{}, true
		return true
	}
	known := p.rtcpLearnt()
	if known.IsValid() && from == known {
		return true
	}
	if from.Addr() != p.latch.remote().Addr() || !p.in.rec.started || ssrc != p.in.rec.ssrc {
		return false
	}
	if r.locked && (known.IsValid() || !r.learnt.IsValid()) {
		return false
	}
	r.learnt, r.locked = from, true
	return true
}

// receiveRTCP takes a datagram of the RTCP socket, or of RTP's with rtcp-mux.
func (p *Port) receiveRTCP(b []byte, from netip.AddrPort, at time.Time) (ours bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !isRTCP(b) {
		p.counts.invalid++
		return false
	}
	if !p.acceptRTCP(from, binary.BigEndian.Uint32(b[4:])) {
		p.counts.foreign++
		return false
	}
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		p.counts.invalid++
		return false
	}
	p.silentAt = at
	for _, x := range packets {
		switch x := x.(type) {
		case *rtcp.SenderReport:
			p.report.lastSR, p.report.lastSRAt = uint32(x.NTPTime>>16), at
			p.heardReports(x.Reports, at)
		case *rtcp.ReceiverReport:
			p.heardReports(x.Reports, at)
		}
	}
	return true
}

// heardReports reads what the far end tells of our stream. mu is held.
func (p *Port) heardReports(reports []rtcp.ReceptionReport, at time.Time) {
	r := &p.report
	for i := range reports {
		x := &reports[i]
		if x.SSRC != p.out.ssrc {
			continue
		}
		r.remoteLost = uint64(x.TotalLost)
		r.remoteLossNow = float64(x.FractionLost) * 100 / 256
		r.remoteLossSum += r.remoteLossNow
		r.remoteReports++
		clock := max(p.nego.now.codec.clock, 1)
		r.remoteJitter = time.Duration(x.Jitter) * time.Second / time.Duration(clock)
		if x.LastSenderReport != 0 {
			// In 65536ths of a second, and it wraps (RFC 3550 6.4.1).
			rtt := uint32(ntp(at)>>16) - x.LastSenderReport - x.Delay
			if rtt < 10<<16 {
				r.roundTrip = time.Duration(rtt) * time.Second >> 16
			}
		}
	}
}

// ntp is a time in seconds since 1900, 32 bits before and 32 after the point.
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	return (uint64(t.Unix())+since1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}
