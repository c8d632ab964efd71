package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
	"ringflow/store/storetest"
)

// nobody is the user that PostgreSQL runs as when the tests run as root, which
// it refuses.
const nobody = 65534

// postgres is a server of this test, on a Unix socket in a folder of its own.
type postgres struct {
	bin, dir string
	n        atomic.Int64
	pid      int
}

func (p *postgres) url(database string) string {
	return fmt.Sprintf("postgres://test@/%s?host=%s&port=5432&sslmode=disable", database, p.dir)
}

// command is a program of PostgreSQL's, as a user that it accepts.
func (p *postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	if os.Geteuid() == 0 {
		cmd = exec.CommandContext(ctx, "setpriv", append([]string{fmt.Sprintf("--reuid=%d", nobody), fmt.Sprintf("--regid=%d", nobody), "--clear-groups", cmd.Path}, args...)...)
	}
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=America/St_Johns"} // neither our zone nor a whole hour from it
	return cmd
}

// startPostgres starts Debian's PostgreSQL until the test ends.
func startPostgres(t testing.TB) *postgres {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("PostgreSQL isn't installed (apt-get install postgresql); CI must test both databases")
		}
		t.Skip("PostgreSQL isn't installed: apt-get install postgresql")
	}
	slices.Sort(found)
	dir, err := os.MkdirTemp("", "ringflow-pg") // short: a socket's path has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &postgres{bin: found[len(found)-1], dir: dir}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	if out, err := p.command(t.Context(), "initdb", "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	// Our durability is PostgreSQL's own; without fsync the tests don't wait for disks.
	server := p.command(context.WithoutCancel(t.Context()), "postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "standard_conforming_strings=off", "-c", "escape_string_warning=off")
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	p.pid = server.Process.Pid
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // "fast": it ends its sessions
		if err := server.Wait(); err != nil {
			t.Errorf("postgres: %v", err)
		}
	})
	p.await(t)
	return p
}

// await waits until the server takes connections.
func (p *postgres) await(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := p.exec(ctx, "postgres", "SELECT 1")
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(p.dir, "log"))
			t.Fatalf("PostgreSQL doesn't start: %v\n%s", err, log)
		case <-tick.C:
		}
	}
}

func (p *postgres) exec(ctx context.Context, database, query string) (err error) {
	db, err := sql.Open("pgx", p.url(database))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, query)
	return err
}

// fresh is an empty database.
func (p *postgres) fresh(t testing.TB) *storetest.Database {
	t.Helper()
	name := fmt.Sprintf("t%d", p.n.Add(1))
	if err := p.exec(t.Context(), "postgres", "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return &storetest.Database{
		Options: store.Options{URL: p.url(name), Dir: t.TempDir(), Key: []byte(strings.Repeat("k", 32))},
		Indexed: func(*testing.T, *store.Store) {}, // by PostgreSQL itself
		Dump: func(t *testing.T) []byte {
			out, err := p.command(t.Context(), "pg_dump", "-h", p.dir, "-U", "test", "--inserts", name).Output()
			if err != nil {
				t.Fatal(err)
			}
			return out
		},
		Exec: func(t testing.TB, query string) {
			if err := p.exec(t.Context(), name, query); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func TestPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a PostgreSQL server")
	}
	p := startPostgres(t)
	storetest.Run(t, func(t *testing.T) *storetest.Database { return p.fresh(t) })

	// Servers that start at once on an empty database: one migrates, all serve.
	t.Run("StartTogether", func(t *testing.T) {
		d := p.fresh(t)
		failed := make(chan error)
		for range 4 {
			go func() {
				o := d.Options
				o.Dir = t.TempDir()
				s, err := store.Open(t.Context(), o)
				if err == nil {
					err = s.Close()
				}
				failed <- err
			}()
		}
		for range 4 {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
	})

	t.Run("Away", func(t *testing.T) { away(t, p) })
}

// away: the database's connections are cut, then it hangs. What was asked
// meanwhile fails in time, and it goes on by itself.
func away(t *testing.T, p *postgres) {
	d := p.fresh(t)
	s := d.Open(t)
	if err := s.PutMeta(t.Context(), "x", "1"); err != nil {
		t.Fatal(err)
	}
	if err := p.exec(t.Context(), "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname LIKE 't%'"); err != nil {
		t.Fatal(err)
	}
	back := func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		for s.PutMeta(ctx, "x", "2") != nil {
			if ctx.Err() != nil {
				t.Fatal("it doesn't come back")
			}
		}
	}
	back()

	name := strings.Split(strings.TrimPrefix(d.Options.URL, "postgres://test@/"), "?")[0]
	db, err := sql.Open("pgx", p.url(name))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lock, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), "LOCK TABLE meta, sessions IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	change := []session.Change{{Record: &session.Record{ID: endpoints.NewID()}, New: true}}
	if err := s.SaveSessions(ctx, change); !errors.Is(err, context.DeadlineExceeded) || !store.Away(err) {
		t.Errorf("saving into a database that hangs: %v", err)
	}
	if _, err := s.Meta(ctx, "x"); err == nil {
		t.Error("reading from a database that hangs worked")
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	back()
	if err := s.SaveSessions(t.Context(), change); err != nil {
		t.Error(err)
	}
}
