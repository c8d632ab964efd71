package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

const (
	nonceLife = 5 * time.Minute
	nonceKept = 8192 // nonces whose counts are remembered
	nonceSize = 24   // 8 time, 4 random, 12 signature; 32 characters
)

// nonces makes nonces that prove themselves: their time is signed, so that a
// challenge to a stranger leaves nothing behind. Only a nonce that was used with
// good credentials is remembered, with a window of the counts seen (RFC 7616 3.4).
type nonces struct {
	key [32]byte // of this process: after a restart every nonce is stale

	mu   sync.Mutex
	used *lru[string, *ncWindow]
	// forgotten is the issue time of the youngest nonce whose counts had to be
	// forgotten. What is not younger and unknown might be a replay.
	forgotten time.Time
}

// ncWindow is the counts seen of one nonce: the highest, and the 64 up to it.
type ncWindow struct {
	issued time.Time
	high   uint32
	seen   uint64 // bit i: high-i was used
}

func newNonces() *nonces {
	n := &nonces{used: newLRU[string, *ncWindow](nonceKept)}
	rand.Read(n.key[:])
	n.used.evicted = func(_ string, w *ncWindow) {
		if w.issued.After(n.forgotten) {
			n.forgotten = w.issued
		}
	}
	return n
}

func (n *nonces) issue(now time.Time) string {
	var b [nonceSize]byte
	binary.BigEndian.PutUint64(b[:], uint64(now.UnixNano()))
	rand.Read(b[8:12])
	n.sign(b[:12], b[12:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (n *nonces) sign(b, to []byte) {
	m := hmac.New(sha256.New, n.key[:])
	m.Write(b)
	copy(to, m.Sum(nil)[:nonceSize-12])
}

// fresh tells whether s is a nonce of ours that has not expired. What isn't is
// "stale": the far end may hold it from before a restart.
func (n *nonces) fresh(s string, now time.Time) (issued time.Time, ok bool) {
	var b, want [nonceSize]byte
	if len(s) != base64.RawURLEncoding.EncodedLen(nonceSize) {
		return time.Time{}, false
	}
	if _, err := base64.RawURLEncoding.Decode(b[:], []byte(s)); err != nil {
		return time.Time{}, false
	}
	n.sign(b[:12], want[12:])
	if !hmac.Equal(b[12:], want[12:]) {
		return time.Time{}, false
	}
	issued = time.Unix(0, int64(binary.BigEndian.Uint64(b[:8])))
	age := now.Sub(issued)
	return issued, age >= 0 && age <= nonceLife
}

// use takes count nc of a fresh nonce, once. False: it was used, or so far
// back that nobody knows. Call it only after the response was right, so that
// nobody else can use up a nonce.
func (n *nonces) use(s string, issued time.Time, nc uint32) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	w, ok := n.used.get(s)
	if !ok {
		if !issued.After(n.forgotten) {
			return false
		}
		n.used.put(strings.Clone(s), &ncWindow{issued: issued, high: nc, seen: 1})
		return true
	}
	if nc > w.high {
		w.seen = w.seen<<min(64, nc-w.high) | 1
		w.high = nc
		return true
	}
	bit := w.high - nc
	if bit >= 64 || w.seen>>bit&1 == 1 {
		return false
	}
	w.seen |= 1 << bit
	return true
}
