package hook

import (
	"strings"
	"testing"
	"time"
)

func TestSigned(t *testing.T) {
	body := []byte(`{"id":"1"}`)
	good := Sign("0123456789abcdef", "m1", "1700000000", body)
	for header, want := range map[string]bool{
		good: true, "v1,AAAA " + good: true, "": false, "v1,": false, strings.ToLower(good): false, strings.Repeat("v1,x ", 8) + good: false,
	} {
		if got := signed(header, "0123456789abcdef", "m1", "1700000000", body); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
	if signed(good, "0123456789abcdef", "m2", "1700000000", body) || signed(good, "0123456789abcdef", "m1", "1700000001", body) || signed(good, "other", "m1", "1700000000", body) {
		t.Error("a signature of something else passed")
	}
}

// A request counts once; one that could not be taken may come again.
func TestReplays(t *testing.T) {
	var r replays
	now := time.Now()
	if !r.begin("a", now) || r.begin("a", now.Add(4*time.Minute)) {
		t.Error("a replay passed")
	}
	r.forget("a")
	if !r.begin("a", now) {
		t.Error("what was not taken can't come again")
	}
}
