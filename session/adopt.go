package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/media"
)

// unfinished is the note beside a recording in the making.
type unfinished struct {
	File   *endpoints.File // the row, but for its length
	Stereo bool            // two sides
	Gone   int             // it is being deleted, as it is older than so many days; 0: it isn't
	Call   bool            // of a call; a party alone must be heard for it to be kept
	Mail   bool            // a message whose owner is told by e-mail

	Unlisted   bool // thrown away if there is no row: see Announce
	Transcribe bool // it is transcribed, a message before it is sent
	Hearings   int  // how many starts have left it to the switchboard to transcribe
}

// Remains are the blobs that a dead server left.
type Remains interface {
	Blob
	// Unfinished are the ids of those in the making, or with a note.
	Unfinished() ([]string, error)
	// About is a blob's note.
	About(id string) ([]byte, error)
	// Resume opens one in the making; fs.ErrNotExist if it isn't.
	Resume(id string) (BlobRepair, error)
}

// BlobRepair is a blob in the making that can be put right.
type BlobRepair interface {
	BlobWriter
	io.Reader
	io.ReaderAt
	io.WriterAt
	// Leave closes it and leaves it as it is.
	Leave() error
}

// Lists is what Adopt asks of the database.
type Lists interface {
	File(ctx context.Context, id string) (*endpoints.File, error)
	PutFile(ctx context.Context, f *endpoints.File) error
	DeleteFile(ctx context.Context, id string) error
	Record(ctx context.Context, id string) (*Record, error)
	SaveSessions(ctx context.Context, changes []Change) error
	addresses
}

// Adopt finishes what a dead server was recording: what holds a second of sound
// is put right and listed as if the call had just ended, and the session's log
// says so; anything else in the making is thrown away. Call it before the first
// call. One that can't be finished stays for the next start and is logged. E-mails
// of voice messages that had not been sent are (mail nil: none is), but for those that
// the switchboard is to transcribe before, when it starts. It tells how many it kept.
func Adopt(ctx context.Context, db Lists, blobs Remains, mail Mailer, log *zap.Logger) (int, error) {
	ids, err := blobs.Unfinished()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, id := range ids {
		kept, err := (&adoption{db: db, blobs: blobs, mail: mail, id: id}).run(ctx)
		if err != nil {
			log.Error("a recording of the last run can't be finished; it is tried again at the next start", zap.String("file", id), zap.Error(err))
		} else if kept {
			n++
		}
	}
	return n, nil
}

// adoption is that of one blob. It may die at any point and begin anew.
type adoption struct {
	db    Lists
	blobs Remains
	mail  Mailer
	id    string
	note  unfinished
	cut   bool // the server died while it was in the making
}

func (a *adoption) run(ctx context.Context) (kept bool, err error) {
	about, err := a.blobs.About(a.id)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err != nil || json.Unmarshal(about, &a.note) != nil || a.note.File == nil {
		// An upload, whose client was never told that it is kept, or a
		// recording that had not begun.
		return false, a.discard(err == nil)
	}
	if a.note.Gone > 0 {
		return false, a.bury(ctx)
	}
	if f, err := a.db.File(ctx, a.id); err == nil { // it died between row and Forget
		a.note.File = f
		return false, a.settle(ctx)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if a.note.Unlisted {
		if err := a.remove(); err != nil {
			return false, err
		}
		return false, a.discard(true)
	}
	size, err := a.finish()
	switch {
	case err != nil:
		return false, err
	case size > 0:
		return a.list(ctx, size)
	case a.cut:
		err = a.say(ctx, "The server failed while it recorded less than a second of sound: not kept")
	}
	return false, errors.Join(err, a.blobs.Forget(a.id))
}

// channels of the file.
func (a *adoption) channels() int {
	if a.note.Stereo {
		return 2
	}
	return 1
}

// finish makes the blob whole, and returns its size: 0 if nothing of it is
// worth keeping.
func (a *adoption) finish() (int64, error) {
	w, err := a.blobs.Resume(a.id)
	if err == nil {
		a.cut = true
		return a.repair(w)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	// It died, or the database was away, between Commit and the row; or it died
	// between the end of the blob and that of its note.
	r, size, err := a.blobs.Open(a.id)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	return size, r.Close()
}

func (a *adoption) repair(w BlobRepair) (int64, error) {
	size, err := w.Seek(0, io.SeekEnd)
	worth := err == nil && media.WAVDuration(size, recordRate, a.channels()) >= shortest
	if worth && !a.note.Stereo && !a.note.Call {
		worth, err = heardSomething(w)
	}
	if worth && err == nil {
		_, err = media.RepairWAV(w, size)
	}
	switch {
	case err != nil:
		return 0, errors.Join(err, w.Leave())
	case !worth:
		return 0, w.Close()
	}
	return w.Commit()
}

// heardSomething tells whether there is sound after the first second, which is
// what Record asks of a recording.
func heardSomething(f io.ReadSeeker) (bool, error) {
	const frame = 2 * recordRate / int(time.Second/media.FrameDuration) // bytes
	if _, err := f.Seek(int64(frame*int(shortest/media.FrameDuration-1)), io.SeekStart); err != nil {
		return false, err
	}
	raw, sound := make([]byte, 50*frame), make(media.Frame, frame/2)
	for {
		n, err := io.ReadFull(f, raw)
		for b := raw[:n]; len(b) >= frame; b = b[frame:] {
			for i := range sound {
				sound[i] = int16(b[2*i]) | int16(b[2*i+1])<<8
			}
			if media.Level(sound) > media.DefaultSilence {
				return true, nil
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
}

// list puts the row and tells the session.
func (a *adoption) list(ctx context.Context, size int64) (bool, error) {
	f := a.note.File
	f.ContentLength, f.RecordingDuration = size, media.WAVDuration(size, recordRate, a.channels())
	var invalid *endpoints.Invalid
	if err := a.db.PutFile(ctx, f); errors.As(err, &invalid) && invalid.Field == "accountId" {
		// The account has gone: nobody could ever see it.
		return false, errors.Join(a.blobs.Remove(a.id), a.blobs.Forget(a.id))
	} else if err != nil {
		return false, err
	}
	what, why := "recording", "could not be listed before"
	if f.Type == endpoints.VoiceMessage {
		what = "message"
	}
	if a.cut {
		why = "was cut off, because the server failed"
	}
	err := a.say(ctx, "A %s %s. %s of it kept as file %s: /files/%s/content", what, why, seconds(f.RecordingDuration), a.id, a.id)
	return true, errors.Join(err, a.settle(ctx))
}

// settle does what is left to do once the row is there. What can't be done is
// tried again at the next start.
func (a *adoption) settle(ctx context.Context) error {
	if left, err := a.leave(); left || err != nil {
		return err
	}
	if a.note.Mail {
		told, err := mailMessage(ctx, a.db, a.mail, a.note.File)
		if err == nil && told != "" {
			err = a.say(ctx, "%s", told)
		}
		if err != nil {
			return err
		}
	}
	return a.blobs.Forget(a.id)
}

// bury finishes the deletion of a file that was too old.
func (a *adoption) bury(ctx context.Context) error {
	if err := a.db.DeleteFile(ctx, a.id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := a.remove(); err != nil {
		return err
	}
	return errors.Join(tellExpired(ctx, a.db, a.note.File, a.note.Gone), a.blobs.Forget(a.id))
}

// remove removes the blob, if it is there.
func (a *adoption) remove() error {
	if err := a.blobs.Remove(a.id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// discard throws the blob in the making away.
func (a *adoption) discard(noted bool) error {
	w, err := a.blobs.Resume(a.id)
	if err == nil {
		err = w.Close()
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if noted {
		err = errors.Join(err, a.blobs.Forget(a.id))
	}
	return err
}

// say adds a line to the log of the session, which is over.
func (a *adoption) say(ctx context.Context, format string, args ...any) error {
	return sayLater(ctx, a.db, a.note.File.SessionID, format, args...)
}

// sayLater adds a line to the log of a session of which nothing lives any more.
func sayLater(ctx context.Context, db interface {
	SaveSessions(ctx context.Context, changes []Change) error
}, session, format string, args ...any) error {
	return db.SaveSessions(ctx, []Change{{
		Record: &Record{ID: session}, Same: true,
		Log: []LogLine{{Date: time.Now().UTC(), Message: fmt.Sprintf(format, args...)}},
	}})
}
