package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"ringflow/store"
)

// Template is a store on SQLite as it stands when it is closed: the bytes of its files by
// their names. Tests begin with copies, since to make the tables takes longer than most tests.
type Template map[string][]byte

// NewTemplate makes a store and lets fill put something into it; nil: it is left empty.
func NewTemplate(fill func(context.Context, *store.Store) error) (files Template, err error) {
	dir, err := os.MkdirTemp("", "ringflow-template")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	if fill != nil {
		err = fill(ctx, db)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	files = Template{}
	for _, name := range []string{"ringflow.db", "keys/seal.key"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// Copy writes the store into an empty folder, for a server of its own.
func (files Template) Copy(dir string) error {
	for name, bytes := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, bytes, 0o600)); err != nil {
			return err
		}
	}
	return nil
}
