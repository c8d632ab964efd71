package main

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// figure is one measured row: the server beside its floor.
type figure struct {
	what          string
	server, floor float64
	unit          string
}

func (f figure) String() string {
	if f.floor == 0 {
		return fmt.Sprintf("| %s | %.2f %s | – | – |", f.what, f.server, f.unit)
	}
	return fmt.Sprintf("| %s | %.2f %s | %.2f %s | %.2f |", f.what, f.server, f.unit, f.floor, f.unit, f.server/f.floor)
}

func head(title string) {
	fmt.Printf("\n| %s | Ringflow | floor | ratio |\n|---|---|---|---|\n", title)
}

// signalling measures answered calls without sound, then how many a second hold.
func (b *bench) signalling() error {
	head("signalling, UDP: INVITE, 200, ACK, BYE")
	const rate = 100
	n := rate * int(b.window/time.Second) * 2
	one := func(of *child, sip netip.AddrPort, to string) (float64, error) {
		c, err := newCallers(b.host, sip, nil, 0)
		if err != nil {
			return 0, err
		}
		defer c.Close()
		c.place(to, 100, rate, 50*time.Millisecond) // warm
		wait(3*time.Second, func() bool { return c.over.Load() >= 100 })
		before := of.cpu()
		c.place(to, n, rate, 50*time.Millisecond)
		wait(5*time.Second, func() bool { return c.over.Load()+c.failed.Load() >= int64(n+100) })
		used := of.cpu() - before
		if c.failed.Load() > 0 {
			return 0, fmt.Errorf("%d of %d calls failed at %d/s", c.failed.Load(), n, rate)
		}
		return ms(used) / float64(n), nil
	}
	s, err := one(b.server.child, b.server.sip, numbers["answer"])
	if err != nil {
		return err
	}
	f, err := one(b.floor, b.fsip, "none")
	if err != nil {
		return err
	}
	fmt.Println(figure{"CPU per call at 100/s", s, f, "ms"})
	if b.quick {
		return nil
	}
	hold := func(sip netip.AddrPort, to string) (best int, err error) {
		holds := func(rate int) (bool, error) {
			c, err := newCallers(b.host, sip, nil, 0)
			if err != nil {
				return false, err
			}
			defer c.Close()
			n := rate * 4
			begin := time.Now()
			c.place(to, n, rate, 50*time.Millisecond)
			took := time.Since(begin)
			wait(giveUp+time.Second, func() bool { return c.over.Load()+c.failed.Load() >= int64(n) })
			return float64(int64(n)-c.over.Load()) < 0.001*float64(n) && took < 4500*time.Millisecond, nil
		}
		for _, rate := range []int{200, 400, 600, 800, 1000, 1250, 1500, 2000, 2500, 3000, 4000} {
			ok, err := holds(rate)
			if err == nil && !ok { // something else on the machine may have been in the way
				ok, err = holds(rate)
			}
			if err != nil || !ok {
				return best, err
			}
			best = rate
		}
		return best, nil
	}
	hs, err := hold(b.server.sip, numbers["answer"])
	if err != nil {
		return err
	}
	hf, err := hold(b.fsip, "none")
	if err != nil {
		return err
	}
	fmt.Println(figure{"calls a second held, < 0.1 % failed", float64(hs), float64(hf), "/s"})
	return nil
}

// kinds are the sorts of calls whose sound is measured, with what the floor
// does for the same packets.
var kinds = []struct {
	name, number, floor string
	callees             bool // the server calls us back for each call
	stamped             bool // the far end hears our own bytes, so the delay shows
}{
	{"play a file", "play", "play", false, false},
	{"bridge, passed through", "bridge", "pair", true, true},
	{"bridge, decoded (recorded)", "decoded", "pair", true, true},
	{"bridge, PCMU to PCMA", "alaw", "pair", true, false},
	{"record", "record", "record", false, false},
}

func (b *bench) media() error {
	sizes := []int{200, 1000}
	if b.quick {
		sizes = sizes[:1]
	}
	var failed []error // of the larger size: what a small machine can't do is a figure, too
	for _, n := range sizes {
		head(fmt.Sprintf("%d calls of PCMU, 20 ms both ways", n))
		for _, k := range kinds {
			if !b.wantsKind(k.number) {
				continue
			}
			s, err := b.sound(b.server.child, b.server.sip, n, func(int) string { return numbers[k.number] }, k.callees, k.stamped, 1)
			if err != nil {
				err = fmt.Errorf("%s, %d calls: %w; the last session's log:%s", k.name, n, err, b.server.why())
				if n == sizes[0] {
					return err
				}
				fmt.Printf("| %s | did not come up | | |\n", k.name)
				failed = append(failed, err)
				continue
			}
			legs, name := 1, func(int) string { return k.floor }
			if k.floor == "pair" {
				legs, name = 2, func(i int) string { return fmt.Sprintf("pair%d", i/2) }
			}
			f, err := b.sound(b.floor, b.fsip, n*legs, name, false, k.stamped, legs)
			if err != nil {
				return fmt.Errorf("floor of %s, %d calls: %w", k.name, n, err)
			}
			fmt.Println(figure{k.name + ": CPU per call-second", s.cpu, f.cpu, "ms"})
			if k.number != "record" {
				fmt.Printf("| %s: packet spacing p50 / p99 / max | %s | %s | |\n", k.name, s.spacing(), f.spacing())
			}
			if k.stamped {
				fmt.Printf("| %s: delay p50, and added | %.2f ms, %.2f ms | %.2f ms | |\n", k.name, s.delay, s.delay-f.delay, f.delay)
			}
		}
		f, err := b.sound(b.floor, b.fsip, n, func(i int) string { return fmt.Sprintf("conf%d-%d", n, i/10) }, false, false, 1)
		if err != nil {
			return err
		}
		// The least for a participant: a packet comes and a packet goes, each 20 ms.
		least, err := b.sound(b.floor, b.fsip, n, func(i int) string { return fmt.Sprintf("pair%d", i/2) }, false, false, 1)
		if err != nil {
			return err
		}
		fmt.Println(figure{"conference of 10 (ports and bridge only): CPU per participant-second", f.cpu, least.cpu, "ms"})
	}
	return errors.Join(failed...)
}

// sounding is what one set of calls cost and how it sounded.
type sounding struct {
	cpu           float64 // ms per call-second
	p50, p99, max float64 // ms between packets
	delay         float64 // ms from us to us
	heard         float64 // packets a second that came to a leg
}

func (s sounding) spacing() string { return fmt.Sprintf("%.1f / %.1f / %.0f ms", s.p50, s.p99, s.max) }

// sound sets n calls up, lets them settle, and measures; legs is how many of
// them make one call.
func (b *bench) sound(of *child, sip netip.AddrPort, n int, to func(i int) string, callees, stamped bool, legs int) (sounding, error) {
	m, err := newStreams(b.host)
	if err != nil {
		return sounding{}, err
	}
	defer m.Close()
	var uas uint16
	if callees {
		uas = uasPort
	}
	c, err := newCallers(b.host, sip, m, uas)
	if err != nil {
		return sounding{}, err
	}
	defer c.Close()
	defer c.hangup()
	c.stamp = stamped
	for i := range n {
		c.invite(to(i), 0)
		time.Sleep(5 * time.Millisecond)
	}
	want := int64(n)
	if !wait(5*time.Second, func() bool { return c.up.Load() >= want && (!callees || c.answers.Load() >= want) }) {
		return sounding{}, fmt.Errorf("only %d of %d calls came up, %d taken, %d failed", c.up.Load(), n, c.answers.Load(), c.failed.Load())
	}
	time.Sleep(time.Second)
	before := of.cpu()
	begin := time.Now()
	w := m.measure(b.window)
	took := time.Since(begin)
	used := of.cpu() - before
	if up := c.up.Load(); up < want {
		return sounding{}, fmt.Errorf("of %d calls %d were over before they were measured", n, want-up)
	}
	return sounding{
		cpu: ms(used) / took.Seconds() / float64(n/legs),
		p50: ms(w.gaps.at(0.5)), p99: ms(w.gaps.at(0.99)), max: ms(w.gaps.max), delay: ms(w.delays.at(0.5)),
		heard: float64(w.gaps.n) / took.Seconds() / float64(n),
	}, nil
}

// limits looks for the most playing calls whose packets still come evenly.
func (b *bench) limits() error {
	if b.quick {
		return nil
	}
	head("limits")
	most := func(of *child, sip netip.AddrPort, to string) (int, error) {
		best := 0
		for n := 200; n <= 3000; n += 200 {
			even := false
			for range 2 { // a neighbour's burst of work is no limit
				s, err := b.sound(of, sip, n, func(int) string { return to }, false, false, 1)
				if even = err == nil && s.p99 < 25; even { // else they are uneven, or don't come up
					break
				}
			}
			if !even {
				return best, nil
			}
			best = n
		}
		return best, nil
	}
	s, err := most(b.server.child, b.server.sip, numbers["play"])
	if err != nil {
		return err
	}
	f, err := most(b.floor, b.fsip, "play")
	if err != nil {
		return err
	}
	fmt.Println(figure{"most playing calls with p99 spacing < 25 ms", float64(s), float64(f), "calls"})
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
