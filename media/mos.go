package media

import "time"

// mos estimates how a listener would rate the sound, 1 to 4.5, by the E-model
// (ITU-T G.107) with G.711 and packet loss concealment (G.113 Appendix I: Ie 0,
// Bpl 25.1). lossPercent is random loss, delay is one way, mouth to ear.
func mos(lossPercent float64, delay time.Duration) float64 {
	const base, ie, bpl = 93.2, 0.0, 25.1
	d := float64(delay) / float64(time.Millisecond)
	id := 0.024 * d
	if d > 177.3 {
		id += 0.11 * (d - 177.3)
	}
	r := base - id - (ie + (95-ie)*lossPercent/(lossPercent+bpl))
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return 1 + 0.035*r + r*(r-60)*(100-r)*7e-6
}
