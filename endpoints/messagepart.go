package endpoints

import (
	"encoding/json"
	"time"
)

// MessagePart is a part of an incoming text that came in several: it waits in the
// store until the others are there, or have kept us waiting for too long.
type MessagePart struct {
	ID         string
	SetID      string // of all parts of one text; given by the store
	AccountID  string
	EndpointID string
	Channel    Channel
	// Ref tells the texts of one OtherAddress apart: what the sender's phone, and how it
	// came, say. Phones begin anew with it after some texts.
	Ref          string
	OtherAddress string
	Destination  string
	Total, Seq   int // Seq is from 1
	Text         string
	Route        json.RawMessage
	Date         time.Time
}

// maxParts is as many as a text can have, 3GPP TS 23.040 9.2.3.24.1.
const maxParts = 255

// Validate tells what of p can't be kept (*Invalid).
func (p *MessagePart) Validate() error {
	if p.Total < 2 || p.Total > maxParts || p.Seq < 1 || p.Seq > p.Total {
		return invalid("seq", "%d of %d is no part of a text", p.Seq, p.Total)
	}
	if len(p.Ref) > maxText {
		return invalid("ref", "is too long")
	}
	m := Message{AccountID: p.AccountID, EndpointID: p.EndpointID, Channel: p.Channel, Direction: MessageIn, OtherAddress: p.OtherAddress, Destination: p.Destination, Text: p.Text, Route: p.Route}
	if err := m.Validate(); err != nil {
		return err
	}
	p.Destination, p.Text = m.Destination, m.Text
	return nil
}
