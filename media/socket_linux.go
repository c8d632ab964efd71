//go:build linux && (amd64 || arm64)

package media

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
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
	addr netip.AddrPort

	mu sync.RWMutex
	fd int // -1: closed
}

const pollMost = 128

const soTimestampNS = 35 // SO_TIMESTAMPNS; the same value is the control message's type

// openRaw binds a socket. port 0: whichever is free. None of these calls can
// block, so the scheduler is not told of them: that wakes the runtime's monitor
// thread, which costs more than the call.
func openRaw(addr netip.Addr, port int) (socket, error) {
	at := netip.AddrPortFrom(addr.Unmap(), uint16(port))
	if addr.Zone() != "" {
		return nil, errNotRaw // the net package knows how to look it up
	}
	name, size := sockaddr(at, at.Addr().Is4())
	fd, _, errno := syscall.RawSyscall(syscall.SYS_SOCKET, uintptr(name.Family), syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if errno != 0 {
		return nil, os.NewSyscallError("socket", errno)
	}
	s := &rawSocket{addr: at, fd: int(fd)}
	err := s.set(syscall.SOL_SOCKET, soTimestampNS)
	if err == nil && at.Addr().Is6() {
		err = s.set(syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY)
	}
	if err == nil {
		if _, _, errno = syscall.RawSyscall(syscall.SYS_BIND, fd, uintptr(unsafe.Pointer(&name)), size); errno != 0 {
			err = os.NewSyscallError("bind", errno)
		}
	}
	if err == nil && port == 0 {
		var sa syscall.Sockaddr
		if sa, err = syscall.Getsockname(s.fd); err == nil {
			s.addr = bound(at.Addr(), sa)
		}
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("media: %v: %w", at, err)
	}
	return s, nil
}

func (s *rawSocket) set(level, option int) error {
	on := int32(1)
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_SETSOCKOPT, uintptr(s.fd), uintptr(level), uintptr(option),
		uintptr(unsafe.Pointer(&on)), unsafe.Sizeof(on), 0); errno != 0 {
		return os.NewSyscallError("setsockopt", errno)
	}
	return nil
}

func bound(addr netip.Addr, sa syscall.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(addr, uint16(sa.Port))
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(addr, uint16(sa.Port))
	}
	return netip.AddrPortFrom(addr, 0)
}

// sockaddr is to as the kernel wants it; name holds an IPv4 one too.
func sockaddr(to netip.AddrPort, is4 bool) (name syscall.RawSockaddrInet6, size uintptr) {
	// The port is in network order in both forms, at the same place.
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&name.Port))[:], to.Port())
	if is4 {
		v4 := (*syscall.RawSockaddrInet4)(unsafe.Pointer(&name))
		v4.Family = syscall.AF_INET
		v4.Addr = to.Addr().As4()
		return name, unsafe.Sizeof(*v4)
	}
	name.Family = syscall.AF_INET6
	name.Addr = to.Addr().As16()
	return name, unsafe.Sizeof(name)
}

func (s *rawSocket) local() netip.AddrPort { return s.addr }

func (s *rawSocket) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return nil
	}
	_, _, errno := syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(s.fd), 0, 0)
	s.fd = -1
	if errno != 0 {
		return os.NewSyscallError("close", errno)
	}
	return nil
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
	is4 := s.addr.Addr().Is4()
	if is4 && !to.Addr().Is4() {
		return syscall.EAFNOSUPPORT
	}
	name, size := sockaddr(to, is4)
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
