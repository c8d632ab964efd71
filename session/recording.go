package session

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
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

// tapeOf says what a recording is of.
type tapeOf struct {
	stereo bool // two sides
	call   bool // of a call, and not of a party alone: it is kept whatever is to be heard

	box        string // a message for this user's or team's voicemail box; empty: none
	mail       bool   // its owner is told by e-mail
	transcribe bool   // it is transcribed, a message before that
	transition string // of the branch that waits for it; empty: Recording Ready
}

// tape is a recording in the making. Whatever ends the call, keep or drop is
// its end, and Adopt at the next start if the server dies.
type tape struct {
	c          *call
	file       *endpoints.File // as it will be listed, but for its length
	blob       BlobWriter
	recorder   *media.Recorder
	untap      []func()
	armed      []*arming         // the branches that wait for it
	ready      func(file string) // told when it is stored; nil: nobody
	mail       bool              // a message whose owner is told by e-mail
	transcribe bool              // it is transcribed beside the call: no branch does so
	lost       error             // why it is not kept, or not listed before the next start
}

// newTape starts a recording. Its note, with all that its row will say, is there
// before it; outputs are what the node at work gives if the recording is its end.
func (c *call) newTape(name string, is tapeOf, outputs map[string]flow.Value) (*tape, error) {
	t := &tape{c: c, file: c.recordingFile(name), mail: is.mail, transcribe: is.transcribe && !c.leads(flow.TranscriptionReady)}
	if is.box != "" {
		c.message(t.file, is.box)
	}
	id, stereo := t.file.ID, is.stereo
	about, err := json.Marshal(unfinished{File: t.file, Stereo: stereo, Call: is.call, Mail: is.mail, Transcribe: t.transcribe})
	if err == nil {
		err = c.s.Blob.Note(id, about)
	}
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	if t.blob, err = c.s.Blob.Create(id); err != nil {
		t.forget()
		return nil, fmt.Errorf("recording: %w", err)
	}
	if t.recorder, err = media.NewRecorder(t.blob, recordRate, stereo); err != nil {
		t.drop()
		return nil, fmt.Errorf("recording: %w", err)
	}
	waiting := []string{cmp.Or(is.transition, recordingReady)}
	if is.transcribe {
		waiting = append(waiting, flow.TranscriptionReady)
	}
	for _, transition := range waiting {
		if a := c.arm(id, transition, outputs); a != nil {
			t.armed = append(t.armed, a)
		}
	}
	return t, nil
}

// recordingFile is the row of a recording of this call that begins now.
func (c *call) recordingFile(name string) *endpoints.File {
	if name == "" {
		name = fmt.Sprintf("%s %s", c.session.FromAddress, now().Format("2006-01-02 15.04.05"))
	}
	f := &endpoints.File{
		Entity: endpoints.Entity{ID: endpoints.NewID(), CreatedBy: "system"}, AccountID: c.account, SessionID: c.id,
		Type: endpoints.CallRecording, FileName: fileName(name), ContentType: "audio/wav",
		RecordingFrom: c.session.FromAddress, FromAddress: c.session.FromAddress, ToAddress: c.session.ToAddress,
	}
	if cust := c.customer(); cust != nil {
		f.CustomerID = cust.ID
	}
	c.nameUser(f)
	return f
}

// nameUser notes whose recording it is: it may be known only later, who took the call.
func (c *call) nameUser(f *endpoints.File) {
	switch {
	case f.UserID != "":
	case c.caller != nil:
		f.UserID = c.caller.ID
	case c.taker != nil:
		f.UserID = c.taker.ID
	}
}

// recordTalk records two parties, one a side, the caller left, or both in one
// channel. A recording that can't start is logged; the call goes on.
func (c *call) recordTalk(near, far *party, d flow.Dialling) *tape {
	t, err := c.newTape("", tapeOf{stereo: !d.Mono, call: true, transcribe: d.Transcribe}, map[string]flow.Value{"DialStatus": flow.Text(flow.DialAnswered), "AnsweredBy": flow.Text(c.session.AnsweredByName)})
	if err != nil {
		c.s.log().Error("a call can't be recorded", zap.String("session", c.id), zap.Error(err))
		c.journal.say("The call can't be recorded: %s", err)
		return nil
	}
	t.untap = []func(){near.audio.Tap(nil, c.hushed(near.audio.Port, t.recorder.Side(0))), far.audio.Tap(nil, t.recorder.Side(1))}
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
// kept of less than a second. Of one that a fault has cut short, such as a full
// disk, what there is is kept, and the log says that the rest is missing.
func (t *tape) keep() *flow.Recording {
	length, fault := t.stop()
	rec := &flow.Recording{Duration: length}
	what := t.what()
	err := fault
	if length >= shortest {
		t.file.RecordingDuration = length
		t.c.nameUser(t.file)
		t.file.ContentLength, err = t.blob.Commit()
	}
	switch {
	case err != nil:
		t.drop()
		t.lost = err
		t.c.s.log().Error("a "+what+" is lost", zap.String("session", t.c.id), zap.Error(err))
		t.c.journal.say("The %s is lost: %s", what, err)
		return rec
	case length < shortest:
		t.drop()
		return rec
	case fault != nil:
		t.lost = fault
		t.c.s.log().Error("a "+what+" is not whole", zap.String("session", t.c.id), zap.Error(fault))
		t.c.journal.say("The %s is not whole: %s", what, fault)
	}
	id := t.file.ID
	if err := t.list(); err != nil {
		t.lost = err
		t.c.s.log().Error("a "+what+" can't be listed before the next start", zap.String("session", t.c.id), zap.String("file", id), zap.Error(err))
		t.c.journal.say("The %s of %s can't be listed now, but at the next start of the server: %s", what, seconds(length), err)
		return rec
	}
	rec.File = id
	t.c.s.stats.recordings.Add(1)
	t.c.session.RecordingFileID = id
	t.c.journal.say("%s of %s kept as file %s: /files/%s/content", strings.ToUpper(what[:1])+what[1:], seconds(length), id, id)
	return rec
}

// list makes the row durable, after the bytes: every row has its file. If it
// can't, bytes and note are there for the next start.
func (t *tape) list() error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := t.c.s.Store.PutFile(ctx, t.file); err != nil {
		return err
	}
	if t.file.Type == endpoints.VoiceMessage {
		t.c.s.BoxChanged(t.file.UserID)
	}
	if t.hearFirst() {
		return nil
	}
	if err := t.tellByMail(ctx); err != nil { // the note stays, so that the next start does
		t.c.s.log().Error("a voice message can't be sent by e-mail before the next start", zap.String("session", t.c.id), zap.String("file", t.file.ID), zap.Error(err))
		t.c.journal.say("The message can't be sent by e-mail now, but at the next start of the server")
		return nil
	}
	t.forget()
	return nil
}

// what it is, in words.
func (t *tape) what() string {
	if t.file.Type == endpoints.VoiceMessage {
		return "message"
	}
	return "recording"
}

// storeTime bounds a write to the store for which a call waits.
const storeTime = 5 * time.Second

// drop throws the recording away.
func (t *tape) drop() {
	t.c.disarm(t)
	t.blob.Close() //nolint:errcheck // it is thrown away
	t.forget()
}

// forget removes the note. One that stays is for a blob that is gone or listed,
// which the next start finds out.
func (t *tape) forget() {
	if err := forget(t.c.s.Blob, t.file.ID); err != nil {
		t.c.s.log().Warn("the note of a recording stays", zap.Error(err))
	}
}
