package endpoints

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// EmailAccount is an address that the account writes from, and where its mail
// comes in and goes out.
type EmailAccount struct {
	ID           string `json:"id"`
	DisplayName  string `json:"displayName,omitempty"`
	EmailAddress string `json:"emailAddress"`
	UserName     string `json:"userName,omitempty"` // kept for clients; logins are those of SMTP and IMAP

	SMTP *MailServer `json:"smtp,omitempty"` // takes its mail; nil: the server's own smtp does
	IMAP *Mailbox    `json:"imap,omitempty"` // is asked for mail to the address; nil: none is asked
}

// How a connection to a mail server is encrypted.
const (
	MailSTARTTLS = "starttls" // begins in clear, goes no further without TLS
	MailTLS      = "tls"      // from the first byte
	MailClear    = "none"     // a password goes to this machine only
)

// MailServer is where an account logs in. The password is sealed in the store, and
// shown to nobody.
type MailServer struct {
	Host     string `json:"host"`
	Port     int    `json:"port"` // 0: the usual one for TLS
	TLS      string `json:"tls"`  // empty: MailSTARTTLS to send, MailTLS to fetch
	UserName string `json:"userName,omitempty"`
	Password string `json:"password,omitempty"`
}

// Address is where it listens.
func (m *MailServer) Address() string { return net.JoinHostPort(m.Host, strconv.Itoa(m.Port)) }

// Mailbox is a folder that is looked into for new mail.
type Mailbox struct {
	MailServer
	Folder   string `json:"folder"`           // empty: INBOX
	MoveTo   string `json:"moveTo,omitempty"` // where mail goes that was taken; empty: it is marked as seen
	Interval int    `json:"interval"`         // seconds between two looks; 0: 60
}

const maxEmailAccounts = 100

// How often a mailbox is looked into, in seconds.
const (
	usualInterval                = 60
	minInterval, longestInterval = 15, 86_400
)

// From is the account as the sender of a mail.
func (a *EmailAccount) From() string {
	return (&mail.Address{Name: a.DisplayName, Address: a.EmailAddress}).String()
}

// EmailAccount finds one by its id or address.
func (s *Settings) EmailAccount(name string) (EmailAccount, bool) {
	for _, a := range s.EmailAccounts {
		if name != "" && (a.ID == name || a.EmailAddress == NormalEmail(name)) {
			return a, true
		}
	}
	return EmailAccount{}, false
}

// validateEmailAccounts checks them, and gives those without an id one.
func (s *Settings) validateEmailAccounts() error {
	if len(s.EmailAccounts) > maxEmailAccounts {
		return invalid("emailAccounts", "are %d; %d are allowed", len(s.EmailAccounts), maxEmailAccounts)
	}
	ids, addresses := map[string]bool{}, map[string]bool{}
	for i := range s.EmailAccounts {
		a := &s.EmailAccounts[i]
		where := fmt.Sprintf("emailAccounts[%d]", i)
		a.EmailAddress = NormalEmail(a.EmailAddress)
		if err := first(text(where+".displayName", &a.DisplayName, optional), text(where+".userName", &a.UserName, optional), CheckEmail(where+".emailAddress", a.EmailAddress)); err != nil {
			return err
		}
		if a.ID == "" {
			a.ID = NewID()
		}
		if ids[a.ID] || !validTagID(a.ID) {
			return invalid(where+".id", "%.64q is another's, or no id", a.ID)
		}
		if addresses[a.EmailAddress] {
			return invalid(where+".emailAddress", "%.64q is in the list twice", a.EmailAddress)
		}
		ids[a.ID], addresses[a.EmailAddress] = true, true
		if err := first(a.SMTP.validate(where+".smtp", MailSTARTTLS, map[string]int{MailSTARTTLS: 587, MailTLS: 465, MailClear: 25}), a.IMAP.validate(where+".imap")); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mailbox) validate(where string) error {
	if m == nil {
		return nil
	}
	if m.Folder == "" {
		m.Folder = "INBOX"
	}
	if m.Interval == 0 {
		m.Interval = usualInterval
	}
	if m.Interval < minInterval || m.Interval > longestInterval {
		return invalid(where+".interval", "is %d; %d to %d seconds are allowed", m.Interval, minInterval, longestInterval)
	}
	if err := m.MailServer.validate(where, MailTLS, map[string]int{MailSTARTTLS: 143, MailTLS: 993, MailClear: 143}); err != nil {
		return err
	}
	if m.UserName == "" {
		return invalid(where+".userName", "is missing: a mailbox is somebody's")
	}
	return first(text(where+".folder", &m.Folder, optional), text(where+".moveTo", &m.MoveTo, optional))
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?$`)

func (m *MailServer) validate(where, usual string, ports map[string]int) error {
	if m == nil {
		return nil
	}
	m.Host = strings.ToLower(strings.TrimSpace(m.Host))
	if _, err := netip.ParseAddr(m.Host); err != nil && !hostName.MatchString(m.Host) {
		return invalid(where+".host", "%.64q is no host name", m.Host)
	}
	if m.TLS = strings.ToLower(m.TLS); m.TLS == "" {
		m.TLS = usual
	}
	port, ok := ports[m.TLS]
	if !ok {
		return invalid(where+".tls", "%.16q is none; there are %s, %s and %s", m.TLS, MailSTARTTLS, MailTLS, MailClear)
	}
	if m.Port == 0 {
		m.Port = port
	}
	if m.Port < 1 || m.Port > 65535 {
		return invalid(where+".port", "is %d; 1 to 65535 is allowed", m.Port)
	}
	if (m.UserName == "") != (m.Password == "") {
		return invalid(where+".password", "goes together with userName: give both or neither")
	}
	if m.TLS == MailClear && m.Password != "" && !loopbackHost(m.Host) {
		return invalid(where+".tls", "%s would send the password over the network in clear; use %s or %s", MailClear, MailSTARTTLS, MailTLS)
	}
	return first(text(where+".userName", &m.UserName, optional), checkMailPassword(where+".password", m.Password))
}

func checkMailPassword(where, password string) error {
	if len(password) > maxText || strings.ContainsAny(password, "\r\n\x00") {
		return invalid(where, "is too long, or has a line end")
	}
	return nil
}

// loopbackHost tells whether a host is this machine by its name alone.
func loopbackHost(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
