package speech

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"ringflow/media"
)

// maxAnswer bounds what an HTTP engine may answer.
const maxAnswer = 5 << 20

// httpEngine is a service of the form of OpenAI's /v1/audio/speech.
type httpEngine struct {
	url, key, model string
	client          *http.Client
}

// NewHTTP speaks through a service. address is its base, such as
// https://api.openai.com, or the whole address of its speech call; the key is
// sent as a bearer token, if there is one.
func NewHTTP(address, key, model string) (Engine, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("speech.url %q: must be an http:// or https:// address", address)
	}
	switch path := strings.TrimSuffix(u.Path, "/"); {
	case strings.HasSuffix(path, "/speech"):
	case strings.HasSuffix(path, "/v1"):
		u.Path = path + "/audio/speech"
	default:
		u.Path = path + "/v1/audio/speech"
	}
	if model == "" {
		model = "tts-1"
	}
	client := &http.Client{
		// A key is for the address that was configured, and for no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: 16, IdleConnTimeout: Patience, ForceAttemptHTTP2: true},
	}
	return &httpEngine{url: u.String(), key: key, model: model, client: client}, nil
}

func (e *httpEngine) Name() string { return "http" }

// Close drops the connections kept for later.
func (e *httpEngine) Close() error {
	e.client.CloseIdleConnections()
	return nil
}

func (e *httpEngine) Speak(ctx context.Context, text, voice string) (*media.Clip, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	clip, err := e.ask(ctx, text, voice)
	if err != nil {
		return nil, fmt.Errorf("speech service: %w", err)
	}
	return clip, nil
}

func (e *httpEngine) ask(ctx context.Context, text, voice string) (*media.Clip, error) {
	if voice == "" {
		voice = "alloy" // the form has no default
	}
	body, err := json.Marshal(map[string]string{"model": e.model, "input": text, "voice": voice, "response_format": "wav"})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "audio/wav, audio/mpeg")
	if e.key != "" {
		req.Header.Set("Authorization", "Bearer "+e.key)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		said := make([]byte, 200)
		n, _ := io.ReadFull(resp.Body, said)
		return nil, fmt.Errorf("it answered %s: %q", resp.Status, said[:n])
	}
	sound, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(sound) > maxAnswer {
		return nil, fmt.Errorf("it answered more than %d MB", maxAnswer>>20)
	}
	return media.DecodeClip(bytes.NewReader(sound))
}
