package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/flow"
)

const (
	// mailPatience is how long the e-mail of a voice message waits for what is said in
	// it, with the turns of other recordings before it.
	mailPatience = 15 * time.Minute
	// maxHearings is at how many starts of the server a message is transcribed anew: one
	// that takes the server down with it must not keep its e-mail back for ever.
	maxHearings = 2
)

// hears tells whether recordings can be transcribed.
func (s *Switchboard) hears() bool { return s.Ears != nil && s.Ears.Able() }

// hearFirst transcribes a recording that is in the store while the call goes on, a
// message before it is sent; its note stays until that is done. False: nobody can, or
// it is not wanted, so that a message is sent at once.
func (t *tape) hearFirst() bool {
	switch {
	case !t.transcribe:
		return false
	case !t.c.s.hears():
		t.c.journal.say("The %s can't be transcribed: %s", t.what(), flow.ErrNoHearing)
		return false
	}
	then, note := t.c.frozen(), unfinished{File: t.file, Mail: t.mail}
	then.s.start(then, func() {
		ctx, cancel := context.WithTimeoutCause(then.s.after, mailPatience, errMailPatience)
		defer cancel()
		then.settle(ctx, note, then.journal.say)
	})
	return true
}

var errMailPatience = fmt.Errorf("no transcription within %v", mailPatience)

// settle transcribes a recording and sends it then, with or without the text, if it is
// a message that is to be sent. What the end of the server cuts off, or the store
// can't take, is done at the next start.
func (c *call) settle(ctx context.Context, note unfinished, say func(format string, args ...any)) {
	id, what := note.File.ID, (&tape{file: note.File}).what()
	text, err := c.transcribe(ctx, id)
	switch {
	case err != nil && c.s.after.Err() != nil:
		return
	case err != nil:
		say("The %s can't be transcribed: %s", what, err)
	case text == "":
		say("Nothing was understood of what is said in the %s", what)
	default:
		say("The %s is transcribed: %d characters", what, len([]rune(text)))
	}
	if err := c.post(note, text, say); err != nil {
		c.s.log().Error("a voice message can't be sent by e-mail before the next start", zap.String("session", c.id), zap.String("file", id), zap.Error(err))
		say("The message can't be sent by e-mail now, but at the next start of the server")
		return
	}
	if err := forget(c.s.Blob, id); err != nil {
		c.s.log().Warn("the note of a recording stays", zap.Error(err))
	}
}

// post sends a message with what was said in it, also where that could not be kept.
func (c *call) post(note unfinished, text string, say func(format string, args ...any)) error {
	if !note.Mail {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	f, err := c.s.Store.File(ctx, note.File.ID)
	if errors.Is(err, fs.ErrNotExist) {
		say("The message was deleted before it was sent by e-mail")
		return nil
	} else if err != nil {
		return err
	}
	f.Transcription = text
	told, err := mailMessage(ctx, c.s.Store, c.s.Mail, f)
	if told != "" && err == nil {
		say("%s", told)
	}
	return err
}

// leave keeps the note of a recording that is to be transcribed for the switchboard,
// which Adopt runs before. False: it was left often enough, or needs nothing.
func (a *adoption) leave() (bool, error) {
	if !a.note.Transcribe || a.note.File.Transcription != "" || a.note.Hearings >= maxHearings {
		return false, nil
	}
	a.note.Hearings++
	about, err := json.Marshal(a.note)
	if err == nil {
		err = a.blobs.Note(a.id, about)
	}
	return err == nil, err
}

// unheard are the recordings that Adopt left to be transcribed. Call it before the
// first call, whose recordings are not among them.
func (s *Switchboard) unheard() (notes []unfinished) {
	blobs, ok := s.Blob.(Remains)
	if !ok {
		return nil
	}
	ids, err := blobs.Unfinished()
	if err != nil {
		s.log().Error("the recordings that the last run left can't be listed; they are transcribed, and messages sent, at the next start", zap.Error(err))
	}
	for _, id := range ids {
		var note unfinished
		about, err := blobs.About(id)
		if err == nil && json.Unmarshal(about, &note) == nil && note.File != nil && note.Transcribe && note.Hearings > 0 && note.Gone == 0 {
			notes = append(notes, note)
		}
	}
	return notes
}

// hearLeft transcribes what Adopt left, and sends the messages among it. All have the same
// time: none waits for the others longer than its e-mail may.
func (s *Switchboard) hearLeft(notes []unfinished) {
	ctx, cancel := context.WithTimeoutCause(s.after, mailPatience, errMailPatience)
	defer cancel()
	free := make(chan struct{}, maxTakenUp)
	var busy sync.WaitGroup
	defer busy.Wait()
	for _, note := range notes {
		select {
		case free <- struct{}{}:
		case <-s.after.Done():
			return
		}
		c := &call{s: s, id: note.File.SessionID, account: note.File.AccountID, flow: new(flow.Flow)}
		busy.Add(1)
		s.start(c, func() {
			defer busy.Done()
			defer func() { <-free }()
			c.settle(ctx, note, c.sayLater)
		})
	}
}

// sayLater is the journal of a call of which nothing lives any more.
func (c *call) sayLater(format string, args ...any) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := sayLater(ctx, c.s.Store, c.id, format, args...); err != nil {
		c.s.log().Warn("the log of a session lacks a line", zap.String("session", c.id), zap.Error(err))
	}
}
