package session_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
)

// keepDays sets for how long the account keeps recordings; 0: for ever.
func (h *house) keepDays(t *testing.T, days int) {
	t.Helper()
	v, err := h.store.Settings(t.Context(), h.account)
	if err != nil {
		t.Fatal(err)
	}
	v.RecordingRetentionDays = &days
	if err := h.store.PutSettings(t.Context(), v); err != nil {
		t.Fatal(err)
	}
}

// file stores one of that type, with as many bytes as it may take.
func (h *house) file(t *testing.T, typ endpoints.FileType, session string) string {
	t.Helper()
	id := endpoints.NewID()
	w, err := h.Blob.Create(id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("RIFF")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	f := &endpoints.File{Entity: endpoints.Entity{ID: id}, AccountID: h.account, SessionID: session, Type: typ, FileName: "f.wav", ContentType: "audio/wav", RecordingDuration: 4 * time.Second}
	if err := h.store.PutFile(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	return id
}

// kept are the ids of the files that are there, sorted, each with its bytes.
func (h *house) kept(t *testing.T) (ids []string) {
	t.Helper()
	for _, f := range h.files() {
		r, _, err := h.Blob.Open(f.ID)
		if err != nil {
			t.Errorf("a row without bytes: %v", err)
			continue
		}
		r.Close()
		ids = append(ids, f.ID)
	}
	slices.Sort(ids)
	return ids
}

// blobsLeft are the names of all that is in the files' folder.
func blobsLeft(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Recordings and voice messages go when they are older than the account's days,
// not an hour before; uploads, and those of accounts that keep them, stay.
func TestRetention(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, start("w", "Stereo"), node{id: "w", typ: "WaitNode", in: map[string]any{"Timeout": 60}}, ready)
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(3 * time.Second)
		c.hangUp(t)
		r := h.record()
		recording := h.recordings()[0].ID
		upload, voice := h.file(t, endpoints.Upload, ""), h.file(t, endpoints.VoiceMessage, endpoints.NewID())
		all := []string{recording, upload, voice}
		slices.Sort(all)

		time.Sleep(24 * time.Hour)
		if got := h.kept(t); !slices.Equal(got, all) {
			t.Fatalf("without a setting %v are left of %v", got, all)
		}
		h.keepDays(t, 0)
		time.Sleep(2 * time.Hour)
		h.keepDays(t, 2)
		time.Sleep(21 * time.Hour)
		if got := h.kept(t); !slices.Equal(got, all) {
			t.Fatalf("too early: %v are left of %v", got, all)
		}
		time.Sleep(3 * time.Hour)
		if got := h.kept(t); !slices.Equal(got, []string{upload}) || !slices.Equal(blobsLeft(t, h.dir), []string{upload}) {
			t.Errorf("%v are left, and of bytes %v", got, blobsLeft(t, h.dir))
		}
		r, err := h.store.Record(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		logged(t, r, "file "+recording+", was deleted: the account keeps them for 2 days")
		told := h.log.FilterMessageSnippet("older than the account keeps them").All()
		if len(told) != 1 || told[0].ContextMap()["files"] != int64(2) || told[0].ContextMap()["account"] != h.account {
			t.Errorf("the server's log has %d lines: %+v", len(told), told)
		}
	})
}

// Many go in batches, all of them, and none of a younger day.
func TestRetentionInBatches(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.keepDays(t, 1)
		for range 120 {
			h.file(t, endpoints.CallRecording, "")
		}
		time.Sleep(12 * time.Hour)
		young := h.file(t, endpoints.CallRecording, "")
		time.Sleep(14 * time.Hour)
		if got := h.kept(t); !slices.Equal(got, []string{young}) {
			t.Errorf("%d are left", len(got))
		}
	})
}

// death is that of a server at a step of a deletion.
type death struct {
	before bool // the row is not gone yet
	once   sync.Once
	image  func() string // of the disk
	left   chan string   // which the server leaves
}

func (d *death) comes() { d.once.Do(func() { d.left <- d.image() }) }

// DeleteFile dies if it shall.
func (s *awayStore) DeleteFile(ctx context.Context, id string) error {
	d := s.dies.Load()
	switch {
	case d == nil:
		return s.Store.DeleteFile(ctx, id)
	case d.before:
		d.comes()
		return errors.New("the server is dead")
	}
	err := s.Store.DeleteFile(ctx, id)
	d.comes()
	return err
}

// kill -9 at any step of a deletion leaves no row without bytes, and after the
// next start no bytes without a row.
func TestRetentionSurvivesTheServer(t *testing.T) {
	for name, before := range map[string]bool{"before the row is gone": true, "after it": false} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.number(did, waits(1)...)
				h.carrier.mustCall(toNumber(did)).over(t, 5*time.Second)
				call := h.record()
				id := h.file(t, endpoints.CallRecording, call.ID)
				d := &death{before: before, image: func() string { return h.image(t) }, left: make(chan string, 1)}
				h.away.dies.Store(d)
				h.keepDays(t, 1)
				time.Sleep(26 * time.Hour)
				var dead string
				select {
				case dead = <-d.left:
				default:
					t.Fatal("nothing was deleted")
				}
				if !slices.Contains(blobsLeft(t, dead), id) || !slices.Contains(blobsLeft(t, dead), id+".note") {
					t.Errorf("the dead server left %v", blobsLeft(t, dead))
				}
				next := h.started(dead)
				if left := blobsLeft(t, dead); len(left) != 0 {
					t.Errorf("%v are left after the start", left)
				}
				if _, err := next.store.File(t.Context(), id); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("the row is there: %v", err)
				}
				r, err := next.store.Record(t.Context(), call.ID)
				if err != nil || strings.Count(logText(r), "was deleted: the account keeps them for 1 day") != 1 {
					t.Errorf("%v, log:\n%s", err, logText(r))
				}
			})
		})
	}
}
