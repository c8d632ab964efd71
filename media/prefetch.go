package media

import (
	"encoding/binary"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// prefetchAhead is how much sound a Prefetched keeps ready.
const prefetchAhead = 2 * time.Second

// Prefetched is a source of sound that comes from somewhere slow. One
// goroutine reads ahead; when it falls behind there is silence, which is
// counted.
type Prefetched struct {
	rate int
	r    io.Reader

	mu    sync.Mutex
	room  sync.Cond // there is room again, or the end
	ring  []int16
	first int // oldest sample in ring
	n     int // samples in ring
	err   error
	ended bool // closed

	starved atomic.Uint64
	up      *Resampler // to the rate of the frames asked for
	buf     []int16
	done    chan struct{}
	once    sync.Once
}

// Prefetch reads raw mono 16-bit little-endian sound of that rate. Close it.
func Prefetch(r io.Reader, rate int) (*Prefetched, error) {
	if _, err := NewResampler(rate, ClipRate); err != nil {
		return nil, err
	}
	p := &Prefetched{rate: rate, r: r, done: make(chan struct{})}
	p.room.L = &p.mu
	p.ring = make([]int16, int(int64(rate)*int64(prefetchAhead)/int64(time.Second)))
	go p.run()
	return p, nil
}

// ReadFrame gives what is there. The end of the reader is the end; so is its
// error, which Err tells.
func (p *Prefetched) ReadFrame(f Frame) error {
	if f.Rate() == p.rate {
		_, err := p.take(f)
		return err
	}
	if p.up == nil || cap(p.buf) < p.rate/50+len(f)+1 {
		var err error
		if p.up, err = NewResampler(p.rate, f.Rate()); err != nil {
			return err
		}
		p.buf = make([]int16, p.rate/50, p.rate/50+len(f)+1)
	}
	in := p.buf[:p.rate/50]
	if _, err := p.take(in); err != nil {
		return err
	}
	out := p.up.Process(p.buf[len(in):len(in)], in)
	clear(f[copy(f, out):])
	return nil
}

func (p *Prefetched) take(f []int16) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n == 0 && (p.err != nil || p.ended) {
		return 0, io.EOF
	}
	n = min(len(f), p.n)
	for i := range n {
		f[i] = p.ring[(p.first+i)%len(p.ring)]
	}
	p.first, p.n = (p.first+n)%len(p.ring), p.n-n
	if n < len(f) {
		clear(f[n:])
		if p.err == nil {
			p.starved.Add(1)
		}
	}
	p.room.Signal()
	return n, nil
}

// Starved counts the frames for which the sound came too late.
func (p *Prefetched) Starved() uint64 { return p.starved.Load() }

// Err is what ended the reader, nil at its plain end and while it lasts.
func (p *Prefetched) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == io.EOF {
		return nil
	}
	return p.err
}

// Close ends the source and waits for its goroutine. A reader that can be
// closed is closed, which has to end a Read that waits.
func (p *Prefetched) Close() error {
	var err error
	p.once.Do(func() {
		p.mu.Lock()
		p.ended, p.n = true, 0
		p.mu.Unlock()
		p.room.Broadcast()
		if c, ok := p.r.(io.Closer); ok {
			err = c.Close()
		}
	})
	<-p.done
	return err
}

func (p *Prefetched) run() {
	defer close(p.done)
	buf := make([]byte, 2*p.rate/50)
	odd := 0 // bytes of a sample that was cut
	for {
		n, err := p.r.Read(buf[odd:])
		n += odd
		if !p.put(buf[:n&^1]) {
			return
		}
		if odd = n & 1; odd == 1 {
			buf[0] = buf[n-1]
		}
		if err != nil {
			p.mu.Lock()
			p.err = err
			p.mu.Unlock()
			return
		}
	}
}

// put waits for room; false: closed.
func (p *Prefetched) put(b []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ; len(b) > 0; b = b[2:] {
		for p.n == len(p.ring) && !p.ended {
			p.room.Wait()
		}
		if p.ended {
			return false
		}
		p.ring[(p.first+p.n)%len(p.ring)] = int16(binary.LittleEndian.Uint16(b))
		p.n++
	}
	return !p.ended
}
