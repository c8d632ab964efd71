package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/endpoints/sms/hook"
	"ringflow/endpoints/sms/twilio"
	"ringflow/flow/fetch"
)

// mediaPrefix is where carriers fetch the files of texts.
const mediaPrefix = "/texts/media/"

// startTexts lets texts come and go by SIP MESSAGE, in Twilio's form and by plain webhooks. The
// desk that it makes stands before those by SMPP, too.
func (s *server) startTexts(ctx context.Context) error {
	key, err := s.mediaKey(ctx)
	if err != nil {
		return err
	}
	public, log, transport := s.Config.HTTP.PublicURL, s.log.Named("texts"), fetch.Transport(s.Config.Flow.HTTPAllow)
	s.closeLater(transport.CloseIdleConnections)
	s.calls.Desk = s.textDesk()
	s.sends(endpoints.SIPText, &sms.SIP{Desk: s.desk, Line: s.calls, User: s.calls.TextUserOf})

	media := &sms.Media{Prefix: mediaPrefix, Public: public, Key: key, Blobs: s.blobs, Files: s.store}
	files := &sms.Fetcher{Transport: transport, Inbox: s.calls}
	t := &twilio.Adapter{Accounts: s.store, Desk: s.desk, Fetcher: files, Media: media, Transport: transport, Public: public, Log: log}
	h := &hook.Adapter{Accounts: s.store, Desk: s.desk, Fetcher: files, Media: media, Transport: transport, UserAgent: "Ringflow/" + version(), Log: log}
	s.sends(endpoints.Twilio, sms.Outgoing{Desk: s.desk, Carrier: t})
	s.sends(endpoints.HTTPText, sms.Outgoing{Desk: s.desk, Carrier: h})
	s.serves(twilio.Prefix, t)
	s.serves(hook.Prefix, h)
	s.serves(mediaPrefix, media)
	return nil
}

// mediaKey signs the addresses of files; all servers of a store have the same.
func (s *server) mediaKey(ctx context.Context) ([]byte, error) {
	const name = "textMediaKey"
	text, err := s.store.Meta(ctx, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if text == "" {
		b := make([]byte, 32)
		rand.Read(b) // never fails
		text = hex.EncodeToString(b)
		if err := s.store.PutMeta(ctx, name, text); err != nil {
			return nil, err
		}
	}
	return hex.DecodeString(text)
}
