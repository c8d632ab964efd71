package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"

	"github.com/slack-go/slack"
	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/service"
)

// From implements outbox.Sender: each message says whose it is.
func (a *Adapter) From() string { return "" }

// AtOnce is how many messages may be on their way.
func (a *Adapter) AtOnce() int { return 8 }

// Send posts a message. It carries our id as client_msg_id, by which Slack's own
// apps know a repeated one, and in its metadata, where others may find it.
func (a *Adapter) Send(ctx context.Context, m *endpoints.Outbound) error {
	p, ok := m.Post()
	if !ok || len(m.To) != 1 {
		return refuse("it is no post to one address")
	}
	e, err := a.Bots.Endpoint(ctx, p.EndpointID)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && (e.Kind != endpoints.SlackBot || e.Bot == nil):
		return refuse("the Slack bot was deleted")
	case err != nil:
		return err
	}
	to, err := placeOf(m.To[0], p.Route)
	if err != nil {
		return refuse("%.64q: %w", m.To[0], err)
	}
	if err := a.patience.Check(e.ID); err != nil {
		return err
	}
	remote, err := a.post(ctx, e, to, &p)
	if err != nil {
		return a.classify(e, err)
	}
	if err := a.Inbox.Remote(ctx, p.MessageID, remote, 0); err != nil {
		a.log().Error("Slack's name of a message can't be noted", zap.String("message", p.MessageID), zap.Error(err))
	}
	return nil
}

// post sends text and files: a text goes along with the files, as one post.
func (a *Adapter) post(ctx context.Context, e *endpoints.Endpoint, to place, p *endpoints.Post) (remote string, err error) {
	c := a.slack(e.Bot)
	texts, comment := service.Pieces(p.Text, maxPost), ""
	if len(p.Files) > 0 && len(texts) == 1 {
		texts, comment = nil, texts[0]
	}
	for i, text := range texts {
		id := p.MessageID
		if i > 0 {
			sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", p.MessageID, i))
			id = hex.EncodeToString(sum[:16])
		}
		channel, ts, err := c.PostMessageContext(ctx, to.Channel, a.options(to, text, p.MessageID, id)...)
		if err != nil {
			return "", err
		}
		if remote == "" {
			remote = channel + ":" + ts
		}
	}
	if len(p.Files) == 0 {
		if remote == "" {
			return "", refuse("it has neither text nor files")
		}
		return remote, nil
	}
	file, err := a.upload(ctx, c, to, comment, p.Files)
	if remote == "" {
		remote = file
	}
	return remote, err
}

func (a *Adapter) options(to place, text, messageID, id string) []slack.MsgOption {
	options := []slack.MsgOption{
		slack.MsgOptionText(escape(text), false), slack.MsgOptionDisableMarkdown(), slack.MsgOptionParse(false),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "ringflow_message", EventPayload: map[string]any{"id": messageID}}),
		slack.UnsafeMsgOptionEndpoint(a.base()+"chat.postMessage", func(v url.Values) { v.Set("client_msg_id", uuid(id)) }),
	}
	if to.Thread != "" {
		options = append(options, slack.MsgOptionTS(to.Thread))
	}
	return options
}

// uuid is an id of ours in the form that client_msg_id has.
func uuid(id string) string {
	if len(id) != 32 {
		return id
	}
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}

// passing are the errors that say nothing about the message: Slack isn't well, or the bot's
// right to speak is to be mended.
var passing = []string{"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "ratelimited", "rate_limited", "message_limit_exceeded", "slack_internal_error",
	"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope", "access_denied", "accesslimited", "ekm_access_denied", "org_login_required"}

// classify tells what is worth another try.
func (a *Adapter) classify(e *endpoints.Endpoint, err error) error {
	var refused *endpoints.Refused
	var limited *slack.RateLimitedError
	var said slack.SlackErrorResponse
	var status slack.StatusCodeError
	switch {
	case errors.As(err, &refused):
		return err
	case errors.As(err, &limited):
		return a.patience.Ask(e.ID, limited.RetryAfter)
	case errors.As(err, &said) && !slices.Contains(passing, said.Err):
		return refuse("Slack refuses it: %s", said.Err)
	case errors.As(err, &said):
		return fmt.Errorf("Slack says %s", said.Err)
	case errors.As(err, &status) && status.Code/100 == 4 && status.Code != http.StatusRequestTimeout && status.Code != http.StatusUnauthorized && status.Code != http.StatusForbidden:
		return refuse("Slack refuses it: %s", status.Status)
	}
	return fmt.Errorf("Slack: %w", err)
}

func refuse(format string, args ...any) error {
	return &endpoints.Refused{Err: fmt.Errorf(format, args...)}
}
