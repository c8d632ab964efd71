package media

import "time"

// relayDigits presses for those who hear a member what it pressed, for as long.
func (b *Bridge) relayDigits(now time.Time) {
	for _, p := range b.members {
		var held, released bool
		b.relay, held, released = p.pressed(b.relay[:0], now)
		if len(b.relay) == 0 && !released {
			continue
		}
		for _, q := range b.members {
			switch {
			case q == p || p.part.OwnDigits || !p.heardBy(q):
			case released:
				q.releaseDigit()
			default:
				_, _ = q.queueDigits(b.relay, held) // a full queue loses them
			}
		}
	}
}

// pressed takes the digits that others in the bridge have not got yet. held:
// the last of them is still down; released: there are none, and the one that
// was down came up.
func (p *Port) pressed(to []byte, now time.Time) (events []byte, held, released bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	in := &p.in
	if in.down == fromEvent && now.Sub(in.downAt) > digitLapse {
		in.down = 0
	}
	n := in.presses
	to = append(to, in.press[:n]...)
	in.presses = 0
	held = in.down != 0
	released = in.holding && !held && n == 0
	if n > 0 || released {
		in.holding = held
	}
	return to, held, released
}

// releaseDigits lets every key up that somebody in the bridge holds down for
// another, as who holds which for whom is not kept.
func (b *Bridge) releaseDigits() {
	for _, p := range b.members {
		p.releaseDigit()
	}
}

func (p *Port) releaseDigit() {
	p.mu.Lock()
	p.out.events.release()
	p.mu.Unlock()
}
