package api

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ringflow/session"
)

// pipes is a listener whose connections are pipes from this machine: a real
// HTTP server in virtual time.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

type pipe struct{ net.Conn }

func (pipe) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return pipe{c}, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

// inTime runs f against a server of virtual time.
func inTime(t *testing.T, f func(t *testing.T, s *Server, calls *fakeCalls, p *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		calls := &fakeCalls{watch: make(chan session.Event, 1)}
		s := &Server{Calls: calls, LocalToken: "local-token"}
		p := &pipes{make(chan net.Conn), make(chan struct{})}
		web := s.HTTP()
		ended := make(chan error, 1)
		go func() { ended <- web.Serve(p) }()
		f(t, s, calls, p)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := web.Shutdown(ctx); err != nil {
			t.Error("it doesn't end:", err)
		}
		<-ended
	})
}

// A stream lives as long as its call, whatever the deadlines of other
// requests, and ends when the server does.
func TestStreamOutlivesDeadlines(t *testing.T) {
	inTime(t, func(t *testing.T, _ *Server, calls *fakeCalls, p *pipes) {
		rec := &session.Record{ID: strings.Repeat("a", 32), Started: time.Now()}
		calls.live = append(calls.live, rec)
		conn := p.dial()
		defer conn.Close()
		go io.WriteString(conn, "GET /sessions/"+rec.ID+"/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer local-token\r\n\r\n")
		r := bufio.NewReader(conn)
		resp, err := http.ReadResponse(r, nil)
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(resp, err)
		}
		lines := make(chan string, 1000)
		go func() {
			defer close(lines)
			for sc := bufio.NewScanner(resp.Body); sc.Scan(); {
				lines <- sc.Text()
			}
		}()
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		if n := len(lines); n < 200 {
			t.Errorf("%d lines in half an hour", n)
		}
		calls.watch <- session.Event{Kind: session.Logged, SessionID: rec.ID, Date: time.Now(), Message: "still here"}
		synctest.Wait()
		var all strings.Builder
		for len(lines) > 0 {
			all.WriteString(<-lines)
		}
		if !strings.Contains(all.String(), "still here") {
			t.Error(all.String())
		}
	})
}

// Who sends a request slower than the limits is cut off.
func TestSlowRequestsEnd(t *testing.T) {
	inTime(t, func(t *testing.T, _ *Server, _ *fakeCalls, p *pipes) {
		for text, limit := range map[string]time.Duration{
			"":                                   headerTimeout,
			"GET /healthz HTTP/1.1\r\nHost: x\r": headerTimeout,
			"POST /json/reply/ValidateFlow HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer local-token\r\nContent-Length: 100\r\n\r\n{": readTimeout,
		} {
			conn := p.dial()
			start := time.Now()
			go io.WriteString(conn, text)
			answer, err := io.ReadAll(conn)
			if took := time.Since(start); err != nil || took > limit+5*time.Second || strings.Contains(string(answer), " 200 ") || strings.Contains(string(answer), " 500 ") {
				t.Errorf("%.30q: %s after %v, %v", text, answer, took, err)
			}
			conn.Close()
		}
		long := p.dial()
		go io.WriteString(long, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", maxHeader+8192)+"\r\n\r\n")
		if answer, err := io.ReadAll(long); err != nil || !strings.Contains(string(answer), " 431 ") {
			t.Errorf("%.100s, %v", answer, err)
		}
		long.Close()
	})
}
