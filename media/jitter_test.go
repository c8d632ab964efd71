package media

import (
	"math/rand/v2"
	"testing"
	"time"
)

const ms = time.Millisecond

// arrivals is a stream of packets of 160 bytes, each filled with its number,
// as a network would deliver it.
type arrival struct {
	seq int
	at  time.Duration
}

// drive runs a jitter buffer over a stream and tells what each Get gave: the
// packet's number, -1 lost, -2 empty.
func drive(j *jitterBuffer, in []arrival, from uint32, length time.Duration) (out []int) {
	i := 0
	dst := make([]byte, 320)
	for now := 7 * ms; now < length; now += 20 * ms {
		for i < len(in) && in[i].at <= now {
			b := make([]byte, 160)
			b[0] = byte(in[i].seq)
			j.Put(from+uint32(in[i].seq)*160, in[i].at, 160, b)
			i++
		}
		n, state := j.Get(now, dst, false)
		switch {
		case state == jitterOK && n == 160:
			out = append(out, int(dst[0]))
		case state == jitterLost:
			out = append(out, -1)
		default:
			out = append(out, -2)
		}
	}
	return out
}

func steady(n int, every time.Duration) (in []arrival) {
	for i := range n {
		in = append(in, arrival{i, time.Duration(i) * every})
	}
	return in
}

func TestJitterSteady(t *testing.T) {
	for _, from := range []uint32{0, 1<<32 - 16000} { // over the wrap of RTP time
		j := newJitterBuffer(8000, 160)
		out := drive(j, steady(200, 20*ms), from, 4*time.Second)
		next := 0
		for i, x := range out {
			if x == -2 && i < 4 && next == 0 {
				continue
			}
			if x != next&0xff {
				t.Fatalf("from %d: frame %d is %d, want %d: %v", from, i, x, next, out)
			}
			next++
		}
		if next < 195 {
			t.Errorf("only %d heard", next)
		}
		if d := j.delay(); d > 60*ms {
			t.Errorf("delay %v on a perfect network", d)
		}
	}
}

func TestJitterOrderLossAndCopies(t *testing.T) {
	j := newJitterBuffer(8000, 160)
	in := steady(100, 20*ms)
	in[20], in[21] = arrival{21, in[20].at}, arrival{20, in[21].at} // swapped
	in[40].seq = 39                                                 // 40 lost, 39 twice
	out := drive(j, in, 5000, 2*time.Second)
	heard := map[int]int{}
	lost := 0
	last := -1
	for _, x := range out {
		switch {
		case x >= 0:
			heard[x]++
			if x <= last {
				t.Errorf("%d after %d", x, last)
			}
			last = x
		case x == -1:
			lost++
		}
	}
	for i := range 95 {
		want := 1
		if i == 40 {
			want = 0
		}
		if heard[i] != want {
			t.Errorf("packet %d heard %d times, want %d", i, heard[i], want)
		}
	}
	if lost < 1 || lost > 2 {
		t.Errorf("%d frames concealed for one loss", lost)
	}
}

// Delay follows the network: up when it gets worse, down when it heals.
func TestJitterAdapts(t *testing.T) {
	j := newJitterBuffer(8000, 160)
	r := rand.New(rand.NewPCG(3, 4))
	var in []arrival
	for i := range 3000 {
		at := time.Duration(i) * 20 * ms
		if i > 500 && i < 1000 {
			at += time.Duration(r.Int64N(int64(90 * ms)))
		}
		in = append(in, arrival{i, at})
	}
	for i := 1; i < len(in); i++ { // in the order of arrival
		for k := i; k > 0 && in[k].at < in[k-1].at; k-- {
			in[k], in[k-1] = in[k-1], in[k]
		}
	}
	bad := func(out []int) (n int) {
		for _, x := range out {
			if x < 0 {
				n++
			}
		}
		return n
	}
	out := drive(j, in, 1, 60*time.Second)
	if n := bad(out[10:480]); n > 0 {
		t.Errorf("%d gaps on a good network", n)
	}
	if n := bad(out[600:980]); n > 20 {
		t.Errorf("%d gaps of 380 on a bad network", n)
	}
	if n := bad(out[1500:2990]); n > 5 {
		t.Errorf("%d gaps after it healed", n)
	}
	if d := j.delay(); d > 60*ms {
		t.Errorf("delay stays at %v; target %v", d, j.duration(j.target))
	}
	if j.stats.discarded == 0 {
		t.Error("nothing was left out to bring the delay down")
	}
}

func TestJitterJumpsAndPauses(t *testing.T) {
	j := newJitterBuffer(8000, 160)
	put := func(ts uint32, at time.Duration) { j.Put(ts, at, 160, make([]byte, 160)) }
	dst := make([]byte, 320)
	get := func(at time.Duration) jitterState { _, s := j.Get(at, dst, false); return s }
	for i := range 10 {
		put(uint32(i)*160, time.Duration(i)*20*ms)
	}
	for i := range 10 {
		get(time.Duration(i)*20*ms + 45*ms)
	}
	// The talker pauses for 3 s and goes on; RTP time has gone on, too.
	at := 3200 * ms
	for now := 245 * ms; now < at; now += 20 * ms {
		if s := get(now); s == jitterOK {
			t.Fatal("sound out of nothing")
		}
	}
	put(3200*8, at)
	put(3220*8, at+20*ms)
	put(3240*8, at+40*ms)
	ok := 0
	for now := at + 45*ms; now < at+150*ms; now += 20 * ms {
		if get(now) == jitterOK {
			ok++
		}
	}
	if ok != 3 {
		t.Errorf("%d of 3 frames heard after a pause", ok)
	}
	// The sender starts its clock anew.
	put(1<<31, at+time.Second)
	if get(at+1100*ms) != jitterOK {
		t.Error("nothing heard after a jump of RTP time")
	}
	// A flood never grows it.
	for i := range 5000 {
		put(1<<31+uint32(i)*160, at+time.Second)
	}
	get(at + 1200*ms)
	if d := j.delay(); d > 700*ms {
		t.Errorf("delay %v", d)
	}
}

// Any ptime: 10, 30, 60 ms.
func TestJitterPacketTimes(t *testing.T) {
	for _, ptime := range []int{10, 30, 60} {
		j := newJitterBuffer(8000, 160)
		dst := make([]byte, 320)
		heard := 0
		at := 0
		for now := 3; now < 4000; now += 20 {
			for ; at <= now; at += ptime {
				j.Put(uint32(at*8), time.Duration(at)*ms, ptime*8, make([]byte, ptime*8))
			}
			n, _ := j.Get(time.Duration(now)*ms, dst, false)
			heard += n
		}
		if heard < 3800*8 || heard > 4000*8 {
			t.Errorf("ptime %d: %d ms heard of 4000; %+v", ptime, heard/8, j.stats)
		}
	}
}

func TestJitterAllocatesNothing(t *testing.T) {
	j := newJitterBuffer(8000, 160)
	b, dst := make([]byte, 160), make([]byte, 320)
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		j.Put(uint32(i)*160, time.Duration(i)*20*ms, 160, b)
		j.Get(time.Duration(i)*20*ms+5*ms, dst, false)
		i++
	}); n != 0 {
		t.Errorf("%.1f allocations", n)
	}
}

func FuzzJitter(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 5, 6, 7, 8})
	f.Fuzz(func(t *testing.T, data []byte) {
		j := newJitterBuffer(8000, 160)
		dst := make([]byte, 320)
		var now time.Duration
		var ts uint32
		for i := 0; i+3 < len(data); i += 4 {
			ts += uint32(int8(data[i])) * uint32(data[i+1])
			now += time.Duration(data[i+2]) * ms / 4
			span := int(data[i+3]) * 4
			j.Put(ts, now, span, make([]byte, span))
			if n, s := j.Get(now, dst, data[i]&1 == 0); n > 320 || (n > 0) != (s == jitterOK) {
				t.Fatal(n, s)
			}
			used := 0
			for _, p := range j.piece {
				if p.used {
					used++
				}
			}
			if used != j.used {
				t.Fatalf("%d pieces, counted %d", used, j.used)
			}
		}
	})
}

func TestConcealment(t *testing.T) {
	c := newConcealer(8000)
	s := &sine{hz: 200, level: 6000}
	f := make(Frame, 160)
	for range 10 {
		s.ReadFrame(f)
		c.good(f)
	}
	last := f[159]
	c.conceal(f)
	if d := int(f[0]) - int(last); d > 1500 || d < -1500 {
		t.Errorf("a click of %d into the concealment", d)
	}
	if l := level(f, 200); l < 4500 {
		t.Errorf("the first concealed frame has the tone at %.0f", l)
	}
	for range 4 {
		c.conceal(f)
	}
	if l := level(f, 200); l > 100 {
		t.Errorf("after 100 ms the tone is still there: %.0f", l)
	}
}
