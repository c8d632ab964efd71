package session

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
)

const (
	// retainEvery is how often recordings that are too old are looked for.
	retainEvery = time.Hour
	// retainFirst is when that is done after a start, which has enough to do.
	retainFirst = time.Minute
	// retainBatch files are deleted in one go, then the calls have their turn for
	// retainPause.
	retainBatch = 50
	retainPause = time.Second
)

// Retention is what deleting old recordings asks of the database.
type Retention interface {
	// RetentionDays are those of the accounts that delete recordings at all, by id.
	RetentionDays(ctx context.Context) (map[string]int, error)
	Files(ctx context.Context, f endpoints.FileFilter) ([]*endpoints.File, int, error)
	DeleteFile(ctx context.Context, id string) error
}

// retain deletes recordings and voice messages that are older than their account
// keeps them, from one goroutine for all. Time is the real one, not an account's
// test clock.
func (s *Switchboard) retain() {
	for wait := retainFirst; ; wait = retainEvery {
		if !s.rest(wait) {
			return
		}
		days, err := s.Store.RetentionDays(s.ctx)
		if err != nil {
			s.log().Error("how long recordings are kept can't be read", zap.Error(err))
			continue
		}
		for account, n := range days {
			s.retainOf(account, n)
		}
	}
}

// rest waits, and is false when the server stops.
func (s *Switchboard) rest(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// retainOf deletes what an account keeps for so many days, in batches. What can't
// be deleted now is tried in an hour.
func (s *Switchboard) retainOf(account string, days int) {
	deleted := 0
	for {
		old, _, err := s.Store.Files(s.ctx, endpoints.FileFilter{
			List: endpoints.List{CountPerPage: retainBatch, Simplified: true}, AccountIDs: []string{account},
			Types: []endpoints.FileType{endpoints.CallRecording, endpoints.VoiceMessage}, End: time.Now().AddDate(0, 0, -days),
		})
		failed := err
		n := 0
		for _, f := range old {
			if failed = s.expire(f, days); failed != nil {
				break
			}
			n++
		}
		deleted += n
		if failed != nil && s.ctx.Err() == nil {
			s.log().Error("recordings that are too old can't be deleted; it is tried again in an hour", zap.String("account", account), zap.Error(failed))
		}
		if failed != nil || len(old) < retainBatch || !s.rest(retainPause) {
			break
		}
	}
	if deleted > 0 {
		s.log().Info("recordings were deleted, as they are older than the account keeps them", zap.String("account", account), zap.Int("days", days), zap.Int("files", deleted))
	}
}

// expire deletes a file: its row first, so that nothing lists what is not there.
// A note tells the next start what to do if this server dies in between.
func (s *Switchboard) expire(f *endpoints.File, days int) error {
	about, err := json.Marshal(unfinished{File: f, Gone: days})
	if err != nil {
		return err
	}
	if err := s.Blob.Note(f.ID, about); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, storeTime)
	defer cancel()
	if err := s.Store.DeleteFile(ctx, f.ID); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, s.Blob.Forget(f.ID))
	}
	if f.Type == endpoints.VoiceMessage {
		s.BoxChanged(f.UserID)
	}
	if err := s.Blob.Remove(f.ID); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // the note stays: the next start removes them
	}
	return errors.Join(tellExpired(ctx, s.Store, f, days), s.Blob.Forget(f.ID))
}

// logs are those of sessions that are over.
type logs interface {
	Record(ctx context.Context, id string) (*Record, error)
	SaveSessions(ctx context.Context, changes []Change) error
}

// tellExpired writes into the session's log, if it still is there, that its
// recording is not.
func tellExpired(ctx context.Context, db logs, f *endpoints.File, days int) error {
	if f.SessionID == "" {
		return nil
	}
	if _, err := db.Record(ctx, f.SessionID); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	what := "recording"
	if f.Type == endpoints.VoiceMessage {
		what = "voice message"
	}
	long := flow.Thousands(days) + " days"
	if days == 1 {
		long = "1 day"
	}
	return sayLater(ctx, db, f.SessionID, "The %s of %s, file %s, was deleted: the account keeps them for %s", what, seconds(f.RecordingDuration), f.ID, long)
}
