package sip

import (
	"net/netip"
	"testing"
	"time"
)

func TestPrefix(t *testing.T) {
	for addr, want := range map[string]string{
		"198.51.100.7": "198.51.100.7/32", "::ffff:198.51.100.7": "198.51.100.7/32",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := prefix(netip.MustParseAddr(addr)).String(); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}

// A flood of sources and names makes nothing grow.
func TestGuardIsBounded(t *testing.T) {
	g, now := newGuard(), time.Now()
	for i := range 3 * guardSources {
		src := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		g.allow(src, now)
		g.failed(src, "user"+itoa(i), now)
		g.passed(src, "user"+itoa(i))
	}
	if g.strange.len() > guardSources || g.sources.len() > guardSources || g.users.len() > guardUsers ||
		g.proven.len() > guardSources || g.known.len() > guardSources {
		t.Errorf("%d %d %d %d %d", g.strange.len(), g.sources.len(), g.users.len(), g.proven.len(), g.known.len())
	}
}

// Many sources that guess at one name wear out the name, not the user himself.
func TestGuessingByMany(t *testing.T) {
	g, now := newGuard(), time.Now()
	home := netip.MustParseAddr("203.0.113.7")
	g.passed(home, "alice")
	for i := range 50 {
		g.failed(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), "alice", now)
	}
	for i := range 50 {
		if !g.slowed(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), "alice", now) {
			t.Fatalf("source %d may go on guessing", i)
		}
	}
	if g.slowed(home, "alice", now) || g.slowed(netip.MustParseAddr("203.0.113.8"), "alice", now) {
		t.Error("alice is locked out")
	}
}

func TestLRU(t *testing.T) {
	var gone []int
	l := newLRU[int, string](2)
	l.evicted = func(k int, _ string) { gone = append(gone, k) }
	l.put(1, "a")
	l.put(2, "b")
	l.get(1)
	l.put(3, "c")
	l.put(1, "d")
	if v, ok := l.get(1); !ok || v != "d" || l.len() != 2 || len(gone) != 1 || gone[0] != 2 {
		t.Errorf("%q %v, %d kept, %v gone", v, ok, l.len(), gone)
	}
}
