// Package blob keeps the bytes of files in a folder, by their ids. A blob is
// there whole or not at all, and once Commit returns it survives a loss of
// power. Names are ids of our own making, opened below the folder's root, so
// nothing that came from outside is ever part of a path.
package blob

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

const (
	part = ".part" // marks a blob in the making
	note = ".note" // and what stands beside it
)

// Folder is a blob store in a folder of its own. Its methods may be called by
// many at once.
type Folder struct{ root *os.Root }

// Open uses the folder at path, and makes it if there is none.
func Open(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("files folder: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("files folder: %w", err)
	}
	return &Folder{root}, nil
}

// Close lets go of the folder; open blobs stay open.
func (f *Folder) Close() error { return f.root.Close() }

// Create starts the blob id, or a new content for it. Two can't at once.
func (f *Folder) Create(id string) (*Writer, error) {
	if !valid(id) {
		return nil, fmt.Errorf("blob %.64q: not an id of ours", id)
	}
	file, err := f.root.OpenFile(id+part, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("blob %s: %w", id, err)
	}
	return &Writer{folder: f, id: id, file: file}, nil
}

// Put writes all of r as the blob id, and returns its size.
func (f *Folder) Put(id string, r io.Reader) (int64, error) {
	w, err := f.Create(id)
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(w, r); err != nil {
		return 0, errors.Join(fmt.Errorf("blob %s: %w", id, err), w.Close())
	}
	return w.Commit()
}

// Open opens a blob for reading, with its size; fs.ErrNotExist if there is none.
func (f *Folder) Open(id string) (io.ReadSeekCloser, int64, error) {
	if !valid(id) {
		return nil, 0, fmt.Errorf("blob %.64q: %w", id, fs.ErrNotExist)
	}
	file, err := f.root.Open(id)
	if err != nil {
		return nil, 0, fmt.Errorf("blob %s: %w", id, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("blob %s: %w", id, err), file.Close())
	}
	return file, info.Size(), nil
}

// Remove removes a blob; fs.ErrNotExist if there is none. Who reads it reads on.
func (f *Folder) Remove(id string) error {
	if !valid(id) {
		return fmt.Errorf("blob %.64q: %w", id, fs.ErrNotExist)
	}
	if err := f.root.Remove(id); err != nil {
		return fmt.Errorf("blob %s: %w", id, err)
	}
	return f.sync()
}

// Unfinished are the ids of blobs that a dead server left in the making, or
// with a note. Call it before the first Create.
func (f *Folder) Unfinished() ([]string, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("files folder: %w", err)
	}
	var ids []string
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), part)
		if !ok {
			id, ok = strings.CutSuffix(e.Name(), note)
		}
		if ok && valid(id) {
			ids = append(ids, id)
		}
	}
	return slices.Compact(ids), nil // entries are in order of their names
}

// Resume opens an unfinished blob, to be committed as it is or thrown away.
func (f *Folder) Resume(id string) (*Writer, error) {
	if !valid(id) {
		return nil, fmt.Errorf("blob %.64q: %w", id, fs.ErrNotExist)
	}
	file, err := f.root.OpenFile(id+part, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("blob %s: %w", id, err)
	}
	return &Writer{folder: f, id: id, file: file}, nil
}

// valid tells whether id is 32 hex digits, as all our ids.
func valid(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == ""
}

// sync makes the folder's names durable.
func (f *Folder) sync() error {
	dir, err := f.root.Open(".")
	if err != nil {
		return fmt.Errorf("files folder: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}
