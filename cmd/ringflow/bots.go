package main

import (
	"context"

	"ringflow/endpoints"
	"ringflow/endpoints/bot"
	slackbot "ringflow/endpoints/slack"
	"ringflow/flow/fetch"
)

// startSlack lets people write to Slack bots, and connects those that listen by Socket Mode.
func (s *server) startSlack(ctx context.Context) error {
	a := &slackbot.Adapter{
		Bots: s.store, Inbox: s.calls, Blobs: s.blobs, Known: s.store.HasTalked, Transport: fetch.Transport(s.Config.Flow.HTTPAllow), API: s.Config.Bots.Slack, Log: s.log.Named("slack"), Links: &s.links,
	}
	s.sends(endpoints.Slack, a)
	s.serves("/slack/", a.Handler())
	a.Start(ctx)
	s.closeLater(a.Close)
	return nil
}

// startBots lets people write to bots of the Bot Framework, and to those on web pages.
func (s *server) startBots(context.Context) error {
	c := s.Config
	a := &bot.Adapter{
		Bots: s.store, Inbox: s.calls, Chats: s.store, Blobs: s.blobs, Transport: fetch.Transport(c.Flow.HTTPAllow), OpenID: c.Bots.OpenID, Login: c.Bots.Login, Services: c.Bots.Services,
		PublicURL: c.HTTP.PublicURL, Log: s.log.Named("bot"),
	}
	s.sends(endpoints.BotFramework, a)
	s.serves("/bot/", a.Handler())
	s.serves("/directline/", a.Directline())
	s.closeLater(a.Close)
	return nil
}
