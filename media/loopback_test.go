package media

import (
	"testing"
	"time"
)

// patience is how long a test over real sockets waits for something to happen.
const patience = 40 * time.Second

// eventually waits until f holds.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(patience); ; {
		if f() {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s: not after %v", what, patience)
		}
	}
}

// A bridge over real sockets, for both ways of reading: passing through, then
// decoding while somebody listens, then passing again; a digit gets through
// each time, and closing while packets pass is clean.
func TestBridgeOverLoopback(t *testing.T) {
	for _, blocking := range []bool{false, true} {
		h := newHouse(t, &Engine{Blocking: blocking})
		a, b := h.party(PortOptions{}), h.party(PortOptions{Codecs: []string{"PCMA"}})
		br := NewBridge(h.engine.Pacer)
		br.Join(a.port)
		leaveB := br.Join(b.port)
		a.sings(t, 400)
		passing := func() bool { br.mu.Lock(); defer br.mu.Unlock(); return br.passing }
		hears := func() bool {
			s := b.hears.take()
			return len(s) > 800 && level(s[len(s)-800:], 400) > 5000
		}
		listen := func(hz float64) {
			t.Helper()
			tick := time.NewTicker(200 * time.Millisecond)
			defer tick.Stop()
			for range 200 {
				<-tick.C
				if hears() {
					return
				}
			}
			t.Fatalf("blocking %v, passing %v: b does not hear a; %+v", blocking, passing(), b.phone.Stats())
		}
		press := func(d string) {
			t.Helper()
			if err := a.phone.SendDigits(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			for _, p := range []*Port{a.port, b.phone} {
				select {
				case got := <-p.Digits():
					if string(got) != d {
						t.Errorf("digit %c, want %s", got, d)
					}
				case <-time.After(patience):
					t.Fatalf("blocking %v: digit %s did not come", blocking, d)
				}
			}
		}
		eventually(t, "passing through", passing)
		listen(400)
		press("1")
		untap := a.port.Tap(nil, noise{})
		eventually(t, "decoding", func() bool { return !passing() })
		listen(400)
		press("2")
		untap()
		eventually(t, "passing through again", passing)
		listen(400)
		press("3")
		leaveB()
		eventually(t, "b alone", func() bool { return br.Members() == 1 })
		br.Join(b.port)
		eventually(t, "passing through once more", passing)
		if err := a.port.Close(); err != nil { // with packets still coming
			t.Error(err)
		}
		if br.Members() != 1 {
			t.Error("a closed port is still in the bridge")
		}
	}
}
