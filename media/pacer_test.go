package media

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

type tickTimes struct {
	at      []time.Time
	skipped int
	block   time.Duration // the first tick sleeps
}

func (x *tickTimes) Tick() {
	x.at = append(x.at, time.Now())
	if x.block > 0 {
		d := x.block
		x.block = 0
		time.Sleep(d)
	}
}

func (x *tickTimes) Skip(n int) { x.skipped += n }

func TestPacerKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(2)
		defer p.Close()
		var all [100]tickTimes
		var detach []func()
		from := time.Now()
		for i := range all {
			detach = append(detach, p.Attach(&all[i]))
			time.Sleep(700 * time.Microsecond)
		}
		time.Sleep(10*time.Second - time.Since(from))
		for _, d := range detach {
			d()
		}
		for i := range all {
			x := all[i].at
			attached := from.Add(time.Duration(i) * 700 * time.Microsecond)
			if first := x[0].Sub(attached); first < 19*time.Millisecond || first > 20*time.Millisecond {
				t.Fatalf("%d: first tick after %v", i, first)
			}
			for k := 1; k < len(x); k++ {
				if gap := x[k].Sub(x[k-1]); gap != FrameDuration {
					t.Fatalf("%d: a gap of %v", i, gap)
				}
			}
			if want := int((10*time.Second - x[0].Sub(from)) / FrameDuration); len(x) < want || len(x) > want+1 {
				t.Fatalf("%d: %d ticks", i, len(x))
			}
		}
		n := len(all[0].at)
		time.Sleep(time.Minute)
		if len(all[0].at) != n {
			t.Error("a tick after detach")
		}
		if st := p.Stats(); st.Attached != 0 || st.Skipped != 0 || st.Late != 0 {
			t.Errorf("%+v", st)
		}
	})
}

func TestPacerWhenLate(t *testing.T) {
	for _, c := range []struct {
		block          time.Duration
		ticks, skipped int
	}{
		{90 * time.Millisecond, 50, 0},   // all are made up for
		{500 * time.Millisecond, 25, 25}, // a burst would be worse than a gap
	} {
		synctest.Test(t, func(t *testing.T) {
			p := NewPacer(1)
			defer p.Close()
			var other tickTimes
			detachOther := p.Attach(&other)
			time.Sleep(3*time.Millisecond + 1)
			x := &tickTimes{block: c.block}
			detach := p.Attach(x)
			time.Sleep(1010 * time.Millisecond)
			detach()
			detachOther()
			for _, y := range []*tickTimes{x, &other} {
				if n := len(y.at); n < c.ticks-1 || n > c.ticks+1 || y.skipped < c.skipped-1 || y.skipped > c.skipped || n+y.skipped < 50 {
					t.Errorf("blocked for %v: %d ticks, %d skipped", c.block, n, y.skipped)
				}
			}
			if last := other.at[len(other.at)-1]; last.Sub(other.at[0])%FrameDuration != 0 {
				t.Errorf("the phase is lost: %v", last.Sub(other.at[0]))
			}
		})
	}
}

// heldTick is a Tick that takes until it is let go.
type heldTick struct{ begun, letGo, over chan struct{} }

func (x heldTick) Tick() {
	close(x.begun)
	<-x.letGo
	close(x.over)
}

func TestPacerDetachWaits(t *testing.T) {
	p := NewPacer(1)
	x := heldTick{make(chan struct{}), make(chan struct{}), make(chan struct{})}
	detach := p.Attach(x)
	<-x.begun
	go close(x.letGo)
	detach()
	select {
	case <-x.over:
	default:
		t.Error("detach did not wait for the tick")
	}
	detach()
	p.Close()
	p.Close()
	p.Attach(x)()
}

func TestPortRange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, bad := range [][2]int{{0, 10}, {5, 70000}, {7, 8}, {10, 9}} {
			if _, err := NewPortRange(bad[0], bad[1]); err == nil {
				t.Errorf("%v was taken", bad)
			}
		}
		r, err := NewPortRange(21, 28) // 22-23, 24-25, 26-27
		if err != nil {
			t.Fatal(err)
		}
		var got []pair
		for range 3 {
			p, err := r.take()
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p)
		}
		if got[0].port != 22 || got[2].port != 26 {
			t.Errorf("%v", got)
		}
		if _, err := r.take(); !errors.Is(err, ErrNoPorts) {
			t.Error(err)
		}
		r.put(got[1], true)
		r.put(got[0], true)
		if st := r.Stats(); st != (PortRangeStats{Pairs: 3, Held: 1, Quarantined: 2}) {
			t.Errorf("%+v", st)
		}
		time.Sleep(29 * time.Second)
		if _, err := r.take(); !errors.Is(err, ErrNoPorts) {
			t.Error("a pair was given out too early")
		}
		time.Sleep(2 * time.Second)
		if p, err := r.take(); err != nil || p.port != 24 {
			t.Errorf("%v %v: want the one free for longest", p, err)
		}
		p, _ := r.take()
		for range 8 { // somebody else has it
			r.put(p, false)
			time.Sleep(p.rest + portRestMax)
			p, err = r.take()
			if err != nil || p.rest > portRestMax {
				t.Errorf("%v %v", p, err)
			}
		}
	})
}

func TestPortRangeBinds(t *testing.T) {
	probe, probe2, err := bindAny(openBlocking, loopback)
	if err != nil {
		t.Fatal(err)
	}
	first := probe.local().Port()
	r, err := NewPortRange(int(first), int(first)+1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := r.bind(openPolled, loopback); !errors.Is(err, ErrNoPorts) {
		t.Errorf("bound what somebody else has: %v", err)
	}
	probe.close()
	probe2.close()
	r, _ = NewPortRange(int(first), int(first)+1)
	h := newHouse(t, &Engine{Ports: r})
	p := h.open(PortOptions{})
	if p.LocalAddr().Port() != first {
		t.Errorf("bound %v", p.LocalAddr())
	}
	if _, err := h.engine.Open(PortOptions{}); !errors.Is(err, ErrNoPorts) {
		t.Errorf("a second port out of a range of one: %v", err)
	}
	p.Close()
	if st := r.Stats(); st.Held != 0 || st.Quarantined != 1 || h.engine.OpenPorts() != 0 {
		t.Errorf("%+v", st)
	}
}
