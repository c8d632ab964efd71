package sip

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strings"
)

const sdpType = "application/sdp"

// sdpPart is the SDP in a body: the body itself, or the first such part of a
// multipart one (carriers put ISUP beside it). ok is false for other types.
func sdpPart(contentType string, body []byte) (sdp []byte, ok bool) {
	if len(body) == 0 {
		return nil, true
	}
	if contentType == "" {
		return nil, false
	}
	mt, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		mt, _, _ = strings.Cut(contentType, ";")
		mt = strings.ToLower(strings.TrimSpace(mt))
	}
	if mt == sdpType {
		return body, true
	}
	if mt != "multipart/mixed" && mt != "multipart/alternative" || params["boundary"] == "" {
		return nil, false
	}
	r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for range 8 { // more parts than any carrier sends
		part, err := r.NextRawPart()
		if err != nil {
			return nil, false
		}
		if t, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); t == sdpType {
			b, err := io.ReadAll(io.LimitReader(part, maxMessage))
			return b, err == nil
		}
	}
	return nil, false
}
