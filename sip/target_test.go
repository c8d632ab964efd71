package sip

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// zone is a Resolver from tables. Names that begin with "slow" never answer.
type zone struct {
	srv   map[string][]*net.SRV
	ip    map[string]string // addresses, space-separated
	asked int
	down  bool
}

func (z *zone) LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if err := z.wait(ctx, name); err != nil {
		return "", nil, err
	}
	r, ok := z.srv["_"+service+"._"+proto+"."+name]
	if !ok {
		return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return "", r, nil
}

func (z *zone) LookupNetIP(ctx context.Context, _, host string) (list []netip.Addr, err error) {
	if err := z.wait(ctx, host); err != nil {
		return nil, err
	}
	for _, s := range strings.Fields(z.ip[host]) {
		list = append(list, netip.MustParseAddr(s))
	}
	if list == nil {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return list, nil
}

func (z *zone) wait(ctx context.Context, name string) error {
	z.asked++
	if strings.HasPrefix(name, "slow") {
		<-ctx.Done()
		return ctx.Err()
	}
	if z.down {
		return &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	return nil
}

func targetText(targets []target) string {
	var out []string
	for _, t := range targets {
		s := t.Network + " " + t.Addr.String()
		if t.Host != "" {
			s += " " + t.Host
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestTargets(t *testing.T) {
	z := &zone{
		srv: map[string][]*net.SRV{
			"_sip._udp.carrier.example":  {{Target: "b.carrier.example.", Port: 5080, Priority: 20}, {Target: "a.carrier.example.", Port: 5070, Priority: 10}},
			"_sip._tcp.carrier.example":  {{Target: "a.carrier.example.", Port: 5071}},
			"_sips._tcp.carrier.example": {{Target: "a.carrier.example.", Port: 5071}},
			"_sip._udp.none.example":     {{Target: "."}},
		},
		ip: map[string]string{"a.carrier.example": "2001:db8::1 192.0.2.1", "b.carrier.example": "192.0.2.2", "plain.example": "192.0.2.3", "box": "192.0.2.4",
			"none.example": "192.0.2.5"},
	}
	a, _ := newTestAccess(&UA{Resolver: z})
	for _, c := range []struct{ uri, network, want string }{
		{"sip:192.0.2.9", "", "UDP 192.0.2.9:5060"},
		{"sip:192.0.2.9:5090;transport=tcp", "", "TCP 192.0.2.9:5090"},
		{"sip:[2001:db8::9]", "TLS", "TLS [2001:db8::9]:5061"},
		{"sips:192.0.2.9", "UDP", "TLS 192.0.2.9:5061"},
		{"sip:x@nowhere.example;maddr=192.0.2.9", "", "UDP 192.0.2.9:5060"},
		{"sip:plain.example", "", "UDP 192.0.2.3:5060 plain.example"},
		{"sip:PLAIN.example:5062", "TCP", "TCP 192.0.2.3:5062 plain.example"},
		{"sip:box", "", "UDP 192.0.2.4:5060 box"},
		{"sip:none.example", "", "UDP 192.0.2.5:5060 none.example"},
		{"sip:carrier.example", "UDP", "UDP 192.0.2.1:5070 carrier.example, UDP [2001:db8::1]:5070 carrier.example, UDP 192.0.2.2:5080 carrier.example"},
		{"sip:carrier.example", "TLS", "TLS 192.0.2.1:5071 carrier.example, TLS [2001:db8::1]:5071 carrier.example"},
		{"sip:carrier.example", "", "UDP 192.0.2.1:5070 carrier.example, UDP [2001:db8::1]:5070 carrier.example, UDP 192.0.2.2:5080 carrier.example, " +
			"TCP 192.0.2.1:5071 carrier.example, TCP [2001:db8::1]:5071 carrier.example"},
		{"sip:nowhere.example", "", "503"},
		{"sip:plain.example;transport=sctp", "", "503"},
	} {
		var uri msg.Uri
		if err := parseURI(c.uri, &uri); err != nil {
			t.Fatal(err)
		}
		got, err := a.targets(t.Context(), &uri, c.network)
		text := targetText(got)
		if s := (*Status)(nil); errors.As(err, &s) {
			text = itoa(s.Code)
		}
		if text != c.want {
			t.Errorf("%s %s:\n got %s (%v)\nwant %s", c.uri, c.network, text, err, c.want)
		}
	}
}

func TestOrderSRV(t *testing.T) {
	records := []*net.SRV{{Target: "c", Priority: 2}, {Target: "a", Priority: 1, Weight: 10}, {Target: "b", Priority: 1, Weight: 30}, {Target: "z", Priority: 1}}
	first := map[string]int{}
	for i := range 1000 {
		out := orderSRV(records, func() float64 { return float64(i) / 1000 })
		if len(out) != 4 || out[3].Target != "c" {
			t.Fatalf("%v", out)
		}
		first[out[0].Target]++
	}
	if first["a"] < 240 || first["a"] > 260 || first["b"] < 740 {
		t.Errorf("first: %v", first)
	}
}

// A name server that hangs costs 5 s, once; an answer that was known is used on.
func TestSlowNameServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := &zone{ip: map[string]string{"plain.example": "192.0.2.3"}}
		a, _ := newTestAccess(&UA{Resolver: z})
		ask := func(host string) (string, error) {
			got, err := a.targets(t.Context(), &msg.Uri{Scheme: "sip", Host: host}, "")
			return targetText(got), err
		}
		start := time.Now()
		if _, err := ask("slow.example"); err == nil || time.Since(start) != locateLimit {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		want, err := ask("plain.example")
		if err != nil {
			t.Fatal(err)
		}
		asked := z.asked
		time.Sleep(locateKeep - time.Second)
		if got, err := ask("plain.example"); got != want || err != nil || z.asked != asked {
			t.Errorf("%s %v after %d lookups more", got, err, z.asked-asked)
		}
		z.down = true
		time.Sleep(10 * time.Minute)
		if got, err := ask("plain.example"); got != want || err != nil || z.asked == asked {
			t.Errorf("the old answer is not used: %s %v", got, err)
		}
		time.Sleep(locateStale)
		if _, err := ask("plain.example"); err == nil {
			t.Error("a very old answer is used")
		}
	})
}
