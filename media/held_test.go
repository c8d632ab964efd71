package media

import (
	"testing"
	"time"
)

// Held tells of each change, and of nothing else.
func TestHeld(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.pair(PortOptions{})
		again := func(hold bool) {
			t.Helper()
			a.SetHold(hold)
			offer, err := a.Offer()
			if err != nil {
				t.Fatal(err)
			}
			answer, err := b.Answer(offer)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Accept(answer); err != nil {
				t.Fatal(err)
			}
		}
		told := func() bool {
			select {
			case <-b.Held():
				return true
			default:
				return false
			}
		}
		time.Sleep(time.Second)
		if told() || b.OnHold() {
			t.Error("held before anybody was")
		}
		for _, row := range []struct{ hold, told bool }{{true, true}, {true, false}, {false, true}, {false, false}, {true, true}} {
			again(row.hold)
			if got := told(); got != row.told || b.OnHold() != row.hold {
				t.Errorf("hold %v: told %v, on hold %v", row.hold, got, b.OnHold())
			}
		}
		if a.OnHold() {
			t.Error("who holds is not held")
		}
	})
}
