package storetest

import (
	"bytes"
	"sync"
	"testing"

	"ringflow/endpoints"
)

// voicemail: boxes of users and teams, and what is in them.
func voicemail(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	alice := newUser(t, s, a, "alice")
	team := &endpoints.Endpoint{AccountID: a, Kind: endpoints.Team, DisplayName: "Sales"}
	must(t, s.PutEndpoint(ctx, team))
	message := func(owner string, unread bool) *endpoints.File {
		t.Helper()
		f := &endpoints.File{AccountID: a, UserID: owner, Type: endpoints.VoiceMessage, FileName: "m.wav", FromName: "Anna", FromAddress: "+12025550143", Unread: unread}
		must(t, s.PutFile(ctx, f))
		return f
	}
	box := func(owner string, want endpoints.Box) {
		t.Helper()
		if got, err := s.Box(ctx, owner); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	box(alice.ID, endpoints.Box{})
	first, second := message(alice.ID, true), message(alice.ID, true)
	message(team.ID, true)
	call := &endpoints.File{AccountID: a, UserID: alice.ID, Type: endpoints.CallRecording, FileName: "c.wav"}
	must(t, s.PutFile(ctx, call))
	box(alice.ID, endpoints.Box{New: 2})
	must(t, s.MarkMessage(ctx, first.ID, false))
	box(alice.ID, endpoints.Box{New: 1, Saved: 1})
	box(team.ID, endpoints.Box{New: 1})
	for _, unread := range []bool{true, false} {
		list, n, err := s.Files(ctx, endpoints.FileFilter{UserID: alice.ID, Unread: &unread})
		if err != nil || n != 1 || list[0].Unread != unread || list[0].FromName != "Anna" || unread != (list[0].ID == second.ID) {
			t.Errorf("unread %t: %d, %v", unread, n, err)
		}
	}
	must(t, s.MarkMessage(ctx, first.ID, true))
	must(t, s.DeleteFile(ctx, second.ID))
	box(alice.ID, endpoints.Box{New: 1})
	wantErr(t, s.MarkMessage(ctx, second.ID, true), errUnknown)
	wantErr(t, s.MarkMessage(ctx, call.ID, true), errUnknown)
	call.Unread = true
	wantInvalid(t, s.PutFile(ctx, call), "isUnread")

	// What the owner sets by phone, and what is set of the user meanwhile, are both kept.
	must(t, alice.Voicemail.SetPIN("4711"))
	alice.Voicemail.Greeting = "Hello, this is Alice."
	must(t, s.PutEndpoint(ctx, alice))
	greeting := endpoints.NewID()
	var both sync.WaitGroup
	for _, change := range []func(*endpoints.Voicemail) error{
		func(v *endpoints.Voicemail) error { v.GreetingFileID = greeting; return nil },
		func(v *endpoints.Voicemail) error { v.NoEmail, v.MP3 = true, true; return nil },
		func(v *endpoints.Voicemail) error { return v.SetPIN("081500") },
	} {
		both.Go(func() { must(t, s.ChangeVoicemail(ctx, alice.ID, change)) })
	}
	both.Wait()
	got, err := s.Endpoint(ctx, alice.ID)
	must(t, err)
	v := got.Voicemail
	if !v.Opens("081500") || v.Opens("4711") || v.Opens("") || v.Greeting != "Hello, this is Alice." || v.GreetingFileID != greeting || !v.NoEmail || !v.MP3 || got.SipHA1MD5 != alice.SipHA1MD5 {
		t.Errorf("kept %+v", got)
	}
	if dump := d.Dump(t); bytes.Contains(dump, []byte("argon2id$v=19$m=19456,t=2,p=1$"+v.PINHash[len("$argon2id$v=19$m=19456,t=2,p=1$"):])) {
		t.Error("the database shows what the PIN can be found from")
	}
	for _, bad := range []string{"123", "1234567890123", "12a4", "0000"} {
		wantInvalid(t, s.ChangeVoicemail(ctx, alice.ID, func(v *endpoints.Voicemail) error { return v.SetPIN(bad) }), "voicemailPin")
	}
	wantInvalid(t, s.ChangeVoicemail(ctx, alice.ID, func(v *endpoints.Voicemail) error { v.GreetingFileID = "../x"; return nil }), "voicemailGreetingFileId")
	wantErr(t, s.ChangeVoicemail(ctx, endpoints.NewID(), func(*endpoints.Voicemail) error { return nil }), errUnknown)
	number := newNumber(t, s, a, "+18005550100")
	number.Voicemail.NoEmail = true
	wantInvalid(t, s.PutEndpoint(ctx, number), "type")
	must(t, s.ChangeVoicemail(ctx, team.ID, func(v *endpoints.Voicemail) error { return v.SetPIN("2580") }))
	must(t, s.ChangeVoicemail(ctx, team.ID, func(v *endpoints.Voicemail) error { return v.SetPIN("") }))
	if got, err := s.Endpoint(ctx, team.ID); err != nil || got.Voicemail != (endpoints.Voicemail{}) {
		t.Errorf("%+v, %v", got, err)
	}
}
