package main

import (
	"context"
	"fmt"

	"ringflow/api/report"
)

// startReports makes what is queued, one report at a time, from before the API is
// there until after it is gone.
func (s *server) startReports(ctx context.Context) error {
	w := &report.Worker{Store: s.store, Blob: s.blobs, Agent: s.calls.Agent, PublicURL: s.Config.HTTP.PublicURL, Log: s.log.Named("report")}
	if s.mail != nil {
		w.MailFrom = s.Config.Mail.From
	}
	if err := w.Start(ctx); err != nil {
		return fmt.Errorf("reports: %w", err)
	}
	s.closeLater(w.Close)
	s.api.Reports = w
	return nil
}
