package session_test

import (
	"syscall"
	"testing"
	"time"

	"ringflow/session"
)

// fullDisk has room for so many bytes of each new blob.
type fullDisk struct {
	blobs
	room int
}

func (d fullDisk) Create(id string) (session.BlobWriter, error) {
	w, err := d.blobs.Create(id)
	return &fullWriter{BlobWriter: w, left: d.room}, err
}

type fullWriter struct {
	session.BlobWriter
	left int
}

func (w *fullWriter) Write(p []byte) (int, error) {
	const header = 44 // is written anew over and over, and needs no room
	if len(p) > header {
		if w.left -= len(p); w.left < 0 {
			return 0, syscall.ENOSPC
		}
	}
	return w.BlobWriter.Write(p)
}

// What was recorded until the disk was full is kept, and the log says that the
// rest is missing.
func TestRecordingOnAFullDisk(t *testing.T) {
	for name, c := range map[string]struct {
		room  int // bytes; a second has 16,000
		files int
		log   string
	}{
		"in the middle":       {3*16000 + 8000, 1, "The recording is not whole: "},
		"in the first second": {8000, 0, "The recording is lost: "},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				b, ok := h.Switchboard.Blob.(blobs)
				if !ok {
					t.Fatalf("the blobs are %T", h.Switchboard.Blob)
				}
				h.Switchboard.Blob = fullDisk{b, c.room}
				h.number(did, recorder()...)
				call := h.carrier.mustCall(toNumber(did))
				time.Sleep(2500 * time.Millisecond) // prompt and beep
				call.whistle(t, 600, 6*time.Second)
				call.press(t, "#")
				call.over(t, 10*time.Second)
				logged(t, h.record(), c.log, "no space left on device")
				fs := h.files()
				if len(fs) != c.files {
					t.Fatalf("%d files", len(fs))
				}
				for _, f := range fs {
					e := ear{samples: h.sound(f.ID).Samples()}
					if d := e.hears(600); d < time.Second || d > 3500*time.Millisecond || f.RecordingDuration > 3500*time.Millisecond {
						t.Errorf("of 6 s with room for 3.5, %s are kept, and the file says %s", d, f.RecordingDuration)
					}
				}
			})
		})
	}
}
