// Package hook carries texts over plain HTTP, both ways as JSON: to the URL of a phone
// number or trunk, and from whoever has its secret to /texts/http/{endpointId}; what became of
// a text comes to /texts/http/{endpointId}/receipts.
//
// Requests are signed both ways as the Standard Webhooks specification has it: webhook-id,
// webhook-timestamp (seconds since 1970), and webhook-signature: "v1," and in base64 the
// HMAC-SHA256, by the secret, of the three with dots between: id.timestamp.body. A request older than five
// minutes is refused, and one that was taken is not taken a second time.
package hook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

// Prefix is where requests come.
const Prefix = "/texts/http/"

// Adapter is the way in and out. Set the fields.
type Adapter struct {
	Accounts  sms.Accounts
	Desk      *sms.Desk
	Fetcher   *sms.Fetcher
	Media     *sms.Media
	Transport http.RoundTripper // decides which addresses may be reached
	UserAgent string
	Log       *zap.Logger

	seen replays
}

// Text is a text on the wire.
type Text struct {
	ID        string   `json:"id"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	Text      string   `json:"text"`
	MediaURLs []string `json:"mediaUrls,omitempty"`
	Segments  int      `json:"segments,omitempty"` // of one that we send
}

// Receipt is what became of a text.
type Receipt struct {
	ID    string `json:"id"`    // what its sender called it, or its taker in the answer
	State string `json:"state"` // sent, delivered or failed
	Error string `json:"error,omitempty"`
}

const (
	sendTime  = 15 * time.Second
	maxAnswer = 16 << 10
)

// Carry implements sms.Carrier.
func (a *Adapter) Carry(ctx context.Context, m *endpoints.Outbound, o *sms.Out) (string, error) {
	via := o.Way.Via
	if via == nil || via.Texts == nil || via.Texts.Carrier != endpoints.CarrierHTTP || via.Texts.HTTP.URL == "" {
		return "", &endpoints.Refused{Err: errors.New("the number has no url that its texts go to")}
	}
	t := Text{ID: o.Post.MessageID, From: o.From.Number, To: o.To, Text: o.Post.Text, Segments: o.Segments}
	for _, f := range o.Post.Files {
		address, err := a.Media.URL(f)
		if err != nil {
			return "", err
		}
		t.MediaURLs = append(t.MediaURLs, address)
	}
	body, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, via.Texts.HTTP.URL, bytes.NewReader(body))
	if err != nil {
		return "", &endpoints.Refused{Err: err}
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	for name, v := range map[string]string{
		"Content-Type": "application/json", "Accept": "application/json", "User-Agent": a.UserAgent,
		"webhook-id": m.ID, "webhook-timestamp": at, "webhook-signature": Sign(via.Texts.Secret, m.ID, at, body),
	} {
		req.Header.Set(name, v)
	}
	// A redirect is not followed: what is signed for one address is not another's.
	client := &http.Client{Transport: a.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch code := resp.StatusCode; {
	case code/100 == 2, code == http.StatusConflict: // 409: it has it already
		var r Receipt
		if err != nil || json.Unmarshal(said, &r) != nil || !named(r.ID) {
			return o.Post.MessageID, nil
		}
		return r.ID, nil
	case code == http.StatusTooManyRequests:
		wait, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return "", &endpoints.Later{At: time.Now().Add(time.Duration(min(max(wait, 10), 3600)) * time.Second), Err: errors.New("it wants fewer texts")}
	case code == http.StatusBadRequest, code == http.StatusGone, code == http.StatusUnprocessableEntity:
		return "", &endpoints.Refused{Err: fmt.Errorf("it answered %d", code)}
	default:
		return "", fmt.Errorf("it answered %d", code)
	}
}

// Sign is the webhook-signature of a body by a secret.
func Sign(secret, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signed tells whether one of the signatures that a request gives is right.
func signed(header, secret, id, timestamp string, body []byte) bool {
	want, ok := []byte(Sign(secret, id, timestamp, body)), false
	for i, s := range strings.Fields(header) {
		if i == 8 {
			break
		}
		ok = hmac.Equal([]byte(s), want) || ok
	}
	return ok
}

// named tells whether an id is one line of a sensible length.
func named(id string) bool {
	if id == "" || len(id) > 200 {
		return false
	}
	for _, r := range id {
		if r <= ' ' || r >= 0x7f {
			return false
		}
	}
	return true
}

func (a *Adapter) log() *zap.Logger {
	if a.Log == nil {
		return zap.NewNop()
	}
	return a.Log
}
