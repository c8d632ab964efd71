package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	sockets   = 20 // RTP sockets of the generator; streams are told apart by the server's port
	slots     = 20 // of one millisecond
	frameSize = 160
	stampSize = 16 // bytes of a payload that carry the time of sending
)

// streams is the sound of all calls of the generator: one pacer, one reader.
type streams struct {
	socks  []*rtpSocket
	byPort [65536]atomic.Pointer[stream] // by the port of the server

	mu    sync.Mutex
	slots [slots][]*stream
	next  int

	now      atomic.Pointer[measurement] // nil: nobody measures
	received atomic.Uint64

	stop chan struct{}
	wg   sync.WaitGroup
}

// stream is one leg's sound.
type stream struct {
	sock   *rtpSocket
	to     netip.AddrPort
	pt     byte
	stamp  bool
	dead   atomic.Bool
	packet [12 + frameSize]byte
	seq    uint16
	ts     uint32
	last   time.Duration // arrival of the packet before
}

func newStreams(host netip.Addr) (*streams, error) {
	m := &streams{stop: make(chan struct{})}
	for range sockets {
		s, err := openRTP(host)
		if err != nil {
			return nil, fmt.Errorf("generator: %w", err)
		}
		m.socks = append(m.socks, s)
	}
	m.wg.Add(2)
	go m.pace()
	go m.read()
	return m, nil
}

func (m *streams) Close() {
	close(m.stop)
	m.wg.Wait()
	for _, s := range m.socks {
		s.Close()
	}
}

// reserve gives the socket of the nth leg, whose address goes into the SDP.
func (m *streams) reserve(n int) *rtpSocket { return m.socks[n%sockets] }

// open starts a stream towards the server's port.
func (m *streams) open(sock *rtpSocket, to netip.AddrPort, pt byte, stamped bool) *stream {
	s := &stream{sock: sock, to: to, pt: pt, stamp: stamped, seq: uint16(rand.Uint32()), ts: rand.Uint32()}
	s.packet[0], s.packet[1] = 0x80, pt
	binary.BigEndian.PutUint32(s.packet[8:], rand.Uint32())
	for i := range s.packet[12:] {
		s.packet[12+i] = byte(0x10 + i%8)
	}
	m.byPort[to.Port()].Store(s)
	m.mu.Lock()
	slot := m.next % slots
	m.next++
	m.slots[slot] = append(m.slots[slot], s)
	m.mu.Unlock()
	return s
}

func (m *streams) close(s *stream) {
	s.dead.Store(true)
	m.byPort[s.to.Port()].CompareAndSwap(s, nil)
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.slots {
		keep := m.slots[i][:0:0]
		for _, o := range m.slots[i] {
			if o != s {
				keep = append(keep, o)
			}
		}
		m.slots[i] = keep
	}
}

// closeAll ends every stream at once.
func (m *streams) closeAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.slots {
		for _, s := range m.slots[i] {
			s.dead.Store(true)
			m.byPort[s.to.Port()].CompareAndSwap(s, nil)
		}
		m.slots[i] = nil
	}
}

func (m *streams) pace() {
	defer m.wg.Done()
	runtime.LockOSThread()
	start := time.Now()
	for k := 0; ; k++ {
		if d := time.Until(start.Add(time.Duration(k) * time.Millisecond)); d > 0 {
			time.Sleep(d)
		}
		select {
		case <-m.stop:
			return
		default:
		}
		m.mu.Lock()
		due := m.slots[k%slots]
		m.mu.Unlock()
		now := uint64(time.Now().UnixNano())
		for _, s := range due {
			s.seq++
			s.ts += frameSize
			binary.BigEndian.PutUint16(s.packet[2:], s.seq)
			binary.BigEndian.PutUint32(s.packet[4:], s.ts)
			if s.stamp {
				for i := range stampSize { // nibbles, so that a decoded and encoded payload keeps them
					s.packet[12+i] = 0x20 + byte(now>>(60-4*i))&15
				}
			}
			s.sock.queue(s.packet[:], s.to)
		}
		for _, sock := range m.socks {
			if sock.n > 0 {
				sock.flush()
			}
		}
	}
}

func (m *streams) read() {
	defer m.wg.Done()
	runtime.LockOSThread()
	for {
		select {
		case <-m.stop:
			return
		default:
		}
		for _, sock := range m.socks {
			sock.receive(m.arrived)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (m *streams) arrived(from uint16, at time.Duration, p []byte) {
	s := m.byPort[from].Load()
	if s == nil || len(p) < 12 {
		return
	}
	if p[1]&0x7f != s.pt {
		return
	}
	m.received.Add(1)
	if now := m.now.Load(); now != nil {
		if s.last != 0 {
			now.gaps.add(at - s.last)
		}
		if sent, ok := sentAt(p); ok && s.stamp {
			now.delays.add(at - sent)
		}
	}
	s.last = at
}

func sentAt(p []byte) (time.Duration, bool) {
	if len(p) < 12+stampSize {
		return 0, false
	}
	var v uint64
	for _, b := range p[12 : 12+stampSize] {
		if b < 0x20 || b > 0x2f {
			return 0, false
		}
		v = v<<4 | uint64(b-0x20)
	}
	return time.Duration(v), true
}

// histogram counts times in steps of 50 µs up to 500 ms. One goroutine adds.
type histogram struct {
	counts [10_001]uint64
	n      uint64
	max    time.Duration
}

func (h *histogram) add(d time.Duration) {
	h.n++
	h.max = max(h.max, d)
	h.counts[min(max(int(d/(50*time.Microsecond)), 0), len(h.counts)-1)]++
}

func (h *histogram) at(part float64) time.Duration {
	want := uint64(part * float64(h.n))
	var seen uint64
	for i, c := range h.counts {
		if seen += c; seen > want {
			return time.Duration(i) * 50 * time.Microsecond
		}
	}
	return h.max
}

// measurement is what arrived during one window. The reader writes it.
type measurement struct{ gaps, delays histogram }

// measure watches what arrives for d.
func (m *streams) measure(d time.Duration) *measurement {
	w := &measurement{}
	m.now.Store(w)
	time.Sleep(d)
	m.now.Store(nil)
	time.Sleep(20 * time.Millisecond) // the reader may be in the middle of a batch
	return w
}
