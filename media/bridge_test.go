package media

import (
	"math"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// party is a phone and the server's port for it.
type party struct {
	phone, port *Port
	hears       *ear
}

// party makes a phone that calls the server.
func (h *house) party(o PortOptions) *party {
	h.t.Helper()
	x := &party{phone: h.open(o), port: h.open(PortOptions{}), hears: &ear{}}
	h.connect(x.phone, x.port)
	x.phone.Tap(nil, x.hears)
	return x
}

func (x *party) sings(t *testing.T, hz float64) {
	go func() { _ = x.phone.Play(t.Context(), &sine{hz: hz, level: 6000}) }()
}

// bubble runs f in a bubble with an engine on a network in memory.
func bubble(t *testing.T, f func(t *testing.T, h *house, n *memNet)) {
	synctest.Test(t, func(t *testing.T) {
		n := newMemNet()
		h := newHouse(t, &Engine{Bind: n.bind(netip.MustParseAddr("10.0.0.1"))})
		f(t, h, n)
	})
}

// hearsOnly checks which tones are in the last half second.
func (x *party) hearsOnly(t *testing.T, who string, all []float64, want ...float64) {
	t.Helper()
	s := x.hears.take()
	if len(s) < 4000 {
		t.Errorf("%s heard %d samples", who, len(s))
		return
	}
	s = s[len(s)-4000:]
	for _, hz := range all {
		expect := 0.0
		for _, w := range want {
			if w == hz {
				expect = 6000
			}
		}
		if got := level(s, hz); math.Abs(got-expect) > 500 {
			t.Errorf("%s hears %.0f Hz at %.0f, want %.0f", who, hz, got, expect)
		}
	}
}

// smooth checks that a lone tone goes on without a click or a gap.
func smooth(t *testing.T, what string, s []int16, hz float64) {
	t.Helper()
	most := 6000*2*math.Pi*hz/8000*1.3 + 100
	for i := 1; i < len(s); i++ {
		if d := math.Abs(float64(s[i]) - float64(s[i-1])); d > most {
			t.Errorf("%s: a click of %.0f at %.3f s", what, d, float64(i)/8000)
			return
		}
	}
	for i := 0; i+160 <= len(s); i += 160 {
		if l := level(s[i:i+160], hz); l < 2500 {
			t.Errorf("%s: a gap at %.3f s, level %.0f", what, float64(i)/8000, l)
			return
		}
	}
}

func TestBridgeOfTwo(t *testing.T) {
	tones := []float64{400, 700}
	for _, codecs := range [][2]string{{"PCMU", "PCMU"}, {"PCMU", "PCMA"}} {
		bubble(t, func(t *testing.T, h *house, n *memNet) {
			a := h.party(PortOptions{Codecs: codecs[:1]})
			b := h.party(PortOptions{Codecs: codecs[1:]})
			br := NewBridge(h.engine.Pacer)
			leaveA := br.Join(a.port)
			br.Join(b.port)
			a.sings(t, 400)
			b.sings(t, 700)
			time.Sleep(2*time.Second + 1)
			if !br.passing {
				t.Error("nobody listens, and it does not pass through")
			}
			a.hearsOnly(t, "a", tones, 700)
			b.hearsOnly(t, "b", tones, 400)
			if st := b.phone.Stats(); st.Lost > 0 || st.Discarded > 0 {
				t.Errorf("passed through: %+v", st)
			}

			tapped := &ear{}
			untap := a.port.Tap(nil, tapped)
			time.Sleep(time.Second)
			if br.passing {
				t.Error("somebody listens, and it passes through")
			}
			smooth(t, "b, to decoding", b.hears.take(), 400)
			if s := tapped.take(); level(s[len(s)-4000:], 400) < 5500 {
				t.Error("the tap does not hear a")
			}
			untap()
			time.Sleep(time.Second)
			if !br.passing {
				t.Error("nobody listens any more, and it does not pass through")
			}
			smooth(t, "b, back to passing through", b.hears.take(), 400)
			if st := b.phone.Stats(); st.Lost > 0 {
				t.Errorf("packets of ours are missing: %+v", st)
			}

			leaveA()
			time.Sleep(time.Second)
			a.hearsOnly(t, "a, alone", tones)
			b.hearsOnly(t, "b, alone", tones)
		})
	}
}

func TestBridgeOfThree(t *testing.T) {
	tones := []float64{400, 700, 1100}
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		br := NewBridge(h.engine.Pacer)
		var all []*party
		for i, hz := range tones {
			x := h.party(PortOptions{Codecs: []string{[]string{"PCMU", "PCMA"}[i%2]}})
			br.Join(x.port)
			x.sings(t, hz)
			all = append(all, x)
		}
		time.Sleep(2*time.Second + 1)
		all[0].hearsOnly(t, "a", tones, 700, 1100)
		all[1].hearsOnly(t, "b", tones, 400, 1100)
		all[2].hearsOnly(t, "c", tones, 400, 700)

		all[2].port.Close() // a port leaves with its call
		time.Sleep(2 * time.Second)
		if !br.passing {
			t.Error("two are left, and it does not pass through")
		}
		all[0].hearsOnly(t, "a", tones, 700)
		all[1].hearsOnly(t, "b", tones, 400)
	})
}

func TestBridgePassesDigitsOn(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b, c := h.party(PortOptions{}), h.party(PortOptions{}), h.party(PortOptions{})
		br := NewBridge(h.engine.Pacer)
		br.Join(a.port)
		br.Join(b.port)
		press := func(digits string) {
			t.Helper()
			if err := a.phone.SendDigits(t.Context(), digits); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			expectDigits(t, "our side", a.port, digits)
			expectDigits(t, "the other party", b.phone, digits)
		}
		time.Sleep(time.Second)
		press("123")
		untap := b.port.Tap(&ear{}, nil)
		time.Sleep(time.Second)
		press("456")
		untap()
		br.Join(c.port)
		time.Sleep(time.Second)
		press("789")
		expectDigits(t, "the third", c.phone, "789")
		expectDigits(t, "b's own port", b.port, "")
	})
}

func expectDigits(t *testing.T, who string, p *Port, want string) {
	t.Helper()
	got := ""
	for {
		select {
		case d := <-p.Digits():
			got += string(d)
			continue
		default:
		}
		break
	}
	if got != want {
		t.Errorf("%s got digits %q, want %q", who, got, want)
	}
}
