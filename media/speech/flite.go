package speech

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"ringflow/media"
)

// flite is flite as a subprocess.
type flite struct{ program string }

// NewFlite finds flite.
func NewFlite() (Engine, error) {
	program, err := lookup("flite")
	if err != nil {
		return nil, err
	}
	return &flite{program}, nil
}

func (e *flite) Name() string { return "flite" }

func (e *flite) Speak(ctx context.Context, text, voice string) (clip *media.Clip, err error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("flite: %w", err)
		}
	}()
	// It goes back to write its header: its output must be a file.
	dir, err := os.MkdirTemp("", scratch)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "speech.wav")
	if _, err := command(ctx, plain(text), e.program, "-voice", parseVoice(voice).flite(), "-f", "/dev/stdin", "-o", out); err != nil {
		return nil, err
	}
	f, err := os.Open(out)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if i, err := f.Stat(); err != nil || i.Size() > maxOutput {
		return nil, fmt.Errorf("it wrote more than %d MB", maxOutput>>20)
	}
	return media.DecodeClip(f)
}
