package main

import (
	"fmt"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// One system call for many packets keeps the generator cheaper than what it
// measures, and the kernel's time stamps keep its own scheduling out of the figures.

const batch = 64

type mmsghdr struct {
	hdr syscall.Msghdr
	len uint32
	_   [4]byte
}

// rtpSocket is a UDP socket that sends and receives in batches.
type rtpSocket struct {
	fd   int
	addr netip.AddrPort

	out  [batch]mmsghdr
	oiov [batch]syscall.Iovec
	oto  [batch]syscall.RawSockaddrInet4
	n    int

	in    [batch]mmsghdr
	iiov  [batch]syscall.Iovec
	ifrom [batch]syscall.RawSockaddrInet4
	ibuf  [batch][256]byte
	ictl  [batch][64]byte
}

func openRTP(host netip.Addr) (*rtpSocket, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	s := &rtpSocket{fd: fd}
	_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<20)
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		syscall.Close(fd)
		return nil, fmt.Errorf("time stamps: %w", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: host.As4()}); err != nil {
		syscall.Close(fd)
		return nil, fmt.Errorf("bind: %w", err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		syscall.Close(fd)
		return nil, err
	}
	s.addr = netip.AddrPortFrom(host, uint16(name.(*syscall.SockaddrInet4).Port))
	for i := range batch {
		s.out[i].hdr = syscall.Msghdr{Name: (*byte)(unsafe.Pointer(&s.oto[i])), Namelen: syscall.SizeofSockaddrInet4, Iov: &s.oiov[i], Iovlen: 1}
		s.iiov[i] = syscall.Iovec{Base: &s.ibuf[i][0], Len: uint64(len(s.ibuf[i]))}
		s.in[i].hdr = syscall.Msghdr{Name: (*byte)(unsafe.Pointer(&s.ifrom[i])), Iov: &s.iiov[i], Iovlen: 1, Control: &s.ictl[i][0]}
	}
	return s, nil
}

func (s *rtpSocket) Close() { syscall.Close(s.fd) }

// queue takes a packet along; p must stay until flush.
func (s *rtpSocket) queue(p []byte, to netip.AddrPort) {
	if s.n == batch {
		s.flush()
	}
	s.oiov[s.n] = syscall.Iovec{Base: &p[0], Len: uint64(len(p))}
	s.oto[s.n] = syscall.RawSockaddrInet4{Family: syscall.AF_INET, Port: to.Port()<<8 | to.Port()>>8, Addr: to.Addr().As4()}
	s.n++
}

func (s *rtpSocket) flush() {
	for at := 0; at < s.n; {
		k, _, e := syscall.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.out[at])), uintptr(s.n-at), 0, 0, 0)
		if e != 0 || k == 0 {
			break // a full buffer loses packets, as a network does
		}
		at += int(k)
	}
	s.n = 0
}

// receive hands each waiting packet to f with the time the kernel got it.
func (s *rtpSocket) receive(f func(from uint16, at time.Duration, p []byte)) {
	for {
		for i := range batch {
			s.in[i].hdr.Namelen = syscall.SizeofSockaddrInet4
			s.in[i].hdr.Controllen = uint64(len(s.ictl[i]))
		}
		k, _, e := syscall.Syscall6(unix.SYS_RECVMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.in[0])), batch, syscall.MSG_DONTWAIT, 0, 0)
		if e != 0 || k == 0 {
			return
		}
		for i := range int(k) {
			port := s.ifrom[i].Port
			f(port<<8|port>>8, stamp(&s.ictl[i]), s.ibuf[i][:s.in[i].len])
		}
		if k < batch {
			return
		}
	}
}

// stamp reads the one control message that the socket asked for.
func stamp(ctl *[64]byte) time.Duration {
	ts := (*syscall.Timespec)(unsafe.Pointer(&ctl[syscall.SizeofCmsghdr]))
	return time.Duration(ts.Nano())
}
