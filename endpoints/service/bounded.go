package service

import (
	"errors"
	"io"
	"net/http"
)

// maxAnswer is what a service's API may answer; files are fetched by File, with bounds of their own.
const maxAnswer = 4 << 20

// ErrTooLong is what reading gives after the bound.
var ErrTooLong = errors.New("the answer is too long")

// bounded cuts off answers that never end.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err != nil || resp.StatusCode == http.StatusSwitchingProtocols { // a WebSocket has bounds of its own
		return resp, err
	}
	resp.Body = &limited{resp.Body, maxAnswer}
	return resp, nil
}

// limited reads n bytes at most; then it fails, so that nothing that was cut off is taken for whole.
type limited struct {
	io.ReadCloser
	n int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.n <= 0 {
		var one [1]byte
		if n, err := l.ReadCloser.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, ErrTooLong
	}
	if int64(len(p)) > l.n {
		p = p[:l.n]
	}
	n, err := l.ReadCloser.Read(p)
	l.n -= int64(n)
	return n, err
}

// CloseIdleConnections lets the connections go that nobody uses.
func (b bounded) CloseIdleConnections() {
	if t, ok := b.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
