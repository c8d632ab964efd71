package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"ringflow/endpoints"
	"ringflow/endpoints/service"
)

// envelope is the outside of an event.
type envelope struct {
	Type           string                     `json:"type"`
	TeamID         string                     `json:"team_id"`
	Event          said                       `json:"event"`
	Authorizations []slack.EventAuthorization `json:"authorizations"`
}

// said is what of a message or app_mention event we look at.
type said struct {
	Type        string          `json:"type"`
	Subtype     string          `json:"subtype"`
	User        string          `json:"user"`
	BotID       string          `json:"bot_id"`
	BotProfile  json.RawMessage `json:"bot_profile"`
	Text        string          `json:"text"`
	TS          string          `json:"ts"`
	ThreadTS    string          `json:"thread_ts"`
	Channel     string          `json:"channel"`
	ChannelType string          `json:"channel_type"`
	Files       []file          `json:"files"`
}

type file struct {
	Name        string `json:"name"`
	Mimetype    string `json:"mimetype"`
	Size        int64  `json:"size"`
	Mode        string `json:"mode"`
	URL         string `json:"url_private"`
	DownloadURL string `json:"url_private_download"`
}

// fromPerson tells whether a person wrote it now: bots, this one among them, get no answer, or two would
// talk for ever; changes and deletions, joins and topics are no messages.
func (s *said) fromPerson() bool {
	return (s.Type == "message" || s.Type == "app_mention") && s.User != "" && s.User != "USLACKBOT" && s.BotID == "" && len(s.BotProfile) == 0 &&
		slices.Contains([]string{"", "file_share", "thread_broadcast"}, s.Subtype) && s.TS != "" && s.Channel != ""
}

// lastTry is the repetition of an event after which Slack may give it up: a message without a
// file is more than none.
const lastTry = 2

// event takes an event that was told so often before for good. nil: it is here, or not for us.
func (a *Adapter) event(ctx context.Context, e *endpoints.Endpoint, body []byte, again int) error {
	var in envelope
	if err := json.Unmarshal(body, &in); err != nil {
		return &endpoints.Invalid{Field: "event", Text: "can't be read: " + err.Error()}
	}
	s := in.Event
	if in.Type != "event_callback" || !s.fromPerson() {
		return nil
	}
	key := s.Channel + ":" + s.TS
	return a.events.Do(ctx, e.ID+" "+key, patience, func(ctx context.Context) error {
		m, err := a.message(ctx, e, &in)
		if m == nil || err != nil {
			return err
		}
		m.Key = key
		if err := a.take(ctx, e, m, s.Files, again >= lastTry); err != nil {
			return err
		}
		return a.Inbox.Receive(ctx, m)
	})
}

// message is what was written to the bot; nil: it isn't meant.
func (a *Adapter) message(ctx context.Context, e *endpoints.Endpoint, in *envelope) (*endpoints.Message, error) {
	s := in.Event
	self, err := a.self(ctx, e, in.Authorizations)
	if err != nil {
		return nil, err
	}
	if s.User == self {
		return nil, nil
	}
	to, direct := place{User: s.User, Channel: s.Channel, Thread: s.ThreadTS}, s.ChannelType == "im" || strings.HasPrefix(s.Channel, "D")
	address := s.User
	if !direct {
		if to.Thread == "" {
			to.Thread = s.TS // the answer begins the thread
		}
		address = to.address()
		if s.Type != "app_mention" && !mentions(s.Text, self) {
			if s.ThreadTS == "" || a.Known == nil {
				return nil, nil
			}
			if known, err := a.Known(ctx, e.ID, address); err != nil || !known {
				return nil, err
			}
		}
	}
	route, err := json.Marshal(to)
	if err != nil {
		return nil, err
	}
	name := a.name(ctx, e, s.User)
	m := &endpoints.Message{
		AccountID: e.AccountID, CustomerID: e.CustomerID, EndpointID: e.ID, Channel: endpoints.Slack, Direction: endpoints.MessageIn,
		OtherAddress: address, OtherName: name, Sender: name, Destination: s.Channel, Text: plain(s.Text, self, a.names(ctx, e)), Route: route, Date: time.Now().UTC(), State: endpoints.MessageReceived, Unread: true,
		Facts: map[string]string{"Slack-User": s.User, "Slack-Channel": s.Channel, "Slack-Team": in.TeamID},
	}
	if m.Sender == "" {
		m.Sender = s.User
	}
	if to.Thread != "" {
		m.Facts["Slack-Thread"] = to.Thread
	}
	return m, nil
}

// take fetches the files of a message. One that can't be had is told of in the facts.
func (a *Adapter) take(ctx context.Context, e *endpoints.Endpoint, m *endpoints.Message, files []file, last bool) error {
	var lost []string
	for i, f := range files {
		if i == endpoints.MaxMessageFiles {
			lost = append(lost, fmt.Sprintf("%d files more: too many", len(files)-i))
			break
		}
		got, err := a.fetch(ctx, e, f)
		var gone *service.Lost
		if errors.As(err, &gone) || err != nil && last && ctx.Err() == nil {
			lost = append(lost, fmt.Sprintf("%.64q: %v", f.Name, err))
			continue
		}
		if err != nil {
			return fmt.Errorf("file %.64q: %w", f.Name, err)
		}
		m.Files = append(m.Files, got)
	}
	if len(lost) > 0 {
		m.Facts["Attachment-Error"] = strings.Join(lost, "; ")
	}
	return nil
}

func (a *Adapter) fetch(ctx context.Context, e *endpoints.Endpoint, f file) (endpoints.MessageFile, error) {
	var none endpoints.MessageFile
	from := f.DownloadURL
	if from == "" {
		from = f.URL
	}
	switch {
	case f.Mode == "external" || f.Mode == "tombstone" || f.Mode == "hidden_by_limit" || from == "":
		return none, &service.Lost{Err: errors.New("Slack doesn't have it")}
	case f.Size > endpoints.MaxFileBytes:
		return none, &service.Lost{Err: fmt.Errorf("it has %d bytes; %d are allowed", f.Size, endpoints.MaxFileBytes)}
	case !a.slackFile(from):
		return none, &service.Lost{Err: errors.New("its address isn't Slack's")} // which would get the bot's token
	}
	return service.Fetch(ctx, a.Transport, a.Inbox, e.AccountID, service.File{URL: from, Name: f.Name, ContentType: f.Mimetype, Token: e.Bot.Token})
}

// slackFile tells whether the address is where Slack keeps files, the only one that gets a token beside the API.
func (a *Adapter) slackFile(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	if a.base() == API {
		return u.Scheme == "https" && strings.EqualFold(u.Host, "files.slack.com")
	}
	api, err := url.Parse(a.API)
	return err == nil && u.Scheme == api.Scheme && strings.EqualFold(u.Host, api.Host)
}
