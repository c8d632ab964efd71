package speech

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"ringflow/media"
)

// transcriptions is a service of the form of OpenAI's /v1/audio/transcriptions.
type transcriptions struct {
	url, key, model, language string
	client                    *http.Client
}

// NewTranscriptions recognises through a service. address is its base, such as
// https://api.openai.com, or the whole address of its call; the key is sent as a
// bearer token, if there is one. An empty language lets the service find out.
func NewTranscriptions(address, key, model, language string) (Recogniser, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("speech.recogniseUrl %q: must be an http:// or https:// address", address)
	}
	switch path := strings.TrimSuffix(u.Path, "/"); {
	case strings.HasSuffix(path, "/transcriptions"):
	case strings.HasSuffix(path, "/v1"):
		u.Path = path + "/audio/transcriptions"
	default:
		u.Path = path + "/v1/audio/transcriptions"
	}
	if model == "" {
		model = "whisper-1"
	}
	client := &http.Client{
		// A key is for the address that was configured, and for no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: 16, IdleConnTimeout: Patience, ForceAttemptHTTP2: true},
	}
	return &transcriptions{url: u.String(), key: key, model: model, language: language, client: client}, nil
}

func (e *transcriptions) Name() string { return "http" }

// Close drops the connections kept for later.
func (e *transcriptions) Close() error {
	e.client.CloseIdleConnections()
	return nil
}

func (e *transcriptions) Recognise(ctx context.Context, clip *media.Clip, words []string) (string, error) {
	text, err := e.ask(ctx, clip, words)
	if err != nil {
		return "", fmt.Errorf("recognition service: %w", err)
	}
	return text, nil
}

func (e *transcriptions) ask(ctx context.Context, clip *media.Clip, words []string) (string, error) {
	body, kind, err := e.form(clip, words)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, body)
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Accept", "application/json")
	if e.key != "" {
		req.Header.Set("Authorization", "Bearer "+e.key)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		said := make([]byte, 200)
		n, _ := io.ReadFull(resp.Body, said)
		return "", fmt.Errorf("it answered %s: %q", resp.Status, said[:n])
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return "", err
	}
	if len(raw) > maxAnswer {
		return "", fmt.Errorf("it answered more than %d MB", maxAnswer>>20)
	}
	var answer struct {
		Text *string `json:"text"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return "", fmt.Errorf("its answer is no JSON: %w", err)
	}
	if answer.Text == nil {
		return "", fmt.Errorf("there is no text in its answer %.200q", raw)
	}
	return *answer.Text, nil
}

// form is the request: the words that are expected go as its prompt, which the
// service takes as a hint of what is talked about.
func (e *transcriptions) form(clip *media.Clip, words []string) (io.Reader, string, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range [][2]string{{"model", e.model}, {"response_format", "json"}, {"language", e.language},
		{"prompt", strings.Join(words[:min(len(words), maxWords)], ", ")}} {
		if field[1] == "" {
			continue
		}
		if err := form.WriteField(field[0], field[1]); err != nil {
			return nil, "", err
		}
	}
	file, err := form.CreateFormFile("file", "heard.wav")
	if err == nil {
		err = media.WriteWAV(file, media.ClipRate, clip.Samples())
	}
	if err == nil {
		err = form.Close()
	}
	return &body, form.FormDataContentType(), err
}
