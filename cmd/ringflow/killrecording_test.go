package main

import "testing"

// recordingMoments are those between any two steps of a recording's end.
var recordingMoments = [][]moment{{
	{step: "after the branch waits"},
	whileRecorded,
	{step: "before the bytes are kept", kept: true},
	{step: "after the bytes are kept", kept: true},
	{step: "after the row", kept: true},
	{step: "before the note goes", kept: true},
}, {
	{step: "after the note has gone", kept: true},
	{step: "before the branch begins", kept: true},
	{step: "after the branch begins", kept: true},
	{step: "while the branch is at work", when: func(m *mortal) { <-m.web.keeps() }, kept: true, work: true},
	{step: "before the branch is over", kept: true, work: true},
	{step: branchIsOver, kept: true},
}}

// kill -9 between any two steps of a recording's end: what was recorded is kept, its
// branch runs once, or, where it was at work, from its beginning.
func TestKilledAtARecordingsEnd(t *testing.T) {
	t.Parallel()
	together(t, recordingMoments, firstStep, func(t *testing.T, moments []moment) {
		m := startMortal(t)
		m.number(did, m.flow("Recorded", append([]M{
			node("s", "StartRecordingNode", M{"Channels": text("Mono"), "Recording Ready": next("h"), "Done": next("w")}),
			node("w", "WaitNode", M{"Timeout": amount(2.5), "Done": next("e")}),
			node("e", "StopRecordingNode", M{"Done": next("a")}),
			node("a", "WaitNode", M{"Timeout": amount(60)}),
		}, m.asks()...)...))
		m.plays(scene{kind: "CallRecording"}, moments)
	})
}

// What is said in a recording is known after any kill, and its branch runs once.
func TestKilledBeforeTranscriptionReady(t *testing.T) {
	t.Parallel()
	m := startMortal(t)
	m.number(did, m.flow("Transcribed", append([]M{
		node("r", "RecordNode", M{"Transcribe": yes(), "MaxSeconds": amount(3), "PlayBeep": no(), "Transcription Ready": next("h")}),
	}, m.asks()...)...))
	m.plays(scene{kind: "CallRecording", text: true}, []moment{
		whileRecorded,
		{step: "after the row", kept: true},
		{step: "before the text", kept: true},
		{step: "after the text", kept: true},
		{step: "before the branch is over", kept: true, work: true},
	})
}
