package main

import (
	"context"
	"fmt"
	"slices"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/endpoints/sms/smpp"
	"ringflow/flow/fetch"
)

// textDesk is where the texts of all carriers pass.
func (s *server) textDesk() *sms.Desk {
	if s.desk == nil {
		s.desk = &sms.Desk{Store: s.store, Inbox: s.calls, Trunks: s.trunksOf, Log: s.log.Named("sms")}
	}
	return s.desk
}

// trunksOf are the trunks of an account, of a store that is away none: what would leave by them
// waits.
func (s *server) trunksOf(account string) []*endpoints.Endpoint {
	trunks, err := s.store.Trunks(context.Background())
	if err != nil {
		s.log.Warn("trunks can't be read", zap.Error(err))
		return nil
	}
	return slices.DeleteFunc(trunks, func(t *endpoints.Endpoint) bool { return t.AccountID != account })
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
