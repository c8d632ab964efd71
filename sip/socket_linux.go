//go:build linux && (amd64 || arm64)

package sip

import (
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"syscall"
	"unsafe"
)

// datagrams reads and writes a UDP socket by system calls of its own that never
// block. Those of package net tell the scheduler each time that they might,
// which on a server that is mostly idle wakes the runtime's monitor thread for
// every message: a quarter of what a call costs.
type datagrams struct {
	rc  syscall.RawConn
	in  func(fd uintptr) bool // bound once
	is4 bool

	// Of the read at work; only one goroutine reads.
	buf    []byte
	n      int
	errno  syscall.Errno
	name   syscall.RawSockaddrInet6 // holds an IPv4 one too
	waited bool
}

func newDatagrams(udp *net.UDPConn) (*datagrams, error) {
	rc, err := udp.SyscallConn()
	if err != nil {
		return nil, err
	}
	d := &datagrams{rc: rc, is4: udp.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Is4()}
	err = rc.Control(func(fd uintptr) {
		var sa syscall.Sockaddr
		if sa, err = syscall.Getsockname(int(fd)); err == nil {
			_, d.is4 = sa.(*syscall.SockaddrInet4) // a wildcard may be of either family
		}
	})
	d.in = d.receive
	return d, err
}

// read waits for one datagram. waited tells that none was there yet.
func (d *datagrams) read(buf []byte) (n int, from netip.AddrPort, waited bool, err error) {
	d.buf, d.waited = buf, false
	if err := d.rc.Read(d.in); err != nil {
		return 0, netip.AddrPort{}, d.waited, err
	}
	if d.errno != 0 {
		return 0, netip.AddrPort{}, d.waited, os.NewSyscallError("recvfrom", d.errno)
	}
	return d.n, d.from(), d.waited, nil
}

func (d *datagrams) receive(fd uintptr) bool {
	size := uint32(unsafe.Sizeof(d.name))
	for {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&d.buf[0])), uintptr(len(d.buf)),
			syscall.MSG_DONTWAIT, uintptr(unsafe.Pointer(&d.name)), uintptr(unsafe.Pointer(&size)))
		switch errno {
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			d.waited = true
			return false
		}
		d.n, d.errno = int(n), errno
		return true
	}
}

func (d *datagrams) from() netip.AddrPort {
	// The port is in network order in both forms, at the same place.
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&d.name.Port))[:])
	if d.name.Family == syscall.AF_INET {
		v4 := (*syscall.RawSockaddrInet4)(unsafe.Pointer(&d.name))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(d.name.Addr).Unmap(), port)
}

// write sends one datagram. Many goroutines may.
func (d *datagrams) write(b []byte, to netip.AddrPort) error {
	if len(b) == 0 {
		return nil
	}
	var name syscall.RawSockaddrInet6
	size := unsafe.Sizeof(name)
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&name.Port))[:], to.Port())
	switch {
	case !d.is4:
		name.Family = syscall.AF_INET6
		name.Addr = to.Addr().As16()
	case to.Addr().Unmap().Is4():
		v4 := (*syscall.RawSockaddrInet4)(unsafe.Pointer(&name))
		v4.Family = syscall.AF_INET
		v4.Addr = to.Addr().Unmap().As4()
		size = unsafe.Sizeof(*v4)
	default:
		return os.NewSyscallError("sendto", syscall.EAFNOSUPPORT)
	}
	var errno syscall.Errno
	err := d.rc.Write(func(fd uintptr) bool {
		for {
			_, _, errno = syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
				syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&name)), size)
			if errno != syscall.EINTR {
				return errno != syscall.EAGAIN
			}
		}
	})
	if err == nil && errno != 0 {
		err = os.NewSyscallError("sendto", errno)
	}
	return err
}
