package api

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

// format is one way to write an answer.
type format struct {
	name  string // in suffixes, ?format= and /{fmt}/reply
	mime  string
	write func(*codec, *bytes.Buffer, reflect.Value)
}

// formats in order of preference: the first answers */*.
var formats = []format{
	{"json", "application/json", (*codec).json},
	{"xml", "application/xml", (*codec).xml},
	{"csv", "text/csv", (*codec).csv},
	{"jsv", "text/jsv", (*codec).jsv},
	{"jsonl", "text/jsonl", (*codec).jsonl},
}

func formatNamed(name string) (format, bool) {
	i := slices.IndexFunc(formats, func(f format) bool { return strings.EqualFold(f.name, name) })
	if i < 0 {
		return formats[0], false
	}
	return formats[i], true
}

// splitSuffix takes .json, .xml, .csv or .jsv off a path. Other dots (report.xlsx) stay.
func splitSuffix(path string) (string, *format) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 || strings.ContainsRune(path[i:], '/') {
		return path, nil
	}
	if f, ok := formatNamed(path[i+1:]); ok {
		return path[:i], &f
	}
	return path, nil
}

// negotiate is the format of the answer: suffix, then ?format=, then Accept.
// What nobody can read is answered in JSON, as ServiceStack does.
func negotiate(r *http.Request, suffix *format) format {
	if suffix != nil {
		return *suffix
	}
	if f, ok := formatNamed(r.URL.Query().Get("format")); ok {
		return f
	}
	best, bestQ := formats[0], -1.0
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q, err := strconv.ParseFloat(cmp.Or(params["q"], "1"), 64)
		if err != nil || q <= bestQ || q == 0 {
			continue
		}
		if f, ok := formatOf(media); ok {
			best, bestQ = f, q
		}
	}
	return best
}

// formatOf is the format of a media type.
func formatOf(media string) (format, bool) {
	switch media {
	case "*/*", "application/*", "text/json":
		return formats[0], true
	case "text/xml":
		return formats[1], true
	}
	i := slices.IndexFunc(formats, func(f format) bool { return f.mime == media })
	if i < 0 {
		return format{}, false
	}
	return formats[i], true
}
