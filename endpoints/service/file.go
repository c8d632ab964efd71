package service

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ringflow/endpoints"
)

// fileTime is how long a file of a message may take.
const fileTime = time.Minute

// Lost tells that a file of a message can't be had, however often it is asked for:
// the message comes without it.
type Lost struct{ Err error }

func (l *Lost) Error() string { return l.Err.Error() }
func (l *Lost) Unwrap() error { return l.Err }

// File is what a message says of a file that lies on a server.
type File struct {
	URL, Name, ContentType string
	Token                  string // sent as Bearer; empty: none
}

// Fetch gets a file and keeps it for the account. *Lost: it will never be had.
func Fetch(ctx context.Context, t http.RoundTripper, in endpoints.Inbox, accountID string, f File) (endpoints.MessageFile, error) {
	var none endpoints.MessageFile
	ctx, cancel := context.WithTimeout(ctx, fileTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, nil)
	if err != nil {
		return none, &Lost{errors.New("its address can't be read")}
	}
	if f.Token != "" {
		req.Header.Set("Authorization", "Bearer "+f.Token)
	}
	client := &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) { // the address may be a key to the file
			err = u.Err
		}
		return none, fmt.Errorf("%s can't be fetched: %w", req.URL.Host, err)
	}
	defer resp.Body.Close()
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests || code >= 500:
		return none, fmt.Errorf("%s answered %d", req.URL.Host, code)
	case code != http.StatusOK:
		return none, &Lost{fmt.Errorf("%s answered %d", req.URL.Host, code)}
	case resp.ContentLength > endpoints.MaxFileBytes:
		return none, &Lost{fmt.Errorf("it has %d bytes; %d are allowed", resp.ContentLength, endpoints.MaxFileBytes)}
	}
	got, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if f.ContentType == "" {
		f.ContentType = got
	}
	if got == "text/html" && !strings.HasPrefix(f.ContentType, "text/html") { // a page to log in, told as if it went well
		return none, &Lost{errors.New("a page came instead of it; the bot may lack the right to read files")}
	}
	return Keep(ctx, in, accountID, f.Name, f.ContentType, &limited{resp.Body, endpoints.MaxFileBytes})
}
