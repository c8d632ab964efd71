package form

import (
	"bytes"
	"cmp"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Format is one way to write an answer, by its name in suffixes, in ?format= and
// in /{fmt}/reply; "" is none.
type Format string

// The formats.
const (
	JSON  Format = "json"
	XML   Format = "xml"
	CSV   Format = "csv"
	JSV   Format = "jsv"
	JSONL Format = "jsonl"
)

// Formats in order of preference: the first answers */*.
func Formats() []Format { return []Format{JSON, XML, CSV, JSV, JSONL} }

// MIME is the media type.
func (f Format) MIME() string {
	if f == JSON || f == XML {
		return "application/" + string(f)
	}
	return "text/" + string(f)
}

// Table tells whether it is a way to write lists: bodies aren't read in it.
func (f Format) Table() bool { return f == CSV || f == JSONL }

// Write writes v, a DTO that the codec knows.
func (f Format) Write(c *Codec, b *bytes.Buffer, v reflect.Value) {
	switch f {
	case XML:
		c.xml(b, v)
	case CSV:
		c.csv(b, v)
	case JSV:
		c.jsv(b, v)
	case JSONL:
		c.jsonl(b, v)
	default:
		c.json(b, v)
	}
}

// Read takes a body apart.
func (f Format) Read(body []byte) (Node, error) {
	switch f {
	case JSON:
		return parseJSON(body)
	case XML:
		return parseXML(body)
	case JSV:
		return parseJSV(strings.TrimSpace(string(body)))
	}
	return Node{}, unread("no body is read as %s", f)
}

// Named is the format of a name in any case.
func Named(name string) (Format, bool) {
	f := Format(strings.ToLower(name))
	if !slices.Contains(Formats(), f) {
		return JSON, false
	}
	return f, true
}

// CutSuffix takes .json, .xml, .csv, .jsv or .jsonl off a path. Other dots (report.xlsx) stay.
func CutSuffix(path string) (string, Format) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 || strings.ContainsRune(path[i:], '/') {
		return path, ""
	}
	if f, ok := Named(path[i+1:]); ok {
		return path[:i], f
	}
	return path, ""
}

// Negotiate is the format of the answer: the suffix, then ?format=, then Accept.
// An *Error (400) is about a format that there isn't; it is written in JSON.
func Negotiate(r *http.Request, suffix Format) (Format, error) {
	if suffix != "" {
		return suffix, nil
	}
	for name, values := range r.URL.Query() {
		if !strings.EqualFold(name, "format") || values[0] == "" {
			continue
		}
		f, ok := Named(values[0])
		if !ok {
			return JSON, refuse("format", "%.40q is none of %s", values[0], named())
		}
		return f, nil
	}
	return accepted(r.Header.Values("Accept")), nil
}

// accepted is the format that Accept likes best, of several the first. Who names none of
// ours gets JSON, as RFC 9110 12.4.1 allows and ServiceStack's clients are used to.
func accepted(header []string) Format {
	type wish struct {
		media string
		q     float64
	}
	var wishes []wish
	var never []Format
	for part := range strings.SplitSeq(strings.Join(header, ","), ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q, err := strconv.ParseFloat(cmp.Or(params["q"], "1"), 64)
		if err != nil {
			continue
		}
		wishes = append(wishes, wish{media, q})
		if f, ok := ofMedia(media); ok && q == 0 && !strings.Contains(media, "*") {
			never = append(never, f)
		}
	}
	best, bestQ := JSON, 0.0
	for _, w := range wishes {
		if w.q <= bestQ {
			continue
		}
		f, ok := ofMedia(w.media)
		if strings.Contains(w.media, "*") {
			i := slices.IndexFunc(Formats(), func(f Format) bool { return !slices.Contains(never, f) })
			if ok = ok && i >= 0; ok {
				f = Formats()[i]
			}
		}
		if ok {
			best, bestQ = f, w.q
		}
	}
	return best
}

// named are all formats, for messages.
func named() string {
	var all []string
	for _, f := range Formats() {
		all = append(all, string(f))
	}
	return strings.Join(all, ", ")
}

// ofMedia is the format of a media type.
func ofMedia(media string) (Format, bool) {
	switch media {
	case "*/*", "*", "application/*", "text/*", "text/json":
		return JSON, true
	case "text/xml":
		return XML, true
	}
	i := slices.IndexFunc(Formats(), func(f Format) bool { return f.MIME() == media })
	if i < 0 {
		return "", false
	}
	return Formats()[i], true
}
