package sms

import (
	"context"
	"slices"
	"testing"

	"ringflow/endpoints"
)

// repeated is a store and an inbox that have had the text before; what nobody should ask panics.
type repeated struct {
	Store
	endpoints.Inbox
	number   *endpoints.Endpoint
	detached []endpoints.MessageFile
}

func (r *repeated) Endpoint(context.Context, string) (*endpoints.Endpoint, error) {
	return r.number, nil
}

func (r *repeated) KnowsText(context.Context, string, endpoints.Channel, string) (bool, error) {
	return true, nil
}

func (r *repeated) Detach(_ context.Context, files []endpoints.MessageFile) {
	r.detached = append(r.detached, files...)
}

// The same STOP again means nothing, and the picture that came with it again isn't kept.
func TestFilesOfARepeatedKeyword(t *testing.T) {
	r := &repeated{number: &endpoints.Endpoint{Entity: endpoints.Entity{ID: endpoints.NewID()}, Kind: endpoints.PhoneNumber, Number: "+12025550100"}}
	d := &Desk{Store: r, Inbox: r}
	files := []endpoints.MessageFile{{FileID: endpoints.NewID(), Name: "x.png", Fresh: true}}
	m := &endpoints.Message{EndpointID: r.number.ID, Channel: endpoints.Twilio, OtherAddress: "+12025550143", Text: "STOP", Key: "k", Files: files}
	if err := d.Receive(t.Context(), m); err != nil || !slices.Equal(r.detached, files) {
		t.Errorf("%v, removed %v", err, r.detached)
	}
}
