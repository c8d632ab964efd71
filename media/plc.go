package media

// concealer invents what a lost packet would have said (as ITU-T G.711
// Appendix I does): the last pitch period again and again, fading out over
// 60 ms, and blended into what comes after. It is pure and allocates nothing
// after newConcealer.
type concealer struct {
	rate  int
	hist  []int16 // the last sound, newest last
	pitch int     // samples of a period, while concealing
	at    int     // where in the period we are
	lost  int     // frames concealed in a row
	tail  []int16 // continuation, to blend with the next good frame
}

func newConcealer(rate int) *concealer {
	return &concealer{rate: rate, hist: make([]int16, rate*45/1000), tail: make([]int16, rate/200)}
}

// good takes a frame that really came, and blends its first 5 ms with what was
// invented before it.
func (c *concealer) good(f Frame) {
	if c.lost > 0 {
		c.next(c.tail)
		for i := range min(len(c.tail), len(f)) {
			w := int32(i+1) * 256 / int32(len(c.tail)+1)
			f[i] = int16((int32(f[i])*w + int32(c.tail[i])*(256-w)) >> 8)
		}
		c.lost = 0
	}
	c.remember(f)
}

// conceal fills a frame that did not come.
func (c *concealer) conceal(f Frame) {
	if c.lost == 0 {
		c.pitch, c.at = c.period(), 0
	}
	c.next(f)
	c.lost++
}

// silence tells that there is nothing to go on with.
func (c *concealer) silence() {
	if c.lost > 0 || c.pitch != 0 {
		clear(c.hist)
		c.lost, c.pitch = 0, 0
	}
}

func (c *concealer) remember(f []int16) {
	if len(f) >= len(c.hist) {
		copy(c.hist, f[len(f)-len(c.hist):])
		return
	}
	copy(c.hist, c.hist[len(f):])
	copy(c.hist[len(c.hist)-len(f):], f)
}

// next goes on with the last period. The gain falls in a line from full after
// 10 ms to nothing after 60 ms.
func (c *concealer) next(out []int16) {
	last := c.hist[len(c.hist)-c.pitch:]
	keep, end := c.rate/100, c.rate*60/1000
	for i := range out {
		gain := int32(256)
		if c.at >= end {
			gain = 0
		} else if c.at > keep {
			gain = int32(256 * (end - c.at) / (end - keep))
		}
		out[i] = int16(int32(last[c.at%c.pitch]) * gain >> 8)
		c.at++
	}
}

// period finds the lag, of 5 to 15 ms, at which the last 20 ms look most like
// what was before them.
func (c *concealer) period() int {
	from, to, window := c.rate/200, c.rate*15/1000, c.rate/50
	n := len(c.hist)
	best, bestScore := to, -1.0
	step := max(1, c.rate/8000) // a wider band needs no finer pitch
	for lag := from; lag <= to; lag += step {
		var cross, energy float64
		for i := n - window; i < n; i += step {
			a, b := float64(c.hist[i]), float64(c.hist[i-lag])
			cross += a * b
			energy += b * b
		}
		if cross <= 0 || energy == 0 {
			continue
		}
		if score := cross * cross / energy; score > bestScore {
			best, bestScore = lag, score
		}
	}
	return best
}
