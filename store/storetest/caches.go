package storetest

import (
	"testing"

	"ringflow/endpoints"
)

// cachesAreTold: whatever calls depend on tells caches when it changes, since on a database that
// is one server's alone they keep what they know until then. What nobody can know yet
// tells nothing: a recording would have every number looked up anew.
func cachesAreTold(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	tells := func(what string, want bool, do func() error) {
		t.Helper()
		before := s.Revision()
		must(t, do())
		if got := s.Revision() != before; got != want {
			t.Errorf("%s: caches are told: %t", what, got)
		}
	}
	number := &endpoints.Endpoint{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550100"}
	tells("a number", true, func() error { return s.PutEndpoint(ctx, number) })
	tells("a changed number", true, func() error { number.DisplayName = "Main"; return s.PutEndpoint(ctx, number) })
	tells("no number", true, func() error { return s.DeleteEndpoint(ctx, number.ID) })
	f := newFlow(t, s, a, "Menu")
	tells("a changed flow", true, func() error { f.Name = "Menu 2"; return s.PutFlow(ctx, f) })
	tells("no flow", true, func() error { return s.DeleteFlow(ctx, f.ID) })
	settings, err := s.Settings(ctx, a)
	must(t, err)
	tells("settings", true, func() error { return s.PutSettings(ctx, settings) })
	customer := &endpoints.Customer{AccountID: a, Name: "C"}
	tells("a customer", true, func() error { return s.PutCustomer(ctx, customer) })
	tells("no customer", true, func() error { return s.DeleteCustomer(ctx, customer.ID) })
	file := &endpoints.File{AccountID: a, Type: endpoints.VoiceMessage, FileName: "m.wav", Unread: true}
	tells("a file", false, func() error { return s.PutFile(ctx, file) })
	tells("a changed file", true, func() error { file.FileName = "n.wav"; return s.PutFile(ctx, file) })
	tells("a transcribed file", true, func() error { return s.SetTranscription(ctx, file.ID, "hello") })
	tells("a message that was heard", true, func() error { return s.MarkMessage(ctx, file.ID, false) })
	tells("no file", true, func() error { return s.DeleteFile(ctx, file.ID) })
}
