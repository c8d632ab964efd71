package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// carrierHost is where the carrier of the tests, sipp, lives.
const carrierHost = "127.0.0.2"

// sipp is one run of a scenario.
type sipp struct {
	t        *testing.T
	name     string
	dir      string
	done     chan error
	reported bool // what it said of its failure
}

// startSipp runs a scenario of testdata/sipp, or a file, against the server.
// More are sipp's own arguments: -s for the called user, -p for the port, …
func (h *house) startSipp(t *testing.T, scenario string, more ...string) *sipp {
	t.Helper()
	needProgram(t, "sipp", "sip-tester")
	file := scenario
	if !filepath.IsAbs(file) {
		file, _ = filepath.Abs(filepath.Join("..", "..", "testdata", "sipp", scenario+".xml"))
	}
	s := &sipp{t: t, name: scenario, dir: t.TempDir(), done: make(chan error, 1)}
	args := append([]string{
		h.sip.String(), "-sf", file, "-i", carrierHost, "-m", "1", "-nostdin", "-timeout", "100s", "-timeout_error",
		"-trace_err", "-error_file", filepath.Join(s.dir, "errors"), "-trace_msg", "-message_file", filepath.Join(s.dir, "messages"),
	}, more...)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, "sipp", args...)
	cmd.Dir = s.dir
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	go func() {
		defer cancel()
		s.done <- cmd.Wait()
	}()
	t.Cleanup(func() {
		cancel()
		s.done <- <-s.done
		if t.Failed() && !s.reported {
			t.Logf("sipp %s:\n%s", s.name, s.said())
		}
	})
	return s
}

// said is what sipp complained of, and the last messages.
func (s *sipp) said() []byte {
	errors, _ := os.ReadFile(filepath.Join(s.dir, "errors"))
	messages, _ := os.ReadFile(filepath.Join(s.dir, "messages"))
	return append(append(errors, '\n'), tail(messages, 6000)...)
}

// passes waits for the end of the scenario, which must have gone as written.
func (s *sipp) passes() {
	s.t.Helper()
	err := <-s.done
	s.done <- err
	if err == nil {
		return
	}
	s.reported = true
	s.t.Errorf("sipp %s: %v\n%s", s.name, err, s.said())
}

func tail(b []byte, n int) []byte { return b[max(len(b)-n, 0):] }

// sipp runs a scenario to its end.
func (h *house) sipp(t *testing.T, scenario string, more ...string) {
	t.Helper()
	h.startSipp(t, scenario, more...).passes()
}

// listening waits until a sipp that waits for calls has bound its port.
func (h *house) listening(host string, port int) {
	h.t.Helper()
	h.eventually(fmt.Sprintf("something listens on %s:%d", host, port), func() bool {
		l, err := net.ListenPacket("udp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return true
		}
		l.Close()
		return false
	})
}
