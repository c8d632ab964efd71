package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// origins reads http.cors.
func origins(c *Config, v []string) error {
	var all []string
	for _, s := range v {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || s != u.Scheme+"://"+u.Host {
			return fmt.Errorf("%q is no origin: https:// and a host, and nothing behind it", s)
		}
		all = append(all, strings.ToLower(s))
	}
	c.HTTP.CORS = all
	return nil
}

// services reads bots.services.
func services(c *Config, v []string) error {
	var all []string
	for _, s := range v {
		if s = strings.ToLower(strings.TrimSpace(s)); s == "" {
			continue
		}
		if u, err := url.Parse("https://" + s); err != nil || u.Host != s || u.Hostname() == "" || strings.Contains(s, "*") {
			return fmt.Errorf("%q is no host", s)
		}
		all = append(all, s)
	}
	c.Bots.Services = all
	return nil
}

// certified reads tls.acme.
func certified(c *Config, v []string) error {
	var all []string
	for _, s := range v {
		if s = strings.ToLower(strings.TrimSpace(s)); s == "" {
			continue
		}
		if _, err := netip.ParseAddr(s); err == nil || host(s) != nil || !strings.Contains(s, ".") || strings.ContainsAny(s, "*:") {
			return fmt.Errorf("%q is no host name that a certificate can be got for", s)
		}
		all = append(all, s)
	}
	c.TLS.ACME = all
	return nil
}
