package session

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
)

// opening is the session that m opens, should none be open; nil: what is written to this
// endpoint runs no flow, it is for people.
func (s *Switchboard) opening(ctx context.Context, m *endpoints.Message, ep *endpoints.Endpoint, settings *endpoints.Settings) (*Opening, error) {
	if m.Auto || ep.Kind == endpoints.SipTrunk || ep.Kind == endpoints.Team || ep.Kind == endpoints.User && ep.UserMode != endpoints.ModeFlow && !ownText(m, ep) {
		return nil, nil
	}
	now := time.Now().UTC()
	rec := &Record{
		ID: endpoints.NewID(), AccountID: ep.AccountID, Channel: string(flow.Chat), Direction: Incoming, CallState: Connected,
		EndpointID: ep.ID, EndpointName: ep.DisplayName, FromAddress: m.OtherAddress, FromName: m.OtherName,
		ToAddress: chatAddress(ep), Destination: m.Destination, Started: now, Answered: now, Heartbeat: now, CreatedBy: m.CreatedBy,
	}
	customers, err := s.cache.customerLine(ctx, ep.CustomerID)
	if err != nil {
		return nil, err
	}
	if len(customers) > 0 {
		rec.CustomerID, rec.CustomerName = customers[0].ID, customers[0].Name
	}
	p := spec{settings: settings}
	s.runs(ctx, &p, ep)
	rec.FlowID, rec.FlowName, rec.FlowVersion = p.flow.ID, p.flow.Name, p.flow.Version
	body, err := json.Marshal(chatBody{Record: rec})
	if err != nil {
		return nil, err
	}
	return &Opening{Record: rec, Body: body}, nil
}

// chatAddress is by what an endpoint is written to.
func chatAddress(ep *endpoints.Endpoint) string {
	switch {
	case ep.Number != "":
		return ep.Number
	case ep.EmailAddress != "":
		return ep.EmailAddress
	case ep.SipUserName != "":
		return ep.SipUserName
	}
	return ep.DisplayName
}

// ownText tells that a user with a phone wrote m himself, and has a flow for what he writes.
func ownText(m *endpoints.Message, u *endpoints.Endpoint) bool {
	return m.Channel == endpoints.SIPText && (u.FlowID != "" || u.Scheduled) && strings.EqualFold(m.OtherAddress, u.SipUserName)
}
