package api

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"ringflow/endpoints"
)

// setMusic sets the music that who waits hears, if it is given: a file of the
// account, or nothing.
func (s *Server) setMusic(ctx context.Context, account string, to, id *string) error {
	if id == nil {
		return nil
	}
	*to = strings.TrimSpace(*id)
	if *to == "" {
		return nil
	}
	f, err := s.Store.File(ctx, *to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || f.AccountID != account {
		return &endpoints.Invalid{Field: "musicOnHoldFileId", Text: "there is no such file in the account"}
	}
	return nil
}
