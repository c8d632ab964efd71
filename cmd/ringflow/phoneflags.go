package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
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
	fs.StringVar(&f.user, "user", "", "login of the API, with --url")
	fs.StringVar(&f.password, "password", "", "password of that login")
	fs.StringVar(&f.sip, "sip", "", "`HOST:PORT` where the server takes calls (default: told by the server, else port 5060 of --url)")
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
		t.api = apiClient{base: l.API, token: l.Token}
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

// checkFiles says early what can't be read or written.
func (f *phoneFlags) checkFiles() error {
	if f.play != "" {
		if _, err := os.Stat(f.play); err != nil {
			return fmt.Errorf("--play: %w", err)
		}
	}
	if f.save != "" {
		if _, err := os.Stat(filepath.Dir(f.save)); err != nil {
			return fmt.Errorf("--save: %w", err)
		}
	}
	if i := strings.IndexFunc(f.press, func(r rune) bool { return !strings.ContainsRune("0123456789*#ABCD,", r) }); i >= 0 {
		return fmt.Errorf("--press %s: %q is no key; allowed are 0 to 9, *, #, A to D and a comma for a second's pause", f.press, f.press[i:i+1])
	}
	return nil
}
