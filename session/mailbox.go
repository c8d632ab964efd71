package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
)

var _ flow.Mailbox = (*line)(nil)

// maxMessages of a box are listened to in one visit.
const maxMessages = 500

// OpenBox implements flow.Mailbox.
func (l *line) OpenBox(ctx context.Context, b flow.Box, pin string) (bool, error) {
	e, err := l.s.Store.Endpoint(ctx, b.ID) // as it is now: the PIN may just have been changed
	if err != nil {
		return false, err
	}
	if !l.s.pins.mayTry(e.ID, e.Voicemail.PINHash, time.Now()) {
		l.s.log().Warn("a voicemail box is locked: too many wrong PINs", zap.String("endpoint", e.ID), zap.String("session", l.call.id), zap.String("from", l.call.session.FromAddress))
		return false, flow.ErrBoxLocked
	}
	if !e.Voicemail.Opens(pin) {
		return false, nil
	}
	l.s.pins.right(e.ID)
	return true, nil
}

// Messages implements flow.Mailbox.
func (l *line) Messages(ctx context.Context, b flow.Box) ([]flow.LeftMessage, error) {
	var all []flow.LeftMessage
	for _, unread := range []bool{true, false} {
		fs, _, err := l.s.Store.Files(ctx, endpoints.FileFilter{
			List: endpoints.List{CountPerPage: maxMessages - len(all), Simplified: true}, AccountIDs: []string{l.call.account},
			UserID: b.ID, Types: []endpoints.FileType{endpoints.VoiceMessage}, Unread: &unread,
		})
		if err != nil {
			return nil, fmt.Errorf("voice messages: %w", err)
		}
		for _, f := range fs {
			all = append(all, flow.LeftMessage{ID: f.ID, From: f.FromAddress, Name: f.FromName, At: f.DateCreated, New: f.Unread})
		}
		if len(all) >= maxMessages {
			break
		}
	}
	return all, nil
}

// SaveMessage implements flow.Mailbox.
func (l *line) SaveMessage(ctx context.Context, b flow.Box, id string) error {
	err := l.s.Store.MarkMessage(ctx, id, false)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l.s.BoxChanged(b.ID)
	return nil
}

// DeleteMessage implements flow.Mailbox: it is gone at once.
func (l *line) DeleteMessage(ctx context.Context, b flow.Box, id string) error {
	if err := Erase(ctx, l.s.Store, l.s.Blob, id, l.s.log()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l.s.BoxChanged(b.ID)
	l.journal.say("The voice message %s was deleted by phone", id)
	return nil
}

// ForwardMessage implements flow.Mailbox: the other box gets a file of its own,
// as durable as a message that was left there.
func (l *line) ForwardMessage(ctx context.Context, _ flow.Box, id string, to flow.Box) error {
	f, err := l.s.Store.File(ctx, id)
	if err != nil {
		return err
	}
	if f.AccountID != l.call.account {
		return fmt.Errorf("voice message %s: %w", id, fs.ErrNotExist)
	}
	copied := *f
	copied.Entity = endpoints.Entity{ID: endpoints.NewID(), CreatedBy: "system"}
	copied.UserID, copied.Unread, copied.SessionID = to.ID, true, l.call.id
	if err := Announce(l.s.Blob, copied.ID); err != nil {
		return err
	}
	if err := l.s.copyBlob(id, copied.ID); err != nil {
		return errors.Join(err, forget(l.s.Blob, copied.ID))
	}
	if err := l.s.Store.PutFile(ctx, &copied); err != nil {
		return errors.Join(err, l.s.Blob.Remove(copied.ID), forget(l.s.Blob, copied.ID))
	}
	l.s.BoxChanged(to.ID)
	return forget(l.s.Blob, copied.ID)
}

// copyBlob makes the bytes of one file those of another, too.
func (s *Switchboard) copyBlob(from, to string) error {
	r, _, err := s.Blob.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := s.Blob.Create(to)
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // after Commit it does nothing, before it all is thrown away
	if _, err := io.Copy(w, r); err != nil {
		return err
	}
	_, err = w.Commit()
	return err
}

// SetGreeting implements flow.Mailbox. The recording becomes an upload of the
// owner's, which no retention deletes.
func (l *line) SetGreeting(ctx context.Context, b flow.Box, file string) error {
	if file != "" {
		err := endpoints.ErrStale
		for tries := 0; tries < 5 && errors.Is(err, endpoints.ErrStale); tries++ { // it may be transcribed just now
			var f *endpoints.File
			if f, err = l.s.Store.File(ctx, file); err != nil {
				return err
			}
			own := *f
			own.Type, own.UserID = endpoints.Upload, b.ID
			err = l.s.Store.PutFile(ctx, &own)
		}
		if err != nil {
			return err
		}
	}
	err := l.s.Store.ChangeVoicemail(ctx, b.ID, func(v *endpoints.Voicemail) error {
		v.GreetingFileID = file
		if file == "" {
			v.Greeting = ""
		}
		return nil
	})
	return err
}

// SetPIN implements flow.Mailbox.
func (l *line) SetPIN(ctx context.Context, b flow.Box, pin string) error {
	if endpoints.CheckPIN(pin) != nil {
		return flow.ErrBadPIN
	}
	return l.s.Store.ChangeVoicemail(ctx, b.ID, func(v *endpoints.Voicemail) error { return v.SetPIN(pin) })
}
