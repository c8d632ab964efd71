package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/zap"

	"ringflow/config"
)

// A certificate that was got by ACME is shown to who names its host, from the
// data folder and without asking anybody; nobody gets one for another name.
func TestACMECertificate(t *testing.T) {
	const name = "phones.example.com"
	c := &config.Config{Data: t.TempDir()}
	c.TLS.ACME, c.TLS.Directory, c.TLS.Challenge = []string{name}, "https://127.0.0.1:1/directory", "127.0.0.1:0"
	cache := filepath.Join(c.Data, "keys", "acme")
	if err := selfSign(filepath.Join(c.Data, "c.pem"), filepath.Join(c.Data, "k.pem"), []string{name}); err != nil {
		t.Fatal(err)
	}
	var both []byte
	for _, file := range []string{"k.pem", "c.pem"} {
		b, err := os.ReadFile(filepath.Join(c.Data, file))
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, b...)
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cache, name), both, 0o600); err != nil {
		t.Fatal(err)
	}

	s := &server{Config: c, log: zap.NewNop(), failed: make(chan error, 1)}
	defer s.Close()
	hello := func(host string) *tls.ClientHelloInfo {
		return &tls.ClientHelloInfo{ServerName: host, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}, SupportedCurves: []tls.CurveID{tls.CurveP256}, SupportedVersions: []uint16{tls.VersionTLS12}}
	}
	for _, use := range []struct {
		web  bool
		host string
		got  bool // by ACME; else our own
	}{{true, name, true}, {true, "PHONES.example.com", true}, {true, "", false}, {true, "evil.test", false}, {false, name, true}, {false, "", true}, {false, "evil.test", true}} {
		conf, err := s.certificate(t.Context(), use.web)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := conf.GetCertificate(hello(use.host))
		if err != nil {
			t.Errorf("%+v: %v", use, err)
			continue
		}
		if own, err := certificate(c); err != nil || (string(own.Certificates[0].Certificate[0]) == string(cert.Certificate[0])) == use.got {
			t.Errorf("%+v: the wrong certificate, %v", use, err)
		}
		if conf.MinVersion != tls.VersionTLS12 || use.web != (len(conf.NextProtos) > 0) {
			t.Errorf("%+v", conf)
		}
	}
}

// The listener for the authority answers nothing else, and sends nobody elsewhere.
func TestACMEChallengeListener(t *testing.T) {
	c := &config.Config{Data: t.TempDir()}
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	c.TLS.ACME, c.TLS.Directory, c.TLS.Challenge = []string{"phones.example.com"}, "https://127.0.0.1:1/directory", address
	s := &server{Config: c, log: zap.NewNop(), failed: make(chan error, 1)}
	defer s.Close()
	if _, err := s.certificate(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	const challenge = "/.well-known/acme-challenge/x"
	for _, ask := range []struct {
		host, path string
		want       int
	}{
		{"phones.example.com", "/", 404}, {"phones.example.com", "/flows", 404}, {"phones.example.com", challenge, 404},
		{"phones.example.com:5002", challenge, 404}, {"others.example.com", challenge, 403},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+address+ask.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = ask.host
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != ask.want {
			t.Errorf("%s%s: %d", ask.host, ask.path, resp.StatusCode)
		}
	}
}
