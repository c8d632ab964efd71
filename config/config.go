// Package config is the typed configuration: built-in defaults, a YAML file,
// and the environment over both. Every key is one row of a table (keys.go), so
// the file, the environment, the checks and their messages can't drift apart.
package config

import (
	"net/netip"
	"time"
)

// Config is everything that can be set. Paths are absolute after Load.
type Config struct {
	Data string // database, audio, recordings, keys

	HTTP struct {
		Listen    string   // host:port
		TLS       bool     // https
		PublicURL string   // how the outside world reaches us; empty: paths on this server
		CORS      []string // origins whose pages may ask us; none: our own only
	}
	SIP struct {
		Listen    []string // udp://, tcp://, tls://host:port
		Domain    string   // empty: every name or address that reaches us
		Advertise string   // host in Via and Contact; empty: the listening address
	}
	Media struct {
		Listen    netip.Addr
		Advertise netip.Addr // invalid: the listening address
		PortMin   int
		PortMax   int
		Timeout   time.Duration // neither RTP nor RTCP for so long ends a leg
	}
	TLS struct {
		Cert, Key string   // PEM files; empty: self-signed in data
		ACME      []string // host names that we get certificates for; none: we get none
		Email     string   // told to the certificate authority
		Directory string   // of the certificate authority
		Challenge string   // host:port where it asks us over HTTP; empty: it asks over TLS
	}
	Speech struct {
		Engine string // espeak-ng, flite, http
		URL    string // of the http engine
		Key    string // bearer key of the http engine
		Voice  string // empty: the engine's

		Recognise         []string // pocketsphinx, http: who understands speech, in this order; empty: nobody
		RecogniseURL      string   // of the http recogniser
		RecogniseKey      string   // bearer key of the http recogniser
		RecogniseModel    string   // of the http recogniser; empty: whisper-1
		RecogniseLanguage string   // told to the http recogniser; empty: it finds out
	}
	Store struct {
		URL string // empty: SQLite in data; or postgres://…
	}
	Admin struct {
		Email    string
		Password string // used on an empty store; empty: generated and printed once
	}
	Mail struct {
		SMTP     string // host:port of the server that takes mail; empty: no mail is sent
		User     string // empty: no login
		Password string
		From     string // address, or Name <address>
		TLS      string // starttls, tls, none

		Listen    string // host:port where mail for e-mail endpoints comes in; empty: none does
		Host      string // our name there; empty: the machine's
		Megabytes int    // of one mail that comes in
		Resolver  string // host:port of a DNS server that is asked about senders; empty: the system's
	}
	Calls struct {
		Max int // at once; 0: as many as the media ports carry
	}
	Flow struct {
		HTTPAllow []netip.Prefix // private networks that flows may send requests to
	}
	Bots struct { // where the services of bots are; only tests and clouds of their own have them elsewhere
		Slack    string   // Slack's methods
		OpenID   string   // describes the tokens of the Bot Framework
		Login    string   // makes the tokens of its bots
		Services []string // hosts, with their ports, of services that answers may go to beside the framework's
	}
	Drain struct {
		Timeout time.Duration // how long SIGTERM waits for calls to end by themselves
	}
	Log struct {
		Level  string // debug, info, warn, error
		Format string // console, json
	}
	Demo bool

	File string // where it was read from; empty: built-in defaults
}

// defaults are written as their text so that one parser serves all.
func defaults() *Config {
	c := &Config{}
	for _, k := range keys {
		if k.def == "" {
			continue
		}
		if err := k.set(c, splitDefault(k)); err != nil {
			panic("config: default of " + k.path + ": " + err.Error())
		}
	}
	return c
}
