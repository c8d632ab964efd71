package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// voices are tones that fall on whole periods of half a second, far enough from
// each other for goertzel to tell them apart.
var voices = []float64{300, 410, 530, 660, 800, 950, 1110, 1280, 1460, 1650}

// conference has n parties in a bridge, each with its own tone.
func conference(t *testing.T, h *house, n int) (*Bridge, []*party) {
	t.Helper()
	b := NewBridge(h.engine.Pacer)
	var all []*party
	for i := range n {
		x := h.party(PortOptions{Codecs: []string{[]string{"PCMU", "PCMA"}[i%2]}})
		go func() { _ = x.phone.Play(t.Context(), &sine{hz: voices[i], level: voiceLevel}) }()
		all = append(all, x)
	}
	return b, all
}

const voiceLevel = 2500 // of ten at once, which is not clipped

// heard tells whose tones are in the last half second, as a list of parties.
func (x *party) heard(t *testing.T, n int) string {
	t.Helper()
	s := x.hears.take()
	if len(s) < 4000 {
		t.Fatalf("heard %d samples", len(s))
	}
	s = s[len(s)-4000:]
	var who []int
	for i := range n {
		switch l := level(s, voices[i]); {
		case l > voiceLevel*0.85 && l < voiceLevel*1.15:
			who = append(who, i)
		case l > voiceLevel*0.1:
			t.Errorf("tone %d at %.0f, want 0 or %d", i, l, voiceLevel)
		}
	}
	return fmt.Sprint(who)
}

// others are all below n but those named.
func others(n int, but ...int) string {
	var who []int
	for i := range n {
		if !slices.Contains(but, i) {
			who = append(who, i)
		}
	}
	return fmt.Sprint(who)
}

// settle lets the sound of before pass.
func settle(all []*party) {
	time.Sleep(300 * time.Millisecond)
	for _, x := range all {
		x.hears.take()
	}
	time.Sleep(600*time.Millisecond + 1)
}

func TestConferenceOfTen(t *testing.T) {
	const n = 10
	bubble(t, func(t *testing.T, h *house, _ *memNet) {
		b, all := conference(t, h, n)
		for _, x := range all {
			b.Join(x.port)
		}
		time.Sleep(time.Second)
		settle(all)
		for i, x := range all {
			if got, want := x.heard(t, n), others(n, i); got != want {
				t.Errorf("%d hears %s, want %s", i, got, want)
			}
		}
	})
}

func TestMembership(t *testing.T) {
	const n = 5
	type hears map[int]string
	for _, c := range []struct {
		name string
		as   func(p []*Port) map[int]Membership
		want hears // of those who don't hear all the others
	}{
		{"muted", func([]*Port) map[int]Membership { return map[int]Membership{1: {Muted: true}} },
			hears{0: "[2 3 4]", 2: "[0 3 4]", 3: "[0 2 4]", 4: "[0 2 3]"}},
		{"deaf", func([]*Port) map[int]Membership { return map[int]Membership{1: {Deaf: true}} }, hears{1: "[]"}},
		{"muted and deaf", func([]*Port) map[int]Membership { return map[int]Membership{0: {Muted: true, Deaf: true}} },
			hears{0: "[]", 1: "[2 3 4]", 2: "[1 3 4]", 3: "[1 2 4]", 4: "[1 2 3]"}},
		{"whisper", func(p []*Port) map[int]Membership { return map[int]Membership{0: {Only: p[2:3]}} },
			hears{1: "[2 3 4]", 3: "[1 2 4]", 4: "[1 2 3]"}},
		{"whisper to two", func(p []*Port) map[int]Membership { return map[int]Membership{0: {Only: p[1:3]}} },
			hears{3: "[1 2 4]", 4: "[1 2 3]"}},
		{"whisper to each other", func(p []*Port) map[int]Membership {
			return map[int]Membership{0: {Only: p[1:2]}, 1: {Only: p[0:1]}}
		}, hears{2: "[3 4]", 3: "[2 4]", 4: "[2 3]"}},
		{"two whisper to one", func(p []*Port) map[int]Membership {
			return map[int]Membership{0: {Only: p[2:3]}, 1: {Only: p[2:3]}}
		}, hears{0: "[2 3 4]", 1: "[2 3 4]", 3: "[2 4]", 4: "[2 3]"}},
		{"whisper to one who is deaf", func(p []*Port) map[int]Membership {
			return map[int]Membership{0: {Only: p[1:2]}, 1: {Deaf: true}}
		}, hears{1: "[]", 2: "[1 3 4]", 3: "[1 2 4]", 4: "[1 2 3]"}},
		{"whisper to nobody", func([]*Port) map[int]Membership { return map[int]Membership{0: {Only: []*Port{}}} },
			hears{1: "[2 3 4]", 2: "[1 3 4]", 3: "[1 2 4]", 4: "[1 2 3]"}},
		{"muted in spite of a whisper", func(p []*Port) map[int]Membership {
			return map[int]Membership{0: {Muted: true, Only: p[1:2]}}
		}, hears{1: "[2 3 4]", 2: "[1 3 4]", 3: "[1 2 4]", 4: "[1 2 3]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, h *house, _ *memNet) {
				b, all := conference(t, h, n)
				var ports []*Port
				for _, x := range all {
					ports = append(ports, x.port)
				}
				as := c.as(ports)
				mixed := &ear{}
				b.Tap(mixed)
				check := func(when string) {
					t.Helper()
					mixed.take()
					settle(all)
					for i, x := range all {
						want, ok := c.want[i]
						if !ok {
							want = others(n, i)
						}
						if got := x.heard(t, n); got != want {
							t.Errorf("%s: %d hears %s, want %s", when, i, got, want)
						}
					}
					s := mixed.take()
					for i := range all {
						m := as[i]
						if heard := level(s[len(s)-4000:], voices[i]) > voiceLevel/2; heard == (m.Muted || m.Only != nil) {
							t.Errorf("%s: %d in the mix: %v", when, i, heard)
						}
					}
				}
				for i, x := range all {
					b.JoinAs(x.port, as[i])
				}
				time.Sleep(time.Second)
				check("joined so")

				for i := range as {
					b.Change(ports[i], Membership{})
				}
				settle(all)
				for i, x := range all {
					if got, want := x.heard(t, n), others(n, i); got != want {
						t.Errorf("plain again: %d hears %s, want %s", i, got, want)
					}
				}
				for i, m := range as {
					b.Change(ports[i], m)
				}
				check("changed to it")
			})
		})
	}
}

// A mute holds from the moment that Change returns, even where packets passed
// through until then, and a pair that is plain again passes through again.
func TestMutedPairDoesNotPassThrough(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, _ *memNet) {
		b, all := conference(t, h, 2)
		for _, x := range all {
			b.Join(x.port)
		}
		time.Sleep(time.Second)
		if !b.passing {
			t.Fatal("a plain pair does not pass through")
		}
		b.Change(all[0].port, Membership{Muted: true})
		if b.passing {
			t.Error("one is muted, and packets pass through")
		}
		time.Sleep(200*time.Millisecond + 1) // what was on its way or waits in the phone's jitter buffer, and the concealment of its end
		all[1].hears.take()
		time.Sleep(time.Second)
		for _, s := range all[1].hears.take() {
			if s > 16 || s < -16 {
				t.Fatalf("a muted party is heard: %d", s)
			}
		}
		if got := all[0].heard(t, 2); got != "[1]" {
			t.Errorf("the muted one hears %s", got)
		}
		b.Change(all[0].port, Membership{})
		time.Sleep(time.Second)
		if !b.passing {
			t.Error("plain again, and it does not pass through")
		}
		settle(all)
		if got := all[1].heard(t, 2); got != "[0]" {
			t.Errorf("after the mute: hears %s", got)
		}
		b.Change(h.party(PortOptions{}).port, Membership{Muted: true}) // is in no bridge
		time.Sleep(time.Second)
		if !b.passing {
			t.Error("a stranger's membership ends passing through")
		}
	})
}

func TestBridgePlaysToAll(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, _ *memNet) {
		b, all := conference(t, h, 3)
		b.Join(all[0].port)
		b.Join(all[1].port)
		b.JoinAs(all[2].port, Membership{Muted: true, Deaf: true})
		time.Sleep(time.Second)
		mixed := &ear{}
		untap := b.Tap(mixed)
		done := make(chan error, 2)
		prompt := func() Source { return &sine{hz: voices[9], level: voiceLevel, frames: 50} }
		began := time.Now()
		go func() { done <- b.Play(t.Context(), prompt()) }()
		time.Sleep(300 * time.Millisecond)
		for _, x := range all {
			x.hears.take()
		}
		time.Sleep(600*time.Millisecond + 1)
		for i, want := range []string{"[1 9]", "[0 9]", "[9]"} {
			if got := all[i].heard(t, 10); got != want {
				t.Errorf("%d hears %s, want %s", i, got, want)
			}
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if d := time.Since(began).Round(20 * time.Millisecond); d < time.Second || d > 1060*time.Millisecond {
			t.Errorf("a second took %v", d)
		}
		s := mixed.take()
		s = s[len(s)-5000:]
		if l := level(s[:4000], voices[9]); l < voiceLevel*0.85 {
			t.Errorf("the prompt is in the mix at %.0f", l)
		}
		untap()
		time.Sleep(100 * time.Millisecond)
		if s := mixed.take(); len(s) > 0 {
			t.Errorf("%d samples after untap", len(s))
		}

		go func() { done <- b.Play(t.Context(), prompt()) }()
		time.Sleep(100 * time.Millisecond)
		ctx, stop := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, io.ErrNoProgress)
		defer stop()
		if err := b.Play(ctx, prompt()); !errors.Is(err, io.ErrNoProgress) {
			t.Errorf("a Play that was cut off: %v", err)
		}
		if err := <-done; !errors.Is(err, ErrReplaced) {
			t.Errorf("the Play before: %v", err)
		}
		settle(all)
		if got := all[0].heard(t, 10); got != "[1]" {
			t.Errorf("after Play: hears %s", got)
		}
	})
}

// Digits go to those who hear their party, and none of one who keeps his own.
func TestDigitsFollowTheMembership(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, _ *memNet) {
		b, all := conference(t, h, 3)
		for _, x := range all {
			b.Join(x.port)
		}
		time.Sleep(time.Second)
		for _, c := range []struct {
			m    Membership
			want [2]string // of the second and the third
		}{
			{Membership{}, [2]string{"5", "5"}},
			{Membership{OwnDigits: true}, [2]string{"", ""}},
			{Membership{Muted: true}, [2]string{"", ""}},
			{Membership{Only: []*Port{all[2].port}}, [2]string{"", "5"}},
		} {
			b.Change(all[0].port, c.m)
			if err := all[0].phone.SendDigits(t.Context(), "5"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			expectDigits(t, "our side", all[0].port, "5")
			expectDigits(t, "the second", all[1].phone, c.want[0])
			expectDigits(t, "the third", all[2].phone, c.want[1])
		}
	})
}

// Whatever comes, goes, is muted and whispers in any order: each hears whom it
// should, and in the end nobody is in the bridge.
func TestComingAndGoing(t *testing.T) {
	const n = 5
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, h *house, _ *memNet) {
				r := rand.New(rand.NewPCG(seed, 7))
				b, all := conference(t, h, n)
				leave := make([]func(), n)
				as := make([]Membership, n)
				some := func() (m Membership) {
					switch r.IntN(5) {
					case 0:
						m.Muted = true
					case 1:
						m.Deaf = true
					case 2:
						m.Only = []*Port{all[r.IntN(n)].port}
					}
					return m
				}
				for range 12 {
					for range 1 + r.IntN(4) {
						i := r.IntN(n)
						switch {
						case leave[i] == nil:
							as[i] = some()
							leave[i] = b.JoinAs(all[i].port, as[i])
						case r.IntN(2) == 0:
							leave[i]()
							leave[i] = nil
						default:
							as[i] = some()
							b.Change(all[i].port, as[i])
						}
					}
					settle(all)
					for i, x := range all {
						var want []int
						for j := range all {
							m := &as[j]
							if i != j && leave[i] != nil && leave[j] != nil && !as[i].Deaf && !m.Muted &&
								(m.Only == nil || m.Only[0] == x.port) {
								want = append(want, j)
							}
						}
						if got := x.heard(t, n); got != fmt.Sprint(want) {
							t.Errorf("%d hears %s, want %v", i, got, want)
						}
					}
				}
				for i := range all {
					all[i].port.Close() // in the bridge or not
				}
				if b.Members() != 0 || b.detach != nil {
					t.Error("all are gone, and the bridge still ticks")
				}
			})
		})
	}
}
