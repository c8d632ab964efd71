package email

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"ringflow/endpoints"
)

// transfer is one mail transaction (RFC 5321 3.3): all recipients that the server
// takes get the mail at once, or nobody does. One that it refuses for good costs
// the others nothing; one that it can't take now makes all wait, for otherwise
// the next try would reach the others twice.
func (s *Sender) transfer(c *smtp.Client, msg *mail.Msg, from string, to []string) error {
	if ok, _ := c.Extension("SMTPUTF8"); !ok && international(append([]string{from}, to...)) {
		return &endpoints.Refused{Err: errors.New("an address isn't ASCII, and the server takes no such (SMTPUTF8)")}
	}
	if err := c.Mail("<" + from + ">"); err != nil {
		return fmt.Errorf("sender %s: %w", from, err)
	}
	var refused []error
	for _, t := range to {
		err := c.Rcpt("<" + t + ">")
		if err == nil {
			continue
		}
		err = fmt.Errorf("recipient %s: %w", t, err)
		if !permanent(err) {
			return err
		}
		refused = append(refused, err)
	}
	if len(refused) == len(to) {
		return &endpoints.Refused{Err: plain(refused)}
	}
	w, err := c.Data()
	if err != nil {
		return fmt.Errorf("DATA: %w", err)
	}
	// Broken off here, the server throws away what it has: the dot that ends a
	// mail is only sent by Close.
	if _, err := msg.WriteTo(w); err != nil {
		return fmt.Errorf("the mail's text: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("the mail: %w", err)
	}
	_ = c.Quit() // it is delivered, whatever is said now
	if len(refused) > 0 {
		return &endpoints.Partly{Err: plain(refused)}
	}
	return nil
}

// permanent tells whether the server said no for good (5yz), about this message
// and not about our login (RFC 4954 6: 530, 534, 535, 538).
func permanent(err error) bool {
	var reply *textproto.Error
	if !errors.As(err, &reply) || reply.Code < 500 {
		return false
	}
	switch reply.Code {
	case 530, 534, 535, 538:
		return false
	}
	return true
}

// classify is an error in the outbox's words.
func classify(err error) error {
	var refused *endpoints.Refused
	if !errors.As(err, &refused) && permanent(err) {
		return &endpoints.Refused{Err: err}
	}
	return err
}

// plain is several errors in one line.
func plain(errs []error) error {
	all := make([]string, len(errs))
	for i, err := range errs {
		all[i] = err.Error()
	}
	return errors.New(strings.Join(all, "; "))
}

// causeOf is why ctx ended, where that is what broke the line.
func causeOf(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w (%w)", context.Cause(ctx), err)
	}
	return err
}
