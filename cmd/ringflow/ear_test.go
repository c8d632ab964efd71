package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"ringflow/media"
	"ringflow/sip"
)

// ear is the media of a phone that hears exactly what was sent to it: one
// packet after the other, however late the machine let it come. For each it
// sends one of its tone, so it needs no clock. It speaks PCMU alone.
type ear struct {
	conn  *net.UDPConn
	tone  media.Source
	done  sync.WaitGroup
	mu    sync.Mutex
	heard []int16 // to be read without mu once done
}

func newEar(t *testing.T, host string, hz float64) *ear {
	t.Helper()
	clip, err := media.DecodeClip(bytes.NewReader(tone(hz, time.Second)))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{conn: conn, tone: clip.Source(0)}
	e.done.Go(e.listen)
	t.Cleanup(func() { _ = e.Close() }) // of a call that nobody took
	return e
}

func (e *ear) listen() {
	pcmu := media.CodecByPayloadType(0)
	in, out, frame := make([]byte, 2048), make([]byte, 12+160), make(media.Frame, 160)
	for seq := uint16(1); ; seq++ {
		n, from, err := e.conn.ReadFromUDPAddrPort(in)
		if err != nil {
			return
		}
		if n != 12+160 || in[0] != 0x80 || in[1]&0x7f != 0 {
			continue // telephone-event, RTCP
		}
		pcmu.Decode(frame, in[12:n])
		e.mu.Lock()
		e.heard = append(e.heard, frame...)
		e.mu.Unlock()
		if e.tone.ReadFrame(frame) != nil {
			return
		}
		out[0] = 0x80
		binary.BigEndian.PutUint16(out[2:], seq)
		binary.BigEndian.PutUint32(out[4:], uint32(seq)*160)
		binary.BigEndian.PutUint32(out[8:], 0xEA4)
		pcmu.Encode(out[12:], frame)
		_, _ = e.conn.WriteToUDPAddrPort(out, from) // the far end may be gone
	}
}

// Offer implements sip.Negotiator.
func (e *ear) Offer() ([]byte, error) {
	addr := e.conn.LocalAddr().(*net.UDPAddr)
	return fmt.Appendf(nil, "v=0\r\no=ear 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=sendrecv\r\n", addr.IP, addr.IP, addr.Port), nil
}

// Answer implements sip.Negotiator.
func (e *ear) Answer([]byte) ([]byte, error) { return e.Offer() }

// Accept implements sip.Negotiator: packets are answered to where they are from.
func (e *ear) Accept([]byte) error { return nil }

// Rollback implements sip.Negotiator.
func (e *ear) Rollback() {}

// Close implements sip.Negotiator. What has come by now is still heard.
func (e *ear) Close() error {
	_ = e.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)) // closed before
	e.done.Wait()
	return e.conn.Close()
}

// listener makes a phone that makes calls: the carrier's, or a user's.
func (h *house) listener(t *testing.T, host string, u phoneAccount) *softphone {
	t.Helper()
	p, err := newSoftphone(t.Context(), phoneOptions{
		Bind: netip.AddrPortFrom(netip.MustParseAddr(host), 0), Server: h.sip, User: u.SipUserName, Password: u.SipPassword, Show: newDisplay(io.Discard), Log: zap.NewNop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if u.SipUserName != "" {
		if err := p.registered(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// hear calls a number by an ear, from the address of the phone.
func (p *softphone) hear(ctx context.Context, number, from string, e *ear) (*sip.Leg, error) {
	if p.user != "" {
		from = p.user
	}
	return p.ua.Dial(ctx, sip.Dial{
		To: "sip:" + escapeUser(number) + "@" + p.server.String(), Trunk: peer, From: sip.Party{User: from, Host: p.server.Addr().String()},
	}, e)
}

// over waits for the end of a call by an ear, and gives what was heard.
func (e *ear) over(leg *sip.Leg) ([]int16, error) {
	select {
	case <-leg.Context().Done():
	case <-time.After(time.Minute):
		return nil, errors.New("the call does not end")
	}
	if err := context.Cause(leg.Context()); !errors.Is(err, sip.ErrRemoteBye) {
		return nil, err
	}
	e.done.Wait()
	return e.heard, nil
}
