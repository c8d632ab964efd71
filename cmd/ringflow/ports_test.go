package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
	"testing"
)

// keeper is where the tests keep ports for themselves: a socket there holds a port's number for its
// test, also while whoever uses the port is not up yet, or is dead and to come back. The system
// knows of it whichever process asks.
const keeper = "127.0.0.254"

func address(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// keep holds a number until the end of the test; false: another test has it.
func keep(t testing.TB, port int) bool {
	c, err := net.ListenPacket("udp4", address(keeper, port))
	if err != nil {
		return false
	}
	t.Cleanup(func() { c.Close() })
	return true
}

// freePort is an even port that is the test's alone until it ends, for UDP and TCP, and the next one for TLS: a SIP
// phone takes all three. It is below those that the system gives to whoever asks for any.
func freePort(t testing.TB) int {
	t.Helper()
	for range 2000 {
		if port := 30000 + 2*rand.IntN(1384); keep(t, port) && nobodyAt(t, port) {
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// nobodyAt tells that nothing is on a port and the next one, nor an old connection that still lingers there.
func nobodyAt(t testing.TB, port int) bool {
	strict := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		failed := c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0) })
		return errors.Join(failed, err)
	}}
	for _, host := range []string{"127.0.0.1", carrierHost} {
		u, err := net.ListenPacket("udp4", address(host, port))
		if err != nil {
			return false
		}
		u.Close()
		for _, p := range []int{port, port + 1} {
			l, err := strict.Listen(t.Context(), "tcp4", address(host, p))
			if err != nil {
				return false
			}
			l.Close()
		}
	}
	return true
}

// soundPorts gives a server RTP ports that no other has while the test lasts: who still speaks to one
// that was killed is heard by nobody else. Those of servers in this process are below.
func soundPorts(t testing.TB) string {
	t.Helper()
	const width = 100
	for first := 16000; first < 20000; first += width {
		if keep(t, first) {
			return fmt.Sprintf("%d-%d", first, first+width-1)
		}
	}
	t.Fatal("too many servers at once")
	return ""
}
