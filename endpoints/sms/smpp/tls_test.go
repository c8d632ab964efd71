package smpp_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"strings"
	"testing"
)

// With TLS the centre must be who it says it is.
func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(nil) // for its certificate, of 127.0.0.1
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	bubble(t, func(t *testing.T, dir string) {
		secure := func(h *house) {
			h.centre.TLS = &tls.Config{Certificates: s.TLS.Certificates}
			h.number.Texts.SMPP.TLS = true
		}
		h := open(t, secure, piped(dir), func(h *house) { h.hub.TLS = &tls.Config{RootCAs: roots} })
		h.deliver(text("hello"))
		h.wantTexts("hello")
		if _, err := h.send("hello yourself"); err != nil {
			t.Error(err)
		}
	})
	bubble(t, func(t *testing.T, dir string) {
		h := open(t, func(h *house) {
			h.centre.TLS = &tls.Config{Certificates: s.TLS.Certificates}
			h.number.Texts.SMPP.TLS = true
		}, piped(dir))
		if _, err := h.send("x"); err == nil || !strings.Contains(err.Error(), "certificate") || len(h.centre.Binds()) > 0 {
			t.Errorf("who shows a certificate of nobody we know was told the password: %v", err)
		}
	})
}
