package store_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

// crashDir tells the test binary, started by TestKilled, that it is the server
// which is to be killed.
const crashDir = "RINGFLOW_TEST_CRASH_DIR"

// TestKilled kills a server in the middle of its writing, and looks at what the
// next one finds: all that was acknowledged, whole, and each session closed.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		writeUntilKilled(t, dir)
		return
	}
	for _, after := range []int{1, 7, 40} {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var kept []string
		for lines := bufio.NewScanner(out); len(kept) < after && lines.Scan(); {
			kept = append(kept, lines.Text())
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // "signal: killed"
		if len(kept) < after {
			t.Fatalf("it stopped by itself after %d sessions", len(kept))
		}

		s, err := store.Open(t.Context(), store.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := s.CloseOrphans(t.Context()); n < after || err != nil {
			t.Errorf("closed %d sessions of %d, %v", n, after, err)
		}
		for _, id := range kept {
			r, err := s.Record(t.Context(), id)
			if err != nil {
				t.Errorf("session %s was acknowledged, and is lost: %v", id, err)
			} else if len(r.Log) != 3 || len(r.Legs) != 1 || r.Outcome != store.ServerFailure || r.Ended.IsZero() || r.Legs[0].Ended.IsZero() {
				t.Errorf("session %s came back as %+v", id, r)
			}
		}
		yes := true
		if _, open, err := s.Records(t.Context(), store.RecordFilter{Live: &yes}); open != 0 || err != nil {
			t.Errorf("%d sessions stay open, %v", open, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func writeUntilKilled(t *testing.T, dir string) {
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		r := &session.Record{ID: endpoints.NewID(), AccountID: "a", Started: time.Now()}
		log := []session.LogLine{{Date: time.Now(), Message: "one"}, {Date: time.Now(), Message: "two"}}
		err := s.SaveSessions(t.Context(), []session.Change{{Record: r, New: true, Log: log, Legs: []session.LegRecord{{ID: "l", Started: time.Now()}}}})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(r.ID) // acknowledged
	}
}
