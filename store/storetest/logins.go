package storetest

import (
	"io/fs"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/sip"
	"ringflow/store"
)

func logins(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	l := &endpoints.Login{EmailAddress: "Ann@Example.com", FirstName: "Ann", PasswordHash: "$argon2id$x", Roles: []endpoints.Role{endpoints.Manager, endpoints.CustomerRole}, AccountIDs: []string{a, b}}
	slices.Sort(l.AccountIDs)
	must(t, s.PutLogin(ctx, l))
	for name, get := range map[string]func() (*endpoints.Login, error){
		"id":   func() (*endpoints.Login, error) { return s.Login(ctx, l.ID) },
		"mail": func() (*endpoints.Login, error) { return s.LoginByEmail(ctx, " ANN@example.com") },
	} {
		if got, err := get(); err != nil || !reflect.DeepEqual(got, l) {
			t.Errorf("by %s: %+v, %v", name, got, err)
		}
	}
	l.AccountIDs = []string{b}
	must(t, s.PutLogin(ctx, l))
	must(t, s.PutLogin(ctx, &endpoints.Login{EmailAddress: "bob@example.com", PasswordHash: "$", AccountIDs: []string{a}, EndpointID: "e1"}))
	for name, c := range map[string]struct {
		f    endpoints.LoginFilter
		want []string
	}{
		"account":  {endpoints.LoginFilter{AccountIDs: []string{b}}, []string{"ann@example.com"}},
		"mail":     {endpoints.LoginFilter{EmailFilter: "EXAMPLE"}, []string{"ann@example.com", "bob@example.com"}},
		"endpoint": {endpoints.LoginFilter{EndpointID: "e1"}, []string{"bob@example.com"}},
	} {
		list, total, err := s.Logins(ctx, c.f)
		must(t, err)
		if got := ids(list, func(l *endpoints.Login) string { return l.EmailAddress }); !slices.Equal(got, c.want) || total != len(c.want) {
			t.Errorf("%s: %v (%d)", name, got, total)
		}
	}
	wantInvalid(t, s.PutLogin(ctx, &endpoints.Login{EmailAddress: "x@example.com", PasswordHash: "$", AccountIDs: []string{endpoints.NewID()}}), "accountIds")
	_, err := s.LoginByEmail(ctx, "x@example.com")
	wantErr(t, err, fs.ErrNotExist) // nothing stays of a put that failed
	must(t, s.DeleteLogin(ctx, l.ID))
	wantErr(t, s.DeleteLogin(ctx, l.ID), fs.ErrNotExist)
}

// loginOfUser: a user and its login are kept together, and go together.
func loginOfUser(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	must(t, s.PutLogin(ctx, &endpoints.Login{EmailAddress: "taken@example.com", PasswordHash: "$"}))
	user := func() *endpoints.Endpoint {
		return &endpoints.Endpoint{AccountID: a, Kind: endpoints.User, FirstName: "Ann", UserMode: endpoints.ModeFlow}
	}
	login := func(email string) *endpoints.Login {
		return &endpoints.Login{EmailAddress: email, PasswordHash: "$", Roles: []endpoints.Role{endpoints.UserRole}, AccountIDs: []string{a}}
	}
	wantErr(t, s.PutUser(ctx, user(), login("taken@example.com")), fs.ErrExist)
	wantInvalid(t, s.PutUser(ctx, user(), login("nobody")), "emailAddress")
	if _, n, err := s.Endpoints(ctx, endpoints.EndpointFilter{}); n != 0 || err != nil {
		t.Errorf("%d users without the login that they should have, %v", n, err)
	}
	e, l := user(), login("ann@example.com")
	must(t, s.PutUser(ctx, e, l))
	must(t, s.PutUser(ctx, e, nil))
	got, err := s.LoginByEmail(ctx, "ann@example.com")
	must(t, err)
	if got.EndpointID != e.ID || got.ID != l.ID {
		t.Errorf("%+v", got)
	}
	must(t, s.DeleteEndpoint(ctx, e.ID))
	_, err = s.Login(ctx, l.ID)
	wantErr(t, err, fs.ErrNotExist)
	_, err = s.LoginByEmail(ctx, "taken@example.com")
	must(t, err) // somebody else's
}

// webSessions outlive the server, and end with their time and their login.
func webSessions(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	l := &endpoints.Login{EmailAddress: "ann@example.com", PasswordHash: "$"}
	must(t, s.PutLogin(ctx, l))
	at := func(token string, ago, life time.Duration) store.WebSession {
		return store.WebSession{Token: token, LoginID: l.ID, Fingerprint: "f", Life: life, Used: time.Now().Add(-ago).UTC().Truncate(time.Microsecond)}
	}
	there := func(tokens string) {
		t.Helper()
		got := ""
		for _, token := range []string{"a", "b", "c", "d"} {
			if w, err := s.WebSession(ctx, token); err == nil && w.LoginID == l.ID && w.Fingerprint == "f" {
				got += token
			}
		}
		if got != tokens {
			t.Errorf("there are %q, want %q", got, tokens)
		}
	}
	must(t, s.AddWebSessions(ctx, 2, at("a", time.Minute, time.Hour), at("b", 2*time.Minute, time.Minute)))
	there("a")
	s = d.Open(t)
	there("a")
	must(t, s.TouchWebSession(ctx, "a"))
	must(t, s.AddWebSessions(ctx, 2, at("b", 30*time.Second, time.Hour)))
	must(t, s.AddWebSessions(ctx, 2, at("c", 0, time.Hour)))
	there("ac") // b was used longest ago
	must(t, s.EndWebSessions(ctx))
	must(t, s.EndWebSessions(ctx, "a", "nobody's"))
	there("c")
	must(t, s.AddWebSessions(ctx, 3, at("d", 0, time.Hour), at("b", 2*time.Hour, time.Hour)))
	for token, want := range map[string]bool{"d": true, "b": false, "nobody's": false} { // one is good, one is over
		for range 2 {
			taken, err := s.TakeWebSession(ctx, token)
			must(t, err)
			if taken != want {
				t.Errorf("%s is taken: %t", token, taken)
			}
			want = false
		}
	}
	there("c")
	_, err := s.WebSession(ctx, "a")
	wantErr(t, err, fs.ErrNotExist)
	must(t, s.DeleteLogin(ctx, l.ID))
	there("")
}

func files(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	f := &endpoints.File{
		AccountID: a, CustomerID: "c", UserID: "u", SessionID: "s", Type: endpoints.CallRecording, FileName: "call.wav", ContentType: "audio/wav",
		ContentLength: 1 << 40, RecordingDuration: 90 * time.Second, RecordingFrom: "x", FromAddress: "+12025550143", ToAddress: "alice", FromName: "Anna", Transcription: "Please call me back",
	}
	must(t, s.PutFile(ctx, f))
	if got, err := s.File(ctx, f.ID); err != nil || !reflect.DeepEqual(got, f) {
		t.Errorf("got %+v, %v; put %+v", got, err, f)
	}
	must(t, s.PutFile(ctx, &endpoints.File{AccountID: a, Type: endpoints.Upload, FileName: "Hello World.mp3", ContentType: "audio/mpeg"}))
	top := &endpoints.Customer{AccountID: a, Name: "Top"}
	must(t, s.PutCustomer(ctx, top))
	below := &endpoints.Customer{AccountID: a, Name: "Below", ParentCustomerID: top.ID}
	must(t, s.PutCustomer(ctx, below))
	b := newAccount(t, s, "B")
	must(t, s.PutFile(ctx, &endpoints.File{AccountID: b, CustomerID: below.ID, Type: endpoints.CallRecording, FileName: "z"}))
	for name, c := range map[string]struct {
		f    endpoints.FileFilter
		want []string
	}{
		"all":     {endpoints.FileFilter{AccountIDs: []string{a}}, []string{"call.wav", "Hello World.mp3"}},
		"name":    {endpoints.FileFilter{FileName: "hello w"}, []string{"Hello World.mp3"}},
		"content": {endpoints.FileFilter{ContentType: "WAV"}, []string{"call.wav"}},
		"type":    {endpoints.FileFilter{Types: []endpoints.FileType{endpoints.Upload, endpoints.VoiceMessage}}, []string{"Hello World.mp3"}},
		"session": {endpoints.FileFilter{SessionID: "s", UserID: "u", CustomerIDs: []string{"c"}}, []string{"call.wav"}},
		"deep":    {endpoints.FileFilter{CustomerIDs: []string{top.ID}}, []string{"z"}},
		"before":  {endpoints.FileFilter{End: f.DateCreated}, nil},
		"since":   {endpoints.FileFilter{Start: f.DateCreated, AccountIDs: []string{a}, List: endpoints.List{SortField: "fileName"}}, []string{"call.wav", "Hello World.mp3"}},
	} {
		list, total, err := s.Files(ctx, c.f)
		must(t, err)
		if got := ids(list, func(f *endpoints.File) string { return f.FileName }); !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 || total != len(c.want) {
			t.Errorf("%s: %v (%d), want %v", name, got, total, c.want)
		}
	}
	must(t, s.DeleteFile(ctx, f.ID))
	_, err := s.File(ctx, f.ID)
	wantErr(t, err, fs.ErrNotExist)
}

func bindings(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	b := sip.Binding{
		User: "alice", Contact: "sip:alice@192.0.2.7:5060;transport=udp", Source: netip.MustParseAddrPort("[2001:db8::7]:5070"), Transport: "UDP",
		Path: []string{"<sip:proxy;lr>"}, CallID: "c1", CSeq: 7, Q: 0.5, UserAgent: "phone'; DROP TABLE bindings; --", Expires: time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond), LastSeen: base,
	}
	other := sip.Binding{User: "alice", Contact: "sip:alice@192.0.2.8", Expires: b.Expires}
	old := sip.Binding{User: "bob", Contact: "sip:bob@192.0.2.9", Expires: time.Now().Add(-time.Second)}
	for _, x := range []sip.Binding{b, other, old} {
		must(t, s.PutBinding(ctx, x))
	}
	b.CSeq, b.Offline = 8, true
	must(t, s.PutBinding(ctx, b))
	got, err := s.Bindings(ctx)
	must(t, err)
	if !reflect.DeepEqual(got, []sip.Binding{b, other}) {
		t.Errorf("got %+v", got)
	}
	must(t, s.DeleteBinding(ctx, other.User, other.Contact))
	must(t, s.DeleteBinding(ctx, other.User, other.Contact))
	if got, err := s.Bindings(ctx); err != nil || len(got) != 1 {
		t.Errorf("left: %v, %v", got, err)
	}
	a := newAccount(t, s, "A")
	must(t, s.DeleteEndpoint(ctx, newUser(t, s, a, "alice").ID))
	if got, err := s.Bindings(ctx); err != nil || len(got) != 0 {
		t.Errorf("after the user went: %v, %v", got, err)
	}
}
