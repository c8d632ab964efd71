// Package apitest is the public client of the API, for tests: it knows the contract's
// description of that client and nothing of this server.
package apitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Client does as the public one: cookies by name=value, lists joined by commas, one more
// try, a moment later, after 429 and 5xx, a redirect is a failure, and exit codes.
type Client struct {
	testing.TB
	URL     string
	Moment  time.Duration // before the second try
	cookies []string
}

// Thing is a JSON object.
type Thing = map[string]any

// How the client exits.
const (
	Done      = 0
	Other     = 1 // redirects, too
	Empty     = 3 // a list of nothing
	Unknown   = 4 // who are you? 401
	NotThere  = 5
	Forbidden = 6
	TooMany   = 7
	Failed    = 8
	Changed   = 12 // what was written isn't what is there
)

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Run is one command's request, and how the client would exit.
func (c *Client) Run(verb, path string, query url.Values, body []byte, kind string) (exit int, answer string) {
	c.Helper()
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	for try := 0; ; try++ {
		status, text := c.ask(verb, path, body, kind)
		if try == 0 && (status == 429 || status >= 500) {
			select {
			case <-time.After(c.Moment):
			case <-c.Context().Done():
			}
			continue
		}
		return exitOf(status, text), string(text)
	}
}

func (c *Client) ask(verb, path string, body []byte, kind string) (status int, text []byte) {
	c.Helper()
	req, err := http.NewRequestWithContext(c.Context(), verb, c.URL+path, bytes.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("User-Agent", "evo-voice-cli/0.2.0")
	req.Header.Set("Accept", "application/json")
	if len(c.cookies) > 0 {
		req.Header.Set("Cookie", strings.Join(c.cookies, "; "))
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := noRedirects.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	text, err = io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		c.Fatal(err)
	}
	if set := resp.Header.Values("Set-Cookie"); len(set) > 0 {
		c.cookies = nil
		for _, s := range set {
			pair, _, _ := strings.Cut(s, ";")
			c.cookies = append(c.cookies, pair)
		}
	}
	return resp.StatusCode, text
}

func exitOf(status int, text []byte) int {
	switch {
	case status == 401:
		return Unknown
	case status == 403:
		return Forbidden
	case status == 404:
		return NotThere
	case status == 429:
		return TooMany
	case status >= 500:
		return Failed
	case status < 200 || status > 299:
		return Other
	}
	var list struct{ Items *[]any }
	if json.Unmarshal(text, &list) == nil && list.Items != nil && len(*list.Items) == 0 {
		return Empty
	}
	return Done
}

// Want runs a command that must exit so; body is JSON.
func (c *Client) Want(exit int, verb, path string, query url.Values, body any) Thing {
	c.Helper()
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			c.Fatal(err)
		}
	}
	got, text := c.Run(verb, path, query, raw, "application/json")
	if got != exit {
		c.Fatalf("%s %s exits %d, want %d: %s", verb, path, got, exit, text)
	}
	var out Thing
	if text != "" && json.Unmarshal([]byte(text), &out) != nil {
		c.Logf("%s %s answers %s", verb, path, text)
	}
	return out
}

// Login logs in as the client does, and gives the accounts that it may choose from.
func (c *Client) Login(email, password string) (accounts []string) {
	c.Helper()
	c.Want(Done, "POST", "/auth/credentials", nil, Thing{"provider": "credentials", "userName": email, "password": password, "rememberMe": true})
	status := c.Want(Done, "GET", "/auth/status", nil, nil)
	names, _ := status["accountNames"].([]any)
	for _, id := range status["accountIds"].([]any) {
		accounts = append(accounts, id.(string))
	}
	if status["isAuthenticated"] != true || len(names) != len(accounts) || status["emailAddress"] != email {
		c.Fatalf("%v", status)
	}
	return accounts
}

// Edit writes nodes and compares the hash of what is there then.
func (c *Client) Edit(flow string, nodes any) {
	c.Helper()
	c.Want(Done, "PATCH", "/flows/"+flow, nil, Thing{"nodes": nodes})
	if after := c.Want(Done, "GET", "/flows/"+flow, nil, nil); Canonical(c.TB, after["nodes"]) != Canonical(c.TB, nodes) {
		c.Fatalf("exit %d: what was written isn't what is there", Changed)
	}
}

// Upload sends a file, and says where it is.
func (c *Client) Upload(account, name, content string) (id, uri string) {
	c.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err := errors.Join(err, w.WriteField("accountId", account), w.Close()); err != nil {
		c.Fatal(err)
	}
	exit, text := c.Run("POST", "/files", nil, b.Bytes(), w.FormDataContentType())
	var file struct{ ID, URI string }
	if exit != Done || json.Unmarshal([]byte(text), &file) != nil {
		c.Fatalf("%d %s", exit, text)
	}
	return file.ID, file.URI
}

// Log is a session's, as the client reads it: by specificIds alone.
func (c *Client) Log(session string) (lines []string) {
	c.Helper()
	items := c.Want(Done, "GET", "/sessions", url.Values{"specificIds": {session}, "countPerPage": {"1"}, "simplifiedPaging": {"true"}}, nil)["items"].([]any)
	if len(items) != 1 {
		c.Fatalf("%d sessions of the id %s", len(items), session)
	}
	for _, l := range items[0].(Thing)["log"].([]any) {
		lines = append(lines, l.(Thing)["message"].(string))
	}
	return lines
}

// Canonical is JSON of which only the order of members doesn't count.
func Canonical(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v) // sorts the members
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
