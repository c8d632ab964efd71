package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"ringflow/media"
	"ringflow/sip"
)

// The sprayer's ports: the house has no others.
const sprayFrom, sprayTo = 12000, 12059

// sprayer is a third party who sends RTP of 1,000 Hz, of the right form, to
// every port of ours, 50 times a second each, and counts what comes back.
type sprayer struct {
	conn       *net.UDPConn
	sent, back atomic.Int64
	stop       context.CancelFunc
	done       chan struct{}
}

const (
	sprayTone = 1000
	sprayed   = 10_000 // packets of each
)

func spray(t *testing.T, host string) *sprayer {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s := &sprayer{conn: conn, stop: stop, done: make(chan struct{})}
	clip, err := media.DecodeClip(bytes.NewReader(tone(sprayTone, time.Second)))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 2048)
		for {
			if _, _, err := conn.ReadFromUDPAddrPort(buf); err != nil {
				return
			}
			s.back.Add(1)
		}
	}()
	go func() {
		defer close(s.done)
		source, frame, packet := clip.Source(0), make(media.Frame, 160), make([]byte, 172)
		for seq := uint16(1); pause(ctx, 20*time.Millisecond); seq++ {
			if source.ReadFrame(frame) != nil {
				return
			}
			packet[0], packet[1] = 0x80, 0
			binary.BigEndian.PutUint16(packet[2:], seq)
			binary.BigEndian.PutUint32(packet[4:], uint32(seq)*160)
			binary.BigEndian.PutUint32(packet[8:], 0xDEADBEEF)
			media.CodecByPayloadType(0).Encode(packet[12:], frame)
			for port := uint16(sprayFrom); port <= sprayTo; port++ {
				if _, err := conn.WriteToUDPAddrPort(packet, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)); err == nil {
					s.sent.Add(1)
				}
			}
		}
	}()
	t.Cleanup(func() { s.end() })
	return s
}

func (s *sprayer) end() {
	s.stop()
	<-s.done
	s.conn.Close()
}

// talker is a party with a tone of its own, which keeps what it hears.
type talker struct {
	t     *testing.T
	phone *softphone
	hz    float64
	file  string
	up    chan *sip.Leg
	asked chan *sip.Invite // what was answered; dropped when nobody looks
}

// talkerAt makes a phone at host: the carrier's, or, with a password, a user's.
func (h *house) talkerAt(t *testing.T, host string, port uint16, hz float64, u phoneAccount) *talker {
	t.Helper()
	k := &talker{t: t, hz: hz, file: filepath.Join(t.TempDir(), "heard.wav"), up: make(chan *sip.Leg, 16), asked: make(chan *sip.Invite, 16)}
	engine := make(chan *media.Engine, 1)
	var err error
	k.phone, err = newSoftphone(t.Context(), phoneOptions{
		Bind: netip.AddrPortFrom(netip.MustParseAddr(host), port), Server: h.sip, User: u.SipUserName, Password: u.SipPassword, Show: newDisplay(io.Discard), Log: zap.NewNop(),
		Engine: func(e *media.Engine) { engine <- e },
		Answer: func(ctx context.Context, in *sip.Invite) error {
			e := <-engine
			engine <- e
			port, err := e.Open(media.PortOptions{Signalling: in.Source.Addr()})
			if err != nil {
				return err
			}
			in.Leg.Attach(port)
			if err := in.Leg.Answer(ctx); err != nil {
				return err
			}
			select {
			case k.asked <- in:
			default:
			}
			k.up <- in.Leg
			return k.talk(ctx, port)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.phone.Close)
	if u.SipUserName != "" {
		if err := k.phone.registered(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// talk plays the tone and keeps what is heard, until ctx ends.
func (k *talker) talk(ctx context.Context, port *media.Port) error {
	clip, err := media.DecodeClip(bytes.NewReader(tone(k.hz, time.Second)))
	if err != nil {
		return err
	}
	f, err := os.Create(k.file)
	if err != nil {
		return err
	}
	defer f.Close()
	rec, err := media.NewRecorder(f, 8000, false)
	if err != nil {
		return err
	}
	untap := port.Tap(nil, rec.Side(0))
	_ = port.Play(ctx, clip.Source(0)) // until the call is over
	untap()
	_, err = rec.Close()
	return err
}

// A third party sprays RTP at a call from before it is set up to after it has
// been renegotiated. Nothing is sent to him, and nobody hears him: neither of the
// parties, nor the recording.
func TestRTPSprayOnTheRunningServer(t *testing.T) {
	h := startHouse(t, "RINGFLOW_MEDIA_PORTS=12000-12059", "RINGFLOW_LOG_LEVEL=error")
	bobs := h.user("Bob", h.flow("Idle", node("e", "EndNode", nil)))
	h.trunk("Carrier", M{"allowedIps": []string{carrierHost}})
	h.number(did, h.flow("To Bob", node("d", "DialNode", M{"Destinations": destinations(bobs.SipUserName), "RecordCall": yes()})))
	before := spray(t, "127.0.0.7")
	bob := h.talkerAt(t, "127.0.0.8", 0, 700, bobs)
	caller := h.talkerAt(t, carrierHost, 0, 440, phoneAccount{})

	leg, port, err := caller.phone.dial(t.Context(), did, "+12025550143")
	if err != nil {
		t.Fatal(err)
	}
	theirs := nextLeg(t, "Bob", bob.up)
	talking := make(chan error, 1)
	go func() { talking <- caller.talk(leg.Context(), port) }()
	// A second sprayer begins when the call is up.
	during := spray(t, "127.0.0.9")
	pause(t.Context(), 3*time.Second)
	for i, hold := range []bool{true, false} {
		port.SetHold(hold)
		if err := leg.Reinvite(t.Context()); err != nil {
			t.Fatalf("re-INVITE %d: %v", i, err)
		}
		pause(t.Context(), time.Second)
	}
	if err := theirs.Reinvite(t.Context()); err != nil {
		t.Fatal(err)
	}
	pause(t.Context(), 3*time.Second)
	h.eventually("much is sprayed", func() bool { return before.sent.Load() >= sprayed && during.sent.Load() >= sprayed })
	if err := leg.Hangup(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := <-talking; err != nil {
		t.Fatal(err)
	}
	<-theirs.Context().Done()
	h.eventually("the session is closed", func() bool { s := h.sessions(""); return len(s) > 0 && s[0].Ended })
	for _, s := range []*sprayer{before, during} {
		s.end()
		if s.sent.Load() < sprayed || s.back.Load() != 0 {
			t.Errorf("%d packets sprayed, %d came back", s.sent.Load(), s.back.Load())
		}
	}
	bob.phone.Close() // its file is whole now
	for _, k := range []struct {
		who  string
		file string
		hz   float64
	}{{"the caller", caller.file, bob.hz}, {"Bob", bob.file, caller.hz}} {
		wav, err := os.ReadFile(k.file)
		if err != nil {
			t.Fatal(err)
		}
		hears(t, k.who, wav, k.hz, sprayTone)
	}
	left, right := sides(t, h.recording())
	hears(t, "the recording's left side", left, caller.hz, sprayTone)
	hears(t, "the recording's right side", right, bob.hz, sprayTone)
	for who, wav := range map[string][]byte{"left": left, "right": right} {
		if got := level(wav, sprayTone); got > 0.01 {
			t.Errorf("%.3f of the recording's %s is the sprayer's", got, who)
		}
	}
}

// recording is the WAV of the newest session.
func (h *house) recording() []byte {
	h.t.Helper()
	id := ""
	h.eventually("the recording is there", func() bool {
		var one struct{ Files []struct{ ID string } }
		h.get("/sessions/"+h.sessions("")[0].ID, &one)
		if len(one.Files) > 0 {
			id = one.Files[0].ID
		}
		return id != ""
	})
	code, wav := h.request(http.MethodGet, "/files/"+id+"/content", "", nil)
	if code != http.StatusOK {
		h.t.Fatalf("the recording: %d", code)
	}
	return wav
}

// sides splits a stereo WAV of 16 bits into two mono ones.
func sides(t *testing.T, wav []byte) (left, right []byte) {
	t.Helper()
	if len(wav) < 44 || wav[22] != 2 {
		t.Fatalf("the recording is no stereo WAV: %d bytes", len(wav))
	}
	left, right = bytes.Clone(wav[:44]), bytes.Clone(wav[:44])
	for p := 44; p+4 <= len(wav); p += 4 {
		left, right = append(left, wav[p:p+2]...), append(right, wav[p+2:p+4]...)
	}
	return left, right
}
