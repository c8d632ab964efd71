package form

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// MaxXML is how long a body in XML may be, in bytes, whatever the limit of others.
const MaxXML = 1 << 20

// Input is a request as it came, and what it is read for.
type Input struct {
	Request *http.Request     // its query and Content-Type
	Body    io.Reader         // bounded: http.MaxBytesReader's error is passed on
	Vars    map[string]string // of the path
	Suffix  Format            // of the route; "": none
	Whole   string            // the member that the body is as it came; "": the body is the request
	// File takes the file parts of a multipart body, in the order in which they come;
	// nil: there is none.
	File func(*multipart.Part) error
}

// Bytes tells whether there is a body of a type that isn't read here.
func (in *Input) Bytes() bool {
	media, _ := in.media()
	f, known := ofMedia(media)
	return media != "" && media != "application/x-www-form-urlencoded" && !in.Multipart() && (!known || f.Table()) && in.Request.ContentLength != 0
}

// Multipart tells whether the body is a form in parts.
func (in *Input) Multipart() bool {
	media, _ := in.media()
	return media == "multipart/form-data" && in.Whole == ""
}

// media is the Content-Type; "": none that can be read.
func (in *Input) media() (string, map[string]string) {
	media, params, err := mime.ParseMediaType(in.Request.Header.Get("Content-Type"))
	if err != nil {
		return "", nil
	}
	return media, params
}

// Bind fills a DTO from body, form, query and path, the later over the earlier.
// Members that the DTO doesn't know are ignored.
func (c *Codec) Bind(v reflect.Value, in Input) error {
	if err := c.bindBody(v, in); err != nil {
		return err
	}
	query, err := url.ParseQuery(in.Request.URL.RawQuery)
	if err != nil {
		return refuse("query", "%v", err)
	}
	if err := c.bindValues(v, query); err != nil {
		return err
	}
	for name, value := range in.Vars {
		if err := c.bindValues(v, url.Values{name: {value}}); err != nil {
			return err
		}
	}
	return nil
}

// bindValues sets members from text: a list's values come joined by commas or
// under repeated names, complex ones as JSV.
func (c *Codec) bindValues(in reflect.Value, values url.Values) error {
	s := c.shapes[in.Type()]
	byMember := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if m, known := s.Member(name); known {
			byMember[m.Name] = append(byMember[m.Name], values[name]...)
		}
	}
	for _, m := range s.Members {
		all := byMember[m.Name]
		if len(all) == 0 {
			continue
		}
		n, err := textNode(m.Type, all)
		if err != nil {
			return refuse(m.JSON, "%v", err)
		}
		if err := c.set(in.FieldByIndex(m.Index), n, m.JSON); err != nil {
			return err
		}
	}
	return nil
}

// textNode reads query and form values for a member of type t.
func textNode(t reflect.Type, values []string) (Node, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	first := strings.TrimSpace(values[0])
	switch {
	case t == RawType, t == TimeType:
	case t == StructType, t.Kind() == reflect.Struct:
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
	return Node{Text: values[0]}, nil
}

// bindBody reads the body by its Content-Type; without one it is JSON, or what
// the route's format says (/xml/reply/…).
func (c *Codec) bindBody(v reflect.Value, in Input) error {
	media, params := in.media()
	if in.Multipart() {
		return c.bindMultipart(v, in, params["boundary"])
	}
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return ReadError(err)
	}
	if in.Whole != "" {
		v.FieldByName(in.Whole).SetBytes(body)
		return nil
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if strings.TrimSpace(string(body)) == "" {
		return nil
	}
	kind := JSON
	if f, ok := ofMedia(media); ok {
		kind = f
	} else if media == "" && (in.Suffix == XML || in.Suffix == JSV) {
		kind = in.Suffix // the others are ways to write an answer
	}
	switch {
	case media == "application/x-www-form-urlencoded" && strings.TrimSpace(string(body))[0] != '{': // curl -d '{…}' says form, too
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return unread("the form can't be read: %v", err)
		}
		return c.bindValues(v, form)
	case kind == XML && len(body) > MaxXML:
		return &Error{Status: http.StatusRequestEntityTooLarge, Code: "ArgumentException", Text: fmt.Sprintf("XML is taken up to %d bytes", MaxXML)}
	case kind.Table():
		return unread("a body of type %.64q isn't read; JSON, XML, JSV and forms are", media)
	}
	n, err := kind.Read(body)
	if err == nil && kind == JSON && strings.TrimSpace(string(body))[0] != '{' && !n.IsNull() {
		err = errors.New("an object is wanted")
	}
	if err != nil {
		return unread("the body can't be read as %s: %v", kind, err)
	}
	return c.Fill(v, n)
}
