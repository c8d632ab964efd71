package session

import (
	"context"
	"fmt"
	"io/fs"

	"ringflow/flow"
	"ringflow/media"
)

// mostTranscribed is the largest recording that is transcribed, in bytes: what is
// decoded is in memory. It is more than an hour of one channel.
const mostTranscribed = 64 << 20

// transcribed makes the transcription that a branch waits for, unless it is there
// from a run that died. False: there is none, and the branch does not run.
func (c *call) transcribed(ctx context.Context, b *flow.Branch) bool {
	if b.Transition != flow.TranscriptionReady || b.Session.Transcription != "" {
		return true
	}
	text, err := c.transcribe(ctx, b.Session.RecordingFileID)
	switch {
	case err != nil:
		c.journal.say("The recording can't be transcribed: %s", err)
	case text == "":
		c.journal.say("Nothing was understood of what is said in the recording")
	default:
		c.journal.say("The recording is transcribed: %d characters", len([]rune(text)))
	}
	b.Session.Transcription = text
	return err == nil && text != ""
}

// transcribe gives what is said in a file of the account, and keeps it with the file.
func (c *call) transcribe(ctx context.Context, id string) (string, error) {
	f, err := c.s.Store.File(ctx, id)
	switch {
	case err != nil:
		return "", err
	case f.AccountID != c.account:
		return "", fmt.Errorf("file %q: %w", id, fs.ErrNotExist)
	case f.Transcription != "":
		return f.Transcription, nil
	case !c.s.hears():
		return "", flow.ErrNoHearing
	case f.ContentLength > mostTranscribed:
		return "", fmt.Errorf("it has %d MB, up to %d are transcribed", f.ContentLength>>20, mostTranscribed>>20)
	}
	text, err := c.s.Ears.Transcribe(ctx, func() (*media.Clip, error) {
		r, _, err := c.s.Blob.Open(id)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return media.DecodeClip(r)
	})
	if err != nil || text == "" {
		return "", err
	}
	return text, c.s.Store.SetTranscription(ctx, id, text)
}
