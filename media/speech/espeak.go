package speech

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"ringflow/media"
)

// espeak is espeak-ng as a subprocess.
type espeak struct{ program string }

// NewEspeak finds espeak-ng.
func NewEspeak() (Engine, error) {
	program, err := lookup("espeak-ng")
	if err != nil {
		return nil, err
	}
	return &espeak{program}, nil
}

func (e *espeak) Name() string { return "espeak-ng" }

func (e *espeak) Speak(ctx context.Context, text, voice string) (*media.Clip, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	// -b 1: the text is UTF-8. The text comes by stdin: it is never an argument.
	args := []string{"--stdin", "--stdout", "-b", "1"}
	named := parseVoice(voice).espeak()
	if named != "" {
		args = append(args, "-v", named)
	}
	wav, err := command(ctx, plain(text), e.program, args...)
	// It refuses some unknown voices, and dies of others (1.51: "alloy").
	var bad *programError
	if named != "" && errors.As(err, &bad) {
		wav, err = command(ctx, plain(text), e.program, args[:4]...)
	}
	if err != nil {
		return nil, fmt.Errorf("espeak-ng: %w", err)
	}
	clip, err := media.DecodeClip(bytes.NewReader(wav))
	if err != nil {
		return nil, fmt.Errorf("espeak-ng: %w", err)
	}
	return clip, nil
}
