package sms

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// Store is what a Desk has to know; *store.Store knows it.
type Store interface {
	Accounts
	Account(ctx context.Context, id string) (*endpoints.Account, error)
	EndpointByNumber(ctx context.Context, e164 string) (*endpoints.Endpoint, error)
	TextsStopped(ctx context.Context, endpointID, address string) (bool, error)
	StopTexts(ctx context.Context, stop endpoints.TextStop) (fresh bool, err error)
	StartTexts(ctx context.Context, endpointID, address string) (had bool, err error)
	PutMessage(ctx context.Context, m *endpoints.Message, out *endpoints.Outbound) (fresh bool, err error)
	// TextTurn gives a text its place among those that leave; see store.
	TextTurn(ctx context.Context, outbound string, rates []endpoints.TextRate) (at time.Time, short *endpoints.TextRate, err error)
}

// Accounts is what a carrier that is called over HTTP asks: whose an endpoint is, and whether
// a text was here before. *store.Store knows.
type Accounts interface {
	Endpoint(ctx context.Context, id string) (*endpoints.Endpoint, error)
	Settings(ctx context.Context, accountID string) (*endpoints.Settings, error)
	KnowsText(ctx context.Context, endpointID string, c endpoints.Channel, key string) (bool, error)
}

// Desk is where all texts pass, whatever carries them: it knows whose they are, what
// STOP, START and HELP mean, and how many may come and go. Carriers' adapters call
// Take with what comes, and Leave before they send.
type Desk struct {
	Store           Store
	endpoints.Inbox // what the desk lets through goes there; files and receipts as well
	// Trunks are those of an account, from memory.
	Trunks func(accountID string) []*endpoints.Endpoint
	Log    *zap.Logger

	rates rates
}

// In is a text that came from a carrier, as it wrote it.
type In struct {
	Channel  endpoints.Channel
	Via      *endpoints.Endpoint // whose carrier it came by: a number or a trunk
	From, To string
	FromName string
	Text     string
	Files    []endpoints.MessageFile
	Key      string // the carrier's own id of it
	Facts    map[string]string
	Segments int // 0: counted here
	Date     time.Time
	// Handled is the keyword that the carrier has acted on and answered itself; empty: none.
	Handled Keyword
}

// Why a text isn't taken. *endpoints.Invalid: it never will be.
var (
	// ErrNotOurs: nobody here has the number that it is for.
	ErrNotOurs = errors.New("no phone number of the account has it")
	// ErrTooMany: its sender writes too much just now; it may come again.
	ErrTooMany = errors.New("too many texts of one sender")
)

func (d *Desk) log() *zap.Logger {
	if d.Log == nil {
		return zap.NewNop()
	}
	return d.Log
}

// detacher is an Inbox that removes the files of a text which is not let through to it.
type detacher interface {
	Detach(ctx context.Context, files []endpoints.MessageFile)
}

// Take takes an incoming text of a carrier. nil: it is kept for good, or was before.
func (d *Desk) Take(ctx context.Context, in In) error {
	err := d.take(ctx, in)
	if Final(err) || errors.Is(err, ErrTooMany) { // its carrier sends the files again
		d.detach(ctx, in.Files)
	}
	return err
}

// detach removes files of a text that isn't kept.
func (d *Desk) detach(ctx context.Context, files []endpoints.MessageFile) {
	if inbox, ok := d.Inbox.(detacher); ok && len(files) > 0 {
		inbox.Detach(ctx, files)
	}
}

func (d *Desk) take(ctx context.Context, in In) error {
	settings, err := d.Store.Settings(ctx, in.Via.AccountID)
	if err != nil {
		return err
	}
	number, err := d.Number(ctx, in.Via, in.To, settings.DefaultCountry)
	if err != nil {
		return err
	}
	if in.Via.Portal.DisableSms {
		return &endpoints.Invalid{Field: "to", Text: fmt.Sprintf("%s takes no texts (disableSms)", in.Via.DisplayName)}
	}
	if in.Segments == 0 {
		in.Segments, _ = Segments(in.Text)
	}
	return d.receive(ctx, number, &endpoints.Message{
		AccountID: number.AccountID, EndpointID: number.ID, Channel: in.Channel, OtherAddress: address(in.From, settings.DefaultCountry), OtherName: in.FromName, Destination: number.Number,
		Text: in.Text, Files: in.Files, Key: in.Key, Facts: in.Facts, Segments: in.Segments, Date: in.Date, Route: endpoints.TextRoute{Via: in.Via.ID}.JSON(),
	}, in.Handled)
}

// Receive implements endpoints.Inbox for adapters that make the message themselves.
func (d *Desk) Receive(ctx context.Context, m *endpoints.Message) error {
	number, err := d.Store.Endpoint(ctx, m.EndpointID)
	if errors.Is(err, fs.ErrNotExist) {
		return &endpoints.Invalid{Field: "endpointId", Text: fmt.Sprintf("there is no %.64q", m.EndpointID)}
	}
	if err != nil {
		return err
	}
	return d.receive(ctx, number, m, "")
}

// receive sees to it that the number takes texts, that its sender does not write too much, and
// that what is meant for us is obeyed. handled is the keyword that the carrier has answered.
func (d *Desk) receive(ctx context.Context, number *endpoints.Endpoint, m *endpoints.Message, handled Keyword) error {
	if number.Portal.DisableSms {
		return &endpoints.Invalid{Field: "to", Text: fmt.Sprintf("%s takes no texts (disableSms)", number.Number)}
	}
	if !d.rates.in(number.ID + " " + m.OtherAddress) {
		return fmt.Errorf("%w: %s to %s", ErrTooMany, m.OtherAddress, number.Number)
	}
	word, err := handled, error(nil)
	if word == "" {
		if word, err = d.keyword(ctx, number, m.OtherAddress, m.Text); err != nil {
			return err
		}
	}
	if word == "" {
		return d.Inbox.Receive(ctx, m)
	}
	m.Auto = true // it is for us, not for the flow
	return d.obey(ctx, number, m, word, handled != "")
}

// Number is the phone number that a text is for: of the carrier's account. One that
// comes by a number's own carrier is that number's, if it names no other.
func (d *Desk) Number(ctx context.Context, via *endpoints.Endpoint, to, country string) (*endpoints.Endpoint, error) {
	e164, err := endpoints.ParseNumber(to, country)
	if via.Number != "" && (err != nil || e164 == via.Number) {
		return via, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%.64q: %w", to, ErrNotOurs)
	}
	e, err := d.Store.EndpointByNumber(ctx, e164)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && e.AccountID != via.AccountID: // another account's things do not exist here
		return nil, fmt.Errorf("%s: %w", e164, ErrNotOurs)
	case err != nil:
		return nil, err
	}
	return e, nil
}

// address is who wrote, as all channels write him: an E.164 number, or what it says: a
// short code, a name.
func address(text, country string) string {
	text = strings.TrimSpace(text)
	if e164, err := endpoints.ParseNumber(text, country); err == nil {
		return e164
	}
	return text
}
