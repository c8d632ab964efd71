package session_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/media"
	"ringflow/session"
	"ringflow/store"
	"ringflow/store/blob"
)

// remains are the blobs as a dead server left them.
type remains struct {
	blobs
	t  *testing.T
	db *failingLists
	account,
	dir string
	call *session.Record
}

// failingLists is a store that can be away.
type failingLists struct {
	*store.Store
	away error
}

func (f *failingLists) PutFile(ctx context.Context, file *endpoints.File) error {
	if f.away != nil {
		return f.away
	}
	return f.Store.PutFile(ctx, file)
}

func newRemains(t *testing.T) *remains {
	t.Helper()
	dir := t.TempDir()
	if err := emptyStore.Copy(dir); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := blob.Open(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(folder.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	a := &endpoints.Account{Name: "A"}
	if err := db.PutAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	r := &remains{blobs: blobs{folder}, t: t, db: &failingLists{Store: db}, account: a.ID, dir: filepath.Join(dir, "files")}
	r.call = &session.Record{ID: endpoints.NewID(), AccountID: a.ID, Started: time.Now()}
	if err := db.SaveSessions(t.Context(), []session.Change{{Record: r.call, New: true}}); err != nil {
		t.Fatal(err)
	}
	return r
}

// recorded is what a Recorder had written when its process died: the sound, and
// a header that knows nothing of it.
func (r *remains) recorded(d time.Duration, stereo bool, level int16) []byte {
	r.t.Helper()
	file := filepath.Join(r.t.TempDir(), "r.wav")
	rec, err := media.RecordFile(file, 8000, stereo)
	if err != nil {
		r.t.Fatal(err)
	}
	for range d / media.FrameDuration {
		f := make(media.Frame, 160)
		for i := range f {
			f[i] = level * int16(i%2*2-1)
		}
		rec.Side(0).WriteFrame(f)
	}
	if _, err := rec.Close(); err != nil {
		r.t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatal(err)
	}
	copy(b[4:], "\x24\x00\x00\x00")
	copy(b[40:], "\x00\x00\x00\x00")
	return b
}

func (r *remains) row() *endpoints.File {
	return &endpoints.File{
		Entity: endpoints.Entity{ID: endpoints.NewID(), CreatedBy: "system"}, AccountID: r.account, SessionID: r.call.ID, CustomerID: "c", UserID: "u",
		Type: endpoints.CallRecording, FileName: "message.wav", ContentType: "audio/wav", RecordingFrom: "+12025550143", FromAddress: "+12025550143", ToAddress: "+18005550100",
	}
}

func (r *remains) note(f *endpoints.File, stereo bool) {
	r.t.Helper()
	about, err := json.Marshal(struct {
		File   *endpoints.File
		Stereo bool
	}{f, stereo})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.Note(f.ID, about); err != nil {
		r.t.Fatal(err)
	}
}

func (r *remains) write(name string, content []byte) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), content, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *remains) adopt() int {
	r.t.Helper()
	n, err := session.Adopt(r.t.Context(), r.db, r, nil, zap.NewNop())
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *remains) left() string {
	r.t.Helper()
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// TestAdopt: whatever point of a recording's life a server died at, the next
// one finishes it or leaves nothing of it.
func TestAdopt(t *testing.T) {
	for name, c := range map[string]struct {
		leave func(r *remains, f *endpoints.File)
		kept  time.Duration // 0: nothing is
		said  string
	}{
		"a talk": {func(r *remains, f *endpoints.File) {
			r.note(f, true)
			r.write(f.ID+".part", append(r.recorded(3*time.Second, true, 5000), 1, 2, 3))
		}, 3 * time.Second, "was cut off, because the server failed. 3 s"},
		"a talk in silence": {func(r *remains, f *endpoints.File) {
			r.note(f, true)
			r.write(f.ID+".part", r.recorded(2*time.Second, true, 0))
		}, 2 * time.Second, "cut off"},
		"a message": {func(r *remains, f *endpoints.File) {
			r.note(f, false)
			r.write(f.ID+".part", r.recorded(1020*time.Millisecond, false, 5000))
		}, 1020 * time.Millisecond, "cut off"},
		"a message of silence": {func(r *remains, f *endpoints.File) {
			r.note(f, false)
			r.write(f.ID+".part", r.recorded(5*time.Second, false, 100))
		}, 0, "not kept"},
		"less than a second": {func(r *remains, f *endpoints.File) {
			r.note(f, true)
			r.write(f.ID+".part", r.recorded(980*time.Millisecond, true, 5000))
		}, 0, "not kept"},
		"nothing yet": {func(r *remains, f *endpoints.File) {
			r.note(f, true)
			r.write(f.ID+".part", nil)
		}, 0, "not kept"},
		"only the note": {func(r *remains, f *endpoints.File) { r.note(f, true) }, 0, ""},
		"half a note":   {func(r *remains, f *endpoints.File) { r.write(f.ID+".note", []byte(`{"File":{"ID`)) }, 0, ""},
		"an upload": {func(r *remains, f *endpoints.File) {
			r.write(f.ID+".part", r.recorded(3*time.Second, true, 5000))
		}, 0, ""},
		"no row yet": {func(r *remains, f *endpoints.File) {
			r.note(f, true)
			if _, err := r.Put(f.ID, bytes.NewReader(r.recorded(2*time.Second, true, 5000))); err != nil {
				r.t.Fatal(err)
			}
		}, 2 * time.Second, "could not be listed before. 2 s"},
		"an account that has gone": {func(r *remains, f *endpoints.File) {
			f.AccountID = endpoints.NewID()
			r.note(f, true)
			r.write(f.ID+".part", r.recorded(3*time.Second, true, 5000))
		}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRemains(t)
			f := r.row()
			c.leave(r, f)
			want := ""
			if c.kept > 0 {
				want = f.ID
			}
			if n := r.adopt(); n > 0 != (c.kept > 0) || r.left() != want {
				t.Errorf("%d kept, %q is left, want %q", n, r.left(), want)
			}
			got, err := r.db.File(t.Context(), f.ID)
			if c.kept == 0 && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("listed: %+v, %v", got, err)
			}
			if c.kept > 0 {
				r.plays(t, f, c.kept)
			}
			call, err := r.db.Record(t.Context(), r.call.ID)
			if err != nil || len(call.Log) > 1 || c.said == "" && len(call.Log) > 0 {
				t.Fatalf("%v; log:\n%s", err, logText(call))
			}
			logged(t, call, c.said)
			if n := r.adopt(); n != 0 {
				t.Errorf("%d kept at the start after", n)
			}
		})
	}
}

// plays asserts row and bytes of a kept recording.
func (r *remains) plays(t *testing.T, f *endpoints.File, d time.Duration) {
	t.Helper()
	got, err := r.db.File(t.Context(), f.ID)
	if err != nil {
		t.Fatal(err)
	}
	b, size, err := r.Open(f.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	want := *f
	want.Entity, want.RecordingDuration, want.ContentLength = got.Entity, d, size
	if *got != want || got.CreatedBy != "system" {
		t.Errorf("listed as\n%+v, want\n%+v", got, &want)
	}
	if clip, err := media.DecodeClip(b); err != nil || clip.Duration() != d {
		t.Errorf("it plays for %v, %v; want %v", clip.Duration(), err, d)
	}
}

// TestAdoptWhenTheStoreIsAway: nothing is lost, the next start tries again. One
// that died after the row finds the row.
func TestAdoptWhenTheStoreIsAway(t *testing.T) {
	r := newRemains(t)
	f := r.row()
	r.note(f, true)
	r.write(f.ID+".part", r.recorded(3*time.Second, true, 5000))
	r.db.away = errors.New("the database is away")
	if n := r.adopt(); n != 0 || r.left() != f.ID+" "+f.ID+".note" {
		t.Errorf("%d kept, %q is left", n, r.left())
	}
	r.db.away = nil
	if n := r.adopt(); n != 1 || r.left() != f.ID {
		t.Errorf("%d kept, %q is left", n, r.left())
	}
	r.plays(t, f, 3*time.Second)
	r.note(f, true)
	if n := r.adopt(); n != 0 || r.left() != f.ID {
		t.Errorf("%d kept twice, %q is left", n, r.left())
	}
	r.plays(t, f, 3*time.Second)
}
