package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// certificate is the server's TLS identity: certificates that are got by ACME, or
// those of the configuration. To HTTP clients that name no host, which are
// commands on this machine, it shows the certificate that they know from the
// data folder; phones, which often name none, get the first name's.
func (s *server) certificate(ctx context.Context, web bool) (*tls.Config, error) {
	own, err := certificate(s.Config)
	if err != nil || len(s.Config.TLS.ACME) == 0 {
		return own, err
	}
	if s.acme == nil {
		if err := s.startACME(ctx); err != nil {
			return nil, err
		}
	}
	got := s.acme.TLSConfig()
	got.MinVersion = tls.VersionTLS12
	if !web {
		got.NextProtos = nil // SIP asks for none
	}
	got.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return s.certificateFor(hello, own, web)
	}
	return got, nil
}

func (s *server) certificateFor(hello *tls.ClientHelloInfo, own *tls.Config, web bool) (*tls.Certificate, error) {
	names := s.Config.TLS.ACME
	if !slices.Contains(names, strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))) {
		if web {
			return &own.Certificates[0], nil
		}
		first := *hello
		first.ServerName = names[0]
		hello = &first
	}
	cert, err := s.acme.GetCertificate(hello)
	if err != nil {
		s.log.Warn("no certificate was got by ACME", zap.String("name", hello.ServerName), zap.Error(err))
	}
	return cert, err
}

// portless takes the port off the name that was asked for: an authority of one's own may
// ask at another than 80, and then it stands there.
func portless(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, err := net.SplitHostPort(r.Host); err == nil {
			r.Host = host
		}
		next.ServeHTTP(w, r)
	})
}

// startACME makes ready to get certificates, and listens for the authority's
// question over HTTP if that is set.
func (s *server) startACME(ctx context.Context) error {
	c := s.Config.TLS
	s.acme = &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(filepath.Join(s.Config.Data, "keys", "acme")), HostPolicy: autocert.HostWhitelist(c.ACME...),
		Email: c.Email, Client: &acme.Client{DirectoryURL: c.Directory, UserAgent: "Ringflow/" + version()},
	}
	if c.Challenge == "" {
		return nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.Challenge)
	if err != nil {
		return inUse("tls.challenge", c.Challenge, err)
	}
	web := &http.Server{
		Handler: portless(s.acme.HTTPHandler(http.NotFoundHandler())), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: zap.NewStdLog(s.log.Named("acme")),
	}
	done := make(chan struct{})
	go func() { // ended and waited for by Close
		defer close(done)
		if err := web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			select {
			case s.failed <- fmt.Errorf("tls.challenge: %w", err):
			default:
			}
		}
	}()
	s.closeLater(func() {
		web.Close()
		<-done
	})
	return nil
}
