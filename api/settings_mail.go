package api

import (
	"slices"

	"ringflow/endpoints"
)

// emailAccountInfo shows an e-mail account, but no password.
func emailAccountInfo(a *endpoints.EmailAccount) EmailAccount {
	out := EmailAccount{Id: a.ID, DisplayName: a.DisplayName, EmailAddress: a.EmailAddress, UserName: a.UserName}
	if m := a.SMTP; m != nil {
		out.Smtp = &MailServer{Host: m.Host, Port: m.Port, Tls: m.TLS, UserName: m.UserName}
	}
	if m := a.IMAP; m != nil {
		out.Imap = &MailServer{Host: m.Host, Port: m.Port, Tls: m.TLS, UserName: m.UserName, Folder: m.Folder, MoveTo: m.MoveTo, IntervalInSeconds: m.Interval}
	}
	return out
}

// account is what a client gives, with the passwords that it wasn't shown: those of the
// same account (by id, or without one by its address).
func (a *EmailAccount) account(was []endpoints.EmailAccount) endpoints.EmailAccount {
	out := endpoints.EmailAccount{ID: a.Id, DisplayName: a.DisplayName, EmailAddress: a.EmailAddress, UserName: a.UserName}
	var old endpoints.EmailAccount
	if i := slices.IndexFunc(was, func(o endpoints.EmailAccount) bool {
		return o.ID == a.Id || a.Id == "" && o.EmailAddress == endpoints.NormalEmail(a.EmailAddress)
	}); i >= 0 {
		old = was[i]
	}
	if a.Smtp != nil {
		m := a.Smtp.server(old.SMTP)
		out.SMTP = &m
	}
	if a.Imap != nil {
		var before *endpoints.MailServer
		if old.IMAP != nil {
			before = &old.IMAP.MailServer
		}
		out.IMAP = &endpoints.Mailbox{MailServer: a.Imap.server(before), Folder: a.Imap.Folder, MoveTo: a.Imap.MoveTo, Interval: a.Imap.IntervalInSeconds}
	}
	return out
}

// server keeps the password for the same user of the same host only: whoever may change the
// settings shall not have a password that he doesn't know sent to a host of his own, nor in clear.
func (m *MailServer) server(old *endpoints.MailServer) endpoints.MailServer {
	out := endpoints.MailServer{Host: m.Host, Port: m.Port, TLS: m.Tls, UserName: m.UserName}
	set(&out.Password, m.Password)
	if m.Password == nil && old != nil && old.UserName == m.UserName && old.Host == m.Host && (m.Port == 0 || old.Port == m.Port) && (m.Tls == "" || old.TLS == m.Tls) {
		out.Password = old.Password
	}
	return out
}
