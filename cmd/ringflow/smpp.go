package main

import (
	"context"
	"fmt"

	"ringflow/api"
	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/endpoints/sms/smpp"
	"ringflow/flow/fetch"
)

// textDesk is where the texts of all carriers pass.
func (s *server) textDesk() *sms.Desk {
	if s.desk == nil {
		s.desk = &sms.Desk{Store: s.calls.Remembering(s.store), Inbox: s.calls, Trunks: s.calls.TrunksOf, Log: s.log.Named("sms")}
	}
	return s.desk
}

// textLink is how a link to a message centre does, in the API's words.
func (s *server) textLink(endpointID string) (api.TextLink, bool) {
	l, ok := s.smpp.Link(endpointID)
	return api.TextLink{Bound: l.Bound, Since: l.Since.UTC(), LastError: l.LastError}, ok
}

// textSamples are the links to message centres, for /metrics.
func (s *server) textSamples() []api.Sample {
	var out []api.Sample
	for _, l := range s.smpp.Links() {
		bound := 0.0
		if l.Bound {
			bound = 1
		}
		out = append(out, api.Sample{
			Name: "ringflow_smpp_bound", Help: "1: the link of the number or trunk to its message centre is bound.", Value: bound,
			Labels: map[string]string{"endpoint": l.EndpointID, "centre": l.Address},
		})
	}
	return out
}

// startSMPP binds to the message centres of all numbers and trunks that text by SMPP.
func (s *server) startSMPP(ctx context.Context) error {
	hub := &smpp.Hub{
		Store: s.store, Desk: s.textDesk(), Inbox: s.calls, Log: s.log.Named("smpp"),
		Dial: fetch.Dial(s.Config.Flow.HTTPAllow), // whoever may change a number must not reach what only this machine does
	}
	if err := hub.Start(ctx); err != nil {
		return fmt.Errorf("smpp: %w", err)
	}
	s.closeLater(hub.Close)
	s.smpp = hub
	s.sends(endpoints.SMPP, hub)
	return nil
}
