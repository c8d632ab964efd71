package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"go.uber.org/zap"

	"ringflow/endpoints"
)

const (
	maxPeople = 10_000
	knownFor  = time.Hour
	nameTime  = 1500 * time.Millisecond // a name is worth no more of Slack's patience
)

// people remembers names, and who the bots are themselves. Its zero value is ready.
type people struct {
	mu    sync.Mutex
	known map[string]person // by endpoint, token and user
}

type person struct {
	name  string
	until time.Time
}

func (p *people) find(key string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k, ok := p.known[key]
	return k.name, ok && time.Now().Before(k.until)
}

func (p *people) keep(key, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= maxPeople {
		p.known = map[string]person{}
	}
	p.known[key] = person{name, time.Now().Add(knownFor)}
}

// self is the bot's own user id: the event says it, else Slack is asked.
func (a *Adapter) self(ctx context.Context, e *endpoints.Endpoint, told []slack.EventAuthorization) (string, error) {
	for _, t := range told {
		if t.IsBot && t.UserID != "" {
			return t.UserID, nil
		}
	}
	key := e.ID + "\x00" + e.Bot.Token
	if id, ok := a.people.find(key); ok {
		return id, nil
	}
	who, err := a.slack(e.Bot).AuthTestContext(ctx)
	if err != nil {
		return "", fmt.Errorf("Slack doesn't tell who the bot is: %w", err)
	}
	if who.UserID == "" {
		return "", errors.New("Slack doesn't tell who the bot is")
	}
	a.people.keep(key, who.UserID)
	return who.UserID, nil
}

// name is how a user is called; empty where Slack doesn't tell, for which the bot needs the scope users:read.
func (a *Adapter) name(ctx context.Context, e *endpoints.Endpoint, user string) string {
	key := e.ID + "\x00" + e.Bot.Token + "\x00" + user
	if name, ok := a.people.find(key); ok {
		return name
	}
	ctx, cancel := context.WithTimeout(ctx, nameTime)
	defer cancel()
	u, err := a.slack(e.Bot).GetUserInfoContext(ctx, user)
	name := ""
	if err != nil {
		a.log().Debug("Slack doesn't tell a user's name", zap.String("endpoint", e.ID), zap.Error(err))
	} else if name = u.Profile.DisplayName; name == "" {
		if name = u.RealName; name == "" {
			name = u.Name
		}
	}
	a.people.keep(key, name)
	return name
}

// maxNames bounds how many names of one message are asked for.
const maxNames = 5

// names gives the names of users that a message speaks of, all in the time of one.
func (a *Adapter) names(ctx context.Context, e *endpoints.Endpoint) func(id string) string {
	until, asked := time.Now().Add(nameTime), 0
	return func(id string) string {
		if asked++; asked > maxNames || !userID(id) || time.Now().After(until) {
			return ""
		}
		return a.name(ctx, e, id)
	}
}

// userID tells whether s looks like the id of a user.
func userID(s string) bool {
	return len(s) > 1 && len(s) < 32 && (s[0] == 'U' || s[0] == 'W') && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}
