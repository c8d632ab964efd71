package blob_test

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ringflow/store/blob"
)

func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func open(t *testing.T, dir string) *blob.Folder {
	t.Helper()
	f, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func read(t *testing.T, f *blob.Folder, id string) string {
	t.Helper()
	r, size, err := f.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	if err != nil || int64(len(raw)) != size {
		t.Fatalf("%d bytes of %d, %v", len(raw), size, err)
	}
	return string(raw)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestBlob(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "files")
	f, id := open(t, dir), newID()
	w, err := f.Create(id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Create(id); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second writer of one blob: %v", err)
	}
	if _, err := io.WriteString(w, "????hello"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "RIFF"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Open(id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("seen before it is whole: %v", err)
	}
	if n, err := w.Commit(); n != 9 || err != nil {
		t.Fatalf("committed %d bytes, %v", n, err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := w.Write(nil); !errors.Is(err, blob.ErrOver) {
		t.Errorf("write after the end: %v", err)
	}
	if got := read(t, f, id); got != "RIFFhello" {
		t.Errorf("read %q", got)
	}
	if info, err := os.Stat(filepath.Join(dir, id)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}

	// New content replaces the old at once; who reads the old one reads on.
	old, _, err := f.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if _, err := f.Put(id, strings.NewReader("new")); err != nil {
		t.Fatal(err)
	}
	if raw, err := io.ReadAll(old); string(raw) != "RIFFhello" || err != nil {
		t.Errorf("the open one became %q, %v", raw, err)
	}
	if got := read(t, f, id); got != "new" {
		t.Errorf("read %q", got)
	}
	if err := f.Remove(id); err != nil {
		t.Error(err)
	}
	if err := f.Remove(id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed twice: %v", err)
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestThrownAway(t *testing.T) {
	dir := t.TempDir()
	f, id := open(t, dir), newID()
	w, err := f.Create(id)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.Commit(); !errors.Is(err, blob.ErrOver) {
		t.Errorf("commit after close: %v", err)
	}
	broken := errors.New("the client went away")
	if _, err := f.Put(id, io.MultiReader(strings.NewReader("half"), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("put of a broken stream: %v", err)
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestUnfinished: what a server that died was writing can be found again.
func TestUnfinished(t *testing.T) {
	dir := t.TempDir()
	id, other := newID(), newID()
	dead := open(t, dir)
	for _, id := range []string{id, other} {
		if err := dead.Note(id, []byte("of "+id)); err != nil {
			t.Fatal(err)
		}
		w, err := dead.Create(id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "the first minute"); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, dir)
	ids, err := f.Unfinished()
	if err != nil || len(ids) != 2 {
		t.Fatalf("found %v, %v", ids, err)
	}
	if about, err := f.About(id); string(about) != "of "+id || err != nil {
		t.Errorf("the note is %q, %v", about, err)
	}
	w, err := f.Resume(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Leave(); err != nil {
		t.Error(err)
	}
	if w, err = f.Resume(id); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteAt([]byte("THE"), 0); err != nil {
		t.Fatal(err)
	}
	var last [6]byte
	if _, err := w.ReadAt(last[:], 10); string(last[:]) != "minute" || err != nil {
		t.Errorf("at 10 is %q, %v", last, err)
	}
	if raw, err := io.ReadAll(w); string(raw) != "THE first minute" || err != nil {
		t.Errorf("resumed with %q, %v", raw, err)
	}
	if _, err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, f, id); got != "THE first minute" {
		t.Errorf("read %q", got)
	}
	if w, err = f.Resume(other); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := f.Resume(other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("resumed what is gone: %v", err)
	}
	// A note outlives its blob until it is forgotten.
	if ids, err = f.Unfinished(); err != nil || len(ids) != 2 {
		t.Errorf("found %v, %v", ids, err)
	}
	for _, id := range []string{id, other} {
		if err := f.Forget(id); err != nil {
			t.Error(err)
		}
		if _, err := f.About(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("remembered what is forgotten: %v", err)
		}
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

// TestTraversal: no name leads out of the folder, or to anything but a blob.
func TestTraversal(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "files")
	f := open(t, dir)
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	link, folder := strings.Repeat("a", 32), strings.Repeat("b", 32)
	if err := os.Symlink(secret, filepath.Join(dir, link)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Open(link); err == nil {
		t.Error("a link led out of the folder")
	}
	if _, _, err := f.Open(folder); err == nil {
		t.Error("a folder was opened as a blob")
	}
	for _, id := range []string{
		"", ".", "..", "../secret", "../../etc/passwd", "/etc/passwd", "..%2fsecret", "%2e%2e/secret", "..\\secret", "secret\x00", "a/../../secret", "CON", "nul.wav",
		"./" + strings.Repeat("a", 30), strings.Repeat("../", 10) + "aa", strings.Repeat("a", 31), strings.Repeat("a", 33), strings.Repeat("a", 5000), strings.Repeat("A", 32),
		strings.Repeat("ａ", 32), strings.Repeat("a", 27) + part, "file:///etc/passwd", "~/.ssh/id_rsa", strings.Repeat("a", 29) + "/..",
	} {
		if _, _, err := f.Open(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%.40q) = %v", id, err)
		}
		if err := f.Remove(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Remove(%.40q) = %v", id, err)
		}
		if _, err := f.Resume(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Resume(%.40q) = %v", id, err)
		}
		if _, err := f.About(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("About(%.40q) = %v", id, err)
		}
		if err := f.Forget(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Forget(%.40q) = %v", id, err)
		}
		if err := f.Note(id, nil); err == nil {
			t.Errorf("Note(%.40q) worked", id)
		}
		if w, err := f.Create(id); err == nil {
			w.Close()
			t.Errorf("Create(%.40q) worked", id)
		}
	}
	if raw, err := os.ReadFile(secret); string(raw) != "secret" || err != nil {
		t.Errorf("the file outside: %q, %v", raw, err)
	}
}

const part = ".part"

func TestConcurrent(t *testing.T) {
	f := open(t, t.TempDir())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				id := newID()
				if _, err := f.Put(id, strings.NewReader(id)); err != nil {
					t.Error(err)
					continue
				}
				if got := read(t, f, id); got != id {
					t.Errorf("read %q", got)
				}
				if err := f.Remove(id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
