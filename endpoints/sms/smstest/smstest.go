// Package smstest is what stands around a carrier of texts in its tests: a number, and a store and an
// inbox in memory.
package smstest

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

// World is one number that texts, and whoever keeps what comes to it. What an adapter has no business
// with panics.
type World struct {
	sms.Store
	endpoints.Inbox
	Number   *endpoints.Endpoint
	Got      []*endpoints.Message
	Receipts int
}

// New has a number that texts like this.
func New(texts *endpoints.Texts) *World {
	return &World{Number: &endpoints.Endpoint{
		Entity: endpoints.Entity{ID: strings.Repeat("a", 32)}, AccountID: strings.Repeat("b", 32), Kind: endpoints.PhoneNumber, Number: "+18005550100",
		Texts: texts,
	}}
}

// Account implements sms.Store.
func (w *World) Account(context.Context, string) (*endpoints.Account, error) {
	return &endpoints.Account{Name: "Acme"}, nil
}

// Settings implements sms.Store.
func (w *World) Settings(context.Context, string) (*endpoints.Settings, error) {
	return &endpoints.Settings{DefaultCountry: "US"}, nil
}

// Endpoint implements sms.Store.
func (w *World) Endpoint(_ context.Context, id string) (*endpoints.Endpoint, error) {
	if id != w.Number.ID {
		return nil, fs.ErrNotExist
	}
	return w.Number, nil
}

// EndpointByNumber implements sms.Store.
func (w *World) EndpointByNumber(_ context.Context, e164 string) (*endpoints.Endpoint, error) {
	if e164 != w.Number.Number {
		return nil, fs.ErrNotExist
	}
	return w.Number, nil
}

// TextsStopped implements sms.Store.
func (w *World) TextsStopped(context.Context, string, string) (bool, error) { return false, nil }

// StopTexts implements sms.Store.
func (w *World) StopTexts(context.Context, endpoints.TextStop) (bool, error) { return true, nil }

// StartTexts implements sms.Store.
func (w *World) StartTexts(context.Context, string, string) (bool, error) { return true, nil }

// KnowsText implements sms.Store.
func (w *World) KnowsText(context.Context, string, endpoints.Channel, string) (bool, error) {
	return false, nil
}

// PutMessage implements sms.Store.
func (w *World) PutMessage(context.Context, *endpoints.Message, *endpoints.Outbound) (bool, error) {
	return true, nil
}

// Receive implements endpoints.Inbox.
func (w *World) Receive(_ context.Context, m *endpoints.Message) error {
	m.Direction = endpoints.MessageIn
	if err := m.Validate(); err != nil {
		return err
	}
	w.Got = append(w.Got, m)
	return nil
}

// Receipt implements endpoints.Inbox.
func (w *World) Receipt(context.Context, endpoints.Channel, string, string, endpoints.MessageState, string) error {
	w.Receipts++
	return nil
}

// Desk is where its texts pass.
func (w *World) Desk() *sms.Desk {
	return &sms.Desk{Store: w, Inbox: w, Trunks: func(string) []*endpoints.Endpoint { return nil }}
}

// Fetcher finds none of the files that a text names.
func (w *World) Fetcher() *sms.Fetcher { return &sms.Fetcher{Transport: nowhere{}, Inbox: w} }

// nowhere is a network in which nothing can be reached.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("nothing can be reached")
}
