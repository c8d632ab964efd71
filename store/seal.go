package store

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ringflow/endpoints"
)

// keySize is AES-256's.
const keySize = 32

// sealCheck is what the stored proof of the right key says when it is opened.
const sealCheck = "ringflow"

// seal closes and opens secrets with a key that isn't in the database: who
// steals the database or a backup of it has no password of a trunk, and nothing
// that a phone's digest could be computed from.
type seal struct{ aead cipher.AEAD }

func newSeal(key []byte) (*seal, error) {
	if len(key) != keySize {
		return nil, fmt.Errorf("sealing key: %d bytes; it has %d", len(key), keySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	return &seal{aead}, nil
}

// close seals text for the row: sealed text that is copied into another row
// doesn't open there. Nothing stays nothing.
func (s *seal) close(row, text string) string {
	if text == "" {
		return ""
	}
	return base64.RawStdEncoding.EncodeToString(s.aead.Seal(nil, nil, []byte(text), []byte(row)))
}

func (s *seal) open(row, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", fmt.Errorf("secret of %s: %w", row, err)
	}
	text, err := s.aead.Open(nil, nil, raw, []byte(row))
	if err != nil {
		return "", fmt.Errorf("secret of %s doesn't open with this key", row)
	}
	return string(text), nil
}

// openSeal takes the key and proves that it is the one this database was
// written with.
func (s *Store) openSeal(ctx context.Context, o Options) (*seal, error) {
	key, path := o.Key, "the configured key"
	check, err := s.Meta(ctx, "seal")
	fresh := errors.Is(err, fs.ErrNotExist)
	if err != nil && !fresh {
		return nil, err
	}
	if key == nil {
		path = filepath.Join(o.Dir, "keys", "seal.key")
		if key, err = keyFile(path, fresh); err != nil {
			return nil, err
		}
	}
	sl, err := newSeal(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if fresh {
		return sl, s.PutMeta(ctx, "seal", sl.close("meta/seal", sealCheck))
	}
	if text, err := sl.open("meta/seal", check); err != nil || text != sealCheck {
		return nil, fmt.Errorf("sealing key: %s isn't the one that this database was written with; put the key of its server there", path)
	}
	return sl, nil
}

// keyFile reads the key, or makes it for a database that has none yet.
func keyFile(path string, fresh bool) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && fresh {
		return makeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("sealing key (it opens the secrets of this database; restore it from its backup): %w", err)
	}
	key, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil {
		return nil, fmt.Errorf("sealing key %s: not %d hex digits", path, 2*keySize)
	}
	return key, nil
}

func makeKey(path string) ([]byte, error) {
	key := make([]byte, keySize)
	rand.Read(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	if err := writeDurably(path, hex.EncodeToString(key)+"\n"); err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	return key, nil
}

// writeDurably makes a file, readable for us alone: it is there whole, or not
// at all.
func writeDurably(path, text string) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// nodeID is this server's name in the database, kept in its data folder.
func nodeID(dir string) (string, error) {
	path := filepath.Join(dir, "node.id")
	text, err := os.ReadFile(path)
	if err == nil {
		if id := string(bytes.TrimSpace(text)); endpoints.ValidID(id) {
			return id, nil
		}
		return "", fmt.Errorf("%s isn't 32 hex digits; remove it", path)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("node id: %w", err)
	}
	id := endpoints.NewID()
	if err := writeDurably(path, id+"\n"); err != nil {
		return "", fmt.Errorf("node id: %w", err)
	}
	return id, nil
}
