package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringflow/endpoints"
	"ringflow/store"
)

// fakeOutbox puts into the store, and sends nothing.
type fakeOutbox struct {
	db    *store.Store
	mu    sync.Mutex
	woken int
	put   chan *endpoints.Outbound
}

func (o *fakeOutbox) Put(ctx context.Context, m *endpoints.Outbound) error {
	m.From = "phones@x.test"
	_, err := o.db.PutOutbound(ctx, m)
	if err == nil {
		o.put <- m
	}
	return err
}

func (o *fakeOutbox) Wake() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.woken++
}

// withOutbox is a house that sends mail.
func withOutbox(t *testing.T) (*house, *fakeOutbox) { return withOutboxOn(t, store.Options{}) }

func withOutboxOn(t *testing.T, o store.Options) (*house, *fakeOutbox) {
	var out *fakeOutbox
	h := newHouseOn(t, o, func(s *Server) {
		out = &fakeOutbox{db: s.Store, put: make(chan *endpoints.Outbound, 10)}
		s.Outbox = out
		s.PublicURL = "https://phones.example.test/"
	})
	return h, out
}

// What waits, was sent or was given up is listed, filtered, and tried again.
func TestNotifications(t *testing.T) {
	h, out := withOutbox(t)
	ctx, db := t.Context(), h.server.Store
	file := &endpoints.File{AccountID: h.account, Type: endpoints.VoiceMessage, FileName: "message.wav", ContentType: "audio/wav"}
	foreign := &endpoints.File{AccountID: h.other, Type: endpoints.VoiceMessage, FileName: "foreign.wav"}
	for _, f := range []*endpoints.File{file, foreign} {
		if err := db.PutFile(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	put := func(account, subject string, change ...func(*endpoints.Outbound)) *endpoints.Outbound {
		t.Helper()
		m, err := endpoints.NewMail(account, subject, []string{"Ann <ann@x.test>", "bob@x.test"}, subject, endpoints.Mail{Text: "text of " + subject, Attach: []endpoints.MailFile{
			{FileID: file.ID, Name: "a.wav"}, {FileID: foreign.ID, Name: "b.wav"}, {FileID: endpoints.NewID(), Name: "c.wav"},
		}})
		for _, f := range change {
			f(m)
		}
		if err == nil {
			err = out.Put(ctx, m)
		}
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	failed, sent := put(h.account, "failed"), put(h.account, "sent")
	for range 2 {
		got, err := db.ClaimOutbound(ctx, []endpoints.Channel{endpoints.Email}, 1, time.Hour)
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		if m := got[0]; m.ID == failed.ID {
			err = db.FailOutbound(ctx, m.ID, m.Claim, "550 no")
		} else {
			err = db.SentOutbound(ctx, m.ID, m.Claim, "")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	waits := put(h.account, "waits")
	put(h.other, "foreign")
	secret := put("", "secret", func(m *endpoints.Outbound) { m.Secret = true })

	manager := basic("manager@default.test")
	list := func(who as, query string) *ListResponse[NotificationInfo] {
		t.Helper()
		l := decode[ListResponse[NotificationInfo]](t, h.want(200, who, "GET", "/notifications?sortField=subject&"+query, ""))
		return &l
	}
	all := list(manager, "")
	if len(all.Items) != 3 || all.TotalCount != 3 {
		t.Fatalf("%+v", all)
	}
	bad, good, queued := all.Items[0], all.Items[1], all.Items[2]
	if bad.Id != failed.ID || !bad.Error || bad.ErrorMessage != "550 no" || bad.State != "Failed" || bad.Tries != 1 || bad.DateNext != nil || bad.DateSent != nil {
		t.Errorf("%+v", bad)
	}
	if good.Id != sent.ID || good.Error || good.State != "Sent" || good.DateSent == nil || good.Type != "Email" || good.From != "phones@x.test" || good.AccountName != "Default" {
		t.Errorf("%+v", good)
	}
	if queued.Id != waits.ID || queued.State != "Queued" || queued.DateNext == nil || queued.Body != "text of waits" || queued.To != "Ann <ann@x.test>, bob@x.test" ||
		len(queued.Recipients) != 2 || queued.Recipients[1].Address != "bob@x.test" || len(queued.Attachments) != 1 || queued.Attachments[0].Id != file.ID {
		t.Errorf("%+v", queued)
	}
	for query, want := range map[string]int{
		"states=failed": 1, "states=Queued,Sent": 2, "states=sending": 0, "type=Email": 3, "type=Sms": 0, "subjectFilter=WAIT": 1, "toFilter=bob@": 3, "fromFilter=nobody": 0,
		"countPerPage=2": 2, "startDate=2100-01-01": 0, "endDate=2000-01-01": 0, "customerIds=" + endpoints.NewID(): 0, "all=true": 3, "specificIds=" + secret.ID: 0,
	} {
		if l := list(manager, query); len(l.Items) != want {
			t.Errorf("%s: %d, want %d", query, len(l.Items), want)
		}
	}
	h.want(400, manager, "GET", "/notifications?states=lost", "")
	h.want(400, manager, "GET", "/notifications?startDate=soon", "")
	everything := list(admin, "")
	for _, n := range everything.Items {
		if n.Id == secret.ID && (n.Body != "" || len(n.Attachments) > 0 || n.AccountId != "") {
			t.Errorf("a secret is shown: %+v", n)
		}
	}
	if len(everything.Items) != 5 {
		t.Errorf("%d for an administrator", len(everything.Items))
	}

	again := decode[NotificationInfo](t, h.want(200, manager, "POST", "/notifications/"+failed.ID+"/resend", ""))
	if again.Id != failed.ID || again.State != "Queued" || again.Tries != 0 || again.LastModifiedBy != "manager@default.test" {
		t.Errorf("%+v", again)
	}
	copied := decode[NotificationInfo](t, h.want(200, manager, "POST", "/notifications/"+sent.ID+"/resend", ""))
	if copied.Id == sent.ID || copied.State != "Queued" || copied.Body != "text of sent" || copied.CreatedBy != "manager@default.test" {
		t.Errorf("%+v", copied)
	}
	if out.woken != 2 {
		t.Errorf("the outbox was woken %d times", out.woken)
	}
	h.want(404, manager, "POST", "/notifications/"+secret.ID+"/resend", "")
	h.want(404, manager, "POST", "/notifications/"+endpoints.NewID()+"/resend", "")
	h.server.Outbox = nil
	if a := h.want(400, manager, "POST", "/notifications/"+failed.ID+"/resend", ""); !strings.Contains(a.body, "mail.smtp") {
		t.Error(a.body)
	}
}

var mailedToken = regexp.MustCompile(`(?m)^ {4}(\S{20,})$`)

// A forgotten password: the token comes by mail, to the login's own address and
// nobody else's; it sets a new password; strangers learn nothing.
func TestForgottenPassword(t *testing.T) {
	h, out := withOutbox(t)
	ask := func(address string) string {
		t.Helper()
		a := h.want(204, nobody, "POST", "/auth/forgot-password", fmt.Sprintf(`{"emailAddress":%q}`, address))
		return fmt.Sprint(a.StatusCode, a.body, len(a.Header))
	}
	known := ask("User@default.test ")
	m := <-out.put
	for _, address := range []string{"nobody@default.test", "", "x\r\nBcc: y@x.test", "user@default.test", "USER@DEFAULT.TEST"} { // the last ones a moment ago
		if unknown := ask(address); unknown != known {
			t.Errorf("%q: %s, a known one gets %s", address, unknown, known)
		}
	}
	ask("manager@default.test")
	if next := <-out.put; next.To[0] != "manager@default.test" { // and nothing between
		t.Errorf("mail to %v", next.To)
	}
	mail, err := m.Mail()
	if err != nil {
		t.Fatal(err)
	}
	token := mailedToken.FindStringSubmatch(mail.Text)
	if len(m.To) != 1 || m.To[0] != "user@default.test" || m.AccountID != "" || !m.Secret || time.Until(m.Expires) > time.Hour || token == nil || !strings.Contains(mail.Text, "https://phones.example.test/auth/recover") {
		t.Fatalf("%+v\n%s", m, mail.Text)
	}
	for _, who := range []as{admin, basic("manager@default.test")} {
		if a := h.want(200, who, "GET", "/notifications", ""); strings.Contains(a.body, token[1]) {
			t.Error("the token is shown")
		}
	}
	// As durable as the mail: a later life of the server takes it. It is no cookie.
	h.want(401, header("X-ss-id", token[1]), "GET", "/sessions", "")
	h.serve(&Server{Store: h.server.Store, Calls: h.calls, Blob: h.server.Blob, Realm: h.server.Realm, Outbox: out, Log: h.server.Log})
	h.want(401, nobody, "POST", "/auth/recover", `{"emailAddress":"manager@default.test","token":"`+token[1]+`","newPassword":"another one 99"}`)
	recovery := `{"emailAddress":"user@default.test","token":"` + token[1] + `","newPassword":"another one 99"}`
	h.want(204, nobody, "POST", "/auth/recover", recovery)
	h.want(401, basic("user@default.test"), "GET", "/sessions", "")
	h.want(401, nobody, "POST", "/auth/recover", recovery)
	// Ten from one source, as with passwords.
	for i := 0; ; i++ {
		if a := h.do(nobody, "POST", "/auth/forgot-password", `{"emailAddress":"nobody@default.test"}`); a.StatusCode == 429 {
			break
		}
		if i > 2*guessBurst {
			t.Fatal("there is no end to it")
		}
	}
}

// A store that is away tells strangers nothing either.
func TestForgottenPasswordFails(t *testing.T) {
	h, _ := withOutbox(t)
	broken := &brokenOutbox{}
	h.server.Outbox = broken
	for _, address := range []string{"user@default.test", "nobody@default.test"} {
		h.want(204, nobody, "POST", "/auth/forgot-password", fmt.Sprintf(`{"emailAddress":%q}`, address))
	}
	h.server.Close()
	token := mailedToken.FindStringSubmatch(broken.text)
	if token == nil {
		t.Fatalf("no token in %q", broken.text)
	}
	if _, out, err := h.server.auth.findMailed(t.Context(), token[1]); out || err != nil {
		t.Errorf("a token is out that nobody has, %v", err)
	}
	h.want(503, nobody, "POST", "/auth/forgot-password", `{"emailAddress":"user@default.test"}`)
}

// brokenOutbox keeps nothing.
type brokenOutbox struct{ text string }

func (o *brokenOutbox) Put(_ context.Context, m *endpoints.Outbound) error {
	mail, err := m.Mail()
	o.text = mail.Text
	return errors.Join(err, fs.ErrClosed)
}

func (*brokenOutbox) Wake() {}

// Whoever asks, a login gets a token by mail now and then, and all together so many.
func TestTokenMails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m tokenMails
		if !m.may("ann") || m.may("ann") || !m.may("bob") {
			t.Error("one for each, once")
		}
		time.Sleep(mailedEvery)
		if !m.may("ann") || m.may("ann") {
			t.Error("again after a while, once")
		}
		n := 0
		for i := range 2 * maxOneTime {
			if m.may(fmt.Sprint(i)) {
				n++
			}
		}
		if n != maxOneTime-3 {
			t.Errorf("%d more", n)
		}
		time.Sleep(mailedLife)
		if !m.may("ann") || len(m.sent) != 1 {
			t.Errorf("%d are remembered", len(m.sent))
		}
	})
}
