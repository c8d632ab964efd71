package email

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/email/smtptest"
)

// mailboxServer is an IMAP server with one user, u.
type mailboxServer struct {
	at   string
	user *imapmemserver.User
}

func startIMAP(t *testing.T, conf *tls.Config) *mailboxServer {
	t.Helper()
	mem := imapmemserver.New()
	s := &mailboxServer{user: imapmemserver.NewUser("u", "s3cret")}
	for _, folder := range []string{"INBOX", "Done"} {
		if err := s.user.Create(folder, nil); err != nil {
			t.Fatal(err)
		}
	}
	mem.AddUser(s.user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}}, TLSConfig: conf, InsecureAuth: conf == nil,
		Logger: quiet{},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	s.at = l.Addr().String()
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

func (s *mailboxServer) put(t *testing.T, raw string) {
	t.Helper()
	r := strings.NewReader(crlf(raw))
	if _, err := s.user.Append("INBOX", literal{r, r.Size()}, &imap.AppendOptions{}); err != nil {
		t.Fatal(err)
	}
}

type literal struct {
	*strings.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

// flags are those of each mail of a folder, by subject.
func (s *mailboxServer) flags(t *testing.T, folder string) map[string][]imap.Flag {
	t.Helper()
	conn, err := net.Dial("tcp", s.at)
	if err != nil {
		t.Fatal(err)
	}
	c := imapclient.New(conn, nil)
	defer c.Close()
	if err := c.Login("u", "s3cret").Wait(); err != nil {
		t.Fatal(err)
	}
	box, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]imap.Flag{}
	if box.NumMessages == 0 {
		return out
	}
	all, err := c.Fetch(imap.SeqSet{{Start: 1}}, &imap.FetchOptions{Flags: true, Envelope: true}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		out[m.Envelope.Subject] = m.Flags
	}
	return out
}

// accounts is the store of these tests: one account of A.
type accounts struct {
	addressBook
	a endpoints.EmailAccount
}

func (a *accounts) EmailAccounts(_ context.Context, keep func(endpoints.EmailAccount) bool) (map[string][]endpoints.EmailAccount, error) {
	if !keep(a.a) {
		return nil, nil
	}
	return map[string][]endpoints.EmailAccount{"A": {a.a}}, nil
}

func newAccounts(s *mailboxServer, security string) *accounts {
	return &accounts{newBook("sales@x.test"), endpoints.EmailAccount{ID: "e1", EmailAddress: "sales@x.test", IMAP: &endpoints.Mailbox{
		MailServer: endpoints.MailServer{Host: "127.0.0.1", Port: int(must(net.ResolveTCPAddr("tcp", s.at)).Port), TLS: security, UserName: "u", Password: "s3cret"}, Folder: "INBOX", Interval: 60}}}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// wait looks until what is wanted is there, some seconds at most.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("%s: never", what)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-t.Context().Done():
			return
		}
	}
}

// Unseen mail is taken once, whatever dies when: it stays unseen while the store is away, and what was
// kept but not yet marked is known when it is met again.
func TestPoll(t *testing.T) {
	s := startIMAP(t, nil)
	s.put(t, "From: zoe@y.test\nSubject: one\nMessage-ID: <1@y.test>\n\nHello\n")
	s.put(t, "From: zoe@y.test\nSubject: bomb\n\n"+strings.Repeat("x", 3000)+"\n")
	s.put(t, "From: zoe@y.test\nSubject: two\n\nNo id\n")
	d := &desk{away: errors.New("the disk is full")}
	r := newReceiver(t, d)
	r.Bytes = 2000
	a := newAccounts(s, endpoints.MailClear)
	p := &Poller{Receiver: r, Mailboxes: a, Log: zap.NewNop()}
	if err := p.fetch(t.Context(), *a.a.IMAP, a.addressBook["sales@x.test"]); err != nil {
		t.Fatal(err)
	}
	if f := s.flags(t, "INBOX"); slices.Contains(f["one"], imap.FlagSeen) || slices.Contains(f["two"], imap.FlagSeen) || !slices.Contains(f["bomb"], imap.FlagFlagged) {
		t.Errorf("%v", f)
	}
	d.set(nil)
	// It is kept, and the server dies before it is marked.
	if err := r.Inbox.Receive(t.Context(), &endpoints.Message{AccountID: "A", EndpointID: a.addressBook["sales@x.test"].ID, Channel: endpoints.Email, Direction: endpoints.MessageIn, OtherAddress: "zoe@y.test", Key: "1@y.test"}); err != nil {
		t.Fatal(err)
	}
	p.Start(t.Context())
	wait(t, "both are seen", func() bool {
		f := s.flags(t, "INBOX")
		return slices.Contains(f["one"], imap.FlagSeen) && slices.Contains(f["two"], imap.FlagSeen)
	})
	all := d.messages()
	if len(all) != 2 || all[1].Text != "No id" || all[1].Facts["DKIM"] != "none" || all[1].Facts["SPF"] != "" || all[1].Auto {
		t.Errorf("%d messages", len(all))
	}
	s.put(t, "From: zoe@y.test\nSubject: three\n\nLater\n")
	p.Look()
	wait(t, "the third", func() bool { return len(d.messages()) == 3 })
	p.Close()
}

// Over TLS and STARTTLS, and moved when it is taken; a mailbox that can't be asked is left alone for
// longer and longer, and one that is set up anew is asked at once.
func TestPollTLS(t *testing.T) {
	conf, roots := smtptest.Certificate(t)
	s := startIMAP(t, conf)
	s.put(t, "From: zoe@y.test\nSubject: one\n\nHello\n")
	d := &desk{}
	a := newAccounts(s, endpoints.MailSTARTTLS)
	a.a.IMAP.MoveTo = "Done"
	p := &Poller{Log: zap.NewNop(), Receiver: newReceiver(t, d), Mailboxes: a, TLSConfig: &tls.Config{RootCAs: roots}}
	if err := p.fetch(t.Context(), *a.a.IMAP, a.addressBook["sales@x.test"]); err != nil {
		t.Fatal(err)
	}
	if len(d.messages()) != 1 {
		t.Errorf("%d messages", len(d.messages()))
	}
	if err := p.fetch(t.Context(), *newAccounts(s, endpoints.MailSTARTTLS).a.IMAP, a.addressBook["sales@x.test"]); err != nil || len(d.messages()) != 1 {
		t.Errorf("%d messages after it was moved, %v", len(d.messages()), err)
	}
	stranger := &Poller{Receiver: p.Receiver, Mailboxes: a, Log: zap.NewNop()}
	if err := stranger.fetch(t.Context(), *a.a.IMAP, a.addressBook["sales@x.test"]); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody knows: %v", err)
	}
	bad := *a.a.IMAP
	bad.Password = "wrong"
	if err := p.fetch(t.Context(), bad, a.addressBook["sales@x.test"]); err == nil || strings.Contains(err.Error(), "wrong") {
		t.Errorf("%v", err)
	}
}

// notes are what is kept over restarts.
type notes map[string]string

func (n notes) Meta(_ context.Context, name string) (string, error) {
	if v, ok := n[name]; ok {
		return v, nil
	}
	return "", fs.ErrNotExist
}

func (n notes) PutMeta(_ context.Context, name, value string) error { n[name] = value; return nil }

// A folder that its server makes anew, where nothing counts as read any more, brings no old mail again,
// neither what was taken nor what was read before us, and all that is new; also after a restart.
func TestPollOfAFolderMadeAnew(t *testing.T) {
	s := startIMAP(t, nil)
	if err := s.user.Create("Work", nil); err != nil {
		t.Fatal(err)
	}
	put := func(id string, age time.Duration, flags ...imap.Flag) {
		t.Helper()
		r := strings.NewReader(crlf("From: zoe@y.test\nSubject: " + id + "\nMessage-ID: <" + id + "@y.test>\n\n" + id + "\n"))
		if _, err := s.user.Append("Work", literal{r, r.Size()}, &imap.AppendOptions{Time: time.Now().Add(-age), Flags: flags}); err != nil {
			t.Fatal(err)
		}
	}
	d, kept := &desk{}, notes{}
	look := func(want ...string) {
		t.Helper()
		a := newAccounts(s, endpoints.MailClear)
		a.a.IMAP.Folder = "Work"
		p := &Poller{Receiver: newReceiver(t, d), Mailboxes: a, Memory: kept, Log: zap.NewNop()}
		if err := p.fetch(t.Context(), *a.a.IMAP, a.addressBook["sales@x.test"]); err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, m := range d.messages() {
			got[m.Text] = true
		}
		if texts := slices.Sorted(maps.Keys(got)); !slices.Equal(texts, want) {
			t.Errorf("taken: %q, want %q", texts, want)
		}
	}
	const day = 24 * time.Hour
	put("ancient", 300*day, imap.FlagSeen)
	put("a", 5*day)
	look("a")
	if err := s.user.Delete("Work"); err != nil {
		t.Fatal(err)
	}
	if err := s.user.Create("Work", nil); err != nil {
		t.Fatal(err)
	}
	put("ancient", 300*day)
	put("a", 5*day)
	put("b", time.Minute)
	look("a", "b")
	put("moved here", 200*day)
	look("a", "b", "moved here")
	if keepsMarks([]imap.Flag{imap.FlagDeleted}) || !keepsMarks(nil) || !keepsMarks([]imap.Flag{imap.FlagSeen}) {
		t.Error("which folders keep marks")
	}
}

func TestPollBackOff(t *testing.T) {
	p := &Poller{states: map[string]*mailboxState{}, Log: zap.NewNop()}
	box := endpoints.Mailbox{Interval: 60}
	var waits []time.Duration
	for range 9 {
		if s := p.states["k"]; s != nil {
			s.next = time.Time{}
		}
		if !p.due("k", box) {
			t.Fatal("it isn't asked")
		}
		p.done("k", errors.New("away"), false)
		waits = append(waits, time.Until(p.states["k"].next).Round(time.Second))
	}
	if waits[0] != 2*time.Minute || waits[1] != 4*time.Minute || waits[8] != time.Hour {
		t.Error(waits)
	}
	if p.due("k", box) {
		t.Error("it is asked too early")
	}
	box.Host = "other"
	if !p.due("k", box) {
		t.Error("set up anew it isn't asked")
	}
}
