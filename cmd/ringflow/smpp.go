package main

import (
	"context"
	"fmt"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/endpoints/sms/smpp"
	"ringflow/flow/fetch"
)

// textDesk is where the texts of all carriers pass.
func (s *server) textDesk() *sms.Desk {
	if s.desk == nil {
		s.desk = &sms.Desk{Store: s.store, Inbox: s.calls, Trunks: s.calls.TrunksOf, Log: s.log.Named("sms")}
	}
	return s.desk
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
	s.sends(endpoints.SMPP, hub)
	return nil
}
