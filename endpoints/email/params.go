package email

import (
	"mime"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/emersion/go-message"
)

// maxParams bounds a field with its parameters.
const maxParams = 8 << 10

// param is one parameter of a field, as programs write it that don't quote what wants quotes.
var param = regexp.MustCompile(`(?i);\s*([a-z0-9_*-]+)\s*=\s*(?:"([^"]*)"?|([^;]*))`)

// withParams is the value of a field and its parameters (RFC 2045 5.1, RFC 2231), lower-case names, encoded-words
// decoded where programs write them into parameters. What can't be read as it should be is read as far as it can.
func withParams(raw string) (value string, params map[string]string) {
	raw = utf8Text(raw[:min(len(raw), maxParams)], "")
	value, params, err := mime.ParseMediaType(raw)
	if err != nil {
		value, _, _ = strings.Cut(raw, ";")
		if fields := strings.Fields(value); len(fields) > 0 {
			value = fields[0] // "text/html charset=utf-8"
		} else {
			value = ""
		}
		params = map[string]string{}
		for _, m := range param.FindAllStringSubmatch(raw, 40) {
			if name := strings.ToLower(m[1]); params[name] == "" {
				params[name] = strings.TrimSpace(m[2] + m[3])
			}
		}
	}
	for name, v := range params {
		params[name] = headerText(v)
	}
	for _, name := range []string{"filename", "name"} {
		if v := extended(raw, name); v != "" {
			params[name] = v
		}
	}
	return strings.ToLower(value), params
}

// extended is a parameter in RFC 2231's forms, in any charset: mime reads those of UTF-8.
func extended(raw, name string) string {
	pieces := map[int]string{} // by their number, 3
	charset := ""
	for _, m := range param.FindAllStringSubmatch(raw, 100) {
		rest, ok := strings.CutPrefix(strings.ToLower(m[1]), name+"*")
		if !ok {
			continue
		}
		number, coded := strings.CutSuffix("*"+rest, "*")
		n := 0
		if number = strings.TrimPrefix(number, "*"); number != "" {
			var err error
			if n, err = strconv.Atoi(number); err != nil {
				continue
			}
		}
		v := strings.TrimSpace(m[2] + m[3])
		if coded {
			if label, language, ok := strings.Cut(v, "'"); ok && n == 0 {
				charset, v = label, language[strings.IndexByte(language, '\'')+1:] // no language, or all of it
			}
			if bytes, err := url.PathUnescape(v); err == nil {
				v = bytes
			}
		}
		pieces[n] = v
	}
	all := ""
	for n := 0; pieces[n] != ""; n++ {
		all += pieces[n]
	}
	return utf8Text(inCharset([]byte(all), charset), charset)
}

// contentType is that of a part; one that tells none, or none that makes sense, is text.
func contentType(h message.Header) (kind string, params map[string]string) {
	if kind, params = withParams(h.Get("Content-Type")); !strings.Contains(kind, "/") {
		return "text/plain", params
	}
	return kind, params
}
