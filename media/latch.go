package media

import (
	"net/netip"
	"time"
)

const (
	latchWindow  = 3 * time.Second // how long after an answer a source may be learnt
	latchPackets = 5               // how many good packets in a row it takes
)

// latch decides who our party is: whose packets are heard and where ours go.
//
// The address in the party's SDP wins, whenever a packet comes from it. Else a
// source is learnt, only within 3 s of an answer or a renegotiation, only from
// the SDP's or the signalling's IP address, after 5 packets of an agreed
// payload type, one SSRC and a steady sequence. Then it stays until the next
// renegotiation. Everybody else is nobody: not heard, not sent to. This is
// what keeps RTP bleed and injection out (AST-2017-005, CVE-2025-53399).
//
// It is pure, and not safe for concurrent use.
type latch struct {
	sdp        netip.AddrPort // where the SDP says the party is
	signalling netip.Addr
	usable     bool           // sdp can be sent to
	learnt     netip.AddrPort // valid: the party is there and not at sdp
	until      time.Time

	candidate netip.AddrPort
	ssrc      uint32
	seq       uint16
	count     int
}

// arm begins anew after an answer or a renegotiation. If the party's address
// stays what it was, what was learnt stays too until somebody better comes.
func (l *latch) arm(sdp netip.AddrPort, signalling netip.Addr, now time.Time) {
	if sdp != l.sdp || signalling != l.signalling {
		l.learnt = netip.AddrPort{}
	}
	l.sdp, l.signalling = sdp, signalling
	l.usable = usable(sdp, signalling)
	l.until = now.Add(latchWindow)
	l.count = 0
}

// remote is where our packets go; invalid: nowhere yet.
func (l *latch) remote() netip.AddrPort {
	if l.learnt.IsValid() {
		return l.learnt
	}
	if l.usable {
		return l.sdp
	}
	return netip.AddrPort{}
}

// accept tells whether a packet is our party's. known: its payload type was
// agreed upon.
func (l *latch) accept(from netip.AddrPort, ssrc uint32, seq uint16, known bool, now time.Time) bool {
	if l.usable && from == l.sdp {
		l.learnt = netip.AddrPort{}
		l.until = time.Time{} // nothing to learn any more
		return true
	}
	if from == l.learnt {
		return true
	}
	if !known || now.After(l.until) || !l.eligible(from.Addr()) {
		return false
	}
	if step := seq - l.seq; l.count == 0 || from != l.candidate || ssrc != l.ssrc || step == 0 || step > 3 {
		l.candidate, l.ssrc, l.count = from, ssrc, 0
	}
	l.seq = seq
	l.count++
	if l.count < latchPackets {
		return false
	}
	l.learnt, l.count = from, 0
	l.until = time.Time{} // locked
	return true
}

func (l *latch) eligible(a netip.Addr) bool {
	return a.IsValid() && (a == l.signalling || l.usable && a == l.sdp.Addr())
}

// usable tells whether the address in an SDP is one to send to, given where the
// signalling came from: not unspecified or multicast, and not a private or
// local one told by a party that is not in such a network itself.
func usable(sdp netip.AddrPort, signalling netip.Addr) bool {
	a := sdp.Addr()
	if !sdp.IsValid() || sdp.Port() == 0 || a.IsUnspecified() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return false
	}
	if !signalling.IsValid() || a == signalling {
		return true
	}
	switch {
	case a.IsLoopback():
		return signalling.IsLoopback()
	case a.IsPrivate(), a.IsLinkLocalUnicast(), shared.Contains(a):
		return signalling.IsPrivate() || signalling.IsLoopback() || signalling.IsLinkLocalUnicast() || shared.Contains(signalling)
	}
	return true
}

// shared is the address space of carrier-grade NAT (RFC 6598).
var shared = netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10)
