package session_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/session"
)

// image copies the data of a house as it is on disk at this moment: what a
// server that is killed now leaves.
func (h *house) image(t testing.TB) string {
	t.Helper()
	to := t.TempDir()
	err := filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || strings.HasSuffix(path, "-shm") { // which SQLite makes anew
			return err
		}
		rel, err := filepath.Rel(h.dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// started is a house on data that another one left; nobody calls it.
func (h *house) started(dir string) *house {
	h.t.Helper()
	return h.startedWith(dir, nil)
}

// startedWith is started with somebody who sends e-mail.
func (h *house) startedWith(dir string, post session.Mailer) *house {
	h.t.Helper()
	next := &house{t: h.t, net: h.net, said: &speaker{}, post: post}
	next.build(newEngine(h.t, h.net, serverHost), dir)
	return next
}

// times tells how often words stand in the log of the one session.
func (h *house) times(t testing.TB, words string) int {
	t.Helper()
	return strings.Count(logText(h.record()), words)
}

// hooked is a store that tells what happens to branches.
type hooked struct {
	session.Store
	put func(b session.StoredBranch, done bool)
}

func (s *hooked) PutBranch(ctx context.Context, b session.StoredBranch) error {
	s.put(b, false)
	err := s.Store.PutBranch(ctx, b)
	s.put(b, true)
	return err
}

// A branch that a stop cuts off goes on where it was, once.
func TestBranchGoesOnAfterAStop(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, append(waits(60),
			node{id: "gone", typ: "OnHangupNode", to: map[string]string{"Hung Up": "first"}},
			note("first", "{{ Session.FromName }} has left", "keep"), node{id: "keep", typ: "SetValueNode", in: map[string]any{"Target": "Kept", "Value": "all of it"}, to: map[string]string{"Done": "long"}},
			node{id: "long", typ: "WaitNode", in: map[string]any{"Timeout": 600}, to: map[string]string{"Done": "second"}},
			note("second", "later there is {{ Session.Kept }} of {{ Session.FromName }}", ""))...)
		h.carrier.mustCall(toNumber(did)).hangUp(t)
		time.Sleep(time.Minute)
		h.Shutdown(nil)
		next := h.started(h.image(t))
		if n := next.times(t, "first: Carla has left"); n != 1 {
			t.Errorf("its beginning has run %d times", n)
		}
		logged(t, next.record(), "stops with the server, and goes on when it starts", "goes on: the server has started again")
		if next.times(t, "second: later there is") != 0 {
			t.Error("it did not wait")
		}
		time.Sleep(10 * time.Minute)
		next.Shutdown(nil)
		last := next.started(next.image(t))
		time.Sleep(20 * time.Minute)
		r := last.record()
		for words, want := range map[string]int{"second: later there is all of it of Carla\n": 1, "first: Carla has left\n": 1, "goes on: the server has started again": 1} {
			if n := strings.Count(logText(r), words); n != want {
				t.Errorf("%q stands there %d times:\n%s", words, n, logText(r))
			}
		}
		if r.Outcome != session.Completed || r.CustomerName != "" || len(r.Legs) != 1 {
			t.Errorf("the branch changed its session: %+v", r)
		}
	})
}

// Wherever between the recording and its branch the server is killed, the
// branch runs, once.
func TestRecordingReadySurvivesAKill(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		h.phone("alice", "10.0.0.11").on(picksUp(&ear{}, 0, 440, 0))
		later := note("later", "ready: {{ Session.RecordingFileId }} of {{ User.DisplayName }}, {{ Node.ring.DialStatus }}", "")
		h.number(did, dial("ring", map[string]any{"RecordCall": true}, map[string]string{"Recording Ready": "later"}, user(alice.ID)), later)
		var mu sync.Mutex
		images := map[string]string{}
		take := func(name string) {
			dir := h.image(t)
			mu.Lock()
			defer mu.Unlock()
			images[name] = dir
		}
		h.away.Store = &hooked{h.store, func(b session.StoredBranch, done bool) {
			if b.FileID == "" {
				take(map[bool]string{false: "the recording is listed", true: "the branch is stored"}[done])
			}
		}}
		c := h.carrier.mustCall(toNumber(did))
		c.whistle(t, 880, 4*time.Second)
		take("they talk")
		c.hangUp(t)
		if n := h.times(t, "later: ready: "); n != 1 {
			t.Fatalf("without a kill it has run %d times", n)
		}
		if len(images) != 3 {
			t.Fatalf("images of %d moments", len(images))
		}
		h.Shutdown(nil)
		take("all is over")
		for name, dir := range images {
			next := h.started(dir)
			r := next.record()
			fs := next.files()
			if len(fs) != 1 {
				t.Errorf("%s: %d files", name, len(fs))
				continue
			}
			if n := strings.Count(logText(r), "later: ready: "+fs[0].ID+" of Alice, Answered\n"); n != 1 || strings.Count(logText(r), "later: ready: ") != 1 {
				t.Errorf("killed when %s: it has run %d times\n%s", name, n, logText(r))
			}
			next.Shutdown(nil)
			again := next.started(next.image(t))
			if n := again.times(t, "later: ready: "); n != 1 {
				t.Errorf("killed when %s: after another start it has run %d times", name, n)
			}
			again.Shutdown(nil)
		}
	})
}

// A recording that isn't kept leaves nothing to do.
func TestNothingIsLeftOfNoRecording(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, recorder()...)
		h.carrier.mustCall(toNumber(did)).over(t, 15*time.Second)
		before := logText(h.record())
		h.Shutdown(nil)
		next := h.started(h.image(t))
		if after := logText(next.record()); after != before {
			t.Errorf("the log was\n%s\nand is\n%s", before, after)
		}
	})
}

// A branch with which the server dies each time is given up.
func TestBranchThatKills(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, append(waits(60), node{id: "gone", typ: "OnHangupNode", to: map[string]string{"Hung Up": "long"}},
			node{id: "long", typ: "WaitNode", in: map[string]any{"Timeout": 600}})...)
		h.carrier.mustCall(toNumber(did)).hangUp(t)
		time.Sleep(time.Minute)
		last := h
		for range 4 {
			time.Sleep(5 * time.Second)
			last = last.started(last.image(t))
		}
		r := last.record()
		logged(t, r, `Branch "Hung Up" can't go on: the server has failed 2 times while it ran`)
		if n := strings.Count(logText(r), "goes on: "); n != 2 {
			t.Errorf("it was tried %d times:\n%s", n, logText(r))
		}
	})
}
