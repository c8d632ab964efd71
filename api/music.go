package api

import "context"

// setMusic sets the music that who waits hears, if it is given: a file of the
// account, or nothing.
func (s *Server) setMusic(ctx context.Context, account string, to, id *string) error {
	return s.ownFile(ctx, account, "musicOnHoldFileId", to, id)
}
