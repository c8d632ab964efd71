package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"go.uber.org/zap"

	"ringflow/endpoints"
)

const (
	mailsPerLook = 100 // the next look takes more
	maxTroubles  = 3   // mails that can't be kept now, then the look ends
)

// fetch takes the unseen mails of a mailbox for an endpoint, the oldest first.
func (p *Poller) fetch(ctx context.Context, box endpoints.Mailbox, e *endpoints.Endpoint) error {
	l := &line{dial: p.dial}
	defer l.Close()
	stop := context.AfterFunc(ctx, l.Close)
	defer stop()
	c, err := p.login(ctx, l, box)
	if err != nil {
		return fmt.Errorf("IMAP server %s: %w", box.Host, causeOf(ctx, err))
	}
	defer c.Close()
	if err := p.takeNew(ctx, c, box, e); err != nil {
		return fmt.Errorf("IMAP server %s: %w", box.Host, causeOf(ctx, err))
	}
	_ = c.Logout().Wait() // all is done already
	return nil
}

func (p *Poller) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if p.Dial != nil {
		return p.Dial(ctx, network, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// login connects as the account wants it: a password never leaves before the connection is encrypted,
// unless it is one on this machine.
func (p *Poller) login(ctx context.Context, l *line, box endpoints.Mailbox) (*imapclient.Client, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.TLSConfig != nil {
		conf = p.TLSConfig.Clone()
	}
	if conf.ServerName == "" {
		conf.ServerName = box.Host
	}
	if box.TLS == endpoints.MailTLS {
		l.tls = conf
	}
	dialing, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := l.open(dialing, "tcp", net.JoinHostPort(box.Host, strconv.Itoa(box.Port)))
	if err != nil {
		return nil, err
	}
	o := &imapclient.Options{TLSConfig: conf}
	var c *imapclient.Client
	if box.TLS == endpoints.MailSTARTTLS {
		if c, err = imapclient.NewStartTLS(conn, o); err != nil {
			return nil, err
		}
	} else {
		c = imapclient.New(conn, o)
	}
	if err := c.Login(box.UserName, box.Password).Wait(); err != nil {
		c.Close()
		return nil, fmt.Errorf("login: %w", err)
	}
	return c, nil
}

// takeNew goes through the unseen mails.
func (p *Poller) takeNew(ctx context.Context, c *imapclient.Client, box endpoints.Mailbox, e *endpoints.Endpoint) error {
	began, name := time.Now(), folderName(box, e)
	folder, err := c.Select(box.Folder, nil).Wait()
	if err != nil {
		return fmt.Errorf("folder %q: %w", box.Folder, err)
	}
	if box.MoveTo == "" && !keepsMarks(folder.PermanentFlags) {
		return fmt.Errorf("folder %q keeps no mark of what was read; name a folder to move mail to (moveTo), or allow us to write in it", box.Folder)
	}
	was, err := p.known(ctx, name)
	if err != nil {
		return err
	}
	if err := p.passOver(c, was, folder.UIDValidity, e); err != nil {
		return err
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen, imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return err
	}
	uids := found.AllUIDs()
	troubles := 0
	for _, uid := range uids[:min(len(uids), mailsPerLook)] {
		err := p.one(ctx, c, uid, e)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case never(err):
			p.Log.Warn("a mail in a mailbox can't be taken; it is marked with a flag", zap.String("endpoint", e.ID), zap.Uint32("uid", uint32(uid)), zap.Error(err))
			err = mark(c, uid, imap.FlagSeen, imap.FlagFlagged)
		case err == nil:
			err = p.away(c, uid, box)
		case errors.Is(err, errLine):
			return err
		default:
			p.Log.Error("a mail can't be kept now; it stays where it is", zap.String("endpoint", e.ID), zap.Uint32("uid", uint32(uid)), zap.Error(err))
			if troubles++; troubles >= maxTroubles {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
	}
	return p.noted(ctx, name, was, folder.UIDValidity, began, troubles == 0 && len(uids) <= mailsPerLook)
}

// away marks a mail that is kept, and moves it where that is wanted.
func (p *Poller) away(c *imapclient.Client, uid imap.UID, box endpoints.Mailbox) error {
	if err := mark(c, uid, imap.FlagSeen); err != nil || box.MoveTo == "" {
		return err
	}
	if _, err := c.Move(imap.UIDSetNum(uid), box.MoveTo).Wait(); err != nil {
		return fmt.Errorf("folder %q: %w", box.MoveTo, err)
	}
	return nil
}

func mark(c *imapclient.Client, uid imap.UID, flags ...imap.Flag) error {
	return c.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: flags}, nil).Close()
}

// errLine is wrapped by what tells that the connection is of no more use.
var errLine = errors.New("the mailbox stopped answering")

// one takes one mail.
func (p *Poller) one(ctx context.Context, c *imapclient.Client, uid imap.UID, e *endpoints.Endpoint) error {
	s, err := p.spool(c, uid)
	if err != nil {
		return err
	}
	defer s.close()
	v, err := p.Receiver.look(ctx, s, origin{})
	if err != nil {
		return err
	}
	return p.Receiver.take(ctx, s, v, origin{}, e)
}

// spool fetches a mail, without marking it. Its size is asked first: what is too big is not
// fetched at all.
func (p *Poller) spool(c *imapclient.Client, uid imap.UID) (*spool, error) {
	sizes, err := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, RFC822Size: true}).Collect()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLine, err)
	}
	if len(sizes) == 0 {
		return nil, fmt.Errorf("%w: mail %d is gone", errLine, uid)
	}
	if n := sizes[0].RFC822Size; n > p.Receiver.bytes() {
		return nil, &endpoints.Invalid{Field: "mail", Text: fmt.Sprintf("has %d bytes; %d are allowed", n, p.Receiver.bytes())}
	}
	fetch := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
	var s *spool
	for m := fetch.Next(); m != nil; m = fetch.Next() {
		for item := m.Next(); item != nil; item = m.Next() {
			body, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || body.Literal == nil {
				continue
			}
			if s != nil {
				_, err = io.Copy(io.Discard, io.LimitReader(body.Literal, p.Receiver.bytes()))
				continue
			}
			if s, err = newSpool(p.Receiver.Dir, body.Literal, p.Receiver.bytes()); err != nil {
				return nil, fmt.Errorf("%w: %w", errLine, err) // the rest of it can't be skipped
			}
		}
	}
	err = fetch.Close()
	if err == nil && s == nil {
		err = errors.New("it came without its text")
	}
	if err == nil {
		return s, nil
	}
	if s != nil {
		s.close()
	}
	return nil, fmt.Errorf("%w: mail %d: %w", errLine, uid, err)
}
