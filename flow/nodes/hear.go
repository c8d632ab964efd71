package nodes

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"ringflow/flow"
)

// hear plays p unless a digit is there already, and waits for the first digit or
// for something that is said. ErrTimeout: neither came. Where nobody understands
// speech it waits for digits alone, and a prompt that can't be played is left out.
func hear(ctx context.Context, x *flow.Execution, p flow.Prompt, timeout time.Duration, words []string) (flow.Heard, error) {
	key, err := x.Line.Digit(ctx, 0)
	if !errors.Is(err, flow.ErrTimeout) {
		return flow.Heard{Key: key}, err
	}
	line, ok := x.Line.(flow.Hearing)
	if !ok {
		x.Logf("nobody understands speech here: only keys count")
		key, err := ask(ctx, x, p, timeout)
		return flow.Heard{Key: key}, err
	}
	if p.Empty() {
		x.Logf("waits %s for speech or digits, without a prompt", flow.Seconds(timeout))
	}
	listening := flow.Listening{Prompt: p, Timeout: timeout, Words: words}
	played(x, p)
	heard, err := line.Hear(ctx, listening)
	if unplayed(err) {
		x.Logf("that could not be heard: %v", err)
		listening.Prompt = flow.Prompt{}
		heard, err = line.Hear(ctx, listening)
	}
	if errors.Is(err, flow.ErrNoHearing) {
		x.Logf("%v: only keys count", err)
		if !listening.Prompt.Empty() {
			if key, err = x.Line.Play(ctx, p, anyDigit); key != 0 || err != nil && !unplayed(err) {
				return flow.Heard{Key: key}, err
			}
			if unplayed(err) {
				x.Logf("that could not be heard: %v", err)
			}
		}
		key, err = x.Line.Digit(ctx, timeout)
		return flow.Heard{Key: key}, err
	}
	return heard, err
}

// apostrophes of both kinds: phones write the round one.
var apostrophes = strings.NewReplacer("'", "", "’", "")

// spoken are the words of a text, as they are compared: small letters and digits.
func spoken(text string) []string {
	return strings.FieldsFunc(apostrophes.Replace(strings.ToLower(text)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
}

// phrases are the alternatives of a text, which commas divide.
func phrases(words string) []string {
	var all []string
	for _, p := range strings.Split(words, ",") {
		if p = strings.TrimSpace(p); len(spoken(p)) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// says tells whether a phrase is said in a text, word by word.
func says(text, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(text); i++ {
		same := true
		for j, w := range phrase {
			same = same && text[i+j] == w
		}
		if same {
			return true
		}
	}
	return false
}
