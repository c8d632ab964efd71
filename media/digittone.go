package media

import (
	"fmt"
	"time"
)

// The rows and columns of a telephone's keys, ITU-T Q.23.
var (
	digitRows    = [4]float64{697, 770, 852, 941}
	digitColumns = [4]float64{1209, 1336, 1477, 1633}
)

const digitKeys = "123A456B789C*0#D"

// DigitTones sounds digits as a telephone does, each for on, with off between
// them; 0 means 100 ms for either. A w is a pause of half a second.
func DigitTones(digits string, on, off time.Duration) (Source, error) {
	if on <= 0 {
		on = 100 * time.Millisecond
	}
	if off <= 0 {
		off = 100 * time.Millisecond
	}
	s := &signal{level: 2 * toneLevel, ramp: 8}
	for _, d := range digits {
		if d == 'w' || d == 'W' {
			s.parts = append(s.parts, part{d: 500 * time.Millisecond})
			continue
		}
		row, column, ok := digitTone(d)
		if !ok {
			return nil, fmt.Errorf("%w: %q", ErrBadDigit, d)
		}
		s.parts = append(s.parts, part{[2]float64{digitRows[row], digitColumns[column]}, on}, part{d: off})
	}
	return s, nil
}

func digitTone(d rune) (row, column int, ok bool) {
	if d >= 'a' && d <= 'd' {
		d -= 'a' - 'A'
	}
	for i, k := range digitKeys {
		if k == d {
			return i / 4, i % 4, true
		}
	}
	return 0, 0, false
}
