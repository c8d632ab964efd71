package api

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"ringflow/api/form"
	"ringflow/endpoints"
	"ringflow/store/blob"
)

// upload is a file part that stands in the blob store, seen by nobody before keep.
type upload struct {
	id, name, contentType string
	size                  int64
	sum                   [32]byte // SHA-256
	w                     *blob.Writer
}

// keep makes the bytes durable.
func (u *upload) keep() error {
	_, err := u.w.Commit()
	return err
}

// dropUpload throws away what was not kept.
func (r *Request) dropUpload() {
	if r.file != nil {
		_ = r.file.w.Close() // after keep it does nothing
	}
}

// sniffed bytes tell the type of a file.
const sniffed = 512

// receive streams a file to the blob store under an id of ours; its type is
// what its bytes say, not what the client says.
func (h *handler) receive(part io.Reader, name string) (*upload, error) {
	u := &upload{id: endpoints.NewID(), name: name}
	head := make([]byte, sniffed)
	n, err := io.ReadFull(part, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, form.ReadError(err)
	}
	u.contentType = sniff(head[:n])
	if u.w, err = h.s.Blob.Create(u.id); err != nil {
		return nil, err
	}
	w := &writerErrors{w: u.w}
	sum := sha256.New()
	if u.size, err = io.Copy(io.MultiWriter(w, sum), io.MultiReader(bytes.NewReader(head[:n]), part)); err != nil {
		_ = u.w.Close() // it is thrown away
		if w.err != nil {
			return nil, w.err
		}
		return nil, form.ReadError(err)
	}
	sum.Sum(u.sum[:0])
	return u, nil
}

// writerErrors tells a full disk from a client that went away.
type writerErrors struct {
	w   io.Writer
	err error
}

func (w *writerErrors) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.err = err
	return n, err
}

// sniff is the type of a file that begins with head. What a browser could run
// is bytes or plain text to us.
func sniff(head []byte) string {
	switch {
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WAVE":
		return "audio/wav"
	case len(head) >= 3 && string(head[:3]) == "ID3":
		return "audio/mpeg"
	case len(head) >= 2 && head[0] == 0xff && head[1]&0xe0 == 0xe0 && head[1]&0x06 != 0: // frame sync, a layer
		return "audio/mpeg"
	}
	t := http.DetectContentType(head)
	switch kind, _, _ := strings.Cut(t, "/"); {
	case kind == "audio" || kind == "video" || t == "application/ogg" || t == "application/pdf":
		return t
	case kind == "image" && !strings.Contains(t, "svg"):
		return t
	case kind == "text":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// A body may take long as long as it moves: each piece gets the time anew.

type slowReader struct {
	r  io.Reader
	rc *http.ResponseController
}

func (s *slowReader) Read(p []byte) (int, error) {
	if err := s.rc.SetReadDeadline(time.Now().Add(readTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return s.r.Read(p)
}

type slowWriter struct {
	http.ResponseWriter
	rc *http.ResponseController
}

func (s *slowWriter) Write(p []byte) (int, error) {
	if err := s.rc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return s.ResponseWriter.Write(p)
}
