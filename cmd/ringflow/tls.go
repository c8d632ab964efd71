package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"ringflow/config"
)

// certificate gives the server's TLS identity: the files of the configuration,
// else a self-signed one that is made once and kept in the data folder.
func certificate(c *config.Config) (*tls.Config, error) {
	cert, key := certificateFiles(c)
	if c.TLS.Cert == "" {
		if _, err := os.Stat(cert); errors.Is(err, fs.ErrNotExist) {
			if err := selfSign(cert, key, ownNames(c)); err != nil {
				return nil, fmt.Errorf("self-signed certificate: %w", err)
			}
		}
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("tls.cert %s, tls.key %s: %w", cert, key, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// certificateFiles are the PEM files of the server's TLS identity.
func certificateFiles(c *config.Config) (cert, key string) {
	if c.TLS.Cert != "" {
		return c.TLS.Cert, c.TLS.Key
	}
	return filepath.Join(c.Data, "keys", "tls.crt"), filepath.Join(c.Data, "keys", "tls.key")
}

// ownNames are the names and addresses under which others know the server.
func ownNames(c *config.Config) []string {
	names := []string{c.SIP.Domain, c.SIP.Advertise, hostOf(c.HTTP.PublicURL), hostOf("https://" + c.HTTP.Listen)}
	for _, l := range c.SIP.Listen {
		names = append(names, hostOf(l))
	}
	return names
}

func selfSign(certFile, keyFile string, names []string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	now := time.Now()
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "ringflow"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.AddDate(10, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil && !ip.IsUnspecified() {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else if ip == nil && n != "" {
			t.DNSNames = append(t.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(keyFile), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}
