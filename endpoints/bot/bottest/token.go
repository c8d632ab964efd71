package bottest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Claims are those of a right token of the framework's; changed ones are given, nil takes one away.
func (s *Server) Claims(changed map[string]any) map[string]any {
	now := time.Now()
	c := map[string]any{"iss": Issuer, "aud": AppID, "serviceurl": s.URL, "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix()}
	maps.Copy(c, changed)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

// Token is a token of these claims, signed by the framework's key, or by another of the same name.
func (s *Server) Token(claims map[string]any, key any) (string, error) {
	if key == nil {
		key = s.Key
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "key-1").WithType("JWT"))
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(raw)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// Unsigned is a token of these claims with the algorithm none.
func Unsigned(claims map[string]any) string {
	raw, _ := json.Marshal(claims) // of plain values
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT","kid":"key-1"}`)) + "." + base64.RawURLEncoding.EncodeToString(raw) + "."
}

// Activity is what somebody writes to the bot alone in Teams, with members changed.
func (s *Server) Activity(id, conversation, user, text string, changed map[string]any) map[string]any {
	a := map[string]any{
		"type": "message", "id": id, "timestamp": time.Now().UTC().Format(time.RFC3339Nano), "serviceUrl": s.URL + "/", "channelId": "msteams",
		"from": map[string]any{"id": "29:" + user, "name": user}, "recipient": map[string]any{"id": "28:" + AppID, "name": "Bot"},
		"conversation": map[string]any{"id": conversation, "conversationType": "personal", "tenantId": "tenant-1"}, "text": text, "textFormat": "plain",
		"channelData": map[string]any{"tenant": map[string]any{"id": "tenant-1"}},
	}
	maps.Copy(a, changed)
	return a
}

// Post posts an activity with a token, and is the answer.
func Post(ctx context.Context, url, token string, activity any) (status int, answer string, err error) {
	body, raw := activity.([]byte)
	if !raw {
		if body, err = json.Marshal(activity); err != nil {
			return 0, "", err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// Tell posts an activity as the framework does, with a right token.
func (s *Server) Tell(ctx context.Context, url string, activity map[string]any) (status int, answer string, err error) {
	token, err := s.Token(s.Claims(nil), nil)
	if err != nil {
		return 0, "", err
	}
	return Post(ctx, url, token, activity)
}
