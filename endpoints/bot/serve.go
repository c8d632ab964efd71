package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/service"
)

// serve takes one activity. Nothing of the body is read before the token is right.
func (a *Adapter) serve(w http.ResponseWriter, r *http.Request) {
	e := a.endpoint(w, r)
	if e == nil {
		return
	}
	if e.Bot.AppID == "" {
		http.Error(w, "the bot has no application", http.StatusNotFound)
		return
	}
	c, err := a.verify(r.Context(), e, r.Header.Get("Authorization"))
	if err != nil {
		a.log().Warn("a request to a bot was refused", zap.String("endpoint", e.ID), zap.Error(err))
		if errors.Is(err, errKeys) {
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		http.Error(w, "the token isn't right", http.StatusUnauthorized)
		return
	}
	var act Activity
	if !read(w, r, &act) {
		return
	}
	if err := a.covers(c, e, &act); err != nil {
		a.log().Warn("a request to a bot was refused", zap.String("endpoint", e.ID), zap.Error(err))
		http.Error(w, "the token isn't this activity's", http.StatusForbidden)
		return
	}
	if err := a.activity(r.Context(), e, &act); err != nil {
		a.refuse(w, e, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// endpoint is the bot of the path; nil: it was answered that there is none.
func (a *Adapter) endpoint(w http.ResponseWriter, r *http.Request) *endpoints.Endpoint {
	e, err := a.Bots.Endpoint(r.Context(), r.PathValue("endpointId"))
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && (e.Kind != endpoints.SkypeBot || e.Bot == nil):
		http.Error(w, "there is no such bot", http.StatusNotFound)
		return nil
	case err != nil:
		a.log().Error("a bot can't be read", zap.Error(err))
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return nil
	}
	return e
}

// read is a bounded body; false: it was answered that it is none.
func read(w http.ResponseWriter, r *http.Request, out any) bool {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		http.Error(w, "the request is too long", http.StatusRequestEntityTooLarge)
		return false
	case err != nil:
		return false
	case json.Unmarshal(body, out) != nil:
		http.Error(w, "the body is no activity", http.StatusBadRequest)
		return false
	}
	return true
}

// refuse answers what wasn't taken.
func (a *Adapter) refuse(w http.ResponseWriter, e *endpoints.Endpoint, err error) {
	var invalid *endpoints.Invalid
	if errors.As(err, &invalid) {
		http.Error(w, "it can't be taken: "+invalid.Error(), http.StatusBadRequest)
		return
	}
	if !errors.Is(err, service.ErrSlow) {
		a.log().Error("a bot's message was not taken", zap.String("endpoint", e.ID), zap.Error(err))
	}
	w.Header().Set("Retry-After", "10")
	http.Error(w, "not taken yet; send it again", http.StatusServiceUnavailable)
}

// activity takes what was written for good. Typing, changes of who is there and all else are
// none: nobody is spoken to who has said nothing.
func (a *Adapter) activity(ctx context.Context, e *endpoints.Endpoint, act *Activity) error {
	if act.Type != "message" {
		return nil
	}
	switch {
	case act.Conversation == nil || act.Conversation.ID == "" || act.From == nil || act.From.ID == "" || act.ID == "":
		return &endpoints.Invalid{Field: "activity", Text: "has no id, no conversation or nobody who wrote it"}
	case act.From.Role == "bot" || act.Recipient != nil && act.From.ID == act.Recipient.ID:
		return nil // what bots write gets no answer, or two would talk for ever
	}
	key := act.Conversation.ID + "|" + act.ID
	return a.events.Do(ctx, e.ID+" "+key, patience, func(ctx context.Context) error {
		m, err := message(e, act)
		if err != nil {
			return err
		}
		m.Key = key
		if err := a.attachments(ctx, e, m, act); err != nil {
			return err
		}
		if err := a.Inbox.Receive(ctx, m); err != nil {
			return err
		}
		a.typingSoon(e, act)
		return nil
	})
}

// message is an activity as a message, without its files.
func message(e *endpoints.Endpoint, act *Activity) (*endpoints.Message, error) {
	address := act.Conversation.ID
	if c := act.Conversation; c.IsGroup || c.Type == "groupChat" || c.Type == "channel" {
		address += "/" + act.From.ID
	}
	way, err := json.Marshal(route{ServiceURL: act.ServiceURL, Conversation: act.Conversation.ID, Activity: act.ID, Bot: act.Recipient, User: act.From, Channel: act.ChannelID})
	if err != nil {
		return nil, fmt.Errorf("route: %w", err)
	}
	m := &endpoints.Message{
		AccountID: e.AccountID, CustomerID: e.CustomerID, EndpointID: e.ID, Channel: endpoints.BotFramework, Direction: endpoints.MessageIn, State: endpoints.MessageReceived,
		OtherAddress: address, OtherName: act.From.Name, Sender: act.From.Name, Destination: e.Bot.AppID, Text: plain(act), Route: way, Date: time.Now().UTC(), Unread: true,
		Facts: map[string]string{"Bot-Channel": act.ChannelID, "Bot-User": act.From.ID, "Bot-Conversation": act.Conversation.ID},
	}
	if m.Sender == "" {
		m.Sender = act.From.ID
	}
	if t := act.tenant(); t != "" {
		m.Facts["Bot-Tenant"] = t
	}
	return m, nil
}
