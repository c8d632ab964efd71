package endpoints

import (
	"net/url"
	"slices"
	"strings"
)

// Bot is what a SlackBot or SkypeBot endpoint has beside what all have: how it
// proves to the other side who it is, and the other side to it. What is secret is
// sealed at rest and never shown.
type Bot struct {
	AppID         string `json:"appId"`
	Token         string `json:"-"` // Slack's bot token, or the Bot Framework's application password
	SigningSecret string `json:"-"` // Slack's, by which its requests are known
	AppToken      string `json:"-"` // Slack's, for Socket Mode; empty: Slack posts to our webhook

	// TenantID is the directory of a Bot Framework application of one tenant: only who
	// belongs to it is heard. Empty: the application is open to all.
	TenantID string `json:"tenantId,omitempty"`
	// DirectLineSecret opens the web chat of a Bot Framework bot; empty: it has none.
	DirectLineSecret string `json:"-"`
	// AllowedOrigins are those whose pages may show the web chat.
	AllowedOrigins []string `json:"allowedOrigins,omitempty"`
}

const (
	maxToken     = 4 << 10 // of a token or secret of a bot
	minWebSecret = 16      // letters of what opens a web chat
	maxOrigins   = 50
)

// validate tells what of b can't be kept.
func (b *Bot) validate(kind Kind) error {
	token := "botToken"
	if kind == SkypeBot {
		token = "appPassword"
	}
	// A bot that is only shown on web pages has no application at all.
	page := kind == SkypeBot && b.DirectLineSecret != "" && b.AppID == "" && b.Token == ""
	if err := text("appId", &b.AppID, kind == SkypeBot && !page); err != nil {
		return err
	}
	if b.Token == "" && !page {
		return invalid(token, "is missing")
	}
	for _, s := range []struct {
		field, value string
		of           Kind
	}{{token, b.Token, kind}, {"signingSecret", b.SigningSecret, SlackBot}, {"appToken", b.AppToken, SlackBot},
		{"directLineSecret", b.DirectLineSecret, SkypeBot}, {"tenantId", b.TenantID, SkypeBot}} {
		if s.value == "" {
			continue
		}
		if s.of != kind {
			return invalid(s.field, "is of %ss only", s.of)
		}
		if len(s.value) > maxToken {
			return invalid(s.field, "has %d bytes; %d are allowed", len(s.value), maxToken)
		}
		for _, r := range s.value {
			if r <= ' ' || r == 0x7f {
				return invalid(s.field, "has a blank or a control character")
			}
		}
	}
	if b.AppToken != "" && !strings.HasPrefix(b.AppToken, "xapp-") {
		return invalid("appToken", "is no app-level token: those begin with xapp-")
	}
	if n := len(b.DirectLineSecret); n > 0 && n < minWebSecret {
		return invalid("directLineSecret", "has %d letters; at least %d are needed", n, minWebSecret)
	}
	if !validTenant(b.TenantID) {
		return invalid("tenantId", "%.64q is no directory's id", b.TenantID)
	}
	return b.validateOrigins(kind)
}

// validTenant tells whether id may stand in the address of a tenant: its GUID, or its domain.
func validTenant(id string) bool {
	return len(id) <= maxText && strings.Trim(strings.ToLower(id), "abcdefghijklmnopqrstuvwxyz0123456789.-") == "" && !strings.Contains(id, "..")
}

func (b *Bot) validateOrigins(kind Kind) error {
	if kind != SkypeBot && len(b.AllowedOrigins) > 0 {
		return invalid("allowedOrigins", "are of %ss only", SkypeBot)
	}
	if n := len(b.AllowedOrigins); n > maxOrigins {
		return invalid("allowedOrigins", "are %d; %d are allowed", n, maxOrigins)
	}
	var all []string
	for _, s := range b.AllowedOrigins {
		s = strings.ToLower(strings.TrimSpace(s))
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || s != u.Scheme+"://"+u.Host || len(s) > maxText {
			return invalid("allowedOrigins", "%.64q is no origin: https:// and a host, and nothing behind it", s)
		}
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	b.AllowedOrigins = all
	return nil
}
