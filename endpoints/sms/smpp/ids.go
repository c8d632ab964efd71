package smpp

import (
	"math/big"
	"strings"
	"sync"
)

// remembered are as many ids as a link knows in memory.
const remembered = 10_000

// ids are those that the message centre has given to texts of ours. Some centres write the
// same id in hexadecimal when they give it and in decimal in the receipt.
type ids struct {
	mu    sync.Mutex
	known map[string]bool
	ring  []string
	next  int
}

func (s *ids) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known, s.ring = map[string]bool{}, make([]string, remembered)
	}
	delete(s.known, s.ring[s.next])
	s.ring[s.next], s.known[id] = id, true
	s.next = (s.next + 1) % remembered
}

// given is the id as it was given, where the receipt has it in the other way and
// not as it was given; else it is id.
func (s *ids) given(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[id] || len(id) > 20 {
		return id
	}
	if n, ok := new(big.Int).SetString(id, 10); ok {
		hex := n.Text(16)
		for _, other := range []string{hex, strings.ToUpper(hex), "0" + hex, "0" + strings.ToUpper(hex)} {
			if s.known[other] {
				return other
			}
		}
	}
	if n, ok := new(big.Int).SetString(id, 16); ok && s.known[n.Text(10)] {
		return n.Text(10)
	}
	return id
}
