package media

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func newNegotiation(t testing.TB, codecs ...string) *negotiation {
	t.Helper()
	f, err := formatsFor(codecs)
	if err != nil {
		t.Fatal(err)
	}
	return &negotiation{
		codecs: f, event: format{eventPT, telephoneEvent, 8000},
		local: netip.MustParseAddrPort("192.0.2.9:20000"), id: 77, version: 1,
	}
}

// sdpOf makes an offer with these lines after m= (or instead of it, if the
// first one is m= itself).
func sdpOf(session string, lines ...string) []byte {
	s := "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=x\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" + session
	for _, l := range lines {
		s += l + "\r\n"
	}
	return []byte(s)
}

const audioLine = "m=audio 4000 RTP/AVP 0 8 96"

var rtpmaps = []string{"a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:96 telephone-event/8000"}

func line(sdp []byte, prefix string) string {
	for _, l := range strings.Split(string(sdp), "\r\n") {
		if strings.HasPrefix(l, prefix) {
			return l
		}
	}
	return ""
}

func TestAnswer(t *testing.T) {
	with := func(lines ...string) []byte {
		return sdpOf("", append(append([]string{audioLine}, rtpmaps...), lines...)...)
	}
	for _, c := range []struct {
		name   string
		offer  []byte
		codecs []string
		m      string // our m= line
		err    error
	}{
		{"our order", with(), []string{"PCMA", "PCMU"}, "m=audio 20000 RTP/AVP 8 96", nil},
		{"theirs has one", with(), []string{"PCMU"}, "m=audio 20000 RTP/AVP 0 96", nil},
		{"static types", sdpOf("", "m=audio 4000 RTP/AVP 8"), nil, "m=audio 20000 RTP/AVP 8", nil},
		{"moved type", sdpOf("", "m=audio 4000 RTP/AVP 97", "a=rtpmap:97 pcma/8000/1"), nil, "m=audio 20000 RTP/AVP 97", nil},
		{"feedback profile", sdpOf("", "m=audio 4000 RTP/AVPF 0"), nil, "m=audio 20000 RTP/AVPF 0", nil},
		{"line feeds only", []byte(strings.ReplaceAll(string(with()), "\r\n", "\n")), nil, "m=audio 20000 RTP/AVP 0 96", nil},
		{"no s=, no t=", []byte("v=0\no=me and my pbx 123456789012345678901234567890 1 IN IP4 1.2.3.4\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0\n"), nil, "m=audio 20000 RTP/AVP 0", nil},
		{"lines in odd order", []byte("v=0\na=sendrecv\nc=IN IP4 192.0.2.1\nb=AS:64\no=- 1 1 IN IP4 1.2.3.4\nm=audio 4000 RTP/AVP 0\nb=AS:64\na=rtpmap:0 PCMU/8000\nc=IN IP4 192.0.2.2\n"), nil, "m=audio 20000 RTP/AVP 0", nil},
		{"SRTP only", sdpOf("", "m=audio 4000 RTP/SAVP 0"), nil, "", ErrNoCodec},
		{"browser", sdpOf("", "m=audio 4000 UDP/TLS/RTP/SAVPF 0"), nil, "", ErrNoCodec},
		{"no common codec", sdpOf("", "m=audio 4000 RTP/AVP 18"), nil, "", ErrNoCodec},
		{"other clock", sdpOf("", "m=audio 4000 RTP/AVP 97", "a=rtpmap:97 PCMU/16000"), nil, "", ErrNoCodec},
		{"audio switched off", sdpOf("", "m=audio 0 RTP/AVP 0"), nil, "", ErrNoCodec},
		{"video only", sdpOf("", "m=video 4000 RTP/AVP 31"), nil, "", ErrNoCodec},
		{"port 70000", sdpOf("", "m=audio 70000 RTP/AVP 0"), nil, "", ErrBadSDP},
		{"port -1", sdpOf("", "m=audio -1 RTP/AVP 0"), nil, "", ErrBadSDP},
		{"no media", sdpOf(""), nil, "", ErrBadSDP},
		{"17 m= lines", sdpOf(strings.Repeat("m=audio 4000 RTP/AVP 0\r\n", 17)), nil, "", ErrBadSDP},
		{"too long", sdpOf("", "m=audio 4000 RTP/AVP 0", "a="+strings.Repeat("x", 64<<10)), nil, "", ErrBadSDP},
		{"empty", nil, nil, "", ErrBadSDP},
		{"not SDP", []byte("\x00\xff{}"), nil, "", ErrBadSDP},
		{"version 1", []byte("v=1\nm=audio 4000 RTP/AVP 0\n"), nil, "", ErrBadSDP},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := newNegotiation(t, c.codecs...).answer(c.offer)
			if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if m := line(got, "m="); m != c.m {
				t.Errorf("%q, want %q", m, c.m)
			}
		})
	}
}

// Hold from their side and from ours, in every direction that SDP has.
func TestHoldMatrix(t *testing.T) {
	for _, c := range []struct {
		session, media, conn string // of the offer
		ours                 bool   // we hold them, too
		want                 string
		far, near            direction
	}{
		{"", "", "", false, "sendrecv", sendrecv, sendrecv},
		{"", "sendrecv", "", false, "sendrecv", sendrecv, sendrecv},
		{"", "sendonly", "", false, "recvonly", sends, receives},
		{"", "recvonly", "", false, "sendonly", receives, sends},
		{"", "inactive", "", false, "inactive", inactive, inactive},
		{"sendonly", "", "", false, "recvonly", sends, receives},
		{"inactive", "", "", false, "inactive", inactive, inactive},
		{"inactive", "sendrecv", "", false, "sendrecv", sendrecv, sendrecv},
		{"", "", "0.0.0.0", false, "recvonly", sends, receives},
		{"", "inactive", "0.0.0.0", false, "inactive", inactive, inactive},
		{"", "sendrecv", "", true, "sendonly", sendrecv, sends},
		{"", "recvonly", "", true, "sendonly", receives, sends},
		{"", "sendonly", "", true, "inactive", sends, inactive},
		{"", "inactive", "", true, "inactive", inactive, inactive},
	} {
		t.Run(fmt.Sprintf("%s/%s/%s/%v", c.session, c.media, c.conn, c.ours), func(t *testing.T) {
			n := newNegotiation(t)
			if _, err := n.answer(sdpOf("", audioLine)); err != nil {
				t.Fatal(err)
			}
			n.hold = c.ours
			session, lines := "", []string{audioLine}
			if c.session != "" {
				session = "a=" + c.session + "\r\n"
			}
			if c.conn != "" {
				lines = append(lines, "c=IN IP4 "+c.conn)
			}
			if c.media != "" {
				lines = append(lines, "a="+c.media)
			}
			got, err := n.answer(sdpOf(session, lines...))
			if err != nil {
				t.Fatal(err)
			}
			if line(got, "a="+c.want) == "" {
				t.Errorf("want a=%s in\n%s", c.want, got)
			}
			if n.now.far != c.far || n.now.near != c.near {
				t.Errorf("far %v near %v, want %v %v", n.now.far, n.now.near, c.far, c.near)
			}
		})
	}
}

func TestVersionGrowsOnlyOnChange(t *testing.T) {
	n := newNegotiation(t)
	version := func(sdp []byte, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		f := strings.Fields(line(sdp, "o="))
		if f[1] != "77" {
			t.Errorf("session id %s", f[1])
		}
		return f[2]
	}
	for i, c := range []struct{ got, want string }{
		{version(n.answer(sdpOf("", audioLine))), "1"},
		{version(n.answer(sdpOf("", audioLine))), "1"}, // a session refresh
		{version(n.answer(sdpOf("", audioLine, "a=sendonly"))), "2"},
		{version(n.answer(sdpOf("", audioLine, "a=sendonly"))), "2"},
		{version(n.answer(sdpOf("", audioLine))), "3"},
	} {
		if c.got != c.want {
			t.Errorf("%d: version %s, want %s", i, c.got, c.want)
		}
	}
}

func TestReofferKeepsMediaLinesAndTypes(t *testing.T) {
	n := newNegotiation(t)
	answer, err := n.answer(sdpOf("", "m=image 5000 udptl t38", audioLine, rtpmaps[0], rtpmaps[1], rtpmaps[2], "m=video 5002 RTP/AVP 31"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"m=image 0 udptl t38", "m=audio 20000 RTP/AVP 0 96", "m=video 0 RTP/AVP 31"}
	offer := n.offer()
	for i, sdp := range [][]byte{answer, offer} {
		var got []string
		for _, l := range strings.Split(string(sdp), "\r\n") {
			if strings.HasPrefix(l, "m=") {
				got = append(got, l)
			}
		}
		if i == 1 {
			want[1] = "m=audio 20000 RTP/AVP 0 8 96" // what is agreed keeps its number
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if err := n.accept(sdpOf("", "m=image 0 udptl t38", "m=audio 4000 RTP/AVP 8", "m=video 0 RTP/AVP 31")); err != nil {
		t.Fatal(err)
	}
	if n.now.codec.name != "PCMA" || n.now.event {
		t.Errorf("agreed on %+v", n.now)
	}
}

func TestAcceptTwiceAndRollback(t *testing.T) {
	n := newNegotiation(t)
	n.offer()
	if err := n.accept(sdpOf("", "m=audio 4000 RTP/AVP 8")); err != nil { // early
		t.Fatal(err)
	}
	if err := n.accept(sdpOf("", "m=audio 5000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000")); err != nil { // another fork
		t.Fatal(err)
	}
	if n.now.codec.name != "PCMU" || n.now.remote.Port() != 5000 || !n.now.event {
		t.Errorf("agreed on %+v", n.now)
	}
	agreed := n.now
	n.hold = true
	if offer := n.offer(); line(offer, "a=sendonly") == "" {
		t.Errorf("hold is offered as\n%s", offer)
	}
	n.rollback() // the re-INVITE failed
	if fmt.Sprint(n.now) != fmt.Sprint(agreed) || n.hold {
		t.Errorf("after rollback: %+v", n.now)
	}
	if err := n.accept(sdpOf("", "m=audio 0 RTP/AVP 0")); !errors.Is(err, ErrNoCodec) {
		t.Errorf("declined audio: %v", err)
	}
	n.offer()
	if err := n.accept(sdpOf("", "m=audio 5000 RTP/AVP 18")); !errors.Is(err, ErrNoCodec) {
		t.Errorf("a codec never offered: %v", err)
	}
	if fmt.Sprint(n.now) != fmt.Sprint(agreed) {
		t.Errorf("a bad answer changed what was agreed: %+v", n.now)
	}
	if err := newNegotiation(t).accept(sdpOf("", "m=audio 1 RTP/AVP 0")); err == nil {
		t.Error("an answer without an offer was taken")
	}
}

// Port 0 in a session that stands switches the audio off, and an offer with a
// port brings it back (RFC 3264 8.2); at the beginning, or with something else
// in its place, it is refused.
func TestAudioOffAndOn(t *testing.T) {
	const off = "m=audio 0 RTP/AVP 0"
	n := newNegotiation(t)
	if _, err := n.answer(sdpOf("", off)); !errors.Is(err, ErrNoCodec) {
		t.Fatalf("a call without audio: %v", err)
	}
	if _, err := n.answer(sdpOf("", audioLine)); err != nil {
		t.Fatal(err)
	}
	for i, offer := range []string{off, off} { // and a refresh of it
		got, err := n.answer(sdpOf("", offer))
		if err != nil {
			t.Fatal(err)
		}
		if m := line(got, "m="); m != off {
			t.Errorf("%d: %q", i, m)
		}
		if n.now.far != inactive || n.now.near != inactive || n.now.remote.IsValid() || !n.now.up {
			t.Errorf("%d: agreed on %+v", i, n.now)
		}
	}
	if m := line(n.offer(), "m="); m != off { // who switched it off switches it on
		t.Errorf("we offer %q", m)
	}
	if err := n.accept(sdpOf("", off)); err != nil || n.now.near != inactive {
		t.Errorf("%v, %+v", err, n.now)
	}
	for _, other := range []string{"m=image 5000 udptl t38", "m=audio 5000 RTP/SAVP 0", "m=video 5000 RTP/AVP 31"} {
		if _, err := n.answer(sdpOf("", off, other)); !errors.Is(err, ErrNoCodec) {
			t.Errorf("%s instead of audio: %v", other, err)
		}
	}
	got, err := n.answer(sdpOf("", audioLine))
	if err != nil || line(got, "m=") != "m=audio 20000 RTP/AVP 0" || n.now.near != sendrecv || !n.now.remote.IsValid() {
		t.Errorf("back again: %v, %+v\n%s", err, n.now, got)
	}

	// As the answer to an offer of ours.
	n.offer()
	agreed := n.now
	if err := n.accept(sdpOf("", off)); err != nil || n.now.near != inactive || !n.now.up {
		t.Errorf("declined in a session that stands: %v, %+v", err, n.now)
	}
	n.rollback()
	if fmt.Sprint(n.now) != fmt.Sprint(agreed) || line(n.offer(), "m=") == off {
		t.Errorf("after rollback: %+v", n.now)
	}

	// One branch of a fork has early media, the one that answers declines audio.
	fork := newNegotiation(t)
	fork.offer()
	if err := fork.accept(sdpOf("", audioLine)); err != nil {
		t.Fatal(err)
	}
	if err := fork.accept(sdpOf("", off)); !errors.Is(err, ErrNoCodec) {
		t.Errorf("a call without audio: %v", err)
	}
}

func TestMux(t *testing.T) {
	n := newNegotiation(t)
	got, _ := n.answer(sdpOf("", audioLine, "a=rtcp-mux"))
	if line(got, "a=rtcp-mux") == "" || !n.now.mux {
		t.Errorf("rtcp-mux was offered, the answer is\n%s", got)
	}
	got, _ = n.answer(sdpOf("", audioLine, "a=rtcp:5001 IN IP4 192.0.2.7"))
	if line(got, "a=rtcp-mux") != "" || n.now.rtcp.String() != "192.0.2.7:5001" {
		t.Errorf("%v\n%s", n.now.rtcp, got)
	}
}

// FuzzAnswer: whatever comes, no panic, and an answer is a legal one.
func FuzzAnswer(f *testing.F) {
	f.Add(sdpOf("", audioLine))
	f.Add(sdpOf("a=inactive\r\n", append([]string{audioLine, "a=ptime:30", "a=rtcp:1 IN IP6 ::1"}, rtpmaps...)...))
	f.Add([]byte("v=0\nm=audio 1/2 RTP/AVP 0\nc=IN IP6 ::\nm=x 0 y z"))
	f.Fuzz(func(t *testing.T, offer []byte) {
		n := newNegotiation(t)
		answer, err := n.answer(offer)
		if err != nil {
			if !errors.Is(err, ErrBadSDP) && !errors.Is(err, ErrNoCodec) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		r, err := parseSDP(answer)
		if err != nil {
			t.Fatalf("%v of our own answer\n%s", err, answer)
		}
		o, _ := parseSDP(offer)
		if len(r.media) != len(o.media) {
			t.Fatalf("%d m= lines answered with %d", len(o.media), len(r.media))
		}
		if err := newNegotiation(t).acceptAny(answer); err != nil {
			t.Fatalf("%v of our own answer\n%s", err, answer)
		}
	})
}

// acceptAny accepts an answer whose audio may be in any of its m= lines.
func (n *negotiation) acceptAny(answer []byte) error {
	r, err := parseSDP(answer)
	if err != nil {
		return err
	}
	n.offer()
	n.slots = nil
	for i := range r.media {
		n.slots = append(n.slots, slot{audio: r.media[i].kind == "audio" && r.media[i].port != 0})
	}
	return n.accept(answer)
}
