package media

import (
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// A port pair rests for 30 s after its call, so that a late sender is never
// heard in the next one. A pair that the system refuses, because somebody else
// has it, rests twice as long each time, up to 10 min.
const (
	portRest    = 30 * time.Second
	portRestMax = 10 * time.Minute
)

// PortRange hands out pairs of UDP ports: RTP on the even one, RTCP on the odd
// one after it. The pair that has been free for longest comes first.
type PortRange struct {
	mu    sync.Mutex
	free  []pair // a queue: used longest ago first
	held  int
	pairs int
}

type pair struct {
	port  int       // the even one
	until time.Time // quarantined until then
	rest  time.Duration
}

// PortRangeStats counts pairs.
type PortRangeStats struct{ Pairs, Held, Quarantined int }

// NewPortRange takes both ends inclusively, such as 20000 and 29999.
func NewPortRange(first, last int) (*PortRange, error) {
	if first < 1 || last > 65535 {
		return nil, fmt.Errorf("media: port range %d-%d: ports go from 1 to 65535", first, last)
	}
	r := &PortRange{}
	for p := first + first%2; p+1 <= last; p += 2 {
		r.free = append(r.free, pair{port: p})
	}
	r.pairs = len(r.free)
	if r.pairs == 0 {
		return nil, fmt.Errorf("media: port range %d-%d holds no pair of an even port and the odd one after it", first, last)
	}
	return r, nil
}

// Stats counts pairs; held ones are those of live ports.
func (r *PortRange) Stats() PortRangeStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	st := PortRangeStats{Pairs: r.pairs, Held: r.held}
	now := time.Now()
	for _, p := range r.free {
		if p.until.After(now) {
			st.Quarantined++
		}
	}
	return st
}

// take gives the pair that has rested longest. ErrNoPorts if none has rested
// enough.
func (r *PortRange) take() (pair, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for i, p := range r.free {
		if !p.until.After(now) {
			if i == 0 { // the usual case: no copying of the whole queue
				r.free = r.free[1:]
			} else {
				r.free = append(r.free[:i], r.free[i+1:]...)
			}
			r.held++
			return p, nil
		}
	}
	return pair{}, fmt.Errorf("%w: %d in use and %d at rest of %d pairs", ErrNoPorts, r.held, len(r.free), r.pairs)
}

// put gives a pair back. A pair that could not be bound rests twice as long
// each time.
func (r *PortRange) put(p pair, bound bool) {
	if bound || p.rest == 0 {
		p.rest = portRest
	} else {
		p.rest = min(2*p.rest, portRestMax)
	}
	p.until = time.Now().Add(p.rest)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held--
	r.free = append(r.free, p)
}

// bind opens the sockets of one pair on addr, trying a few pairs if the
// system refuses one.
func (r *PortRange) bind(open opener, addr netip.Addr) (rtp, rtcp socket, release func(), err error) {
	for range 8 {
		p, e := r.take()
		if e != nil {
			if err != nil {
				return nil, nil, nil, fmt.Errorf("%w (%w)", e, err)
			}
			return nil, nil, nil, e
		}
		if rtp, rtcp, err = bindPair(open, addr, p.port); err == nil {
			return rtp, rtcp, func() { r.put(p, true) }, nil
		}
		r.put(p, false)
	}
	return nil, nil, nil, fmt.Errorf("%w: %w", ErrNoPorts, err)
}

func bindPair(open opener, addr netip.Addr, port int) (rtp, rtcp socket, err error) {
	if rtp, err = open(addr, port); err != nil {
		return nil, nil, err
	}
	if rtcp, err = open(addr, port+1); err != nil {
		rtp.close()
		return nil, nil, err
	}
	return rtp, rtcp, nil
}

// bindAny opens a pair wherever the system has one.
func bindAny(open opener, addr netip.Addr) (rtp, rtcp socket, err error) {
	for range 64 {
		if rtp, err = open(addr, 0); err != nil {
			return nil, nil, err
		}
		port := int(rtp.local().Port())
		if port%2 == 0 {
			if rtcp, err = open(addr, port+1); err == nil {
				return rtp, rtcp, nil
			}
		}
		rtp.close()
	}
	return nil, nil, fmt.Errorf("%w: no even port with a free one after it", ErrNoPorts)
}
