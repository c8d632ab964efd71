package session

import (
	"encoding/json"

	"ringflow/endpoints"
)

// post is what carries an outgoing message: nothing has to carry one of the web chat, which is
// read where it is kept.
func post(m *endpoints.Message) (*endpoints.Outbound, error) {
	m.ID, m.Direction = endpoints.NewID(), endpoints.MessageOut
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if m.Channel == endpoints.WebChat {
		return nil, nil
	}
	return carried(m, endpoints.Post{})
}

// carried is the Outbound of m, with what p has beside.
func carried(m *endpoints.Message, p endpoints.Post) (*endpoints.Outbound, error) {
	p.MessageID, p.EndpointID, p.SenderID, p.Text, p.Subject, p.Files, p.Route = m.ID, m.EndpointID, m.SenderID, m.Text, m.Subject, m.Files, m.Route
	body, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return &endpoints.Outbound{AccountID: m.AccountID, Channel: m.Channel, Key: "message/" + m.ID, To: []string{m.OtherAddress}, Subject: m.Subject, Body: body}, nil
}
