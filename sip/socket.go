package sip

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"go.uber.org/zap"
)

// socket is one UDP socket of ours. Answers leave by the socket on which the
// request came, and every socket knows its own name for Via and Contact.
type socket struct {
	core    *core
	network string // UDP
	pc      net.PacketConn
	udp     *datagrams // pc, if it is a system's socket
	local   netip.AddrPort
	host    string // for Via and Contact
	port    int

	// row is how many messages in a row the reader found waiting for it. Only
	// the reader's.
	row int
}

// calm tells the reader that messages do not pile up behind the one it is at.
func (s *socket) calm() bool { return s.row < 8 }

const readBuffer = 4 << 20

func (c *core) newSocket(pc net.PacketConn) (*socket, error) {
	local, err := addrPort(pc.LocalAddr())
	if err != nil {
		return nil, err
	}
	s := &socket{core: c, network: "UDP", pc: pc, local: local, port: int(local.Port())}
	s.host = c.advertised(local.Addr())
	if u, ok := pc.(*net.UDPConn); ok {
		if s.udp, err = newDatagrams(u); err != nil {
			return nil, err
		}
		// Best effort: the kernel caps it at net.core.rmem_max.
		if err := u.SetReadBuffer(readBuffer); err != nil {
			c.log.Warn("UDP receive buffer stays small", zap.Stringer("listen", local), zap.Error(err))
		}
	}
	return s, nil
}

// serve reads until the socket is closed. No packet and no passing error ends it.
func (s *socket) serve() {
	buf := make([]byte, maxMessage+1)
	var wait time.Duration
	for {
		n, src, err := s.read(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || s.core.closing() {
				return
			}
			// ICMP errors of former answers surface here; a broken socket must not spin.
			wait = min(max(2*wait, time.Millisecond), time.Second)
			select {
			case <-s.core.stop:
				return
			case <-time.After(wait):
			}
			continue
		}
		wait = 0
		if junk(buf[:n]) {
			s.core.stats.refuse(refusedJunk)
			continue
		}
		s.core.intake(buf[:n], hop{sock: s, addr: src}, nil)
	}
}

func (s *socket) read(buf []byte) (n int, src netip.AddrPort, err error) {
	if s.udp != nil {
		var waited bool
		n, src, waited, err = s.udp.read(buf)
		s.row++
		if waited {
			s.row = 0
		}
		return n, src, err
	}
	n, a, err := s.pc.ReadFrom(buf)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	src, err = addrPort(a)
	return n, src, err
}

func (s *socket) send(b []byte, to netip.AddrPort) error {
	if s.udp != nil {
		return s.udp.write(b, to)
	}
	_, err := s.pc.WriteTo(b, net.UDPAddrFromAddrPort(to))
	return err
}

func addrPort(a net.Addr) (netip.AddrPort, error) {
	switch a := a.(type) {
	case *net.UDPAddr:
		ap := a.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), nil
	case *net.TCPAddr:
		ap := a.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), nil
	}
	return netip.ParseAddrPort(a.String())
}
