package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
	"ringflow/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tables is a store with nothing in it.
var tables = sync.OnceValues(func() (storetest.Template, error) { return storetest.NewTemplate(nil) })

func newSQLite(t *testing.T) *storetest.Database {
	dir := t.TempDir()
	empty, err := tables()
	if err == nil {
		err = empty.Copy(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	return sqliteAt(dir)
}

// sqliteAt is the database in a folder.
func sqliteAt(dir string) *storetest.Database {
	return &storetest.Database{
		Options: store.Options{Dir: dir},
		Indexed: func(t *testing.T, s *store.Store) {
			if err := store.Index(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		},
		Dump: func(t *testing.T) []byte {
			var all []byte
			names, err := filepath.Glob(filepath.Join(dir, "ringflow.db*")) // the WAL too
			if err != nil || len(names) == 0 {
				t.Fatalf("no database in %s: %v", dir, err)
			}
			for _, n := range names {
				raw, err := os.ReadFile(n)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, raw...)
			}
			return all
		},
		Exec: func(t testing.TB, query string) {
			db, err := sql.Open("sqlite", filepath.Join(dir, "ringflow.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.ExecContext(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func TestSQLite(t *testing.T) { storetest.Run(t, newSQLite) }

// TestIndexStops: a server that stops while calls are put into the index leaves the
// rest to its next life.
func TestIndexStops(t *testing.T) {
	d := newSQLite(t)
	s := d.Open(t)
	if err := s.SaveSessions(t.Context(), []session.Change{{New: true, Record: &session.Record{ID: endpoints.NewID(), AccountID: endpoints.NewID()}}}); err != nil {
		t.Fatal(err)
	}
	d.Exec(t, "UPDATE sessions SET ended = 1")
	for _, query := range []string{"max(search)", "min(search)", "INSERT INTO session_words", "UPDATE sessions SET search"} {
		if err := store.StopIndexAt(t.Context(), s, query); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped at %s: %v", query, err)
		}
	}
	if err := store.Index(t.Context(), s); err != nil {
		t.Error(err)
	}
}

// TestSearchWhileIndexed: a call that comes into the index while it is looked for is
// found, the first time that it comes and again.
func TestSearchWhileIndexed(t *testing.T) {
	d := newSQLite(t)
	s := d.Open(t)
	for i, query := range []string{"max(search)", "search <= 0", "session_parties"} {
		r := &session.Record{ID: endpoints.NewID(), AccountID: endpoints.NewID(), FromName: "Ann Smith"}
		if err := s.SaveSessions(t.Context(), []session.Change{{New: true, Record: r}}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Ann Smith", "Joe Miller"} {
			d.Exec(t, fmt.Sprintf("UPDATE sessions SET ended = %d, from_name = '%s' WHERE id = '%s'", i+1, name, r.ID))
			found, _, err := store.IndexAfter(s, query).Records(t.Context(), store.RecordFilter{From: name, AccountIDs: []string{r.AccountID}})
			if err != nil || len(found) != 1 {
				t.Errorf("%s, indexed after %s: %d found, %v", name, query, len(found), err)
			}
			if err := store.Index(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestModes: nobody else on the machine reads the data.
func TestModes(t *testing.T) {
	d := &storetest.Database{Options: store.Options{Dir: t.TempDir()}} // made by the store itself
	s := d.Open(t)
	if err := s.PutMeta(t.Context(), "x", "y"); err != nil {
		t.Fatal(err)
	}
	dir := d.Options.Dir
	for _, name := range []string{"ringflow.db", "ringflow.db-wal", "ringflow.db-shm", "keys/seal.key", "node.id"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "keys")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("keys: %v, %v", info.Mode(), err)
	}
}

// TestLostKey: without its key a database with secrets isn't opened, and no new
// key is made over it.
func TestLostKey(t *testing.T) {
	d := newSQLite(t)
	s, err := store.Open(t.Context(), d.Options)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(d.Options.Dir, "keys", "seal.key")
	saved, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"gone": "", "no key": "hello", "short": "abcd", "another": string(saved[:10]) + "0000000000" + string(saved[20:])} {
		os.Remove(key)
		if text != "" {
			if err := os.WriteFile(key, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if s, err := store.Open(t.Context(), d.Options); err == nil {
			s.Close()
			t.Errorf("%s: it was opened", name)
		}
	}
	if err := os.WriteFile(key, saved, 0o600); err != nil {
		t.Fatal(err)
	}
	d.Open(t)
}

func TestOpenRefuses(t *testing.T) {
	for _, url := range []string{"mysql://u:topsecret@h/db", "nonsense", "postgres://u:topsecret@127.0.0.1:1/db?connect_timeout=1", "postgres://u:topsecret@h:notaport/db"} {
		s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), URL: url})
		if err == nil {
			s.Close()
			t.Errorf("%s was opened", url)
		} else if got := err.Error(); strings.Contains(got, "topsecret") {
			t.Errorf("the error shows the password: %s", got)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Open(t.Context(), store.Options{Dir: file}); err == nil {
		s.Close()
		t.Error("a file was opened as the data folder")
	}
}

// TestNoServer: a database that can't be reached is away. What it would have
// held is not unknown, whatever the system says of its socket.
func TestNoServer(t *testing.T) {
	for _, where := range []string{"postgres://test@/x?host=" + t.TempDir(), "postgres://test@127.0.0.1:1/x?sslmode=disable"} {
		_, err := store.Open(t.Context(), store.Options{URL: where, Dir: t.TempDir()})
		if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || !store.Away(err) {
			t.Errorf("%s: %v", where, err)
		}
	}
}

// TestBusy: somebody else writes into the database for long (a backup, a shell).
// Reading goes on, writing waits for it, and neither fails.
func TestBusy(t *testing.T) {
	d := newSQLite(t)
	s := d.Open(t)
	if err := s.PutMeta(t.Context(), "x", "1"); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", "file:"+filepath.Join(d.Options.Dir, "ringflow.db")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	saved := make(chan error, 1)
	go func() { saved <- s.PutMeta(t.Context(), "x", "2") }()
	for range 100 {
		if v, err := s.Meta(t.Context(), "x"); v != "1" || err != nil {
			t.Fatalf("read %q, %v", v, err)
		}
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-saved; err != nil {
		t.Fatal(err)
	}
	if v, err := s.Meta(t.Context(), "x"); v != "2" || err != nil {
		t.Errorf("read %q, %v", v, err)
	}
}

// TestFull: the database can't grow. What can't be kept says so, what is there
// stays readable, and it goes on once there is room.
func TestFull(t *testing.T) {
	d := newSQLite(t)
	s := d.Open(t)
	change := func() []session.Change {
		r := &session.Record{ID: endpoints.NewID(), ConsoleData: strings.Repeat("x", 100_000)}
		return []session.Change{{Record: r, New: true}}
	}
	first := change()
	if err := s.SaveSessions(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	room, err := store.LimitPages(t.Context(), s, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveSessions(t.Context(), change()); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("saving into a full database: %v", err)
	}
	if _, err := s.Record(t.Context(), first[0].Record.ID); err != nil {
		t.Errorf("reading from a full database: %v", err)
	}
	if err := room(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveSessions(t.Context(), change()); err != nil {
		t.Errorf("once there is room again: %v", err)
	}
}

// TestLocked: another program has the file, and for so long that it makes no
// sense to wait on. The message says which file.
func TestLocked(t *testing.T) {
	d := newSQLite(t)
	if err := d.Open(t).Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(d.Options.Dir, "ringflow.db")
	other, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	c, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), d.Options)
	if err == nil {
		_ = s.Close()
		t.Fatal("it opened")
	}
	if !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "locked") {
		t.Errorf("it says %v", err)
	}
}
