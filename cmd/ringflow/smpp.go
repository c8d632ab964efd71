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

// linkSamples are how all is doing by which messages come and go, for /metrics.
func (s *server) linkSamples() []api.Sample {
	var out []api.Sample
	for _, l := range s.links.All() {
		up := 0.0
		if l.Up {
			up = 1
		}
		out = append(out, api.Sample{
			Name: "ringflow_link_up", Help: "1: this, by which messages come or go, works: a link to a message centre, a mailbox, an SMTP server, Slack's Socket Mode, our own mail listener.", Value: up,
			Labels: map[string]string{"kind": string(l.Kind), "of": l.Of, "server": l.Server},
		})
		if l.Kind == endpoints.LinkSMPP {
			out = append(out, api.Sample{
				Name: "ringflow_smpp_bound", Help: "1: the link of the number or trunk to its message centre is bound.", Value: up,
				Labels: map[string]string{"endpoint": l.Of, "centre": l.Server},
			})
		}
	}
	return out
}

// startSMPP binds to the message centres of all numbers and trunks that text by SMPP.
func (s *server) startSMPP(ctx context.Context) error {
	hub := &smpp.Hub{
		Store: s.store, Desk: s.textDesk(), Inbox: s.calls, Log: s.log.Named("smpp"), Links: &s.links,
		Dial: fetch.Dial(s.Config.Flow.HTTPAllow), // whoever may change a number must not reach what only this machine does
	}
	if err := hub.Start(ctx); err != nil {
		return fmt.Errorf("smpp: %w", err)
	}
	s.closeLater(hub.Close)
	s.sends(endpoints.SMPP, hub)
	return nil
}
