package main

import (
	"context"
	"fmt"

	"ringflow/endpoints"
	"ringflow/endpoints/sms/smpp"
)

// startSMPP binds to the message centres of all numbers and trunks that text by SMPP.
func (s *server) startSMPP(ctx context.Context) error {
	hub := &smpp.Hub{Store: s.store, Inbox: s.calls, Log: s.log.Named("smpp")}
	if err := hub.Start(ctx); err != nil {
		return fmt.Errorf("smpp: %w", err)
	}
	s.closeLater(hub.Close)
	s.sends(endpoints.SMPP, hub)
	return nil
}
