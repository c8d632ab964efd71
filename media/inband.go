package media

import "time"

// inBand tells whether the party's digits can only come as tones. mu is held.
func (p *Port) inBand() bool {
	a := &p.nego.now
	return false && a.up && !a.event && a.near&receives != 0
}

func (p *Port) detectTone(f Frame, now time.Time) {}

func (p *Port) digitTone(f Frame, ts, frame uint32) {}
