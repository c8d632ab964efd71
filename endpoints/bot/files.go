package bot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ringflow/endpoints"
)

const (
	// linkFor is how long who has the address of a sent file may fetch it.
	linkFor = 7 * 24 * time.Hour
	// maxInline is the size of a file that goes within a message; Teams takes pictures so.
	maxInline = 256 << 10
	// transferTime is how long a file may take in or out.
	transferTime = 10 * time.Minute
)

// outgoing are files as attachments: by their address on this server, or in the message. missing
// are those that can go neither way.
func (a *Adapter) outgoing(e *endpoints.Endpoint, files []endpoints.MessageFile) (all []Attachment, missing []string, err error) {
	room := 2 * maxInline // of all that go inline
	for _, f := range files {
		at := Attachment{ContentType: contentType(f.ContentType), Name: f.Name}
		if a.PublicURL != "" {
			at.ContentURL = strings.TrimSuffix(a.PublicURL, "/") + a.link(e, f, "/bot/"+e.ID)
			all = append(all, at)
			continue
		}
		raw, err := a.small(f.FileID, min(maxInline, room))
		switch {
		case err == nil:
			room -= len(raw)
			at.ContentURL = "data:" + at.ContentType + ";base64," + base64.StdEncoding.EncodeToString(raw)
			all = append(all, at)
		case errors.Is(err, errLarge), errors.Is(err, fs.ErrNotExist):
			missing = append(missing, fmt.Sprintf("%.64q", f.Name))
		default:
			return nil, nil, err
		}
	}
	return all, missing, nil
}

var errLarge = errors.New("it is too large to go within a message")

func (a *Adapter) small(id string, most int) ([]byte, error) {
	r, size, err := a.Blobs.Open(id)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if size > int64(most) {
		return nil, errLarge
	}
	return io.ReadAll(io.LimitReader(r, int64(most)))
}

// contentType is one that may stand in a header.
func contentType(s string) string {
	if t, _, err := mime.ParseMediaType(s); err == nil && strings.Contains(t, "/") {
		return t
	}
	return "application/octet-stream"
}

// fileKey signs the addresses of the files that a bot sends.
func fileKey(b *endpoints.Bot) []byte {
	mac := hmac.New(sha256.New, []byte(b.Token+"\x00"+b.DirectLineSecret))
	mac.Write([]byte("addresses of files"))
	return mac.Sum(nil)
}

func fileMark(b *endpoints.Bot, endpointID, fileID, name, kind, until string) string {
	mac := hmac.New(sha256.New, fileKey(b))
	fmt.Fprintf(mac, "%q %q %q %q %q", endpointID, fileID, name, kind, until)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// link is the address of a sent file on this server, below a path: who has it may read this one file for a while.
// All links of an hour are the same, so that a page that asks again shows what it has.
func (a *Adapter) link(e *endpoints.Endpoint, f endpoints.MessageFile, below string) string {
	kind, until := contentType(f.ContentType), strconv.FormatInt(time.Now().Add(linkFor).Truncate(time.Hour).Unix(), 10)
	q := url.Values{"name": {f.Name}, "type": {kind}, "until": {until}, "mark": {fileMark(e.Bot, e.ID, f.FileID, f.Name, kind, until)}}
	return below + "/files/" + f.FileID + "?" + q.Encode()
}

// serveFile gives a file to who has its address. It is never shown as a page of this server's.
func (a *Adapter) serveFile(w http.ResponseWriter, r *http.Request) {
	e := a.endpoint(w, r)
	if e == nil {
		return
	}
	q, id := r.URL.Query(), r.PathValue("fileId")
	until, err := strconv.ParseInt(q.Get("until"), 10, 64)
	want := fileMark(e.Bot, e.ID, id, q.Get("name"), q.Get("type"), q.Get("until"))
	if err != nil || !hmac.Equal([]byte(want), []byte(q.Get("mark"))) || time.Now().Unix() > until || !endpoints.ValidID(id) {
		http.Error(w, "the address isn't right, or not any more", http.StatusForbidden)
		return
	}
	body, _, err := a.Blobs.Open(id)
	if err != nil {
		http.Error(w, "the file isn't there any more", http.StatusNotFound)
		return
	}
	defer body.Close()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(transferTime)) // else the server's own counts
	h := w.Header()
	h.Set("Content-Type", contentType(q.Get("type")))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": q.Get("name")}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	http.ServeContent(w, r, "", time.Time{}, body)
}
