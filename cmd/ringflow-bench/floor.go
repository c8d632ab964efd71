package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// The floor is the least that a Go program can do for the same packets: a
// socket and a goroutine for each leg, a ticker for each that plays, and no
// more of SIP than it takes. What a server costs above it is its own.
//
// It runs as a process of its own (ringflow-bench floor) so that it is measured
// the same way as the server. The called user says what it does:
//
//	none    answers, opens no socket
//	play    sends a frame every 20 ms
//	record  takes the packets and drops them
//	pairN   each packet goes to the other call of that name
//	confN   ten calls of one name hear each other, mixed by our own bridge
type floor struct {
	sip   *net.UDPConn
	calls map[string]*floorCall
	pairs map[string]*floorCall
	mixer *mixer
	n     int
}

type floorCall struct {
	answer []byte
	conn   *net.UDPConn
	to     netip.AddrPort
	peer   *floorCall // set before the reader starts on the second of a pair
	ready  chan struct{}
	done   chan struct{}
	leave  func()
}

func runFloor() error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	_ = conn.SetReadBuffer(4 << 20)
	fmt.Printf("floor %s\n", conn.LocalAddr())
	f := &floor{sip: conn, calls: map[string]*floorCall{}, pairs: map[string]*floorCall{}, mixer: newMixer()}
	buf := make([]byte, 65536)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return err
		}
		f.message(string(buf[:n]), from)
	}
}

func (f *floor) message(m string, from netip.AddrPort) {
	id := header(m, "Call-ID")
	switch {
	case strings.HasPrefix(m, "INVITE "):
		c := f.calls[id]
		if c == nil {
			var err error
			if c, err = f.open(m); err != nil {
				_, _ = f.sip.WriteToUDPAddrPort(reply(m, 500, "f", "", ""), from)
				return
			}
			f.calls[id] = c
		}
		_, _ = f.sip.WriteToUDPAddrPort(c.answer, from)
	case strings.HasPrefix(m, "BYE "):
		if c := f.calls[id]; c != nil {
			delete(f.calls, id)
			c.close()
		}
		_, _ = f.sip.WriteToUDPAddrPort(reply(m, 200, "", "", ""), from)
	}
}

func (f *floor) open(m string) (*floorCall, error) {
	_, rest, _ := strings.Cut(m, "sip:")
	user, _, _ := strings.Cut(rest, "@")
	f.n++
	c := &floorCall{ready: make(chan struct{}), done: make(chan struct{})}
	rtp := netip.MustParseAddrPort(f.sip.LocalAddr().String())
	tag, contact := fmt.Sprintf("f%d", f.n), "f@"+f.sip.LocalAddr().String()
	var body string
	switch {
	case strings.HasPrefix(user, "conf"):
		answer, leave, err := f.mixer.join(user, m)
		if err != nil {
			return nil, err
		}
		body, c.leave = answer, leave
	case user == "none":
		body = sdp(rtp, 0)
	default:
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return nil, err
		}
		c.conn = conn
		c.to, _, _ = sound(m)
		body = sdp(netip.MustParseAddrPort(conn.LocalAddr().String()), 0)
		if strings.HasPrefix(user, "pair") {
			f.pair(user, c)
		} else {
			close(c.ready)
		}
		go c.read()
		if user == "play" {
			go c.play()
		}
	}
	c.answer = reply(m, 200, tag, contact, body)
	return c, nil
}

func (f *floor) pair(name string, c *floorCall) {
	other := f.pairs[name]
	if other == nil {
		f.pairs[name] = c
		return
	}
	delete(f.pairs, name)
	c.peer, other.peer = other, c
	close(c.ready)
	close(other.ready)
}

func (c *floorCall) close() {
	close(c.done)
	if c.conn != nil {
		c.conn.Close()
	}
	if c.leave != nil {
		c.leave()
	}
}

func (c *floorCall) read() {
	select {
	case <-c.ready:
	case <-c.done:
		return
	}
	buf := make([]byte, 1500)
	for {
		n, _, err := c.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if c.peer != nil {
			_, _ = c.peer.conn.WriteToUDPAddrPort(buf[:n], c.peer.to)
		}
	}
}

func (c *floorCall) play() {
	var p [12 + frameSize]byte
	p[0] = 0x80
	binary.BigEndian.PutUint32(p[8:], uint32(c.to.Port()))
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for seq := uint16(1); ; seq++ {
		select {
		case <-t.C:
		case <-c.done:
			return
		}
		binary.BigEndian.PutUint16(p[2:], seq)
		binary.BigEndian.PutUint32(p[4:], uint32(seq)*frameSize)
		_, _ = c.conn.WriteToUDPAddrPort(p[:], c.to)
	}
}
