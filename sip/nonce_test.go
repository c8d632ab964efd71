package sip

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNonceCountsAreUsedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := newNonces()
		s := n.issue(time.Now())
		issued, _ := n.fresh(s, time.Now())
		used, high := map[uint32]bool{}, uint32(0)
		for range rapid.IntRange(1, 100).Draw(t, "uses") {
			nc := rapid.Uint32Range(1, 200).Draw(t, "nc")
			want := !used[nc] && (high == 0 || nc > high || high-nc < 64)
			if got := n.use(s, issued, nc); got != want {
				t.Fatalf("count %d with %d the highest: %v, want %v", nc, high, got, want)
			}
			used[nc] = used[nc] || want
			high = max(high, nc)
		}
	})
}

// A nonce whose counts had to be forgotten must not come to life again.
func TestForgottenNonceIsNotReplayed(t *testing.T) {
	n := newNonces()
	start := time.Now()
	first := n.issue(start)
	issued, _ := n.fresh(first, start)
	if !n.use(first, issued, 1) {
		t.Fatal("the first use was refused")
	}
	for i := range nonceKept {
		at := start.Add(time.Duration(i+1) * time.Millisecond)
		s := n.issue(at)
		if !n.use(s, at, 1) {
			t.Fatalf("nonce %d was refused", i)
		}
	}
	if n.used.len() != nonceKept {
		t.Errorf("%d nonces are kept", n.used.len())
	}
	if n.use(first, issued, 1) {
		t.Error("a replay got through after the counts were forgotten")
	}
	if at := start.Add(time.Hour); !n.use(n.issue(at), at, 1) {
		t.Error("a new nonce is refused after some were forgotten")
	}
}
