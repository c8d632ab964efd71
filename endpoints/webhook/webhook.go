// Package webhook sends an account's events to the addresses that it has given, as
// POSTs of JSON, signed as the Standard Webhooks specification has it: webhook-id
// (the same at each try), webhook-timestamp (seconds since 1970) and
// webhook-signature, "v1," and the HMAC-SHA256, in base64, of the three with dots
// between: id.timestamp.body.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ringflow/endpoints"
)

// timeout is how long one try may take.
const timeout = 15 * time.Second

// Hooks knows webhooks by their ids, and what the callback of a session is signed by;
// fs.ErrNotExist. *store.Store does.
type Hooks interface {
	Webhook(ctx context.Context, id string) (*endpoints.Webhook, error)
	CallbackSecret(ctx context.Context, sessionID string) (string, error)
}

// Sender posts. Set the fields.
type Sender struct {
	Hooks Hooks
	// Transport decides which addresses may be reached.
	Transport http.RoundTripper
	UserAgent string
}

// From implements outbox.Sender: every event says which webhook it is for.
func (s *Sender) From() string { return "" }

// Send posts one event to its webhook, as that is now; one of no webhook goes to the
// address that it is for, and is not signed but for that of a session's callback.
func (s *Sender) Send(ctx context.Context, m *endpoints.Outbound) error {
	if m.From == "" && len(m.To) == 1 {
		return s.post(ctx, m, m.To[0], "")
	}
	if id, is := strings.CutPrefix(m.From, endpoints.CallbackFrom); is && len(m.To) == 1 {
		secret, err := s.Hooks.CallbackSecret(ctx, id)
		if errors.Is(err, fs.ErrNotExist) {
			return &endpoints.Refused{Err: errors.New("the session was deleted")}
		} else if err != nil {
			return err
		}
		return s.post(ctx, m, m.To[0], secret)
	}
	hook, err := s.Hooks.Webhook(ctx, m.From)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &endpoints.Refused{Err: errors.New("the webhook was deleted")}
	case err != nil:
		return err
	case hook.Disabled:
		return &endpoints.Refused{Err: errors.New("the webhook is disabled")}
	}
	return s.post(ctx, m, hook.URL, hook.Secret)
}

// post signs where there is a secret.
func (s *Sender) post(ctx context.Context, m *endpoints.Outbound, url, secret string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(m.Body))
	if err != nil {
		return &endpoints.Refused{Err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", s.UserAgent)
	req.Header.Set("webhook-id", m.ID)
	if secret != "" {
		at := strconv.FormatInt(time.Now().Unix(), 10)
		signature, err := Sign(secret, m.ID, at, m.Body)
		if err != nil {
			return &endpoints.Refused{Err: err}
		}
		req.Header.Set("webhook-timestamp", at)
		req.Header.Set("webhook-signature", signature)
	}
	// A redirect is not followed: what is signed for one address is not another's.
	client := &http.Client{Transport: s.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection can be used again
	switch {
	case resp.StatusCode/100 == 2:
		return nil
	case resp.StatusCode == http.StatusGone:
		return &endpoints.Refused{Err: errors.New("it answered 410 Gone")}
	}
	return fmt.Errorf("it answered %d", resp.StatusCode)
}

// Sign is the webhook-signature of a body by a secret.
func Sign(secret, id, timestamp string, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, endpoints.SecretMark))
	if err != nil {
		return "", fmt.Errorf("the webhook's secret can't be read: %w", err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
