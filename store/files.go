package store

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

type fileRow struct {
	bun.BaseModel `bun:"table:files,alias:f"`
	revised
	AccountID         string `bun:"account_id"`
	CustomerID        string `bun:"customer_id"`
	UserID            string `bun:"user_id"`
	SessionID         string `bun:"session_id"`
	Type              string `bun:"type"`
	FileName          string `bun:"file_name"`
	ContentType       string `bun:"content_type"`
	ContentLength     int64  `bun:"content_length"`
	RecordingDuration int64  `bun:"recording_duration"` // microseconds
	RecordingFrom     string `bun:"recording_from"`
	FromAddress       string `bun:"from_address"`
	ToAddress         string `bun:"to_address"`
	FromName          string `bun:"from_name"`
	Unread            bool   `bun:"unread"`
	Transcription     string `bun:"transcription"`
}

func (r *fileRow) file() *endpoints.File {
	return &endpoints.File{
		Entity: r.whole(), AccountID: r.AccountID, CustomerID: r.CustomerID, UserID: r.UserID, SessionID: r.SessionID,
		Type: endpoints.FileType(r.Type), FileName: r.FileName, ContentType: r.ContentType, ContentLength: r.ContentLength,
		RecordingDuration: time.Duration(r.RecordingDuration) * time.Microsecond, RecordingFrom: r.RecordingFrom,
		FromAddress: r.FromAddress, ToAddress: r.ToAddress, FromName: r.FromName, Unread: r.Unread, Transcription: r.Transcription,
	}
}

var fileSorting = entities.and(map[string]string{
	"fileName": "file_name", "contentType": "content_type", "type": "type", "fromAddress": "from_address", "toAddress": "to_address",
	"fromName": "from_name", "recordingFrom": "recording_from",
}).with(numbers(map[string]string{"contentLength": "content_length", "recordingDuration": "recording_duration", "isUnread": "unread"})).with(sorting{
	"accountName": byAccount, "customerName": byCustomer,
	"userName": {text: true, of: "coalesce((SELECT other.display_name FROM endpoints AS other WHERE other.id = ?TableAlias.user_id), '')"},
})

// File is the file with this id; its bytes are in the blob store.
func (s *Store) File(ctx context.Context, id string) (*endpoints.File, error) {
	var r fileRow
	err := s.r.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if err != nil {
		return nil, one(err, "file", id)
	}
	return r.file(), nil
}

// Files lists files, and counts them.
func (s *Store) Files(ctx context.Context, f endpoints.FileFilter) ([]*endpoints.File, int, error) {
	var rows []*fileRow
	q := s.r.NewSelect().Model(&rows)
	in(q, "account_id", f.AccountIDs)
	below(q, "customer_id", f.CustomerIDs, false)
	in(q, "type", f.Types)
	if f.SessionID != "" {
		q.Where("session_id = ? AND session_id <> ''", f.SessionID)
	}
	if f.UserID != "" {
		q.Where("user_id = ? AND user_id <> ''", f.UserID)
	}
	if f.Unread != nil {
		q.Where("type = ? AND unread = ?", string(endpoints.VoiceMessage), *f.Unread)
	}
	s.contains(q, f.FileName, "file_name")
	s.contains(q, f.ContentType, "content_type")
	s.contains(q, f.From, "from_address")
	s.contains(q, f.To, "to_address")
	s.contains(q, f.Transcription, "transcription")
	between(q, "created", f.Start, f.End)
	total, err := s.page(ctx, q, f.List, fileSorting)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*endpoints.File, len(rows))
	for i, r := range rows {
		out[i] = r.file()
	}
	return out, total, nil
}

// PutFile inserts (no ID, or an unknown one) or replaces; it sets ID and times.
// The bytes come first: a row without them would be a broken promise.
func (s *Store) PutFile(ctx context.Context, f *endpoints.File) (err error) {
	defer unkept(&f.Entity, &err)()
	if err := f.Validate(); err != nil {
		return err
	}
	told := false
	defer func() {
		if told && err == nil {
			s.wakeOutbox()
		}
	}()
	keep := s.change
	if f.Revision == 0 { // nobody knows of it yet: each recording is one
		keep = s.write
	}
	return keep(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := stampOwned(ctx, tx, "files", &f.Entity, f.AccountID); err != nil {
			return err
		}
		if told, err = s.tell(ctx, tx, fileEvents(f)); err != nil {
			return err
		}
		return put(ctx, tx, &fileRow{
			revised: fromRevised(f.Entity), AccountID: f.AccountID, CustomerID: f.CustomerID, UserID: f.UserID, SessionID: f.SessionID,
			Type: string(f.Type), FileName: f.FileName, ContentType: f.ContentType, ContentLength: f.ContentLength,
			RecordingDuration: f.RecordingDuration.Microseconds(), RecordingFrom: f.RecordingFrom, FromAddress: f.FromAddress, ToAddress: f.ToAddress,
			FromName: f.FromName, Unread: f.Unread, Transcription: f.Transcription,
		})
	})
}

// SetTranscription keeps what is said in a file; fs.ErrNotExist.
func (s *Store) SetTranscription(ctx context.Context, id, text string) error {
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().Table("files").Set("revision = revision + 1").Set("transcription = ?", text).Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return fmt.Errorf("file %q: %w", id, fs.ErrNotExist)
	})
}

// DeleteFile removes a file's row; the bytes are its caller's to remove, after it.
func (s *Store) DeleteFile(ctx context.Context, id string) error {
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error { return remove(ctx, tx, "files", "file", id) })
}
