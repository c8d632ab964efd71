package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/media"
)

// moment is one at which the server is killed: at a step, or when something is so.
type moment struct {
	step string
	when func(m *mortal) // waits for it, where it is no step
	kept bool            // whatever was recorded by then
	work bool            // the branch is at work: it runs from its beginning
}

// scene is a call that leaves a file.
type scene struct {
	kind string              // of the file
	box  bool                // it is a message: it lights the lamp and goes out by e-mail
	text bool                // what is said is kept with it
	ends func(p *media.Port) // ends the recording, once there is enough of it; nil: its flow does so
}

func pressesHash(p *media.Port) {
	_ = p.SendDigits(context.Background(), "#") // of a call that may be dead
}

var whileRecorded = moment{step: "while it is recorded", when: func(m *mortal) { m.hasRecorded(time.Second) }, kept: true}

// hasRecorded waits until so much sound, of one side, is on the disk of what is in the making.
func (h *house) hasRecorded(d time.Duration) {
	h.t.Helper()
	h.eventually(fmt.Sprintf("%s are recorded", d), func() bool { return h.records(d) })
}

func (h *house) records(d time.Duration) bool {
	making, _ := filepath.Glob(filepath.Join(h.data, "files", "*.part"))
	return slices.ContainsFunc(making, func(file string) bool {
		info, err := os.Stat(file)
		return err == nil && info.Size() >= 44+int64(d.Seconds()*2*media.ClipRate)
	})
}

// asks are the nodes of a branch that asks the web server, by the file's id.
func (m *mortal) asks() []M {
	return []M{
		node("h", "HttpRequestNode", M{"Url": text(m.web.url + "/{{ Session.RecordingFileId }}"), "Success": next("l")}),
		node("l", "LogNode", M{"Message": text("the web knows {{ Session.RecordingFileId }}")}),
	}
}

func (m *mortal) takesMessages() {
	m.number(did, m.flow("Voicemail", append([]M{node("vm", "VoicemailNode", M{
		"User":          M{"type": "User", "value": M{"stringValue": m.alice.ID}},
		"AudioFile":     M{"type": "AudioFile", "value": M{"stringValue": m.upload("greeting.wav", tone(1000, 300*time.Millisecond))}},
		"Message Ready": next("h"),
	})}, m.asks()...)...))
	m.own = m.files() // the greeting
}

// messageMoments are those between any two steps of leaving a message, from the
// first to the last.
var messageMoments = [][]moment{{
	{step: "before the note"},
	{step: "after the note"},
	{step: "after the file is made"},
	{step: "after the branch waits"},
	whileRecorded,
	{step: "before the bytes are kept", kept: true},
}, {
	{step: "after the bytes are kept", kept: true},
	{step: "after the row", kept: true},
	{step: "before the e-mail", kept: true},
	{step: "after the e-mail", kept: true},
	{step: "before the note goes", kept: true},
}, {
	{step: "after the note has gone", kept: true},
	{step: "before the branch begins", kept: true},
	{step: "after the branch begins", kept: true},
	{step: "before the branch is over", kept: true, work: true},
	{step: branchIsOver, kept: true},
}}

// kill -9 between any two steps of leaving a message: what was recorded is kept and
// played, its e-mail and its branch go out once, the phone's lamp is right, and
// nothing is left over.
func TestKilledWhileAMessageIsLeft(t *testing.T) {
	t.Parallel()
	together(t, messageMoments, firstStep, func(t *testing.T, moments []moment) {
		m := startMortal(t)
		m.takesMessages()
		m.plays(scene{kind: "VoiceMessage", box: true, ends: pressesHash}, moments)
	})
}

func firstStep(all []moment) string { return all[0].step }

// plays the scene once for each of the moments, and looks after each what there is.
func (m *mortal) plays(s scene, moments []moment) {
	t := m.t
	var twice []string
	for _, at := range moments {
		if at.when == nil {
			m.diesAt(at.step)
		}
		port, hangUp := m.rings(did)
		if at.when != nil {
			at.when(m)
			m.kill()
		} else {
			if s.ends != nil {
				m.eventually(at.step+": there is enough of it, or the program is dead", func() bool { return m.records(time.Second) || m.ended() })
				s.ends(port)
			}
			m.hasDied(at.step)
		}
		m.lives()
		hangUp()
		m.isOver(at.step)
		if at.kept {
			id := m.keeps(at.step, s)
			if at.work {
				twice = append(twice, id)
			}
		} else if ids := m.fresh(); len(ids) > 0 {
			t.Errorf("%s: there are the files %v", at.step, ids)
		}
		if s.box {
			m.lampShows(at.step, "0/0")
		}
		m.nothingElse(at.step)
	}
	pause(t.Context(), 2*time.Second)
	m.ran(twice...)
	if n := len(m.mails()); s.box && n != len(m.left) {
		t.Errorf("%d e-mails came of %d messages", n, len(m.left))
	}
}

// keeps wants the scene's file, and all that comes of it, and deletes it then.
func (m *mortal) keeps(when string, s scene) string {
	m.t.Helper()
	id := m.one(when, s.kind, time.Second)
	if s.box {
		m.lampShows(when, "1/0")
		m.eventually(when+": the e-mail comes", func() bool { return len(m.mails()) >= len(m.left) })
	}
	if s.text {
		m.eventually(when+": it is transcribed", func() bool {
			var f struct{ Transcription string }
			m.get("/files/"+id, &f)
			return f.Transcription == spoken
		})
	}
	m.eventually(when+": the branch runs", func() bool { return m.web.times(id) > 0 })
	if when != branchIsOver { // or the next moment may be this branch's
		m.eventually(when+": the branch is over", func() bool { return strings.Contains(m.out.String(), branchIsOver+"\n") })
	}
	m.nothingElse(when)
	m.clears(id)
	return id
}
