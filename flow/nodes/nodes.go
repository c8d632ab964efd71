// Package nodes holds the node types, a file each: import it for its side
// effect, which is to register them. Names of types, parameters and
// transitions are those of stored flows and never change.
package nodes

import (
	"context"
	"errors"
	"time"

	"ringflow/flow"
)

// anyDigit are the keys that stop a prompt where digits are asked for.
const anyDigit = "0123456789*#ABCD"

// answer takes the call, for a node that needs its audio.
func answer(ctx context.Context, x *flow.Execution) error {
	return x.Line.Answer(ctx) // the line tells when it is answered
}

// play plays p, once or until one of the keys in stopOn is pressed. A prompt
// that can't be played is told to the log and comes back as a *flow.PromptError.
func play(ctx context.Context, x *flow.Execution, p flow.Prompt, stopOn string) (rune, error) {
	if p.Empty() {
		return 0, nil
	}
	played(x, p)
	key, err := x.Line.Play(ctx, p, stopOn)
	if unplayed(err) {
		x.Logf("that could not be heard: %v", err)
	}
	return key, err
}

// played tells the log what is heard.
func played(x *flow.Execution, p flow.Prompt) {
	switch {
	case p.Empty():
	case p.File != "":
		x.Logf("played the file %s", p.File)
	case p.URL != "":
		x.Logf("played %s", p.URL)
	default:
		x.Logf("said %s", x.Quote(p.Text))
	}
}

// unplayed tells whether err is only a prompt that could not be played.
func unplayed(err error) bool {
	var p *flow.PromptError
	return errors.As(err, &p)
}

// ask plays p unless a digit is there already, and waits for the first digit.
// ErrTimeout: none came. A prompt that can't be played is left out.
func ask(ctx context.Context, x *flow.Execution, p flow.Prompt, timeout time.Duration) (rune, error) {
	key, err := x.Line.Digit(ctx, 0)
	if !errors.Is(err, flow.ErrTimeout) {
		return key, err
	}
	if p.Empty() {
		x.Logf("waits %s for digits, without a prompt", flow.Seconds(timeout))
	}
	key, err = play(ctx, x, p, anyDigit)
	if err != nil && !unplayed(err) {
		return 0, err
	}
	if key != 0 {
		return key, nil
	}
	return x.Line.Digit(ctx, timeout)
}
