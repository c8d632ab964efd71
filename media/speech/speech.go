// Package speech makes speech of text, and text of speech.
//
// An Engine is one program or service that speaks: espeak-ng and flite as
// subprocesses, and any HTTP service of the form of OpenAI's
// /v1/audio/speech. A Speaker is what the house uses: it keeps what was spoken
// in memory and on disk, and asks its engines one after the other, so that a
// dead or slow one never holds up a call for more than Patience. A Recogniser
// understands speech: pocketsphinx, and any service of the form of OpenAI's
// /v1/audio/transcriptions; a Listener asks several in the same way.
package speech

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ringflow/media"
)

// Patience is how long all engines together may take for a text.
const Patience = 5 * time.Second

// MaxText bounds a text, in characters.
const MaxText = 5000

// ErrText: a text that can't be spoken, whatever the engine.
var ErrText = errors.New("text can't be spoken")

// Engine is one way to make speech.
type Engine interface {
	// Name tells engines apart: in the log, in the cache.
	Name() string
	// Speak gives the sound of a text. The voice is as a flow writes it; an
	// engine that does not know it takes its own. It returns soon after ctx
	// ends, with nothing left running.
	Speak(ctx context.Context, text, voice string) (*media.Clip, error)
}

func checkText(text string) error {
	switch {
	case !utf8.ValidString(text):
		return fmt.Errorf("%w: it is not UTF-8", ErrText)
	case utf8.RuneCountInString(text) > MaxText:
		return fmt.Errorf("%w: it has %d characters, %d are allowed", ErrText, utf8.RuneCountInString(text), MaxText)
	}
	return nil
}

// plain takes out what a program could take for more than text: control
// characters, and the [[ that begins phonemes in espeak-ng.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	return strings.ReplaceAll(text, "[[", "[ [")
}
