package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"

	"ringflow/media"
	"ringflow/sip"
)

// softphone is a phone in a command: a user agent and one port, on the same
// parts as the server.
type softphone struct {
	ua     *sip.UA
	engine *media.Engine
	pacer  *media.Pacer
	server netip.AddrPort // where the server takes calls
	user   string         // whose phone it is; empty: the carrier's
	show   *display
}

// peer is the trunk under which the server is known to the phone.
const peer = "server"

type phoneOptions struct {
	Bind     netip.AddrPort // address and port of the phone; port 0: any
	Server   netip.AddrPort
	User     string // digest user; empty: known by address
	Password string
	Answer   sip.Handler                                  // nil: takes no calls
	Text     func(context.Context, *sip.Text) *sip.Status // nil: takes no texts
	Engine   func(*media.Engine)                          // told before the first call can come; may be nil
	Show     *display
	Log      *zap.Logger
}

func newSoftphone(ctx context.Context, o phoneOptions) (*softphone, error) {
	p := &softphone{server: o.Server, user: o.User, show: o.Show, pacer: media.NewPacer(1)}
	p.engine = &media.Engine{Listen: o.Bind.Addr(), Pacer: p.pacer, Log: o.Log}
	if o.Engine != nil {
		o.Engine(p.engine)
	}
	p.ua = &sip.UA{Handler: o.Answer, OnText: o.Text, Directory: onlyServer(o.Server.Addr()), Realm: "phone", UserAgent: "Ringflow phone/" + version(), Log: o.Log}
	if p.ua.Handler == nil {
		p.ua.Handler = func(context.Context, *sip.Invite) error { return &sip.Status{Code: 480} }
	}
	if _, err := p.ua.Listen(ctx, "udp://"+o.Bind.String()); err != nil {
		p.Close()
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("another program has %s already: another such phone, or a server that listens on every address", o.Bind)
		}
		return nil, fmt.Errorf("phone on %s: %w", o.Bind, err)
	}
	t := sip.OutTrunk{ID: peer, Name: peer, Host: o.Server.Addr().String(), Port: int(o.Server.Port()), Transport: "udp"}
	if o.User != "" {
		t.UserName, t.Password, t.Register = o.User, o.Password, true
	}
	p.ua.SetTrunks([]sip.OutTrunk{t})
	return p, nil
}

// registered waits until the server has taken or refused the registration.
func (p *softphone) registered(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		st, _ := p.ua.TrunkState(peer)
		if st.Registered {
			return nil
		}
		if st.LastError != "" {
			return errors.New(st.LastError)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.New("the server does not answer")
		}
	}
}

// Close hangs up, unregisters and waits.
func (p *softphone) Close() {
	p.ua.Close()
	p.engine.Close()
	p.pacer.Close()
}

// dial calls number and returns the leg that was answered, with its port.
func (p *softphone) dial(ctx context.Context, number, from string) (*sip.Leg, *media.Port, error) {
	port, err := p.engine.Open(media.PortOptions{Signalling: p.server.Addr()})
	if err != nil {
		return nil, nil, err
	}
	if p.user != "" {
		from = p.user
	}
	leg, err := p.ua.Dial(ctx, sip.Dial{
		To:    "sip:" + escapeUser(number) + "@" + p.server.String(),
		Trunk: peer,
		From:  sip.Party{User: from, Host: p.server.Addr().String()},
		Progress: func(code int, early bool) {
			word := "ringing"
			if early {
				word = "early media"
			}
			p.show.line("%s (%d %s)", word, code, sip.ReasonPhrase(code))
		},
	}, port)
	if err != nil {
		port.Close()
		return nil, nil, err
	}
	return leg, port, nil
}

// escapeUser writes what was dialled as the user part of a SIP URI (RFC 3261 25.1).
func escapeUser(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// onlyServer is a directory in which only the server may call.
type onlyServer netip.Addr

func (onlyServer) Credentials(context.Context, string) (sip.Credentials, error) {
	return sip.Credentials{}, fs.ErrNotExist
}

func (a onlyServer) TrunkBySource(src netip.AddrPort) (sip.Caller, bool) {
	if src.Addr().Unmap() != netip.Addr(a) {
		return sip.Caller{}, false
	}
	return sip.Caller{Kind: sip.Trunk, ID: peer, Name: peer, By: "address"}, true
}

// sipAddress reads udp://host:port, host:port or host.
func sipAddress(s string) (netip.AddrPort, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "udp", s
	}
	if scheme != "udp" {
		return netip.AddrPort{}, fmt.Errorf("%s: the phone speaks udp only, and the server listens on none (sip.listen)", s)
	}
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		host, port = rest, "5060"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%s: %q is no port", s, port)
	}
	addrs, err := net.DefaultResolver.LookupNetIP(context.Background(), "ip", host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%s: %w", s, err)
	}
	return netip.AddrPortFrom(reachable(addrs[0].Unmap()), uint16(n)), nil
}

// localAddress is this machine's address on the way to the server.
func localAddress(server netip.AddrPort) (netip.Addr, error) {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(server)) // sends nothing
	if err != nil {
		return netip.Addr{}, err
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}
