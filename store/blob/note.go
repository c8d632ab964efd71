package blob

import (
	"fmt"
	"io/fs"
)

// Note keeps a few words beside the blob id until Forget: what the next start
// needs to know to finish the blob, if this server dies. It stands before the
// blob's first byte and needs no database, so that a blob in the making is
// never without it. It survives the end of the process, not a loss of power in
// its first seconds.
func (f *Folder) Note(id string, about []byte) error {
	if !valid(id) {
		return fmt.Errorf("note of blob %.64q: not an id of ours", id)
	}
	if err := f.root.WriteFile(id+note, about, 0o600); err != nil {
		return fmt.Errorf("note of blob %s: %w", id, err)
	}
	return nil
}

// About is the note of a blob; fs.ErrNotExist if there is none.
func (f *Folder) About(id string) ([]byte, error) {
	if !valid(id) {
		return nil, fmt.Errorf("note of blob %.64q: %w", id, fs.ErrNotExist)
	}
	about, err := f.root.ReadFile(id + note)
	if err != nil {
		return nil, fmt.Errorf("note of blob %s: %w", id, err)
	}
	return about, nil
}

// Forget removes a note: the blob is finished, or gone.
func (f *Folder) Forget(id string) error {
	if !valid(id) {
		return fmt.Errorf("note of blob %.64q: %w", id, fs.ErrNotExist)
	}
	if err := f.root.Remove(id + note); err != nil {
		return fmt.Errorf("note of blob %s: %w", id, err)
	}
	return nil
}
