package main

import (
	"context"
	"net/http"

	"ringflow/endpoints"
	"ringflow/endpoints/outbox"
)

// startChannels brings up the channels of messages, one function each: it gives the
// outbox its way out (sends) and the API its way in (serves), and begins to listen or to
// ask. They come after the switchboard, which is their Inbox, and before the outbox is sent from.
func (s *server) startChannels(ctx context.Context) error {
	for _, start := range []func(context.Context) error{
		s.startSlack, s.startBots,
		s.startTexts, s.startSMPP,
		s.startEmail,
	} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return s.startOutbox(ctx)
}

// sends makes sender the way out of a channel.
func (s *server) sends(c endpoints.Channel, sender outbox.Sender) { s.outbox.Senders[c] = sender }

// serves makes handler the way in of a channel over HTTP, at the paths that begin with prefix.
func (s *server) serves(prefix string, handler http.Handler) {
	if s.webhooks == nil {
		s.webhooks = map[string]http.Handler{}
	}
	s.webhooks[prefix] = handler
}
