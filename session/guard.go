package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"ringflow/flow"
	"ringflow/flow/fetch"
)

const (
	fetchTimeout = 10 * time.Second
	maxFetch     = 5 << 20 // bytes of an audio file from the web
)

// Web sends the requests of flows; a *fetch.Client is one.
type Web interface {
	// For gives it to the flows of an account.
	For(account string) flow.HTTP
	// Close lets idle connections go.
	Close()
}

// GuardedClient fetches the audio that a flow's author names, by the rules of
// fetch: http and https, from public addresses and those in allow.
func GuardedClient(allow []netip.Prefix) *http.Client {
	t := fetch.Transport(allow)
	t.DisableKeepAlives, t.DisableCompression, t.ResponseHeaderTimeout = true, true, 5*time.Second
	return &http.Client{Timeout: fetchTimeout, Transport: t, CheckRedirect: fetch.CheckRedirect}
}

// fetchAudio opens the audio file at address; what is over the limit is an error, not cut off.
func fetchAudio(ctx context.Context, c *http.Client, address string) (io.ReadCloser, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the address can't be read") // it may hold a password
	}
	if err := fetch.CheckURL(u); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("%s answered %s", u.Redacted(), resp.Status)
	}
	if resp.ContentLength > maxFetch {
		resp.Body.Close()
		return nil, fmt.Errorf("%s has %d bytes; at most %d are taken", u.Redacted(), resp.ContentLength, maxFetch)
	}
	return &limited{resp.Body, maxFetch}, nil
}

type limited struct {
	io.ReadCloser
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if l.left -= n; l.left < 0 {
		return 0, fmt.Errorf("more than %d bytes", maxFetch)
	}
	return n, err
}
