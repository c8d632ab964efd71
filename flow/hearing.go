package flow

import (
	"context"
	"errors"
	"time"
)

// Hearing is a Line that understands speech. It is asked only on an answered call.
type Hearing interface {
	// Hear plays the prompt and waits after it until a key is pressed, or the
	// party has said something: what it says stops the prompt as a key does.
	// ErrTimeout: neither came. ErrNoHearing, at once: nobody here understands
	// speech. A prompt that can't be played is a *PromptError, at once.
	Hear(ctx context.Context, l Listening) (Heard, error)
}

// ErrNoHearing tells that there is nobody who could understand speech.
var ErrNoHearing = errors.New("no speech recogniser is set up")

// Listening says what to listen for.
type Listening struct {
	Prompt  Prompt        // may be empty
	Timeout time.Duration // once the prompt is over
	Words   []string      // words and phrases that are expected
}

// Heard is what came: a key, or speech.
type Heard struct {
	Key  rune   // 0: something was said
	Text string // as it was understood; empty: it was not
	Err  error  // why it could not be
}

// TranscriptionReady is the transition of a recording of which is known what is
// said in it. Who runs branches makes the transcription first, keeps it with the
// file and in the branch's Session, and drops the branch where there is none.
const TranscriptionReady = "Transcription Ready"
