package main

import (
	"context"
	"fmt"
	"path/filepath"

	"go.uber.org/zap"

	"ringflow/session"
	"ringflow/store/blob"
)

// startBlobs opens the files' folder, and finishes what the last run was
// recording when it died.
func (s *server) startBlobs(ctx context.Context) error {
	var err error
	if s.blobs, err = blob.Open(filepath.Join(s.Config.Data, "files")); err != nil {
		return fmt.Errorf("files: %w", err)
	}
	s.closeLater(func() { s.blobs.Close() })
	n, err := session.Adopt(ctx, s.store, sessionBlobs{s.blobs}, s.openOutbox(), s.log.Named("session"))
	if err != nil {
		return fmt.Errorf("files: recordings of the last run: %w", err)
	}
	if n > 0 {
		s.log.Warn("recordings that the last run left unfinished were kept", zap.Int("recordings", n))
	}
	return nil
}

// sessionBlobs are the blobs in the words of session, which knows no store.
type sessionBlobs struct{ *blob.Folder }

func (b sessionBlobs) Create(id string) (session.BlobWriter, error) {
	w, err := b.Folder.Create(id)
	if err != nil {
		return nil, err
	}
	return w, nil
}

func (b sessionBlobs) Resume(id string) (session.BlobRepair, error) {
	w, err := b.Folder.Resume(id)
	if err != nil {
		return nil, err
	}
	return w, nil
}
