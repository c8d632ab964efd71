package api

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// bind fills a request DTO from body, form, query and path, the later over the
// earlier. Members that the DTO doesn't know are ignored.
func (h *handler) bind(r *Request, in reflect.Value, vars map[string]string, suffix *format) error {
	if err := h.bindBody(r, in, suffix); err != nil {
		return err
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return badValue("query", "%v", err)
	}
	if err := h.bindValues(in, query); err != nil {
		return err
	}
	for name, value := range vars {
		if err := h.bindValues(in, url.Values{name: {value}}); err != nil {
			return err
		}
	}
	return nil
}

// bindValues sets members from text: a list's values come joined by commas or
// under repeated names, complex ones as JSV.
func (h *handler) bindValues(in reflect.Value, values url.Values) error {
	s := h.codec.shapes[in.Type()]
	byMember := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if m, known := s.member(name); known {
			byMember[m.name] = append(byMember[m.name], values[name]...)
		}
	}
	for _, m := range s.members {
		all := byMember[m.name]
		if len(all) == 0 {
			continue
		}
		n, err := textNode(m.typ, all)
		if err != nil {
			return badValue(m.json, "%v", err)
		}
		if err := h.codec.set(in.FieldByIndex(m.index), n, m.json); err != nil {
			return err
		}
	}
	return nil
}

// textNode reads query and form values for a member of type t.
func textNode(t reflect.Type, values []string) (node, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	first := strings.TrimSpace(values[0])
	switch {
	case t == rawType, t == timeType:
	case t == structType, t.Kind() == reflect.Struct:
		if n, err := parseJSON([]byte(first)); err == nil && first != "" { // what JSV readers take, too
			return n, nil
		}
		return parseJSV(first)
	case t.Kind() == reflect.Slice:
		if strings.HasPrefix(first, "[") {
			if n, err := parseJSON([]byte(first)); err == nil {
				return n, nil
			}
			return parseJSV(first)
		}
		return parseJSV("[" + strings.Join(values, ",") + "]")
	}
	return node{text: values[0]}, nil
}

// bindBody reads the body by its Content-Type; without one it is JSON, or what
// the route's format says (/xml/reply/…).
func (h *handler) bindBody(r *Request, in reflect.Value, suffix *format) error {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		media = ""
	}
	if media == "multipart/form-data" && r.Operation.Whole == "" {
		return h.bindMultipart(r, in, params["boundary"])
	}
	limit := r.Operation.Limit
	if limit == 0 {
		limit = maxBody
	}
	body, err := io.ReadAll(http.MaxBytesReader(r.W, r.Body, limit))
	if err != nil {
		return readError(err)
	}
	if name := r.Operation.Whole; name != "" {
		in.FieldByName(name).SetBytes(body)
		return nil
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if strings.TrimSpace(string(body)) == "" {
		return nil
	}
	kind := formats[0]
	if f, ok := formatOf(media); ok {
		kind = f
	} else if media == "" && suffix != nil && (suffix.name == "xml" || suffix.name == "jsv") {
		kind = *suffix // the others are ways to write an answer
	}
	var n node
	switch {
	case media == "application/x-www-form-urlencoded" && strings.TrimSpace(string(body))[0] != '{': // curl -d '{…}' says form, too
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return fail(http.StatusBadRequest, "SerializationException", "the form can't be read: %v", err)
		}
		return h.bindValues(in, form)
	case kind.name == "xml":
		if len(body) > maxBody {
			return fail(http.StatusRequestEntityTooLarge, "ArgumentException", "XML is taken up to %d bytes", maxBody)
		}
		n, err = parseXML(body)
	case kind.name == "jsv":
		n, err = parseJSV(strings.TrimSpace(string(body)))
	case kind.name == "json":
		if n, err = parseJSON(body); err == nil && strings.TrimSpace(string(body))[0] != '{' && !n.isNull() {
			err = errors.New("an object is wanted")
		}
	default:
		return fail(http.StatusBadRequest, "SerializationException", "a body of type %.64q isn't read; JSON, XML, JSV and forms are", media)
	}
	if err != nil {
		return fail(http.StatusBadRequest, "SerializationException", "the body can't be read as %s: %v", kind.name, err)
	}
	return h.codec.set(in, n, "")
}

// readError tells a body that is too long or too slow from one that broke off.
func readError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return fail(http.StatusBadRequest, "RequestBindingException", "the body ended early")
}
