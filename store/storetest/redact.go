package storetest

import (
	"io/fs"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// redactSession: who spoke with whom is gone, what it counts for isn't.
func redactSession(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account := newAccount(t, s, "A")
	r := newRecord(account)
	r.Started, r.Ended = base, base.Add(time.Minute)
	r.FromAddress, r.FromName, r.ToAddress, r.Destination, r.AnsweredByName, r.ConsoleData, r.SipCallID, r.Machine = "x", "x", "x", "x", "x", "x", "x", "Human"
	live := newRecord(account)
	save(t, s, session.Change{Record: r, New: true, Log: lines(r.Started, "a", "b"), Legs: []session.LegRecord{{ID: "l", From: "x", To: "x", SipCallID: "x", SipCode: 200}}},
		session.Change{Record: live, New: true, Log: lines(base, "c")})
	f := &endpoints.File{AccountID: account, SessionID: r.ID, Type: endpoints.CallRecording, FileName: "x.wav"}
	must(t, s.PutFile(ctx, f))
	files, err := s.RedactRecord(ctx, r.ID, "redacted")
	if err != nil || len(files) != 1 || files[0].ID != f.ID {
		t.Errorf("%v, %v", files, err)
	}
	got, err := s.Record(ctx, r.ID)
	must(t, err)
	if got.FromAddress+got.FromName+got.ToAddress+got.Destination+got.AnsweredByName+got.ConsoleData+got.SipCallID != "" || got.Machine != "Human" ||
		len(got.Log) != 1 || got.Log[0].Message != "redacted" || len(got.Legs) != 1 || got.Legs[0].From+got.Legs[0].To+got.Legs[0].SipCallID != "" || got.Legs[0].SipCode != 200 {
		t.Errorf("%+v", got)
	}
	_, err = s.File(ctx, f.ID)
	wantErr(t, err, fs.ErrNotExist)
	_, err = s.RedactRecord(ctx, live.ID, "redacted")
	wantInvalid(t, err, "sessionId")
	_, err = s.RedactRecord(ctx, endpoints.NewID(), "redacted")
	wantErr(t, err, fs.ErrNotExist)
}
