package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringflow/config"
)

// strangersInvite sends an INVITE from an address that nobody knows and returns
// the final code, 0 for silence.
func (h *house) strangersInvite(to string) int {
	h.t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 9)})
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	local := conn.LocalAddr()
	body := "v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
	m := fmt.Sprintf("INVITE sip:%s@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:mallory@example.com>;tag=m\r\nTo: <sip:%s@%s>\r\nCall-ID: %d@stranger\r\nCSeq: 1 INVITE\r\nContact: <sip:mallory@%s>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
		to, h.sip, local, time.Now().UnixNano(), to, h.sip, time.Now().UnixNano(), local, len(body), body)
	if _, err := conn.WriteToUDPAddrPort([]byte(m), h.sip); err != nil {
		h.t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	buf := make([]byte, 4096)
	for {
		n, _, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return 0
		}
		if n < 12 {
			continue
		}
		if code, err := strconv.Atoi(string(buf[8:11])); err == nil && code >= 200 {
			return code
		}
	}
}

// What a stranger mistypes or forgets is said before any call is placed.
func TestMistakesAreSaidAtOnce(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	conf := write("ringflow.yaml", "data: .\n")
	ended := filepath.Join(dir, "ended") // a data folder whose server was killed
	if err := os.Mkdir(ended, 0o700); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	if err := writePrivate(localFile(ended), local{API: fmt.Sprintf("http://127.0.0.1:%d", port), SIP: "udp://127.0.0.1:1", Token: "x"}); err != nil {
		t.Fatal(err)
	}
	stale := write("ended.yaml", "data: "+ended+"\n")
	for _, c := range []struct {
		args string
		want string
	}{
		{"nonsense", `unknown command "nonsense"`},
		{"call", "call takes one number"},
		{"call 1 2", "call takes one number"},
		{"call 1 --prss 4", "unknown flag: --prss; `ringflow call --help` lists the flags"},
		{"call 1 --press 4x", "'x' is no key"},
		{"call 1 --play " + conf, "neither WAV nor MP3"},
		{"call 1 --play /none.wav", "--play: open /none.wav: no such file"},
		{"call 1 --save /none/x.wav", "--save: open /none/x.wav: no such file"},
		{"call 1 --config " + conf, "no server runs on " + dir},
		{"phone --as bob --config " + conf, "no server runs on " + dir},
		{"call 1 --config " + stale, "has ended without notice"},
		{"call 1 --url nowhere", "an address such as http://127.0.0.1:8080 is needed"},
		{"call 1 --url http://192.0.2.9:8080", "the demo's carrier is 127.0.0.2"},
		{"call 1 --as carol --url http://127.0.0.1:1", "give it with --sip-password"},
	} {
		cmd := root()
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		cmd.SetArgs(strings.Fields(c.args))
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ringflow %s: %v; it should say %q", c.args, err, c.want)
		}
	}
}

// The commands find a server with https and a certificate that it made itself,
// and trust no other.
func TestPhoneTrustsItsOwnServersCertificate(t *testing.T) {
	s := startHouseOver(t, "https://127.0.0.1:0")
	c := s.Config
	l := local{API: s.apiAddr, Token: s.token}
	ask := apiClient{base: l.API, token: l.Token, http: l.client(c)}
	if err := ask.alive(t.Context()); err != nil {
		t.Error(err)
	}
	other := *c
	other.Data = t.TempDir()
	if _, err := certificate(&other); err != nil {
		t.Fatal(err)
	}
	ask.http = l.client(&other)
	if err := ask.alive(t.Context()); err == nil || !strings.Contains(err.Error(), "is not the one of") {
		t.Errorf("a server with another certificate is taken: %v", err)
	}
}

// startHouseOver is a server whose API is at that http.listen. It is not a
// whole house: that one's helpers trust no self-made certificate.
func startHouseOver(t *testing.T, listen string) *server {
	t.Helper()
	c, problems := config.Load("", []string{
		"RINGFLOW_DATA=" + t.TempDir(), "RINGFLOW_HTTP_LISTEN=" + listen, "RINGFLOW_SIP_LISTEN=udp://127.0.0.1:0",
		"RINGFLOW_MEDIA_PORTS=12000-15999", "RINGFLOW_LOG_LEVEL=error", "RINGFLOW_ADMIN_PASSWORD=correct horse",
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	s := &server{Config: c, Out: io.Discard}
	t.Cleanup(s.Close)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}
