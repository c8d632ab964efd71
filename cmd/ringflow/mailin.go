package main

import (
	"context"
	"net"

	"ringflow/endpoints"
	"ringflow/endpoints/email"
	"ringflow/flow/fetch"
)

// mailSender is the way out of e-mails: the system's own by mail.smtp, and those of flows and users by
// the servers of their e-mail accounts, where these have one.
func (s *server) mailSender() *email.Sender {
	m := s.Config.Mail
	return &email.Sender{
		Server: m.SMTP, User: m.User, Password: m.Password, Sender: m.From, Security: m.TLS, Blobs: s.blobs, Log: s.log.Named("mail"),
		Accounts: s.store, DialAccount: fetch.Dial(s.Config.Flow.HTTPAllow), Links: &s.links,
	}
}

// startEmail takes mail: by SMTP, where that is set up, and out of the mailboxes of e-mail accounts.
func (s *server) startEmail(ctx context.Context) error {
	c := s.Config.Mail
	in := &email.Receiver{Inbox: s.calls, Host: c.Host, Dir: s.Config.Data, Bytes: int64(c.Megabytes) << 20, Log: s.log.Named("mail")}
	if c.Resolver != "" {
		in.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, c.Resolver)
		}}
	}
	if sender, ok := s.outbox.Senders[endpoints.Email].(*email.Sender); ok {
		sender.Remote = s.calls.Remote
	}
	poller := &email.Poller{Receiver: in, Mailboxes: s.store, Memory: s.store, Dial: fetch.Dial(s.Config.Flow.HTTPAllow), Log: s.log.Named("mail"), Links: &s.links}
	poller.Start(ctx)
	s.closeLater(poller.Close)
	if c.Listen == "" {
		return nil
	}
	conf, err := s.certificate(ctx, false)
	if err != nil {
		return err
	}
	l := &email.Listener{Receiver: in, Directory: s.store, TLS: conf, Log: s.log.Named("mail"), Links: &s.links}
	at, err := l.Listen(ctx, c.Listen)
	if err != nil {
		return inUse("mail.listen", c.Listen, err)
	}
	s.mailAddr = at.String()
	s.closeLater(l.Close)
	return nil
}
