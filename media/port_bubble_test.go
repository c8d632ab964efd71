package media

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// RFC 4733 under loss, duplication and reordering: every digit once, in order.
func TestDigitsOnABadNetwork(t *testing.T) {
	const digits = "0123456789*#ABCD1122334455"
	for _, c := range []struct {
		name              string
		loss, twice, late float64
	}{
		{"good", 0, 0, 0},
		{"10 % lost", 0.1, 0, 0},
		{"all twice", 0, 1, 0},
		{"30 % late", 0, 0, 0.3},
		{"all of it", 0.1, 0.1, 0.1},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, h *house, n *memNet) {
				a, b := h.pair(PortOptions{})
				time.Sleep(time.Second)
				n.fate(c.loss, c.twice, c.late)
				for range 4 {
					if err := a.SendDigits(t.Context(), digits); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Second)
					expectDigits(t, "the far end", b, digits)
				}
			})
		})
	}
}

func TestDigitsComeOnceFromAllSources(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.pair(PortOptions{})
		time.Sleep(time.Second)
		for _, d := range "1123" { // each by RFC 4733 and by INFO
			if err := a.SendDigits(t.Context(), string(d)); err != nil {
				t.Fatal(err)
			}
			b.InjectDigit(d)
		}
		b.InjectDigit('x')
		time.Sleep(2 * time.Second)
		b.InjectDigit('4') // and one by INFO alone
		b.InjectDigit('4')
		expectDigits(t, "b", b, "112344")
	})
}

func TestDigitsAsTones(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.open(PortOptions{}), h.open(PortOptions{})
		offer, _ := a.Offer()
		offer = []byte(strings.NewReplacer("a=rtpmap:101 telephone-event/8000\r\n", "", " 101\r\n", "\r\n").Replace(string(offer)))
		answer, err := b.Answer(offer)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Accept(answer); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := a.SendDigits(t.Context(), "12#9"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		expectDigits(t, "b", b, "12#9")
	})
}

func TestSendDigitsRefuses(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, _ := h.pair(PortOptions{})
		if err := a.SendDigits(t.Context(), "12x"); !errors.Is(err, ErrBadDigit) {
			t.Error(err)
		}
		if err := a.SendDigits(t.Context(), strings.Repeat("1", 65)); !errors.Is(err, ErrBusy) {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if err := a.SendDigits(ctx, "wwww1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		a.Close()
		if err := a.SendDigits(t.Context(), "1"); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

func TestPlay(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a := h.open(PortOptions{}) // nobody there yet: time goes on all the same
		from := time.Now()
		if err := a.Play(t.Context(), &sine{hz: 400, level: 6000, frames: 50}); err != nil {
			t.Error(err)
		}
		if d := time.Since(from); d < time.Second || d > 1050*time.Millisecond {
			t.Errorf("a second of sound took %v", d)
		}
		why := errors.New("the caller pressed a key")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(200*time.Millisecond+1, func() { cancel(why) })
		if err := a.Play(ctx, &sine{hz: 400, level: 6000}); err != why {
			t.Error(err)
		}
		first := make(chan error)
		go func() { first <- a.Play(t.Context(), &sine{hz: 400, level: 6000}) }()
		time.Sleep(100*time.Millisecond + 1)
		go func() { first <- a.Play(t.Context(), &sine{hz: 400, level: 6000}) }()
		if err := <-first; !errors.Is(err, ErrReplaced) {
			t.Error(err)
		}
		time.Sleep(100*time.Millisecond + 1)
		a.Close()
		if err := <-first; !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		if err := a.Play(t.Context(), &sine{}); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

func isLost(p *Port) bool {
	select {
	case <-p.Lost():
		return true
	default:
		return false
	}
}

func TestMediaTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.pair(PortOptions{})
		b.Lost()
		time.Sleep(2 * time.Minute)
		if isLost(b) {
			t.Fatal("lost, though silence was sent")
		}
		a.Close()
		time.Sleep(29 * time.Second)
		if isLost(b) {
			t.Fatal("lost too early")
		}
		time.Sleep(3 * time.Second)
		if !isLost(b) {
			t.Fatal("not lost after 32 s of nothing")
		}
	})
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.pair(PortOptions{})
		b.Lost()
		a.SetHold(true)
		h.connect(a, b)
		if !b.OnHold() && b.nego.now.far != sends {
			t.Error("b does not know that it is held")
		}
		a.rtp.close() // the network of a is pulled while it holds us
		a.rtcp.close()
		time.Sleep(5 * time.Minute)
		if isLost(b) {
			t.Fatal("lost while on hold")
		}
		a.SetHold(false)
		h.connect(a, b)
		time.Sleep(32 * time.Second)
		if !isLost(b) {
			t.Fatal("not lost after the hold")
		}
	})
}

// On hold the held side sends nothing, and hears what the other plays if it is
// a hold with sound.
func TestHoldStopsSound(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.pair(PortOptions{})
		heard, back := &ear{}, &ear{}
		b.Tap(nil, heard)
		a.Tap(nil, back)
		go func() { _ = a.Play(t.Context(), &sine{hz: 400, level: 6000}) }()
		go func() { _ = b.Play(t.Context(), &sine{hz: 700, level: 6000}) }()
		time.Sleep(time.Second + 1)
		a.SetHold(true)
		h.connect(a, b)
		if !b.OnHold() || a.OnHold() {
			t.Errorf("on hold: a %v, b %v", a.OnHold(), b.OnHold())
		}
		time.Sleep(time.Second)
		before := b.Stats().PacketsOut
		heard.take()
		back.take()
		time.Sleep(time.Second)
		if n := b.Stats().PacketsOut - before; n != 0 {
			t.Errorf("%d packets sent to somebody who holds us", n)
		}
		if l := level(heard.take(), 400); l < 5500 {
			t.Errorf("music on hold at %.0f", l)
		}
		if l := level(back.take(), 700); l > 50 {
			t.Errorf("the one who holds hears us at %.0f", l)
		}
		a.SetHold(false)
		h.connect(a, b)
		time.Sleep(time.Second)
		back.take()
		time.Sleep(time.Second)
		if l := level(back.take(), 700); l < 5500 {
			t.Errorf("after the hold: %.0f", l)
		}
		if st := a.Stats(); st.Lost > 0 || st.Delay > 100*time.Millisecond {
			t.Errorf("the hold left its mark: %+v", st)
		}
	})
}

// A re-INVITE that switches the audio off silences the call and does not end
// it; one that switches it on again is heard.
func TestAudioSwitchedOff(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.pair(PortOptions{})
		b.Lost()
		heard := &ear{}
		a.Tap(nil, heard)
		go func() { _ = b.Play(t.Context(), &sine{hz: 700, level: 6000}) }()
		time.Sleep(time.Second + 1)
		offer, err := a.Offer()
		if err != nil {
			t.Fatal(err)
		}
		f := strings.Fields(line(offer, "m="))
		off := strings.Replace(string(offer), "m=audio "+f[1], "m=audio 0", 1)
		if _, err := b.Answer([]byte(off)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		heard.take()
		before := b.Stats().PacketsOut
		time.Sleep(5 * time.Minute)
		if n := b.Stats().PacketsOut - before; n != 0 {
			t.Errorf("%d packets sent", n)
		}
		if l := level(heard.take(), 700); l > 10 {
			t.Errorf("heard at %.0f", l)
		}
		if isLost(b) {
			t.Error("ended as lost")
		}
		if !b.OnHold() {
			t.Error("not on hold")
		}
		a.Rollback()
		h.connect(a, b)
		time.Sleep(time.Second)
		heard.take()
		time.Sleep(time.Second)
		if l := level(heard.take(), 700); l < 5500 {
			t.Errorf("on again: %.0f", l)
		}
	})
}

// With nothing to hear some packets go on, ten times fewer; the far end hears
// no click, invents no sound, and what comes then is heard from its first frame on.
func TestNothingToHear(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.pair(PortOptions{})
		heard := &ear{}
		b.Tap(nil, heard)
		var marked, sent int
		n.hear(func(from, _ netip.AddrPort, p []byte) {
			if pkt, ok := parseRTP(p); ok && from == a.LocalAddr() {
				sent++
				if pkt.marker {
					marked++
				}
			}
		})
		count := func(d time.Duration) (packets int) {
			n.mu.Lock()
			before := sent
			n.mu.Unlock()
			time.Sleep(d)
			n.mu.Lock()
			defer n.mu.Unlock()
			return sent - before
		}
		if got := count(3 * time.Second); got < 145 || got > 150 {
			t.Errorf("%d packets in the first 3 s, while the far end may have to learn where we are", got)
		}
		time.Sleep(time.Second + 1)
		if got := count(10 * time.Second); got != 50 {
			t.Errorf("%d packets of silence in 10 s, want 50", got)
		}
		for range 5 {
			heard.take()
			if err := a.Play(t.Context(), &sine{hz: 400, level: 6000, frames: 50}); err != nil {
				t.Fatal(err)
			}
			if got := count(200 * time.Millisecond); got < 9 {
				t.Errorf("%d packets in the 200 ms after sound", got)
			}
			time.Sleep(730 * time.Millisecond)
			if n := longestSound(heard.take()); n < 50*160-40 || n > 50*160 {
				t.Errorf("a second of sound became %.1f ms", float64(n)/8)
			}
		}
		n.hear(nil)
		if st := b.Stats(); st.Concealed > 0 || st.Lost > 0 || st.Late > 0 || st.Jitter > time.Millisecond || marked < 10 {
			t.Errorf("%d markers, %+v", marked, st)
		}
	})
}

func TestReports(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.pair(PortOptions{})
		b.Tap(nil, &ear{})
		for _, p := range []*Port{a, b} {
			go func() { _ = p.Play(t.Context(), &sine{hz: 400, level: 6000}) }()
		}
		time.Sleep(30 * time.Second)
		st := a.Stats()
		if st.RoundTrip < time.Millisecond || st.RoundTrip > 4*time.Millisecond || st.MOS < 4.2 || st.LossPercent != 0 {
			t.Errorf("a good line: %+v", st)
		}
		n.fate(0.1, 0, 0)
		time.Sleep(2 * time.Minute)
		st = b.Stats()
		if st.LossPercent < 5 || st.LossPercent > 12 || st.MOS > 4 || st.MOS < 2 || st.Concealed == 0 {
			t.Errorf("one packet in ten is lost: %+v", st)
		}
		if st := a.Stats(); st.RemoteLossPercent < 4 || st.RemoteLossPercent > 14 || st.RemoteLost == 0 {
			t.Errorf("what b reports: %+v", st)
		}
	})
}

// A tone over a bad network stays a tone of nearly its level.
func TestToneOnABadNetwork(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.pair(PortOptions{})
		n.fate(0.05, 0.02, 0.2)
		heard := &ear{}
		b.Tap(nil, heard)
		go func() { _ = a.Play(t.Context(), &sine{hz: 400, level: 6000}) }()
		time.Sleep(time.Minute + 1)
		s := heard.take()
		if d := len(s) - 60*8000; d < -640 || d > 640 {
			t.Errorf("%d samples in a minute", len(s))
		}
		good := 0
		for i := 8000; i+160 <= len(s); i += 160 {
			if level(s[i:i+160], 400) > 4000 {
				good++
			}
		}
		if all := (len(s) - 8000) / 160; good < all*97/100 {
			t.Errorf("%d of %d frames have the tone; %+v", good, all, b.Stats())
		}
		if st := b.Stats(); st.Delay > 150*time.Millisecond {
			t.Errorf("delay %v", st.Delay)
		}
	})
}
