// Package email sends and takes mail.
//
// It leaves by SMTP (RFC 5321), through one server that takes it on to the world, or
// the one that an account has for its address. It comes in by a listener of our own (Listener) or out of
// mailboxes (Poller), and is a message like all others once the Inbox has kept it; only
// then it is acknowledged. A mail that comes in lies in a file without a name while it is
// looked at; what came in an archive is never unpacked, and HTML is read for its words only.
//
// Each message that leaves has a connection of its own: a server that hangs holds up one
// message, and there are never more than the outbox sends at once. Attachments
// are read from the blob store while they are sent, never held as a whole; what
// is wanted as MP3 is encoded into a file before.
package email

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net"
	netmail "net/mail"
	"net/textproto"
	"os"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"
	"go.uber.org/zap"

	"ringflow/endpoints"
)

// How a connection is encrypted.
const (
	STARTTLS = "starttls" // begins in clear, goes no further without TLS (RFC 3207)
	TLS      = "tls"      // from the first byte (RFC 8314)
	None     = "none"
)

// Blobs has the bytes of files.
type Blobs interface {
	Open(id string) (io.ReadSeekCloser, int64, error)
}

// Sender sends by one SMTP server. Set the fields; it may be used by many at once.
type Sender struct {
	Server         string // host:port
	User, Password string // both empty: no login
	Sender         string // From header and envelope: address, or Name <address>
	Security       string // STARTTLS (also if empty), TLS or None
	Blobs          Blobs
	Lame           string      // the program that makes MP3; empty: lame, where it is installed
	Log            *zap.Logger // nil: none

	// Accounts knows who writes messages; nil: only the system's own mails are sent.
	Accounts Accounts
	// Remote notes the Message-ID of a message that was sent; nil: nobody wants it.
	Remote func(ctx context.Context, messageID, remoteID string, segments int) error

	// Links is told how the servers are doing; nil: nobody is.
	Links *endpoints.Links
	of    string // whose server it is; empty: this server's own

	TLSConfig *tls.Config // nil: the system's roots, the server's name
	// Dial connects; nil: TCP. DialAccount does to the servers of e-mail accounts, which
	// whoever may change settings chooses.
	Dial, DialAccount func(ctx context.Context, network, address string) (net.Conn, error)
}

// From is who sends.
func (s *Sender) From() string { return s.Sender }

// Send hands a message to the server. Its Message-ID comes from the message's
// id, so a message that is sent again after a crash is known as the same.
//
// What the server says for good about this message (5xx) is *endpoints.Refused.
// A login that is refused, a certificate that isn't right, a server that is away
// say nothing about the message: it waits until that is mended.
func (s *Sender) Send(ctx context.Context, m *endpoints.Outbound) error {
	var d draft
	defer d.close()
	if p, ok := m.Post(); ok && s.Accounts != nil {
		return s.sendPost(ctx, &d, m, p)
	}
	msg, from, to, err := s.compose(ctx, &d, m)
	if err != nil {
		return err
	}
	return s.deliver(ctx, msg, from, to)
}

// sendPost sends what a flow or a user wrote.
func (s *Sender) sendPost(ctx context.Context, d *draft, m *endpoints.Outbound, p endpoints.Post) error {
	w, err := s.authorOf(ctx, m, p)
	if err != nil {
		return err
	}
	msg, to, err := s.post(ctx, d, m, p, w.from)
	if err != nil {
		return err
	}
	err = w.by.deliver(ctx, msg, w.from.Address, to)
	var partly *endpoints.Partly
	if err != nil && !errors.As(err, &partly) || s.Remote == nil {
		return err
	}
	// It is sent, whatever becomes of the note: without it a bounce is a mail like others.
	if noted := s.Remote(ctx, p.MessageID, ourID(p.MessageID, w.from.Address), 0); noted != nil && s.Log != nil {
		s.Log.Warn("the Message-ID of a mail can't be noted", zap.String("message", p.MessageID), zap.Error(noted))
	}
	return err
}

// deliver hands a mail to the server.
func (s *Sender) deliver(ctx context.Context, msg *mail.Msg, from string, to []string) error {
	if s.Server == "" {
		return refused("no SMTP server takes this mail: set mail.smtp, or smtp of the e-mail account")
	}
	line := &line{dial: s.dial}
	client, err := s.client(line, international(append([]string{from}, to...)))
	if err != nil {
		return err
	}
	defer line.Close() // the library leaves it open where greeting or login fail
	stop := context.AfterFunc(ctx, func() { line.Close() })
	defer stop()
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		err = fmt.Errorf("SMTP server %s: %w", s.Server, causeOf(ctx, err))
		s.noted(ctx, err)
		return err
	}
	err = s.transfer(conn, msg, from, to)
	s.noted(ctx, err)
	if err != nil {
		var partly *endpoints.Partly
		if errors.As(err, &partly) {
			return err
		}
		return classify(causeOf(ctx, err))
	}
	return nil
}

// noted notes how the server is doing: one that answers is up, whatever it says of a mail, unless that is of our login.
func (s *Sender) noted(ctx context.Context, err error) {
	var no *endpoints.Refused
	var partly *endpoints.Partly
	var reply *textproto.Error
	switch {
	case errors.Is(context.Cause(ctx), context.Canceled): // we stop
		return
	case errors.As(err, &no), errors.As(err, &partly), errors.As(err, &reply) && (reply.Code < 500 || permanent(err)):
		err = nil
	}
	s.Links.Note(endpoints.LinkSMTP, cmp.Or(s.of, endpoints.ServerMail), s.Server, err)
}

// client is one use of the library: its settings, and the line that it gets.
func (s *Sender) client(l *line, utf8 bool) (*mail.Client, error) {
	host, port, err := net.SplitHostPort(s.Server)
	if err != nil {
		return nil, fmt.Errorf("SMTP server %q: %w", s.Server, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("SMTP server %q: %w", s.Server, err)
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.TLSConfig != nil {
		conf = s.TLSConfig.Clone()
	}
	if conf.ServerName == "" {
		conf.ServerName = host
	}
	options := []mail.Option{mail.WithPort(n), mail.WithTimeout(dialTime), mail.WithTLSConfig(conf), mail.WithHELO(helo()), mail.WithDialContextFunc(l.open)}
	auth := mail.SMTPAuthAutoDiscover
	switch s.Security {
	case "", STARTTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case TLS:
		l.tls = conf
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
		auth = mail.SMTPAuthPlain // without STARTTLS the library doesn't see that it is encrypted
	case None:
		auth = mail.SMTPAuthPlainNoEnc
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return nil, fmt.Errorf("SMTP security %q: there are %s, %s and %s", s.Security, STARTTLS, TLS, None)
	}
	if s.User != "" {
		options = append(options, mail.WithSMTPAuth(auth), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	if !utf8 { // a relay behind this server may not know SMTPUTF8, and needn't
		options = append(options, mail.WithoutSMTPUTF8())
	}
	return mail.NewClient(host, options...)
}

// compose makes the mail of a message, with the envelope's addresses.
func (s *Sender) compose(ctx context.Context, d *draft, m *endpoints.Outbound) (msg *mail.Msg, from string, to []string, err error) {
	body, err := m.Mail()
	if err != nil {
		return nil, "", nil, refused("the message's body: %w", err)
	}
	sender, err := netmail.ParseAddress(s.Sender)
	if err != nil {
		return nil, "", nil, fmt.Errorf("sender %q: %w", s.Sender, err)
	}
	msg = mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(sender)
	var all []*netmail.Address
	for _, t := range m.To {
		a, err := netmail.ParseAddress(t)
		if err != nil {
			return nil, "", nil, refused("recipient %q: %w", t, err)
		}
		all, to = append(all, a), append(to, a.Address)
	}
	msg.ToMailAddress(all...)
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.DateCreated)
	msg.SetMessageIDWithValue(m.ID + "@" + sender.Address[strings.LastIndexByte(sender.Address, '@')+1:])
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday notice answers it
	msg.SetBodyString(mail.TypeTextPlain, body.Text)
	var files []*mail.File
	for _, f := range body.Attach {
		file, err := s.attach(ctx, d, f)
		if err != nil {
			return nil, "", nil, err
		}
		files = append(files, file)
	}
	msg.SetAttachments(files)
	return msg, sender.Address, to, nil
}

// attach is a file that is read when the mail is written. That it is there is
// seen now, before the server is bothered.
func (s *Sender) attach(ctx context.Context, d *draft, f endpoints.MailFile) (*mail.File, error) {
	r, _, err := s.Blobs.Open(f.FileID)
	if err == nil {
		err = r.Close()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refused("the attached file %q is gone", f.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("the attached file %q: %w", f.Name, err)
	}
	if f.MP3 {
		if file := s.asMP3(ctx, d, f); file != nil {
			return file, nil
		}
	}
	media := "application/octet-stream"
	if t, _, err := mime.ParseMediaType(f.ContentType); err == nil {
		media = t // a bare type/subtype of tokens
	}
	return &mail.File{
		Name: f.Name, ContentType: mail.ContentType(media), Header: map[string][]string{},
		Writer: func(w io.Writer) (int64, error) {
			r, _, err := s.Blobs.Open(f.FileID)
			if err != nil {
				return 0, err
			}
			defer r.Close()
			return io.Copy(w, r)
		},
	}, nil
}

func refused(format string, args ...any) error {
	return &endpoints.Refused{Err: fmt.Errorf(format, args...)}
}

// helo is how we name ourselves to the server.
func helo() string {
	name, err := os.Hostname()
	if err != nil || name == "" || strings.ContainsAny(name, " \r\n") {
		return "localhost"
	}
	return name
}

// international tells whether one of the addresses is more than ASCII (RFC 6531).
func international(addresses []string) bool {
	for _, a := range addresses {
		for i := range len(a) {
			if a[i] >= 0x80 {
				return true
			}
		}
	}
	return false
}
