package session

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
)

const (
	// recordRate is that of G.711, in Hz.
	recordRate = 8000
	// shortest recording that is kept.
	shortest = time.Second
)

// tape is a recording in the making. Whatever ends the call, keep or drop is
// its end.
type tape struct {
	c        *call
	id       string
	blob     BlobWriter
	recorder *media.Recorder
	untap    []func()
	started  time.Time
}

func (c *call) newTape(stereo bool) (*tape, error) {
	id := endpoints.NewID()
	w, err := c.s.Blob.Create(id)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	r, err := media.NewRecorder(w, recordRate, stereo)
	if err != nil {
		w.Close() //nolint:errcheck // it is thrown away
		return nil, fmt.Errorf("recording: %w", err)
	}
	return &tape{c: c, id: id, blob: w, recorder: r, started: now()}, nil
}

// recordTalk records two parties, one a side: the caller left. A recording that
// can't start is logged; the call goes on.
func (c *call) recordTalk(near, far *party) *tape {
	t, err := c.newTape(true)
	if err != nil {
		c.s.log().Error("a call can't be recorded", zap.String("session", c.id), zap.Error(err))
		c.journal.say("The call can't be recorded: %s", err)
		return nil
	}
	t.untap = []func(){near.audio.Tap(nil, t.recorder.Side(0)), far.audio.Tap(nil, t.recorder.Side(1))}
	c.journal.say("Recording starts")
	return t
}

// stop ends the recording's sound.
func (t *tape) stop() (time.Duration, error) {
	for _, f := range t.untap {
		f()
	}
	t.untap = nil
	return t.recorder.Close()
}

// keep ends the recording and stores it as a file of the session. Nothing is
// kept of less than a second.
func (t *tape) keep(name string) *flow.Recording {
	length, err := t.stop()
	rec := &flow.Recording{Duration: length}
	if err == nil && length < shortest {
		t.drop()
		return rec
	}
	if err == nil {
		err = t.store(name, length)
	}
	if err != nil {
		t.drop()
		t.c.s.log().Error("a recording is lost", zap.String("session", t.c.id), zap.Error(err))
		t.c.journal.say("The recording is lost: %s", err)
		return rec
	}
	rec.File = t.id
	t.c.s.stats.recordings.Add(1)
	t.c.session.RecordingFileID = t.id
	t.c.journal.say("Recording of %s kept as file %s: /files/%s/content", seconds(length), t.id, t.id)
	return rec
}

// store makes bytes and row durable, in this order: every row has its file.
func (t *tape) store(name string, length time.Duration) error {
	size, err := t.blob.Commit()
	if err != nil {
		return err
	}
	c := t.c
	if name == "" {
		name = fmt.Sprintf("%s %s", c.session.FromAddress, t.started.Format("2006-01-02 15.04.05"))
	}
	f := &endpoints.File{
		Entity: endpoints.Entity{ID: t.id, DateCreated: now(), CreatedBy: "system"}, AccountID: c.account, SessionID: c.id,
		Type: endpoints.CallRecording, FileName: fileName(name), ContentType: "audio/wav", ContentLength: size,
		RecordingDuration: length, RecordingFrom: c.session.FromAddress, FromAddress: c.session.FromAddress, ToAddress: c.session.ToAddress,
	}
	if c.customer != nil {
		f.CustomerID = c.customer.ID
	}
	if u := c.caller; u != nil {
		f.UserID = u.ID
	} else if c.taker != nil {
		f.UserID = c.taker.ID
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := c.s.Store.PutFile(ctx, f); err != nil {
		c.s.Blob.Remove(t.id) //nolint:errcheck // without a row nobody finds it; the error that counts is the row's
		return err
	}
	return nil
}

// storeTime bounds a write to the store for which a call waits.
const storeTime = 5 * time.Second

// drop throws the recording away.
func (t *tape) drop() {
	t.blob.Close() //nolint:errcheck // it is thrown away
}
