package media

import (
	"net/netip"
	"testing"
	"time"
)

// noise is a sink that takes anything.
type noise struct{}

func (noise) WriteFrame(Frame) {}

// endless is a source of silence.
type endless struct{}

func (endless) ReadFrame(f Frame) error {
	clear(f)
	return nil
}

// What happens for each packet allocates nothing, over real sockets.
func TestPacketsAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	h := newHouse(t, &Engine{})
	a, b := h.pair(PortOptions{})
	c, d := h.pair(PortOptions{})
	for _, p := range []*Port{a, b, c, d} {
		p.detach() // this test is the clock
	}
	measure := func(what string, f func()) {
		t.Helper()
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %.1f allocations", what, n)
		}
	}
	quiet := func(p *Port) { p.report.next = 1 << 30 } // a report in 5 s may allocate
	for _, p := range []*Port{a, b, c, d} {
		quiet(p)
	}
	for _, p := range []*Port{a, b, d} {
		p.source = &playing{source: endless{}, done: make(chan struct{})}
		p.sounding.Store(true)
	}
	measure("play to one who sends", func() { a.Tick(); b.Tick() })
	untap := b.Tap(noise{}, noise{})
	measure("and record", func() { a.Tick(); b.Tick() })
	if b.Stats().PacketsIn < 300 {
		t.Errorf("%+v", b.Stats())
	}
	untap()

	br := &Bridge{pacer: h.engine.Pacer, members: []*Port{b, c}}
	measure("a bridge that mixes", func() { a.Tick(); br.mix(time.Now()); d.Tick() })
	br.source = &playing{source: endless{}, done: make(chan struct{})}
	defer br.Tap(noise{})()
	b.part.Only = []*Port{c}
	br.pairUp()
	measure("one where somebody whispers, and all hear a prompt", func() { a.Tick(); br.mix(time.Now()); d.Tick() })
	if len(br.asides) != 1 {
		t.Errorf("%d whispers, want 1", len(br.asides))
	}
	codec := CodecByName("PCMU")
	x := newPassage(codec, CodecByName("PCMA"), c, true)
	x.codec = codec
	b.in.pass = x
	packet := make([]byte, rtpHeader+160)
	seq := b.in.rec.max
	from := b.latch.remote()
	measure("passing through", func() {
		seq++
		putRTP(packet, false, 0, uint16(seq), seq*160, a.out.ssrc)
		b.receive(packet, from, time.Now())
	})
	before := b.Stats()
	measure("a stranger's packet", func() {
		b.receive(packet, netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 9), time.Now())
	})
	if after := b.Stats(); after.Foreign-before.Foreign != 201 || before.PacketsIn < 500 {
		t.Errorf("%+v", after)
	}
	b.in.pass = nil
	event := make([]byte, rtpHeader+eventSize)
	measure("a digit's packet", func() {
		seq++
		putRTP(event, false, eventPT, uint16(seq), seq*160, a.out.ssrc)
		b.receive(event, from, time.Now())
	})
	if b.Stats().Digits == 0 {
		t.Error("no digit came")
	}
}
