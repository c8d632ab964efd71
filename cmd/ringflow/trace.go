package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"time"
)

// apiClient asks the server's API: with the local token, or as a login.
type apiClient struct {
	base           string
	token          string
	user, password string
	http           *http.Client // nil: the default
}

// apiError is an answer that is none of those wanted.
type apiError struct {
	status int
	text   string
}

func (e *apiError) Error() string { return e.text }

// Is tells what isn't there.
func (e *apiError) Is(target error) bool {
	return target == fs.ErrNotExist && e.status == http.StatusNotFound
}

func (c apiClient) get(ctx context.Context, path string, v any) error {
	return c.ask(ctx, http.MethodGet, path, v)
}

// ask sends a request without a body, and reads the answer into v.
func (c apiClient) ask(ctx context.Context, verb, path string, v any) error {
	req, err := http.NewRequestWithContext(ctx, verb, c.base+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	} else if c.user != "" {
		req.SetBasicAuth(c.user, c.password)
	}
	client := c.http
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	var wrapped *url.Error // names the whole address, which says nothing to a caller
	if errors.As(err, &wrapped) {
		return fmt.Errorf("the API at %s can't be asked: %w", c.base, wrapped.Err)
	}
	if err != nil {
		return err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusUnauthorized && c.token == "":
		return fmt.Errorf("the API at %s does not take this login (--user, --password)", c.base)
	case res.StatusCode != http.StatusOK:
		var body struct{ ResponseStatus struct{ Message string } }
		text := fmt.Sprintf("the API at %s answers %s to %s %s", c.base, res.Status, verb, path)
		if json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&body) == nil && body.ResponseStatus.Message != "" {
			text += ": " + body.ResponseStatus.Message
		}
		return &apiError{res.StatusCode, text}
	}
	return json.NewDecoder(res.Body).Decode(v)
}

// alive tells whether a server is there at all.
func (c apiClient) alive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var any struct{}
	return c.get(ctx, "/auth/status", &any)
}

// sessionView is what the trace reads of a session.
type sessionView struct {
	ID          string    `json:"id"`
	FromAddress string    `json:"fromAddress"`
	Ended       bool      `json:"ended"`
	Outcome     string    `json:"outcome"`
	DateCreated time.Time `json:"dateCreated"`
	Log         []struct {
		Date    time.Time `json:"date"`
		Message string    `json:"message"`
	} `json:"log"`
}

// trace prints the log of one's own call as it grows.
type trace struct {
	c       apiClient
	show    *display
	from    string
	since   time.Time
	id      string // of the session, once found
	printed int
	over    chan struct{} // the session ended and all of it is shown
	done    chan struct{}
	cancel  context.CancelFunc
}

const (
	traceEvery  = 150 * time.Millisecond
	traceSettle = time.Second // how long the last lines may take
)

// follow looks for the newest session from this caller and shows its log. A
// server whose API can't be asked is told once; the call goes on.
func (c apiClient) follow(ctx context.Context, show *display, from string) *trace {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	t := &trace{c: c, show: show, from: from, since: time.Now().Add(-500 * time.Millisecond), over: make(chan struct{}), done: make(chan struct{}), cancel: cancel}
	go t.run(ctx)
	return t
}

func (t *trace) run(ctx context.Context) {
	defer close(t.done)
	tick := time.NewTicker(traceEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		ended, err := t.look(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			t.show.line("what the flow does is not shown: %v", err)
			close(t.over)
			return
		}
		if ended {
			close(t.over)
			return
		}
	}
}

func (t *trace) look(ctx context.Context) (ended bool, err error) {
	if t.id == "" {
		var list struct{ Items []sessionView }
		if err := t.c.get(ctx, "/sessions?sortField=dateCreated&sortOrder=Descend&countPerPage=10&simplifiedPaging=true", &list); err != nil {
			return false, err
		}
		for _, s := range list.Items {
			if s.FromAddress == t.from && s.DateCreated.After(t.since) {
				t.id = s.ID
			}
		}
		if t.id == "" {
			return false, nil
		}
	}
	var s sessionView
	if err := t.c.get(ctx, "/sessions/"+url.PathEscape(t.id), &s); err != nil {
		return false, err
	}
	for _, l := range s.Log[min(t.printed, len(s.Log)):] {
		t.show.line("  flow: %s", l.Message)
		t.printed++
	}
	return s.Ended, nil
}

// settle waits a moment for the last lines.
func (t *trace) settle() {
	select {
	case <-t.over:
	case <-time.After(traceSettle):
	}
}

// Close stops the trace and waits for it.
func (t *trace) Close() {
	t.cancel()
	<-t.done
}
