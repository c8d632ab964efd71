package blob

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Writer is a blob in the making: nothing of it is seen before Commit. It
// belongs to one goroutine.
type Writer struct {
	folder *Folder
	id     string
	file   *os.File // nil once it is over
}

// ErrOver is what a Writer says after Commit or Close.
var ErrOver = errors.New("blob: committed or thrown away already")

func (w *Writer) Write(p []byte) (int, error) {
	if w.file == nil {
		return 0, ErrOver
	}
	return w.file.Write(p)
}

// Seek moves to where the next Write goes: a recorder comes back to its header.
func (w *Writer) Seek(offset int64, whence int) (int64, error) {
	if w.file == nil {
		return 0, ErrOver
	}
	return w.file.Seek(offset, whence)
}

func (w *Writer) Read(p []byte) (int, error) {
	if w.file == nil {
		return 0, ErrOver
	}
	return w.file.Read(p)
}

// ReadAt and WriteAt are for who repairs what a dead server left.
func (w *Writer) ReadAt(p []byte, offset int64) (int, error) {
	if w.file == nil {
		return 0, ErrOver
	}
	return w.file.ReadAt(p, offset)
}

func (w *Writer) WriteAt(p []byte, offset int64) (int, error) {
	if w.file == nil {
		return 0, ErrOver
	}
	return w.file.WriteAt(p, offset)
}

// Commit makes the blob durable and visible, and returns its size. If it
// can't, nothing is left of it.
func (w *Writer) Commit() (int64, error) {
	if w.file == nil {
		return 0, ErrOver
	}
	info, err := w.file.Stat()
	if err == nil {
		err = w.file.Sync() // before the name: else a crash could leave the name with no bytes
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("blob %s: %w", w.id, err), w.Close())
	}
	err = w.file.Close()
	w.file = nil
	if err == nil {
		err = w.folder.root.Rename(w.id+part, w.id)
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("blob %s: %w", w.id, err), w.folder.root.Remove(w.id+part))
	}
	return info.Size(), w.folder.sync()
}

// Leave closes an uncommitted blob and leaves it unfinished, for the next start.
func (w *Writer) Leave() error {
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	return err
}

// Close throws an uncommitted blob away; after Commit it does nothing.
func (w *Writer) Close() error {
	if w.file == nil {
		return nil
	}
	err := errors.Join(w.file.Close(), w.folder.root.Remove(w.id+part))
	w.file = nil
	return err
}

var _ io.ReadWriteSeeker = (*Writer)(nil)
