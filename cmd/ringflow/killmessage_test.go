package main

import (
	"testing"
	"time"
)

// moment is one at which the server is killed: at a step, or when that is so.
type moment struct {
	step string
	when func(m *mortal) // waits for it; nil: at the step
	kept bool            // whatever was recorded by then
	work bool            // the branch is at work: it runs from its beginning
}

func (m *mortal) takesMessages() {
	m.number(did, m.flow("Voicemail",
		node("vm", "VoicemailNode", M{
			"User":          M{"type": "User", "value": M{"stringValue": m.alice.ID}},
			"AudioFile":     M{"type": "AudioFile", "value": M{"stringValue": m.upload("greeting.wav", tone(1000, 300*time.Millisecond))}},
			"Message Ready": next("h"),
		}),
		node("h", "HttpRequestNode", M{"Url": text(m.web.url + "/{{ Session.RecordingFileId }}"), "Success": next("l")}),
		node("l", "LogNode", M{"Message": text("the web knows {{ Session.RecordingFileId }}")})))
	m.own = m.files() // the greeting
}

// messageMoments are those between any two steps of leaving a message, from the
// first to the last.
var messageMoments = [][]moment{{
	{step: "before the note"},
	{step: "after the note"},
	{step: "after the file is made"},
	{step: "after the branch waits"},
	{when: func(m *mortal) { pause(m.t.Context(), 2500*time.Millisecond) }, kept: true},
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
	{step: "after the branch is over", kept: true},
}}

// kill -9 between any two steps of leaving a message: what was recorded is kept and
// played, its e-mail and its branch go out once, the phone's lamp is right, and
// nothing is left over.
func TestKilledWhileAMessageIsLeft(t *testing.T) {
	t.Parallel()
	for i, moments := range messageMoments {
		t.Run(moments[0].step, func(t *testing.T) {
			t.Parallel()
			m := startMortal(t, portsOf(i))
			m.takesMessages()
			m.messages(moments)
		})
	}
}

func (m *mortal) messages(moments []moment) {
	t := m.t
	var twice []string
	for _, at := range moments {
		name := at.step
		if name == "" {
			name = "while it is recorded"
		} else {
			m.diesAt(at.step)
		}
		port, hangUp := m.rings(did)
		if at.when != nil {
			at.when(m)
			m.kill()
		} else {
			pause(t.Context(), 1800*time.Millisecond) // greeting, beep, and a second at least
			_ = port.SendDigits(t.Context(), "#")
			m.hasDied(at.step)
		}
		m.lives()
		hangUp()
		m.isOver(name)
		mails := len(m.left)
		if !at.kept {
			m.lampShows(name, "0/0")
			if ids := m.fresh(); len(ids) > 0 {
				t.Errorf("%s: there are the files %v", name, ids)
			}
		} else {
			id := m.one(name, "VoiceMessage", time.Second)
			mails++
			m.lampShows(name, "1/0")
			m.eventually(name+": the branch runs", func() bool { return m.web.times(id) > 0 })
			m.eventually(name+": the e-mail comes", func() bool { return len(m.mails()) >= mails })
			m.nothingElse(name)
			if at.work {
				twice = append(twice, id)
			}
			m.clears(id)
			m.lampShows(name+", then deleted", "0/0")
		}
		m.nothingElse(name)
	}
	pause(t.Context(), 2*time.Second)
	m.ran(twice...)
	if n := len(m.mails()); n != len(m.left) {
		t.Errorf("%d e-mails came of %d messages", n, len(m.left))
	}
}
