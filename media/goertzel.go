package media

import "math"

// DigitDetector hears digits in sound, after ITU-T Q.24: both tones strong
// enough, neither too strong beside the other (twist), each alone in its
// group, both together nearly all that is heard, and steady, for two blocks of
// 12.75 ms and more. It is for one stream and one goroutine; Detect allocates nothing.
//
// Speech is told from digits by what else it has: harmonics, power outside of
// the eight tones, and levels that move. A block that fails any test is none.
type DigitDetector struct {
	rate  int
	block int // samples, 102 at 8 kHz
	n     int // samples of this block so far
	power float64
	bin   [12]goertzel // four rows, four columns, then the columns' second harmonics

	last  rune       // what the blocks before were; 0: no digit
	tones [2]float64 // of the last block, squared magnitudes
	run   int        // blocks of last in a row
	need  int        // of them to begin a digit
	gap   int        // blocks without digit, or with another one
	heard rune       // the digit that is on; 0: none
}

type goertzel struct{ c, s1, s2 float64 }

func (g *goertzel) add(x float64) { g.s1, g.s2 = x+g.c*g.s1-g.s2, g.s1 }

// take gives the squared magnitude and begins again.
func (g *goertzel) take() float64 {
	p := g.s1*g.s1 + g.s2*g.s2 - g.c*g.s1*g.s2
	g.s1, g.s2 = 0, 0
	return p
}

const (
	digitBlock     = 102   // samples at 8 kHz
	digitLeast     = -36.0 // dBFS of one tone
	digitTwist     = 6.31  // 8 dB, the high tone louder
	digitReverse   = 4.0   // 6 dB, the low tone louder
	digitAlone     = 6.31  // 8 dB over each other tone of its group
	digitShare     = 0.76  // of all power is in the two tones, were they off by 1.5 %
	digitClean     = 0.92  // the same, of tones as they should be
	digitSteady    = 2.0   // 3 dB from block to block
	digitHarmonic  = 10.0  // 10 dB over the second harmonic of the high tone
	digitBlocksOn  = 2     // clean ones in a row begin a digit: 26 to 38 ms of it
	digitBlocksOdd = 3     // so many if one is not clean
	digitBlocksOff = 2     // in a row end it
)

// NewDigitDetector hears frames of that rate in Hz.
func NewDigitDetector(rate int) *DigitDetector {
	d := &DigitDetector{rate: rate, block: digitBlock * rate / 8000}
	for i := range 4 {
		// The rows' second harmonics are too near to the columns to be told apart.
		for j, hz := range [3]float64{digitRows[i], digitColumns[i], 2 * digitColumns[i]} {
			d.bin[4*j+i].c = 2 * math.Cos(2*math.Pi*hz/float64(rate))
		}
	}
	return d
}

// Detect hears a frame, and tells the digit that began in it, once for each
// press; 0: none.
func (d *DigitDetector) Detect(f Frame) (digit rune) {
	for _, s := range f {
		x := float64(s)
		d.power += x * x
		for i := range d.bin {
			d.bin[i].add(x)
		}
		if d.n++; d.n == d.block {
			if began := d.step(d.judge()); began != 0 {
				digit = began
			}
		}
	}
	return digit
}

// Pressed is the digit whose tone is on, from the block that made sure of it;
// 0: none. It is over 25 ms after its tone.
func (d *DigitDetector) Pressed() rune { return d.heard }

// Sounding tells whether what was heard last is a digit's tone or looks like the
// beginning of one, which a second look will tell.
func (d *DigitDetector) Sounding() bool { return d.heard != 0 || d.last != 0 }

// step follows the blocks: a digit begins with two alike in a row, and is over
// after two that are something else.
func (d *DigitDetector) step(now rune, tones [2]float64, clean bool) (began rune) {
	steady := now == d.last && within(tones[0], d.tones[0]) && within(tones[1], d.tones[1])
	if !steady {
		d.run, d.need = 0, digitBlocksOn
	}
	d.run++
	if !clean {
		d.need = digitBlocksOdd
	}
	d.last, d.tones = now, tones
	if d.heard != 0 && now == d.heard {
		d.gap = 0
		return 0
	}
	if d.heard != 0 {
		if d.gap++; d.gap >= digitBlocksOff {
			d.heard, d.gap = 0, 0
		}
	}
	if d.heard == 0 && now != 0 && d.run >= d.need {
		d.heard = now
		return now
	}
	return 0
}

func within(a, b float64) bool { return a < b*digitSteady && b < a*digitSteady }

// judge ends a block and tells its digit, how strong its tones are, and
// whether there is hardly anything else.
func (d *DigitDetector) judge() (digit rune, tones [2]float64, clean bool) {
	var p [12]float64
	for i := range d.bin {
		p[i] = d.bin[i].take()
	}
	power, n := d.power, float64(d.block)
	d.power, d.n = 0, 0

	row, column := strongest(p[0:4]), strongest(p[4:8])
	low, high := p[row], p[4+column]
	tones = [2]float64{low, high}
	share := (low + high) * 2 / n / max(power, 1)
	// A sine of peak A has a squared magnitude of (A·n/2)² and a power of n·A²/2.
	least := math.Pow(10, digitLeast/10) * 32768 * 32768 * 2 * (n / 2) * (n / 2)
	switch {
	case low < least || high < least:
		return 0, tones, false
	case high > low*digitTwist || low > high*digitReverse:
		return 0, tones, false
	case share < digitShare:
		return 0, tones, false
	case p[8+column]*digitHarmonic > high:
		return 0, tones, false
	}
	for i := range 4 {
		if i != row && p[i]*digitAlone > low || i != column && p[4+i]*digitAlone > high {
			return 0, tones, false
		}
	}
	return rune(digitKeys[4*row+column]), tones, share >= digitClean
}

func strongest(p []float64) (at int) {
	for i, v := range p {
		if v > p[at] {
			at = i
		}
	}
	return at
}
