package flow

import (
	"context"
	"fmt"
	"time"
)

// Keypad is a Line that can press keys for the party: as telephone-event (RFC
// 4733), or as tones where the party has none. It is asked only on an answered call.
type Keypad interface {
	// SendDigits returns when all are sent, or with the cause when ctx ends; w is
	// DigitPause.
	SendDigits(ctx context.Context, digits string) error
}

// Times of digits that are sent, and how many they may be.
const (
	DigitPause    = 500 * time.Millisecond // w
	DigitLength   = 240 * time.Millisecond // a digit with the pause behind it
	MaxDigitsSent = 200
)

// CheckDigits tells what of a text is no digit that can be sent; it is a form for
// Param.Formed.
func CheckDigits(digits string) error {
	n := 0
	for _, d := range digits {
		switch {
		case d >= '0' && d <= '9', d == '*', d == '#', d >= 'A' && d <= 'D', d >= 'a' && d <= 'd', d == 'w', d == 'W':
			n++
		case d != ' ':
			return fmt.Errorf("%q is no digit: there are 0 to 9, *, #, A to D, and w for a pause of half a second", d)
		}
	}
	if n > MaxDigitsSent {
		return fmt.Errorf("there are %d digits; %d are allowed", n, MaxDigitsSent)
	}
	return nil
}
