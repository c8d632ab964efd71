package email

import (
	"errors"
	"io"
	"net/netip"
	"time"

	"github.com/emersion/go-smtp"
	"go.uber.org/zap"

	"ringflow/endpoints"
)

// What senders are told. Nothing of it says why in our words: logs do.
var (
	errNobody  = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such address here"}
	errGuess   = &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "Too many addresses that aren't here"}
	errLater   = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
	errRate    = &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Too many mails from you, try again later"}
	errSize    = &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "The mail is too big"}
	errContent = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "The mail can't be read"}
)

// session is one sender's connection. The library calls one method at a time, but
// Logout, which may come at any moment.
type session struct {
	l       *Listener
	conn    *smtp.Conn
	from    string
	to      []*endpoints.Endpoint
	unknown int
}

func (l *Listener) session(c *smtp.Conn) (smtp.Session, error) { return &session{l: l, conn: c}, nil }

// Reset implements smtp.Session.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.l.rate.allow(source(s.source().Addr()).String()) {
		return errRate
	}
	s.from, s.to = from, nil
	return nil
}

func (s *session) source() netip.AddrPort {
	at, _ := netip.ParseAddrPort(s.conn.Conn().RemoteAddr().String())
	return at
}

// Rcpt implements smtp.Session: it takes the e-mail endpoints of this server, and no other.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.unknown >= maxUnknown {
		if s.unknown++; s.unknown > 4*maxUnknown {
			_ = s.conn.Conn().Close() // its reader ends
		}
		return errGuess
	}
	e, err := s.l.find(s.l.ctx, to)
	if err != nil {
		s.l.Log.Error("whose address it is can't be looked up; the mail is to come again", zap.Error(err))
		return errLater
	}
	if e == nil {
		s.unknown++
		return errNobody
	}
	for _, there := range s.to {
		if there.ID == e.ID {
			return nil
		}
	}
	s.to = append(s.to, e)
	return nil
}

// Data implements smtp.Session: it returns nil once every endpoint has kept the mail.
func (s *session) Data(r io.Reader) error {
	from, to := s.from, s.to
	mail, err := newSpool(s.l.Receiver.Dir, r, s.l.Receiver.bytes())
	var tooBig *smtp.SMTPError
	switch {
	case errors.Is(err, errTooBig) || errors.As(err, &tooBig) && tooBig.Code == smtp.ErrDataTooLarge.Code:
		s.l.Log.Warn("a mail is too big", zap.String("from", cut(from, 254)), zap.Stringer("source", s.source().Addr()))
		return errSize
	case err != nil:
		s.l.Log.Info("a mail was not read to its end; its sender keeps it", zap.Error(err))
		return errLater
	}
	defer mail.close()
	select { // it is all here, so nobody's slowness takes another's turn
	case s.l.work <- struct{}{}:
		defer func() { <-s.l.work }()
	case <-s.l.ctx.Done():
		return errLater
	case <-time.After(waitForTurn):
		return errLater
	}
	o := origin{Addr: s.source().Addr(), Helo: cut(s.conn.Hostname(), 255), From: cut(from, 254), Envelope: true}
	v, err := s.l.Receiver.look(s.l.ctx, mail, o)
	if err != nil {
		return s.refuse(err)
	}
	kept := 0
	var refused error
	for _, e := range to {
		err := s.l.Receiver.take(s.l.ctx, mail, v, o, e)
		if err != nil && !never(err) {
			return s.refuse(err) // all of it comes again; who has it already knows it by its key
		}
		if err != nil {
			s.l.Log.Warn("a mail can't be taken", zap.String("endpoint", e.ID), zap.Error(err))
			refused = err
			continue
		}
		kept++
	}
	if kept == 0 {
		return s.refuse(refused)
	}
	return nil
}

func (s *session) refuse(err error) error {
	if never(err) {
		s.l.Log.Info("a mail was refused", zap.Error(err), zap.Stringer("source", s.source().Addr()))
		return errContent
	}
	s.l.Log.Error("a mail can't be kept now; its sender keeps it", zap.Error(err))
	return errLater
}
