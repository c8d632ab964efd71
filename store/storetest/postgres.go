package storetest

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
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ringflow/store"
)

// nobody is the user that PostgreSQL runs as when the tests run as root, which
// it refuses.
const nobody = 65534

// Postgres is a server of a test, on a Unix socket in a folder of its own.
type Postgres struct {
	bin, dir string
	n        atomic.Int64
	tables   func() error // makes the database "tables", which Fresh copies
	PID      int          // of its first process
}

// URL is where a database of it is.
func (p *Postgres) URL(database string) string {
	return fmt.Sprintf("postgres://test@/%s?host=%s&port=5432&sslmode=disable", database, p.dir)
}

// Command is a program of PostgreSQL's, as a user that it accepts.
func (p *Postgres) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	if os.Geteuid() == 0 {
		cmd = exec.CommandContext(ctx, "setpriv", append([]string{fmt.Sprintf("--reuid=%d", nobody), fmt.Sprintf("--regid=%d", nobody), "--clear-groups", cmd.Path}, args...)...)
	}
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=America/St_Johns"} // neither our zone nor a whole hour from it
	return cmd
}

// StartPostgres starts Debian's PostgreSQL until the test ends.
func StartPostgres(t testing.TB) *Postgres {
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
	p := &Postgres{bin: found[len(found)-1], dir: dir}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	if out, err := p.Command(t.Context(), "initdb", "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	// Our durability is PostgreSQL's own; without fsync the tests don't wait for disks.
	server := p.Command(context.WithoutCancel(t.Context()), "postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "standard_conforming_strings=off", "-c", "escape_string_warning=off")
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	p.PID = server.Process.Pid
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // "fast": it ends its sessions
		if err := server.Wait(); err != nil {
			t.Errorf("postgres: %v", err)
		}
	})
	p.await(t)
	p.tables = sync.OnceValue(p.makeTables)
	return p
}

// await waits until the server takes connections.
func (p *Postgres) await(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := p.Exec(ctx, "postgres", "SELECT 1")
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

// Exec runs SQL.
func (p *Postgres) Exec(ctx context.Context, database, query string) (err error) {
	db, err := sql.Open("pgx", p.URL(database))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, query)
	return err
}

// makeTables makes a database as a store is when it has been opened for the first time.
func (p *Postgres) makeTables() (err error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "ringflow-template")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := p.Exec(ctx, "postgres", "CREATE DATABASE tables"); err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{URL: p.URL("tables"), Dir: dir, Key: testKey()})
	if err != nil {
		return err
	}
	return s.Close()
}

func testKey() []byte { return []byte(strings.Repeat("k", 32)) }

// Fresh is a database with nothing in its tables. To make those takes longer than most tests, so
// they come as a copy.
func (p *Postgres) Fresh(t testing.TB) *Database {
	t.Helper()
	if err := p.tables(); err != nil {
		t.Fatal(err)
	}
	return p.database(t, " TEMPLATE tables")
}

// Empty is a database without tables.
func (p *Postgres) Empty(t testing.TB) *Database {
	t.Helper()
	return p.database(t, "")
}

func (p *Postgres) database(t testing.TB, like string) *Database {
	t.Helper()
	name := fmt.Sprintf("t%d", p.n.Add(1))
	if err := p.Exec(t.Context(), "postgres", "CREATE DATABASE "+name+like); err != nil {
		t.Fatal(err)
	}
	return &Database{
		Options: store.Options{URL: p.URL(name), Dir: t.TempDir(), Key: testKey()},
		Indexed: func(*testing.T, *store.Store) {}, // by PostgreSQL itself
		Dump: func(t *testing.T) []byte {
			out, err := p.Command(t.Context(), "pg_dump", "-h", p.dir, "-U", "test", "--inserts", name).Output()
			if err != nil {
				t.Fatal(err)
			}
			return out
		},
		deadlocks: func(t *testing.T) int {
			log, err := os.ReadFile(filepath.Join(p.dir, "log"))
			if err != nil {
				t.Fatal(err)
			}
			return strings.Count(string(log), "deadlock detected")
		},
		Exec: func(t testing.TB, query string) {
			if err := p.Exec(t.Context(), name, query); err != nil {
				t.Fatal(err)
			}
		},
	}
}
