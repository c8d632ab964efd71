package sms

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ringflow/endpoints"
)

// Blobs has the bytes of files.
type Blobs interface {
	Open(id string) (io.ReadSeekCloser, int64, error)
}

// Files knows what files are; *store.Store does.
type Files interface {
	File(ctx context.Context, id string) (*endpoints.File, error)
}

// Media shows the files of texts to carriers, which fetch them by address: for a day, to
// who has the signature.
type Media struct {
	Prefix string // of the paths, such as /texts/media/
	Public string // our address as the world reaches it; empty: no carrier can fetch anything
	Key    []byte // signs; the server's own
	Blobs  Blobs
	Files  Files
}

const mediaTime = 24 * time.Hour

// URL is where a file of a message can be fetched.
func (m *Media) URL(f endpoints.MessageFile) (string, error) {
	if m == nil || m.Public == "" {
		return "", &endpoints.Refused{Err: errors.New("its files can't be sent: carriers fetch them, and this server has no public address (http.publicUrl)")}
	}
	until := strconv.FormatInt(time.Now().Add(mediaTime).Unix(), 10)
	return strings.TrimRight(m.Public, "/") + m.Prefix + f.FileID + "?" + url.Values{"until": {until}, "sig": {m.sign(f.FileID, until)}}.Encode(), nil
}

func (m *Media) sign(id, until string) string {
	mac := hmac.New(sha256.New, m.Key)
	fmt.Fprintf(mac, "text media %s %s", id, until)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// ServeHTTP shows a file.
func (m *Media) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, q := strings.TrimPrefix(r.URL.Path, m.Prefix), r.URL.Query()
	until, err := strconv.ParseInt(q.Get("until"), 10, 64)
	if r.Method != http.MethodGet && r.Method != http.MethodHead || err != nil || !endpoints.ValidID(id) ||
		!hmac.Equal([]byte(q.Get("sig")), []byte(m.sign(id, q.Get("until")))) || time.Now().Unix() > until {
		http.NotFound(w, r)
		return
	}
	f, err := m.Files.File(r.Context(), id)
	if err != nil {
		gone(w, r, err)
		return
	}
	b, _, err := m.Blobs.Open(id)
	if err != nil {
		gone(w, r, err)
		return
	}
	defer b.Close()
	h := w.Header()
	h.Set("Content-Type", f.ContentType)
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Content-Disposition", "attachment")
	http.ServeContent(w, r, "", f.DateCreated, b)
}

func gone(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Retry-After", "30")
	http.Error(w, "later", http.StatusServiceUnavailable)
}

// Fetcher gets the files that a carrier names.
type Fetcher struct {
	Transport http.RoundTripper // decides which addresses may be reached
	Inbox     endpoints.Inbox
}

const (
	fetchTime = 30 * time.Second
	hops      = 5
	maxName   = 80
)

// Fetch gets one file and keeps it for the account. auth is sent to the host alone that the address
// names. final: it can't be had however often it is asked for.
func (f *Fetcher) Fetch(ctx context.Context, accountID, address, contentType string, auth func(*http.Request)) (file endpoints.MessageFile, final bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Host == "" {
		return file, true, errors.New("its address can't be read")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return file, true, errors.New("its address can't be read")
	}
	if auth != nil {
		auth(req)
	}
	client := &http.Client{Transport: f.Transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if r.URL.Host != u.Host {
			r.Header.Del("Authorization")
		}
		if len(via) >= hops || r.URL.Scheme != "https" && r.URL.Scheme != u.Scheme || r.URL.User != nil {
			return errors.New("redirected too often, or to what is no address")
		}
		return nil
	}}
	resp, err := client.Do(req)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) { // the address may be a key to the file
			err = e.Err
		}
		return file, false, fmt.Errorf("%s: %w", u.Host, err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		return file, false, fmt.Errorf("%s answered %d", u.Host, resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return file, true, fmt.Errorf("%s answered %d", u.Host, resp.StatusCode)
	case resp.ContentLength > endpoints.MaxFileBytes:
		return file, true, fmt.Errorf("it has %d bytes; %d are allowed", resp.ContentLength, endpoints.MaxFileBytes)
	}
	if contentType == "" {
		contentType = resp.Header.Get("Content-Type")
	}
	file, err = f.Inbox.Attach(ctx, accountID, mediaName(u, contentType), contentType, resp.Body)
	var invalid *endpoints.Invalid
	return file, errors.As(err, &invalid), err
}

// mediaName is the last part of the address, of letters that any system takes, with an
// ending that tells what it is.
func mediaName(u *url.URL, contentType string) string {
	name := u.Path[strings.LastIndex(u.Path, "/")+1:]
	name = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, name)
	if name = strings.Trim(name, "."); len(name) > maxName {
		name = name[len(name)-maxName:]
	}
	if name == "" {
		name = "file"
	}
	kind, _, _ := strings.Cut(contentType, ";")
	ending := map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "video/mp4": ".mp4", "video/3gpp": ".3gp", "audio/mpeg": ".mp3",
		"audio/amr": ".amr", "text/vcard": ".vcf", "text/x-vcard": ".vcf", "application/pdf": ".pdf", "text/plain": ".txt"}[strings.ToLower(strings.TrimSpace(kind))]
	if ending != "" && !strings.Contains(name, ".") {
		name += ending
	}
	return name
}
