package media

import (
	"context"
	"io"
	"math"
	"net/netip"
	"sync"
	"testing"
	"time"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// sine is a tone that ends after some frames; 0: never.
type sine struct {
	hz     float64
	level  float64
	frames int
	at     int
	n      int
}

func (s *sine) ReadFrame(f Frame) error {
	if s.frames > 0 && s.n == s.frames {
		return io.EOF
	}
	s.n++
	for i := range f {
		f[i] = int16(s.level * math.Sin(2*math.Pi*s.hz*float64(s.at)/float64(f.Rate())))
		s.at++
	}
	return nil
}

// ear keeps what it hears.
type ear struct {
	mu      sync.Mutex
	samples []int16
}

func (e *ear) WriteFrame(f Frame) {
	e.mu.Lock()
	e.samples = append(e.samples, f...)
	e.mu.Unlock()
}

func (e *ear) take() []int16 {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.samples
	e.samples = nil
	return s
}

// level is how strong a tone is in the samples (Goertzel), as an amplitude.
func level(samples []int16, hz float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	w := 2 * math.Cos(2*math.Pi*hz/8000)
	var a, b float64
	for _, x := range samples {
		a, b = float64(x)+w*a-b, a
	}
	return 2 * math.Sqrt(a*a+b*b-w*a*b) / float64(len(samples))
}

type house struct {
	t      *testing.T
	engine *Engine
}

func newHouse(t *testing.T, e *Engine) *house {
	t.Helper()
	if e.Pacer == nil {
		e.Pacer = NewPacer(1)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		e.Pacer.Close()
	})
	return &house{t, e}
}

func (h *house) open(o PortOptions) *Port {
	h.t.Helper()
	if !o.Signalling.IsValid() {
		o.Signalling = loopback
	}
	p, err := h.engine.Open(o)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// connect has a offer and b answer.
func (h *house) connect(a, b *Port) {
	h.t.Helper()
	offer, err := a.Offer()
	if err != nil {
		h.t.Fatal(err)
	}
	answer, err := b.Answer(offer)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := a.Accept(answer); err != nil {
		h.t.Fatalf("%v\n%s", err, answer)
	}
}

// pair is two ports that talk.
func (h *house) pair(o PortOptions) (a, b *Port) {
	h.t.Helper()
	a, b = h.open(o), h.open(o)
	h.connect(a, b)
	return a, b
}

func TestPairOverLoopback(t *testing.T) {
	for _, blocking := range []bool{false, true} {
		h := newHouse(t, &Engine{Blocking: blocking})
		a, b := h.pair(PortOptions{})
		said := &ear{}
		b.Tap(nil, said)
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		if err := a.Play(ctx, &sine{hz: 440, level: 8000, frames: 50}); err != nil {
			t.Fatal(err)
		}
		if err := a.SendDigits(ctx, "42#"); err != nil {
			t.Fatal(err)
		}
		for _, want := range "42#" {
			select {
			case d := <-b.Digits():
				if d != want {
					t.Errorf("digit %c, want %c", d, want)
				}
			case <-ctx.Done():
				t.Fatal("a digit did not come")
			}
		}
		s := said.take()
		if len(s) < 8000 {
			t.Fatalf("heard %d samples", len(s))
		}
		// 50 ms of the second at a time: a machine that stood still leaves a gap
		// between two of them.
		tones := 0
		for ; len(s) >= 400; s = s[400:] {
			if got := level(s[:400], 440); got > 7000 && got < 9000 && level(s[:400], 700) < 100 {
				tones++
			}
		}
		if tones < 12 {
			t.Errorf("blocking %v: heard %d of 20 pieces of the tone; %+v", blocking, tones, b.Stats())
		}
	}
}
