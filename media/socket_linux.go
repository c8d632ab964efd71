//go:build linux && (amd64 || arm64)

package media

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// rawSocket reads and sends with system calls of its own that never block, so
// that the tick costs no wake-up, no timer and no netpoller. The kernel's time
// stamps tell when a packet came, however late it is read.
//
// mu guards fd against close; it is only ever held shared around system calls
// that return at once.
type rawSocket struct {
	udp  *net.UDPConn
	addr netip.AddrPort

	mu sync.RWMutex
	fd int // -1: closed
}

const pollMost = 128

const soTimestampNS = 35 // SO_TIMESTAMPNS; the same value is the control message's type

func newRawSocket(udp *net.UDPConn) (*rawSocket, error) {
	rc, err := udp.SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &rawSocket{udp: udp, addr: addrPort(udp.LocalAddr())}
	var opt error
	err = rc.Control(func(fd uintptr) {
		s.fd = int(fd)
		opt = syscall.SetsockoptInt(s.fd, syscall.SOL_SOCKET, soTimestampNS, 1)
	})
	if err == nil {
		err = opt
	}
	return s, err
}

func (s *rawSocket) local() netip.AddrPort { return s.addr }

func (s *rawSocket) close() error {
	s.mu.Lock()
	s.fd = -1
	s.mu.Unlock()
	return s.udp.Close()
}

// message is the memory of one recvmsg.
type message struct {
	hdr     syscall.Msghdr
	iov     syscall.Iovec
	name    syscall.RawSockaddrInet6 // holds an IPv4 one too
	control [64]byte
	buf     [maxPacket]byte
}

var messages = sync.Pool{New: func() any { return new(message) }}

// recv reads one datagram. ok is false if there is none.
func (s *rawSocket) recv(m *message) (b []byte, from netip.AddrPort, at int64, ok bool) {
	m.iov.Base = &m.buf[0]
	m.iov.SetLen(len(m.buf))
	m.hdr = syscall.Msghdr{
		Name: (*byte)(unsafe.Pointer(&m.name)), Namelen: uint32(unsafe.Sizeof(m.name)),
		Iov: &m.iov, Iovlen: 1, Control: &m.control[0],
	}
	m.hdr.SetControllen(len(m.control))
	s.mu.RLock()
	fd := s.fd
	var n uintptr
	errno := syscall.EBADF
	if fd >= 0 {
		for {
			n, _, errno = syscall.RawSyscall(syscall.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&m.hdr)), syscall.MSG_DONTWAIT)
			if errno != syscall.EINTR && errno != syscall.ECONNREFUSED {
				break
			}
		}
	}
	s.mu.RUnlock()
	if errno != 0 {
		return nil, netip.AddrPort{}, 0, false
	}
	return m.buf[:n], m.from(), m.at(), true
}

func (m *message) from() netip.AddrPort {
	// The port is in network order in both forms, at the same place.
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&m.name.Port))[:])
	if m.name.Family == syscall.AF_INET {
		v4 := (*syscall.RawSockaddrInet4)(unsafe.Pointer(&m.name))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(m.name.Addr).Unmap(), port)
}

// at is when the kernel got the packet, in Unix nanoseconds; 0: not told.
func (m *message) at() int64 {
	const header = int(unsafe.Sizeof(syscall.Cmsghdr{}))
	if int(m.hdr.Controllen) < header+16 {
		return 0
	}
	h := (*syscall.Cmsghdr)(unsafe.Pointer(&m.control[0]))
	if h.Level != syscall.SOL_SOCKET || h.Type != soTimestampNS {
		return 0
	}
	ts := (*syscall.Timespec)(unsafe.Pointer(&m.control[header]))
	return ts.Nano()
}

// poll reads until nothing more can have come: a party that sends a packet each
// 20 ms and whose last came 5 ms ago has none for us yet, and asking would cost
// a system call. Packets of strangers don't count, so a flood of them does not
// hide the party's; pollMost is the most that is read in one tick.
func (s *rawSocket) poll(f receiver, frame time.Duration) {
	now := time.Now()
	wall := now.UnixNano()
	m := messages.Get().(*message)
	for range pollMost {
		b, from, at, ok := s.recv(m)
		if !ok {
			break
		}
		age := time.Duration(0)
		if at != 0 {
			age = min(max(time.Duration(wall-at), 0), time.Second)
		}
		ours := f(b, from, now.Add(-age))
		if ours && at != 0 && age+time.Millisecond < frame {
			break
		}
	}
	messages.Put(m)
}

// send writes one datagram. What the kernel cannot take now is lost, as on any
// network.
func (s *rawSocket) send(b []byte, to netip.AddrPort) error {
	if len(b) == 0 {
		return nil
	}
	var name syscall.RawSockaddrInet6
	size := unsafe.Sizeof(name)
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&name.Port))[:], to.Port())
	if s.addr.Addr().Is4() {
		if !to.Addr().Is4() {
			return syscall.EAFNOSUPPORT
		}
		v4 := (*syscall.RawSockaddrInet4)(unsafe.Pointer(&name))
		v4.Family = syscall.AF_INET
		v4.Addr = to.Addr().As4()
		size = unsafe.Sizeof(*v4)
	} else {
		name.Family = syscall.AF_INET6
		name.Addr = to.Addr().As16()
	}
	errno := syscall.EBADF
	s.mu.RLock()
	if s.fd >= 0 {
		_, _, errno = syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
			syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&name)), size)
	}
	s.mu.RUnlock()
	if errno != 0 {
		return errno
	}
	return nil
}
