package media

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// maxPacket is the longest datagram read. RTP of ours is at most 12 + 960
// bytes; what is longer is cut and then refused as invalid or foreign.
const maxPacket = 1500

// receiver takes a datagram as it comes. It may change b, but not keep it. ours
// tells whether it was our party's.
type receiver func(b []byte, from netip.AddrPort, at time.Time) (ours bool)

// socket is the seam to the network: one UDP socket that can be read in three
// ways, one at a time. See DESIGN.md, "Reading", for the figures.
//
//   - poll reads what is there and returns: the pacer's tick calls it, and no
//     goroutine is woken for a packet;
//   - watch has a watcher's goroutine read as soon as something comes: for
//     pass-through, where waiting for a tick would be delay;
//   - serve blocks in a goroutine of the socket's own: where the other two are
//     not to be had (not Linux, not UDP: the in-memory networks of tests).
type socket interface {
	// poll calls f for what has come, without blocking. It stops when nothing
	// more is due yet: frame is the time between two packets of the sender.
	poll(f receiver, frame time.Duration)
	// send never blocks. It may be called by several goroutines at once.
	send(b []byte, to netip.AddrPort) error
	local() netip.AddrPort
	close() error
}

// errNotRaw: a socket that this system, or this build, has to read by blocking.
var errNotRaw = errors.New("media: this address can only be read by blocking")

// opener binds a UDP socket. port 0: whichever is free.
type opener func(addr netip.Addr, port int) (socket, error)

func openBlocking(addr netip.Addr, port int) (socket, error) {
	network := "udp4"
	if addr.Is6() && !addr.Is4In6() {
		network = "udp6"
	}
	udp, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, uint16(port))))
	if err != nil {
		return nil, err
	}
	return newBlockingSocket(udp), nil
}

// openPolled is a socket that can be polled, where there are such.
func openPolled(addr netip.Addr, port int) (socket, error) {
	s, err := openRaw(addr, port)
	if errors.Is(err, errNotRaw) {
		return openBlocking(addr, port)
	}
	return s, err
}

// blockingSocket is any net.PacketConn. Its poll does nothing: serve reads.
type blockingSocket struct {
	pc   net.PacketConn
	udp  *net.UDPConn // nil: not UDP
	addr netip.AddrPort
	wg   sync.WaitGroup
}

func newBlockingSocket(pc net.PacketConn) *blockingSocket {
	s := &blockingSocket{pc: pc, addr: addrPort(pc.LocalAddr())}
	s.udp, _ = pc.(*net.UDPConn)
	return s
}

// serve starts the reading goroutine; close waits for it.
func (s *blockingSocket) serve(f receiver) {
	s.wg.Go(func() {
		b := make([]byte, maxPacket)
		for failed := 0; failed < 100; {
			n, from, err := s.read(b)
			if err != nil {
				if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
					return
				}
				failed++ // such as ECONNREFUSED, of an ICMP answer to what we sent
				continue
			}
			failed = 0
			f(b[:n], from, time.Now())
		}
	})
}

func (s *blockingSocket) read(b []byte) (int, netip.AddrPort, error) {
	if s.udp != nil {
		n, from, err := s.udp.ReadFromUDPAddrPort(b)
		return n, unmap(from), err
	}
	n, from, err := s.pc.ReadFrom(b)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	return n, addrPort(from), nil
}

func (s *blockingSocket) poll(receiver, time.Duration) {}

func (s *blockingSocket) send(b []byte, to netip.AddrPort) error {
	if s.udp != nil {
		_, err := s.udp.WriteToUDPAddrPort(b, to)
		return err
	}
	_, err := s.pc.WriteTo(b, net.UDPAddrFromAddrPort(to))
	return err
}

func (s *blockingSocket) local() netip.AddrPort { return s.addr }

func (s *blockingSocket) close() error {
	err := s.pc.Close()
	s.wg.Wait()
	return err
}

// addrPort reads the address of any net.Addr that looks like host:port.
func addrPort(a net.Addr) netip.AddrPort {
	if u, ok := a.(*net.UDPAddr); ok {
		return unmap(u.AddrPort())
	}
	ap, _ := netip.ParseAddrPort(a.String())
	return unmap(ap)
}

// unmap makes ::ffff:192.0.2.1 the 192.0.2.1 that SDP and signalling know.
func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
