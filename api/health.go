package api

import (
	"io"
	"net"
	"net/http"
	"strings"

	"go.uber.org/zap"
)

// GetHealth asks whether the server lives.
type GetHealth struct{}

// GetReadiness asks whether it wants traffic.
type GetReadiness struct{}

// GetMetrics reads its counters.
type GetMetrics struct{}

func (s *Server) health(*Request, *GetHealth) (raw, error) { return plain(http.StatusOK, "ok\n"), nil }

func (s *Server) readiness(*Request, *GetReadiness) (raw, error) {
	if s.Ready != nil {
		if err := s.Ready(); err != nil {
			s.log().Info("not ready", zap.Error(err))
			return plain(http.StatusServiceUnavailable, err.Error()+"\n"), nil
		}
	}
	return plain(http.StatusOK, "ready\n"), nil
}

func plain(status int, text string) raw {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text) // a client that went away is told nothing
		return nil
	}
}

// readMetrics opens /metrics to administrators, and to this machine while the
// server isn't published through a proxy on it.
func (s *Server) readMetrics(r *Request, _ *GetMetrics) (raw, error) {
	switch {
	case r.Who != nil && r.Who.administrator(), s.PublicURL == "" && loopback(r.Request) && plainHost(r.Host):
		return func(w http.ResponseWriter, r *http.Request) error {
			s.metrics.page.ServeHTTP(w, r)
			return nil
		}, nil
	case r.Who == nil:
		return nil, unauthorized("metrics are shown to administrators")
	}
	return nil, fail(http.StatusForbidden, "Forbidden", "Invalid Role: metrics are shown to administrators")
}

// plainHost tells an address or localhost from a name that somebody else's DNS
// may point at this machine, to have a browser here read for him.
func plainHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil
}
