package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
)

// urlFor is how long audio from an address is kept before it is fetched anew.
const urlFor = 5 * time.Minute

// endless plays a clip over and over.
const endless = -1

// source makes p audible, once.
func (c *call) source(ctx context.Context, p flow.Prompt) (media.Source, error) {
	clip, err := c.clip(ctx, p)
	if err != nil {
		return nil, err
	}
	return clip.Source(1), nil
}

// loop makes p audible until it is stopped.
func (c *call) loop(ctx context.Context, p flow.Prompt) (media.Source, error) {
	clip, err := c.clip(ctx, p)
	if err != nil {
		return nil, err
	}
	return clip.Source(endless), nil
}

// clip is the sound of a prompt: of a file or an address through the shared
// cache, of a text by the speech engines, which keep what they made.
func (c *call) clip(ctx context.Context, p flow.Prompt) (*media.Clip, error) {
	s := c.s
	switch {
	case p.File != "":
		f, err := c.ownFile(ctx, p.File)
		if err != nil {
			return nil, err
		}
		key := fmt.Sprintf("file %s %d", p.File, f.DateLastModified.UnixMicro()) // its bytes may have been replaced
		return s.Clips.Load(ctx, key, func() (io.ReadCloser, error) {
			r, _, err := s.Blob.Open(p.File)
			return r, err
		})
	case p.URL != "":
		key := fmt.Sprintf("url %d %s", time.Now().Unix()/int64(urlFor/time.Second), p.URL)
		return s.Clips.Load(ctx, key, func() (io.ReadCloser, error) { return fetchAudio(ctx, s.HTTP, p.URL) })
	case p.Text == "":
		return nil, errors.New("there is nothing to play")
	case s.Speech == nil:
		return nil, errors.New("no speech engine is set up")
	}
	voice := p.Voice
	if voice == "" {
		voice = c.settings.Voice
	}
	return s.Speech.Speak(ctx, p.Text, voice)
}

// ownFile makes sure that a flow plays its own account's files only.
func (c *call) ownFile(ctx context.Context, id string) (*endpoints.File, error) {
	f, err := c.s.cache.file(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("audio file %.64q: %w", id, err)
	}
	if f.AccountID != c.account {
		return nil, fmt.Errorf("there is no audio file %s", id)
	}
	return f, nil
}
