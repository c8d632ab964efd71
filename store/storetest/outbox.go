package storetest

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/store"
)

var mails = []endpoints.Channel{endpoints.Email}

func newMail(t *testing.T, account, key string) *endpoints.Outbound {
	t.Helper()
	m, err := endpoints.NewMail(account, key, []string{"Zoë <zoe@x.test>", "b@x.test"}, "Héllo 'there'", endpoints.Mail{
		Text: "text of " + key, Attach: []endpoints.MailFile{{FileID: endpoints.NewID(), Name: "m.wav", ContentType: "audio/wav"}},
	})
	must(t, err)
	m.From = "Phones <phones@x.test>"
	return m
}

func putMail(t *testing.T, s *store.Store, m *endpoints.Outbound) *endpoints.Outbound {
	t.Helper()
	fresh, err := s.PutOutbound(t.Context(), m)
	must(t, err)
	if !fresh {
		t.Fatalf("%s was there", m.Key)
	}
	return m
}

func claim(t *testing.T, s *store.Store, most int, lease time.Duration) []*endpoints.Outbound {
	t.Helper()
	got, err := s.ClaimOutbound(t.Context(), mails, most, lease)
	must(t, err)
	return got
}

func outboundID(m *endpoints.Outbound) string { return m.ID }

// outbox: what is put is read, once a key; refused, found, sealed, forgotten.
func outbox(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	m := putMail(t, s, newMail(t, a, "k1"))
	got, err := s.Outbound(ctx, m.ID)
	must(t, err)
	if !reflect.DeepEqual(got, m) || got.State != endpoints.OutQueued || got.Begun.IsZero() || !got.Next.Equal(got.DateCreated) {
		t.Errorf("got\n%+v\nwant\n%+v", got, m)
	}
	again := newMail(t, a, "k1")
	if fresh, err := s.PutOutbound(ctx, again); err != nil || fresh || again.ID != m.ID {
		t.Errorf("the key again: %v, %v, %s", fresh, err, again.ID)
	}
	other := putMail(t, s, newMail(t, b, "k1"))
	system := putMail(t, s, newMail(t, "", "k1"))
	loose := []*endpoints.Outbound{putMail(t, s, newMail(t, a, "")), putMail(t, s, newMail(t, a, ""))}
	if loose[0].ID == loose[1].ID {
		t.Error("two without a key are one")
	}
	_, err = s.PutOutbound(ctx, newMail(t, endpoints.NewID(), "k"))
	wantInvalid(t, err, "accountId")
	for field, spoil := range map[string]func(*endpoints.Outbound){
		"channel": func(m *endpoints.Outbound) { m.Channel = "" },
		"to":      func(m *endpoints.Outbound) { m.To = []string{"a@x.test\r\nBcc: evil@x.test"} },
		"body":    func(m *endpoints.Outbound) { m.Body = []byte("{") },
		"attach":  func(m *endpoints.Outbound) { m.Body = []byte(`{"attach":[{"fileId":"../x"}]}`) },
		"text":    func(m *endpoints.Outbound) { m.Body = fmt.Appendf(nil, `{"text":%q}`, strings.Repeat("x", 70_000)) },
	} {
		bad := newMail(t, a, "bad")
		spoil(bad)
		_, err := s.PutOutbound(ctx, bad)
		wantInvalid(t, err, field)
	}
	if bytes.Contains(d.Dump(t), []byte("text of k1")) {
		t.Error("the text of a message is readable in the database")
	}
	for _, row := range []struct {
		f    endpoints.OutboundFilter
		want int
	}{
		{endpoints.OutboundFilter{}, 5},
		{endpoints.OutboundFilter{AccountIDs: []string{a}}, 3},
		{endpoints.OutboundFilter{AccountIDs: []string{b, a}, To: "ZOE@"}, 4},
		{endpoints.OutboundFilter{Subject: "héllo '"}, 5},
		{endpoints.OutboundFilter{From: "nobody"}, 0},
		{endpoints.OutboundFilter{Channels: []endpoints.Channel{"sms"}}, 0},
		{endpoints.OutboundFilter{States: []endpoints.OutState{endpoints.OutQueued, endpoints.OutSending}}, 5},
		{endpoints.OutboundFilter{States: []endpoints.OutState{endpoints.OutSent}}, 0},
		{endpoints.OutboundFilter{Start: time.Now().Add(time.Hour)}, 0},
		{endpoints.OutboundFilter{List: endpoints.List{SpecificIDs: []string{other.ID, system.ID}}}, 2},
	} {
		list, total, err := s.Outbounds(ctx, row.f)
		must(t, err)
		if len(list) != row.want || total != row.want {
			t.Errorf("%+v: %d of %d, want %d", row.f, len(list), total, row.want)
		}
	}
	count, err := s.CountOutbound(ctx)
	must(t, err)
	if count[endpoints.Email] != 5 {
		t.Errorf("%v wait", count)
	}
	_, err = s.Outbound(ctx, endpoints.NewID())
	wantErr(t, err, errUnknown)
}

// outboxClaims: who takes a message has it alone, for as long as the lease or
// until the server is dead.
func outboxClaims(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	want := map[string]bool{}
	for i := range 40 {
		want[putMail(t, s, newMail(t, a, fmt.Sprint(i))).ID] = true
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	mine := map[string]*endpoints.Outbound{}
	for range 4 {
		wg.Go(func() {
			for {
				got, err := s.ClaimOutbound(ctx, mails, 3, time.Hour)
				if err != nil {
					t.Error(err)
				}
				if err != nil || len(got) == 0 {
					return
				}
				mu.Lock()
				for _, m := range got {
					if mine[m.ID] != nil || !want[m.ID] || m.Tries != 1 || m.State != endpoints.OutSending {
						t.Errorf("%+v is taken twice, or nobody's", m)
					}
					mine[m.ID] = m
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(mine) < 36 { // one who finds all locked by others may end early
		t.Errorf("%d were taken", len(mine))
	}
	for range 20 {
		for _, m := range claim(t, s, 3, time.Hour) {
			mine[m.ID] = m
		}
	}
	if len(mine) != 40 {
		t.Fatalf("%d were taken", len(mine))
	}

	// A later life of the same server knows that the claims are a dead one's;
	// another server waits for their time.
	d.Exec(t, "UPDATE outbox SET claim_node = 'another'")
	next := d.Open(t)
	if got := claim(t, next, 100, time.Hour); len(got) != 0 {
		t.Fatalf("%d of another server's were taken", len(got))
	}
	d.Exec(t, "UPDATE outbox SET claim_until = 1 WHERE message_key IN ('3', '4')")
	got := claim(t, next, 100, time.Hour)
	if len(got) != 2 || got[0].Tries != 2 {
		t.Fatalf("%d after their time", len(got))
	}
	third := d.Open(t)
	late := claim(t, third, 100, time.Hour) // next is dead: it is this one's own earlier life
	if len(late) != 2 || late[0].ID != got[0].ID || late[0].Claim == got[0].Claim || late[0].Tries != 3 {
		t.Fatalf("%d of its own earlier life", len(late))
	}
	// Who lost a claim changes nothing.
	m := late[0]
	for _, err := range []error{
		next.SentOutbound(ctx, m.ID, got[0].Claim, ""), next.FailOutbound(ctx, m.ID, got[0].Claim, "x"), next.RetryOutbound(ctx, m.ID, got[0].Claim, time.Now(), "x"),
		next.SentOutbound(ctx, m.ID, "", ""),
	} {
		wantErr(t, err, errUnknown)
	}
	at := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	must(t, third.RetryOutbound(ctx, m.ID, m.Claim, at, "452 full\x00"))
	now, err := s.Outbound(ctx, m.ID)
	must(t, err)
	if now.State != endpoints.OutQueued || !now.Next.Equal(at) || now.LastError != "452 full\ufffd" || now.Tries != 3 {
		t.Errorf("%+v", now)
	}
	if got := claim(t, third, 100, time.Hour); len(got) != 0 {
		t.Errorf("%d before their time", len(got))
	}
	wantErr(t, third.SentOutbound(ctx, m.ID, m.Claim, ""), errUnknown) // it was given back
	if got, err := third.ClaimOutbound(ctx, []endpoints.Channel{"sms"}, 9, time.Hour); err != nil || len(got) != 0 {
		t.Errorf("%d of another channel, %v", len(got), err)
	}
}

// outboxAgain: what is over stays as it is until somebody wants it again; secrets
// are forgotten; old ones go.
func outboxAgain(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	secret := newMail(t, a, "secret")
	secret.Secret, secret.Expires = true, time.Now().Add(time.Hour)
	for _, m := range []*endpoints.Outbound{newMail(t, a, "sent"), newMail(t, a, "failed"), secret} {
		putMail(t, s, m)
	}
	by := map[string]*endpoints.Outbound{}
	for _, m := range claim(t, s, 9, time.Hour) {
		by[m.Key] = m
	}
	_, err := s.RequeueOutbound(ctx, by["sent"].ID, "me")
	wantInvalid(t, err, "") // it is being sent
	must(t, s.SentOutbound(ctx, by["sent"].ID, by["sent"].Claim, "not to b@x.test"))
	must(t, s.FailOutbound(ctx, by["failed"].ID, by["failed"].Claim, "550 no"))
	must(t, s.SentOutbound(ctx, by["secret"].ID, by["secret"].Claim, ""))
	for key, want := range map[string]endpoints.OutState{"sent": endpoints.OutSent, "failed": endpoints.OutFailed, "secret": endpoints.OutSent} {
		m, err := s.Outbound(ctx, by[key].ID)
		must(t, err)
		if m.State != want || (len(m.Body) == 0) != (key == "secret") || m.Sent.IsZero() == (want == endpoints.OutSent) || m.Claim != "" {
			t.Errorf("%s: %+v", key, m)
		}
	}
	_, err = s.RequeueOutbound(ctx, by["secret"].ID, "me")
	wantInvalid(t, err, "")
	_, err = s.RequeueOutbound(ctx, endpoints.NewID(), "me")
	wantErr(t, err, errUnknown)

	retried, err := s.RequeueOutbound(ctx, by["failed"].ID, "me")
	must(t, err)
	copied, err := s.RequeueOutbound(ctx, by["sent"].ID, "me")
	must(t, err)
	if retried.ID != by["failed"].ID || retried.Tries != 0 || retried.LastError != "550 no" || copied.ID == by["sent"].ID || copied.Key == "sent" || copied.CreatedBy != "me" || copied.LastError != "" {
		t.Errorf("%+v\n%+v", retried, copied)
	}
	got := claim(t, s, 9, time.Hour)
	if len(got) != 2 || string(got[0].Body) == "" || string(got[1].Body) == "" {
		t.Fatalf("%v wait", ids(got, outboundID))
	}
	if old, err := s.Outbound(ctx, by["sent"].ID); err != nil || old.State != endpoints.OutSent {
		t.Errorf("%+v, %v", old, err)
	}
	must(t, s.FailOutbound(ctx, got[0].ID, got[0].Claim, "no"))
	n, err := s.PruneOutbound(ctx, time.Now().Add(-time.Hour))
	must(t, err)
	more, err := s.PruneOutbound(ctx, time.Now().Add(time.Hour))
	must(t, err)
	_, total, err := s.Outbounds(ctx, endpoints.OutboundFilter{})
	must(t, err)
	if n != 0 || more != 3 || total != 1 { // the one that is being sent stays
		t.Errorf("%d, then %d went, %d are left", n, more, total)
	}
	// A row that can't be read stands in nobody's way.
	bad, good := putMail(t, s, newMail(t, a, "bad")), putMail(t, s, newMail(t, a, "good"))
	d.Exec(t, "UPDATE outbox SET body = 'broken' WHERE message_key = 'bad'")
	if got := claim(t, s, 1, time.Hour); len(got) == 1 && got[0].ID != good.ID || len(got) == 0 && len(claim(t, s, 1, time.Hour)) != 1 {
		t.Errorf("%v", ids(got, outboundID))
	}
	list, _, err := s.Outbounds(ctx, endpoints.OutboundFilter{List: endpoints.List{SpecificIDs: []string{bad.ID}}})
	must(t, err)
	if len(list) != 1 || list[0].State != endpoints.OutFailed || list[0].LastError == "" {
		t.Errorf("%+v", list)
	}
}
