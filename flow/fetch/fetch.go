// Package fetch sends the HTTP requests that flows ask for. Flows are written
// by users, so no request may reach what only the server can: an address is
// checked after the name was resolved, at the moment of dialling, and anew for
// each redirect. Answers are bounded, and a host that is away is left alone
// for a while.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"ringflow/flow"
)

// Bounds of a request.
const (
	maxBody      = 1 << 20     // bytes of an answer, unpacked
	wholeTimeout = time.Minute // the caller's context ends it before
)

// Client sends requests. Its zero value is ready and allows public addresses
// only; Close lets its idle connections go.
type Client struct {
	Allow     []netip.Prefix // private networks that flows may reach
	UserAgent string

	once     sync.Once
	client   *http.Client
	breakers breakers
}

// For gives the client to the flows of an account: what one account's requests
// come to does not stop another's.
func (c *Client) For(account string) flow.HTTP { return &scoped{c, account} }

type scoped struct {
	*Client
	account string
}

// Do implements flow.HTTP.
func (s *scoped) Do(ctx context.Context, r flow.HTTPRequest) (flow.HTTPResponse, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return flow.HTTPResponse{}, errors.New("the address can't be read")
	}
	if err := CheckURL(u); err != nil {
		return flow.HTTPResponse{}, err
	}
	host := s.account + " " + strings.ToLower(u.Host)
	if wait := s.breakers.closed(host, time.Now()); wait > 0 {
		return flow.HTTPResponse{}, fmt.Errorf("%s did not answer several times in a row and is left alone for %s", u.Host, wait.Round(time.Second))
	}
	out, err := s.do(ctx, u, r)
	var refused *Refused
	if !errors.As(err, &refused) && !errors.Is(ctx.Err(), context.Canceled) { // which say nothing of the host
		s.breakers.note(host, time.Now(), err == nil && out.Status != http.StatusServiceUnavailable && out.Status != http.StatusBadGateway && out.Status != http.StatusGatewayTimeout)
	}
	return out, err
}

func (c *Client) do(ctx context.Context, u *url.URL, r flow.HTTPRequest) (flow.HTTPResponse, error) {
	c.once.Do(c.open)
	request, err := http.NewRequestWithContext(ctx, r.Method, u.String(), strings.NewReader(r.Body))
	if err != nil {
		return flow.HTTPResponse{}, plain(err)
	}
	request.Header.Set("User-Agent", c.UserAgent)
	for _, h := range r.Headers {
		request.Header.Add(h[0], h[1])
	}
	response, err := c.client.Do(request)
	if err != nil {
		return flow.HTTPResponse{}, plain(err)
	}
	defer response.Body.Close()
	out := flow.HTTPResponse{Status: response.StatusCode, Headers: map[string]string{}}
	for name, values := range response.Header {
		out.Headers[name] = strings.Join(values, ", ")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return flow.HTTPResponse{}, plain(err)
	}
	if len(body) > maxBody {
		return flow.HTTPResponse{}, &Refused{"the answer is longer than 1 MB"}
	}
	out.Body = strings.ToValidUTF8(string(body), "\uFFFD")
	return out, nil
}

// open makes the client.
func (c *Client) open() {
	t := Transport(c.Allow)
	t.ForceAttemptHTTP2, t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost, t.IdleConnTimeout = true, 100, 4, 64, 30*time.Second
	c.client = &http.Client{Timeout: wholeTimeout, Transport: t, CheckRedirect: redirect}
	if c.UserAgent == "" {
		c.UserAgent = "Ringflow"
	}
}

// Close lets the idle connections go.
func (c *Client) Close() {
	c.once.Do(c.open)
	c.client.CloseIdleConnections()
}

// redirect allows a redirect. What the flow sends in headers may be a secret:
// another host does not get it, nor does anybody who listens to plain http.
func redirect(r *http.Request, via []*http.Request) error {
	if err := CheckRedirect(r, via); err != nil {
		return err
	}
	first := via[0].URL
	if !strings.EqualFold(first.Host, r.URL.Host) || first.Scheme == "https" && r.URL.Scheme != "https" {
		if r.Body != nil && r.Body != http.NoBody {
			return &Refused{"the redirect leads to another host, which must not get the body: " + r.URL.Host}
		}
		for name := range r.Header {
			if name != "User-Agent" && name != "Accept" {
				r.Header.Del(name)
			}
		}
	}
	return nil
}

// plain takes the address off an error: it may hold a secret, and the log has
// it already. What it was in Go's words is no help to a flow's author.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var refused *Refused
	var dns *net.DNSError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("there is no host %s", dns.Name)
	}
	return err
}
