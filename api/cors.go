package api

import (
	"net/http"
	"slices"
	"strings"
)

// Pages of other sites use the API only if their origin is listed, and then with
// credentials of their own: no cookie of ours goes along.
const (
	corsMethods = "GET, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, Accept, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, X-ss-id, X-ss-pid"
	corsExposed = "ETag, Retry-After, Content-Disposition"
	corsMaxAge  = "600" // seconds
)

// listed tells whether an origin is one of those.
func (s *Server) listed(origin string) bool {
	return origin != "" && slices.Contains(s.Origins, strings.ToLower(origin))
}

// cors tells a browser what the page of a listed origin may do; true: that was
// all it asked for.
func (s *Server) cors(w http.ResponseWriter, r *http.Request) (done bool) {
	if len(s.Origins) == 0 {
		return false
	}
	h, origin := w.Header(), r.Header.Get("Origin")
	h.Add("Vary", "Origin")
	if !s.listed(origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", corsExposed)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", corsMethods)
	h.Set("Access-Control-Allow-Headers", corsHeaders)
	h.Set("Access-Control-Max-Age", corsMaxAge)
	w.WriteHeader(http.StatusNoContent)
	return true
}
