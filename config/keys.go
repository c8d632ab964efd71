package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// key is one setting: where it stands, what it is when nobody sets it, what is
// allowed, and how its text becomes a value.
type key struct {
	path    string // as in the file, dots between levels
	def     string
	list    bool
	allowed string
	set     func(c *Config, v []string) error
}

// keys is the table of all settings, in the order of ringflow.yaml.
var keys = []key{
	{path: "data", def: "data", allowed: "a folder", set: text(func(c *Config) *string { return &c.Data }, nonEmpty)},
	{path: "http.listen", def: "127.0.0.1:8080", allowed: "host:port, or https://host:port to serve TLS", set: httpListen},
	{path: "http.publicUrl", allowed: "an http:// or https:// address", set: text(func(c *Config) *string { return &c.HTTP.PublicURL }, orEmpty(address("http", "https")))},
	{path: "http.cors", list: true, allowed: "a list of origins, such as https://app.example.com", set: origins},
	{path: "sip.listen", def: "udp://127.0.0.1:5060,tcp://127.0.0.1:5060", list: true, allowed: "a list of udp://, tcp:// or tls:// with host:port",
		set: func(c *Config, v []string) error { return sipListen(c, v) }},
	{path: "sip.domain", allowed: "a host name", set: text(func(c *Config) *string { return &c.SIP.Domain }, orEmpty(host))},
	{path: "sip.advertise", allowed: "a host name or IP address", set: text(func(c *Config) *string { return &c.SIP.Advertise }, orEmpty(host))},
	{path: "media.listen", def: "127.0.0.1", allowed: "an IP address", set: addr(func(c *Config) *netip.Addr { return &c.Media.Listen }, false)},
	{path: "media.advertise", allowed: "an IP address", set: addr(func(c *Config) *netip.Addr { return &c.Media.Advertise }, true)},
	{path: "media.ports", def: "20000-29999", allowed: "first-last, such as 20000-29999 (1024 to 65535, at least 4 ports)", set: ports},
	{path: "media.timeout", def: "30s", allowed: "a time from 5s to 1h", set: duration(func(c *Config) *time.Duration { return &c.Media.Timeout }, 5*time.Second, time.Hour)},
	{path: "tls.cert", allowed: "a PEM file", set: text(func(c *Config) *string { return &c.TLS.Cert }, nil)},
	{path: "tls.key", allowed: "a PEM file", set: text(func(c *Config) *string { return &c.TLS.Key }, nil)},
	{path: "tls.acme", list: true, allowed: "a list of host names", set: certified},
	{path: "tls.email", allowed: "an e-mail address", set: text(func(c *Config) *string { return &c.TLS.Email }, orEmpty(email))},
	{path: "tls.directory", def: "https://acme-v02.api.letsencrypt.org/directory", allowed: "an https:// address", set: text(func(c *Config) *string { return &c.TLS.Directory }, address("https"))},
	{path: "tls.challenge", allowed: "host:port, usually port 80, or nothing to be asked over TLS", set: text(func(c *Config) *string { return &c.TLS.Challenge }, orEmpty(hostPort))},
	{path: "speech.engine", def: "espeak-ng", allowed: "espeak-ng, flite or http", set: text(func(c *Config) *string { return &c.Speech.Engine }, oneOf("espeak-ng", "flite", "http"))},
	{path: "speech.url", allowed: "an http:// or https:// address", set: text(func(c *Config) *string { return &c.Speech.URL }, orEmpty(address("http", "https")))},
	{path: "speech.key", allowed: "text", set: text(func(c *Config) *string { return &c.Speech.Key }, nil)},
	{path: "speech.voice", allowed: "the name of a voice", set: text(func(c *Config) *string { return &c.Speech.Voice }, nil)},
	{path: "speech.recognise", def: "pocketsphinx", list: true, allowed: "a list of pocketsphinx and http, or nothing", set: recognisers},
	{path: "speech.recogniseUrl", allowed: "an http:// or https:// address", set: text(func(c *Config) *string { return &c.Speech.RecogniseURL }, orEmpty(address("http", "https")))},
	{path: "speech.recogniseKey", allowed: "text", set: text(func(c *Config) *string { return &c.Speech.RecogniseKey }, nil)},
	{path: "speech.recogniseModel", allowed: "the name of a model", set: text(func(c *Config) *string { return &c.Speech.RecogniseModel }, nil)},
	{path: "speech.recogniseLanguage", allowed: "a language, such as en", set: text(func(c *Config) *string { return &c.Speech.RecogniseLanguage }, nil)},
	{path: "store.url", allowed: "postgres://user:password@host/database, or nothing for SQLite", set: text(func(c *Config) *string { return &c.Store.URL }, orEmpty(database))},
	{path: "admin.email", def: "admin@ringflow.local", allowed: "an e-mail address", set: text(func(c *Config) *string { return &c.Admin.Email }, email)},
	{path: "admin.password", allowed: "at least 8 characters", set: text(func(c *Config) *string { return &c.Admin.Password }, orEmpty(atLeast(8)))},
	{path: "mail.smtp", allowed: "host:port of an SMTP server, or nothing to send no mail", set: text(func(c *Config) *string { return &c.Mail.SMTP }, orEmpty(remote))},
	{path: "mail.user", allowed: "text", set: text(func(c *Config) *string { return &c.Mail.User }, nil)},
	{path: "mail.password", allowed: "text", set: text(func(c *Config) *string { return &c.Mail.Password }, nil)},
	{path: "mail.from", allowed: "an e-mail address, or Name <address>", set: text(func(c *Config) *string { return &c.Mail.From }, orEmpty(sender))},
	{path: "mail.tls", def: "starttls", allowed: "starttls, tls or none", set: text(func(c *Config) *string { return &c.Mail.TLS }, oneOf("starttls", "tls", "none"))},
	{path: "mail.listen", allowed: "host:port, usually port 25, or nothing to take no mail", set: text(func(c *Config) *string { return &c.Mail.Listen }, orEmpty(hostPort))},
	{path: "mail.host", allowed: "a host name", set: text(func(c *Config) *string { return &c.Mail.Host }, orEmpty(host))},
	{path: "mail.megabytes", def: "25", allowed: "a number from 1 to 100", set: number(func(c *Config) *int { return &c.Mail.Megabytes }, 1, 100)},
	{path: "mail.resolver", allowed: "host:port of a DNS server, or nothing for the system's", set: text(func(c *Config) *string { return &c.Mail.Resolver }, orEmpty(remote))},
	{path: "calls.max", def: "0", allowed: "a number from 0 (as many as the media ports carry)", set: number(func(c *Config) *int { return &c.Calls.Max }, 0, 1_000_000)},
	{path: "flow.httpAllow", list: true, allowed: "a list of networks, such as 127.0.0.1/32", set: networks},
	{path: "bots.slack", def: "https://slack.com/api/", allowed: "an http:// or https:// address", set: text(func(c *Config) *string { return &c.Bots.Slack }, address("http", "https"))},
	{path: "bots.openId", def: "https://login.botframework.com/v1/.well-known/openidconfiguration", allowed: "an http:// or https:// address", set: text(func(c *Config) *string { return &c.Bots.OpenID }, address("http", "https"))},
	{path: "bots.login", def: "https://login.microsoftonline.com", allowed: "an http:// or https:// address", set: text(func(c *Config) *string { return &c.Bots.Login }, address("http", "https"))},
	{path: "bots.services", list: true, allowed: "a list of hosts, with their ports if they aren't the usual ones", set: services},
	{path: "drain.timeout", def: "2h", allowed: "a time from 0s to 24h", set: duration(func(c *Config) *time.Duration { return &c.Drain.Timeout }, 0, 24*time.Hour)},
	{path: "log.level", def: "info", allowed: "debug, info, warn or error", set: text(func(c *Config) *string { return &c.Log.Level }, oneOf("debug", "info", "warn", "error"))},
	{path: "log.format", def: "console", allowed: "console or json", set: text(func(c *Config) *string { return &c.Log.Format }, oneOf("console", "json"))},
	{path: "demo", def: "false", allowed: "true or false", set: func(c *Config, v []string) error {
		b, err := strconv.ParseBool(one(v))
		if err != nil {
			return fmt.Errorf("%q is neither", one(v))
		}
		c.Demo = b
		return nil
	}},
}

func splitDefault(k key) []string {
	if k.list {
		return splitList(k.def)
	}
	return []string{k.def}
}

func splitList(s string) []string {
	var out []string
	for _, p := range strings.Split(s, ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func one(v []string) string {
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

// text sets a string after a check of it.
func text(field func(*Config) *string, check func(string) error) func(*Config, []string) error {
	return func(c *Config, v []string) error {
		s := one(v)
		if check != nil {
			if err := check(s); err != nil {
				return err
			}
		}
		*field(c) = s
		return nil
	}
}

func addr(field func(*Config) *netip.Addr, mayBeEmpty bool) func(*Config, []string) error {
	return func(c *Config, v []string) error {
		if one(v) == "" && mayBeEmpty {
			*field(c) = netip.Addr{}
			return nil
		}
		a, err := netip.ParseAddr(one(v))
		if err != nil {
			return fmt.Errorf("%q is no IP address", one(v))
		}
		*field(c) = a
		return nil
	}
}

func duration(field func(*Config) *time.Duration, min, max time.Duration) func(*Config, []string) error {
	return func(c *Config, v []string) error {
		d, err := time.ParseDuration(one(v))
		if err != nil || d < min || d > max {
			return fmt.Errorf("%q is no time in that range", one(v))
		}
		*field(c) = d
		return nil
	}
}

func number(field func(*Config) *int, min, max int) func(*Config, []string) error {
	return func(c *Config, v []string) error {
		n, err := strconv.Atoi(one(v))
		if err != nil || n < min || n > max {
			return fmt.Errorf("%q is no number in that range", one(v))
		}
		*field(c) = n
		return nil
	}
}

func recognisers(c *Config, v []string) error {
	var all []string
	for _, s := range v {
		if s = strings.TrimSpace(s); s == "" || slices.Contains(all, s) {
			continue
		}
		if err := oneOf("pocketsphinx", "http")(s); err != nil {
			return err
		}
		all = append(all, s)
	}
	c.Speech.Recognise = all
	return nil
}

func networks(c *Config, v []string) error {
	var all []netip.Prefix
	for _, s := range v {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		p, err := netip.ParsePrefix(s)
		if a, isAddr := netip.ParseAddr(s); err != nil && isAddr == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil || p.Addr().Is4In6() {
			return fmt.Errorf("%q is no network", s)
		}
		all = append(all, p.Masked())
	}
	c.Flow.HTTPAllow = all
	return nil
}

func ports(c *Config, v []string) error {
	first, last, ok := strings.Cut(one(v), "-")
	min, err1 := strconv.Atoi(strings.TrimSpace(first))
	max, err2 := strconv.Atoi(strings.TrimSpace(last))
	if !ok || err1 != nil || err2 != nil || min < 1024 || max > 65535 || max-min < 3 {
		return fmt.Errorf("%q is no such range", one(v))
	}
	c.Media.PortMin, c.Media.PortMax = min, max
	return nil
}

func httpListen(c *Config, v []string) error {
	s, tls := strings.CutPrefix(one(v), "https://")
	if err := hostPort(strings.TrimSuffix(s, "/")); err != nil {
		return err
	}
	c.HTTP.Listen, c.HTTP.TLS = strings.TrimSuffix(s, "/"), tls
	return nil
}

func sipListen(c *Config, v []string) error {
	if len(v) == 0 {
		return fmt.Errorf("nothing to listen on")
	}
	for _, s := range v {
		u, err := url.Parse(s)
		if err != nil || !slices.Contains([]string{"udp", "tcp", "tls"}, u.Scheme) || hostPort(u.Host) != nil || u.Path != "" {
			return fmt.Errorf("%q is none of these", s)
		}
	}
	c.SIP.Listen = v
	return nil
}

func nonEmpty(s string) error {
	if s == "" {
		return fmt.Errorf("it is empty")
	}
	return nil
}

func hostPort(s string) error {
	_, p, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%q is no host:port", s)
	}
	if n, err := strconv.Atoi(p); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q has no port from 0 to 65535", s)
	}
	return nil
}

// remote is the address of somebody else's server.
func remote(s string) error {
	if err := hostPort(s); err != nil {
		return err
	}
	if name, port, _ := net.SplitHostPort(s); name == "" || strings.Trim(port, "0") == "" {
		return fmt.Errorf("%q has no host or no port", s)
	}
	return host(s)
}

func host(s string) error {
	if strings.ContainsAny(s, " \t\r\n/@\"<>;,") {
		return fmt.Errorf("%q is no host name", s)
	}
	return nil
}

func address(schemes ...string) func(string) error {
	return func(s string) error {
		u, err := url.Parse(s)
		if err != nil || !slices.Contains(schemes, u.Scheme) || u.Host == "" {
			return fmt.Errorf("it does not begin with %s://", strings.Join(schemes, ":// or "))
		}
		return nil
	}
}

func orEmpty(check func(string) error) func(string) error {
	return func(s string) error {
		if s == "" {
			return nil
		}
		return check(s)
	}
}

func oneOf(words ...string) func(string) error {
	return func(s string) error {
		if !slices.Contains(words, s) {
			return fmt.Errorf("%q is none of these", s)
		}
		return nil
	}
}

func atLeast(n int) func(string) error {
	return func(s string) error {
		if len(s) < n {
			return fmt.Errorf("it has fewer than %d characters", n)
		}
		return nil
	}
}

// sender is an address with a name, or without.
func sender(s string) error {
	if _, err := mail.ParseAddress(s); err != nil || strings.ContainsAny(s, "\r\n\x00") {
		return fmt.Errorf("%q is no e-mail address", s)
	}
	return nil
}

func email(s string) error {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return fmt.Errorf("%q is no e-mail address", s)
	}
	return nil
}
