package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ringflow/media"
)

const carrier = "carrier"

// phoneFlags are what `call` and `phone` have in common: who one is, where the
// server is, and what one does on the call.
type phoneFlags struct {
	as          string
	url         string // of the API; empty: the server of the data folder
	user        string // login of the API
	password    string
	sip         string
	sipPassword string
	press       string
	after       time.Duration
	play        string
	save        string
	length      time.Duration

	clip *media.Clip // what --play names, after prepare
}

func (f *phoneFlags) add(cmd *cobra.Command, as string) {
	fs := cmd.Flags()
	fs.StringVar(&f.as, "as", as, "who you are: `NAME` of a user (alice, bob, …), or carrier: the demo's trunk")
	fs.StringVar(&f.press, "press", "", "`DIGITS` to press; a comma waits a second, each digit after --after")
	fs.DurationVar(&f.after, "after", 1500*time.Millisecond, "how long after the answer to press and play")
	fs.StringVar(&f.play, "play", "", "WAV or MP3 `FILE` to send")
	fs.StringVar(&f.save, "save", "", "`FILE` to save what was heard to, as WAV")
	fs.DurationVar(&f.length, "hangup-after", 0, "hang up so long after the answer (default: when the other side does)")
	fs.StringVar(&f.url, "url", "", "`ADDRESS` of the server's API (default: the server that runs on the configured data folder)")
	fs.StringVar(&f.user, "user", "", "login (`EMAIL`) of the API, with --url; without it the call is placed but the flow is not shown")
	fs.StringVar(&f.password, "password", "", "password of that login")
	fs.StringVar(&f.sip, "sip", "", "`HOST:PORT` where the server takes calls (default: that of the running server; with --url port 5060 there)")
	fs.StringVar(&f.sipPassword, "sip-password", "", "the phone's own password (default: the demo's, for its users)")
}

// target is the server that a phone uses.
type target struct {
	api    apiClient
	server netip.AddrPort
	bind   netip.Addr
	user   string // digest user; empty for the carrier
	secret string
	demo   demoPhones
}

// find works out which server and which identity the flags mean.
func (f *phoneFlags) find(cmd *cobra.Command) (*target, error) {
	t := &target{}
	sip := f.sip
	if f.url != "" {
		u, err := url.Parse(f.url)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("--url %s: an address such as http://127.0.0.1:8080 is needed", f.url)
		}
		t.api = apiClient{base: strings.TrimSuffix(f.url, "/"), user: f.user, password: f.password}
		if sip == "" {
			sip = u.Hostname() + ":5060"
		}
	} else {
		c, err := load(cmd)
		if err != nil {
			return nil, err
		}
		l, err := readLocal(c.Data)
		if err != nil {
			return nil, err
		}
		t.api = apiClient{base: l.API, token: l.Token, http: l.client(c)}
		if err := t.api.alive(cmd.Context()); err != nil {
			return nil, fmt.Errorf("the server of %s has ended without notice, or hangs: %w; start it again, or name another with --url", c.Data, err)
		}
		if sip == "" {
			sip = l.SIP
		}
		if err := readPrivate(demoFile(c.Data), &t.demo); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
	}
	var err error
	if t.server, err = sipAddress(sip); err != nil {
		return nil, err
	}
	return t, f.identity(t)
}

// identity fills in who the phone is.
func (f *phoneFlags) identity(t *target) error {
	if f.as == carrier {
		t.bind = netip.MustParseAddr(demoCarrier)
		if !t.server.Addr().IsLoopback() {
			return fmt.Errorf("the demo's carrier is %s, which only a server on a loopback address hears; %s is none: call as a user (--as, --sip-password)", demoCarrier, t.server.Addr())
		}
		return nil
	}
	t.user, t.secret = strings.ToLower(f.as), f.sipPassword
	if t.secret == "" {
		t.secret = t.demo.Phones[t.user]
	}
	if t.secret == "" {
		return fmt.Errorf("--as %s: its password is not known here; give it with --sip-password", f.as)
	}
	var err error
	t.bind, err = localAddress(t.server)
	return err
}

// carrierPort is where the demo's carrier takes calls.
func (t *target) carrierPort() uint16 {
	_, p, _ := strings.Cut(t.demo.Carrier, ":")
	if n, err := strconv.ParseUint(p, 10, 16); err == nil {
		return uint16(n)
	}
	return 5060
}

// prepare says before any call what can't be read, written or pressed.
func (f *phoneFlags) prepare() error {
	for _, r := range f.press {
		if !strings.ContainsRune("0123456789*#ABCD,", r) {
			return fmt.Errorf("--press %s: %q is no key; allowed are 0 to 9, *, #, A to D and a comma for a second's pause", f.press, r)
		}
	}
	if f.play != "" {
		file, err := os.Open(f.play)
		if err != nil {
			return fmt.Errorf("--play: %w", err)
		}
		defer file.Close()
		if f.clip, err = media.DecodeClip(file); err != nil {
			return fmt.Errorf("--play %s: %w", f.play, err)
		}
	}
	if f.save != "" {
		file, err := os.OpenFile(f.save, os.O_CREATE|os.O_WRONLY, 0o600) // what is there is kept until something is heard
		if err != nil {
			return fmt.Errorf("--save: %w", err)
		}
		return file.Close()
	}
	return nil
}
