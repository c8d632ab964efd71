package api

import (
	"net/http"
	"strings"
	"testing"
)

// Pages of other sites ask nothing unless their origin is listed, and then
// without our cookies.
func TestCORS(t *testing.T) {
	const app = "https://app.example.com"
	preflight := func(origin string) as {
		return func(r *http.Request) {
			r.Header.Set("Origin", origin)
			r.Header.Set("Access-Control-Request-Method", "PATCH")
		}
	}
	off := newHouse(t)
	if a := off.do(preflight(app), "OPTIONS", "/flows", ""); a.Header.Get("Access-Control-Allow-Origin") != "" || a.Header.Get("Access-Control-Allow-Methods") != "" {
		t.Error(a.Header)
	}
	off.want(403, admin, "POST", "/flows", `{"name":"x"}`, header("Origin", app))

	h := newHouse(t, func(s *Server) { s.Origins, s.PublicURL = []string{app}, "https://pbx.example.com" })
	a := h.want(204, preflight(app), "OPTIONS", "/flows", "")
	for name, want := range map[string]string{"Access-Control-Allow-Origin": app, "Access-Control-Allow-Methods": "PATCH", "Access-Control-Allow-Headers": "Authorization", "Vary": "Origin"} {
		if !strings.Contains(a.Header.Get(name), want) {
			t.Errorf("%s: %q", name, a.Header.Get(name))
		}
	}
	if a.Header.Get("Access-Control-Allow-Credentials") != "" || a.Header.Get("Strict-Transport-Security") == "" {
		t.Error(a.Header)
	}
	account := `{"name":"x","accountId":"` + h.account + `"}`
	if a := h.want(200, admin, "POST", "/flows", account, header("Origin", app)); a.Header.Get("Access-Control-Allow-Origin") != app {
		t.Error(a.Header)
	}
	for _, origin := range []string{"https://app.example.com.evil.test", "https://evil.test", "null", "http://app.example.com", "https://app.example.com:8443"} {
		if a := h.do(preflight(origin), "OPTIONS", "/flows", ""); a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", origin, a.Header)
		}
		h.want(403, admin, "POST", "/flows", account, header("Origin", origin))
		if a := h.want(200, admin, "GET", "/flows", "", header("Origin", origin)); a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", origin, a.Header)
		}
	}
}

// What every answer says to a browser.
func TestSecurityHeaders(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/flows", "/nothing", "/healthz", "/flows.xml", "/json/reply/ListFlows"} {
		a := h.do(admin, "GET", path, "")
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Referrer-Policy": "no-referrer", "Strict-Transport-Security": ""} {
			if a.Header.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, a.Header.Get(name))
			}
		}
	}
	for _, c := range h.want(200, nobody, "POST", "/auth/credentials", credentials).Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure {
			t.Errorf("%+v", c)
		}
	}
	behind := newHouse(t, func(s *Server) { s.PublicURL = "https://pbx.example.com" })
	for _, c := range behind.want(200, nobody, "POST", "/auth/credentials", credentials).Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || !c.Secure {
			t.Errorf("%+v", c)
		}
	}
}
