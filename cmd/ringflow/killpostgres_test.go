package main

import "testing"

// The same on PostgreSQL, at a moment of each kind.
func TestKilledOnPostgreSQL(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	m := startMortal(t, "RINGFLOW_STORE_URL=postgres://test@localhost/postgres?host="+db.dir+"&sslmode=disable")
	m.takesMessages()
	m.plays(scene{kind: "VoiceMessage", box: true, ends: pressesHash}, []moment{
		whileRecorded,
		{step: "after the bytes are kept", kept: true},
		{step: "after the row", kept: true},
		{step: "after the branch begins", kept: true},
	})
	m.offers([]offerMoment{offerMoments[0][3], offerMoments[2][1]})
}
