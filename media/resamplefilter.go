package media

import "math"

// filter is a bank of phases of taps coefficients each.
type filter struct {
	up, down int
	phases   int // up, or fewPhases: then the nearest one is taken
	taps     int
	bank     []float32 // phase after phase; in the order of the samples
}

// The usual pairs of rates need 640 phases at most. For odd ones, such as
// 44,101 Hz to 8,000, fewPhases are near enough.
const (
	maxPhases = 640
	fewPhases = 256
)

// newFilter designs a low pass for the lower of the two rates. The pass band
// ends at 0.45 of it and the stop band begins at 0.55, so that what folds back
// lands above the pass band.
func newFilter(from, to int) *filter {
	g := gcd(from, to)
	f := &filter{up: to / g, down: from / g}
	if f.phases = f.up; f.up > maxPhases {
		f.phases = fewPhases
	}
	if f.up == f.down {
		f.taps, f.bank = 1, []float32{1}
		return f
	}
	const (
		stop  = 80.0 // dB
		pass  = 0.45
		edge  = 0.55
		beta  = 0.1102 * (stop - 8.7)
		width = edge - pass
	)
	lower := float64(min(from, to)) / float64(from) // of the input rate
	// Kaiser's estimate of the length, in input samples.
	n := (stop - 8) / (2.285 * 2 * math.Pi * width * lower)
	f.taps = (int(math.Ceil(n)) + 1) &^ 1
	f.bank = make([]float32, f.phases*f.taps)
	middle := float64(f.taps) / 2
	for p := range f.phases {
		sum := 0.0
		row := f.bank[p*f.taps : (p+1)*f.taps]
		h := make([]float64, f.taps)
		for k := range h {
			// x is the distance, in input samples, of sample k from the output.
			x := float64(k) + 1 - middle - float64(p)/float64(f.phases)
			h[k] = sinc(x*lower) * kaiser(x/middle, beta)
			sum += h[k]
		}
		for k := range h { // each phase has gain 1 at 0 Hz
			row[k] = float32(h[k] / sum)
		}
	}
	return f
}

func (f *filter) apply(phase int, in []int16) int16 {
	if f.phases != f.up {
		phase = phase * f.phases / f.up
	}
	row := f.bank[phase*f.taps : (phase+1)*f.taps]
	in = in[:len(row)]
	var a, b float32
	for k := 0; k+1 < len(row); k += 2 {
		a += row[k] * float32(in[k])
		b += row[k+1] * float32(in[k+1])
	}
	if len(row)&1 == 1 {
		a += row[len(row)-1] * float32(in[len(row)-1])
	}
	return round16(a + b)
}

func round16(v float32) int16 {
	switch {
	case v >= 32767:
		return 32767
	case v <= -32768:
		return -32768
	case v >= 0:
		return int16(v + 0.5)
	}
	return int16(v - 0.5)
}

// add16 adds without wrapping round.
func add16(a, b int16) int16 {
	return int16(max(-32768, min(32767, int32(a)+int32(b))))
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the window at x from −1 to 1.
func kaiser(x, beta float64) float64 {
	if x < -1 || x > 1 {
		return 0
	}
	return bessel(beta*math.Sqrt(1-x*x)) / bessel(beta)
}

// bessel is the modified Bessel function of the first kind, order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= (x / 2 / k) * (x / 2 / k)
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
