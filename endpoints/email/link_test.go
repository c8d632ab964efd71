package email

import (
	"strings"
	"testing"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// How the looks into a mailbox go is told, and nothing any more once it isn't looked into.
func TestPollerTellsHowMailboxesDo(t *testing.T) {
	s := startIMAP(t, nil)
	a, d := newAccounts(s, endpoints.MailClear), &desk{}
	var links endpoints.Links
	p := &Poller{Receiver: newReceiver(t, d), Mailboxes: a, Log: zap.NewNop(), Links: &links, slots: make(chan struct{}, 1), states: map[string]*mailboxState{}}
	look := func() []endpoints.Link {
		p.round(t.Context())
		p.wg.Wait()
		return links.All()
	}
	password := a.a.IMAP.Password
	a.a.IMAP.Password = "wrong"
	down := look()
	if len(down) != 1 || down[0].Up || down[0].Kind != endpoints.LinkIMAP || down[0].Server != s.at || down[0].LastError == "" || strings.Contains(down[0].LastError, "wrong") {
		t.Fatalf("%+v", down)
	}
	a.a.IMAP.Password = password
	if up := look(); len(up) != 1 || !up[0].Up || !up[0].Since.After(down[0].Since) || up[0].LastError != down[0].LastError {
		t.Errorf("%+v", up)
	}
	a.a.IMAP = nil
	if none := look(); len(none) != 0 {
		t.Errorf("%+v", none)
	}
}
