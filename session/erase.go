package session

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// Erasing is what Erase asks of the database.
type Erasing interface {
	DeleteFile(ctx context.Context, id string) error
}

// Erasable is what Erase and Announce ask of the folder of blobs.
type Erasable interface {
	Note(id string, about []byte) error
	Forget(id string) error
	Remove(id string) error
}

// Erase deletes a file, row first, so that nothing lists what is not there. It is over
// when the row has gone: bytes that this server can't remove any more, or can't now,
// which is logged, the next start removes. fs.ErrNotExist: the row had gone before.
func Erase(ctx context.Context, db Erasing, blobs Erasable, id string, log *zap.Logger) error {
	if err := Announce(blobs, id); err != nil {
		return err
	}
	gone := db.DeleteFile(ctx, id)
	if gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		return errors.Join(gone, forget(blobs, id))
	}
	err := blobs.Remove(id)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = forget(blobs, id)
	}
	if err != nil {
		log.Warn("the bytes of a deleted file stay until the next start", zap.String("file", id), zap.Error(err))
	}
	return gone
}

// Announce notes that the bytes of this id count for nothing without a row: it comes
// before bytes whose row is yet to be put, and before a row goes. Should this server
// die, the next start looks whether there is a row and else throws the bytes away.
// Whoever is done with it has the note forgotten.
func Announce(blobs Erasable, id string) error {
	about, err := json.Marshal(unfinished{File: &endpoints.File{Entity: endpoints.Entity{ID: id}}, Unlisted: true})
	if err != nil {
		return err
	}
	return blobs.Note(id, about)
}

// forget removes a note that another one may have removed.
func forget(blobs Erasable, id string) error {
	if err := blobs.Forget(id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
