package slacktest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Event is one that Slack tells: what somebody wrote, with defaults for the rest.
type Event map[string]any

// Said is a message event; thread may be empty.
func Said(user, channel, thread, ts, text string) Event {
	e := Event{"type": "message", "user": user, "channel": channel, "channel_type": "channel", "ts": ts, "event_ts": ts, "text": text}
	if channel[0] == 'D' {
		e["channel_type"] = "im"
	}
	if thread != "" {
		e["thread_ts"] = thread
	}
	return e
}

// Mention is the same as an app_mention.
func Mention(user, channel, thread, ts, text string) Event {
	e := Said(user, channel, thread, ts, "<@"+BotUser+"> "+text)
	e["type"] = "app_mention"
	delete(e, "channel_type")
	return e
}

// Body is the event as the Events API and Socket Mode wrap it.
func (e Event) Body(id string) []byte {
	b, err := json.Marshal(map[string]any{
		"token": "legacy", "team_id": Team, "api_app_id": AppID, "type": "event_callback", "event_id": id, "event_time": time.Now().Unix(), "event": e,
		"authorizations": []map[string]any{{"team_id": Team, "user_id": BotUser, "is_bot": true}},
	})
	if err != nil {
		panic(err)
	}
	return b
}

// Sign is the headers of a request whose body was signed at a time.
func Sign(secret string, at time.Time, body []byte) http.Header {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%d:%s", at.Unix(), body)
	return http.Header{
		"X-Slack-Request-Timestamp": {fmt.Sprint(at.Unix())}, "X-Slack-Signature": {"v0=" + hex.EncodeToString(mac.Sum(nil))},
		"Content-Type": {"application/json"},
	}
}

// Request posts a body with headers, and is the answer.
func Request(ctx context.Context, url string, h http.Header, body []byte) (status int, answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header = h
	t := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: t}).Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// Tell tells the webhook of an event until it is taken, as Slack does: three times more, with their number.
func Tell(ctx context.Context, url, id string, e Event) error {
	body := e.Body(id)
	var last string
	for again := range 4 {
		h := Sign(Secret, time.Now(), body)
		if again > 0 {
			h.Set("X-Slack-Retry-Num", fmt.Sprint(again))
			h.Set("X-Slack-Retry-Reason", "http_error")
		}
		status, answer, err := Request(ctx, url, h, body)
		if err == nil && status == http.StatusOK {
			return nil
		}
		last = fmt.Sprintf("%d %s %v", status, answer, err)
	}
	return fmt.Errorf("slack gave up event %s: %s", id, last)
}
