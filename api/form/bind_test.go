package form

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const maxBody = 1 << 20

type order string

func (order) Members() []string          { return []string{"Ascend", "Descend"} }
func (order) Aliases() map[string]string { return map[string]string{"desc": "Descend"} }

type kind string

func (kind) Members() []string {
	return []string{"PhoneNumber", "User", "FaxNumber", "EmailAddress", "", "Team"}
}
func (kind) Aliases() map[string]string { return map[string]string{"email": "EmailAddress"} }

// page is a base of requests.
type page struct {
	_         struct{} `ns:"Voice.Api"`
	Page      int
	SortOrder order
}

type crumb struct {
	_    struct{} `ns:"Voice.Api.Customers"`
	Id   string
	Name string
}

// everything has a member of each kind that a request may have.
type everything struct {
	_ struct{} `ns:"Voice.Api"`
	page
	Text  string
	Maybe *string
	Yes   *bool
	Port  *int
	Kind  kind
	Kinds []kind
	When  time.Time
	Names []string
	Inner *crumb
	Raw   json.RawMessage
}

// binder makes requests and binds them; no operation takes files.
func binder(t *testing.T) func(verb, target, contentType, body string) (*everything, error) {
	t.Helper()
	c := NewCodec(reflect.TypeFor[everything]())
	return func(verb, target, contentType, body string) (*everything, error) {
		r := httptest.NewRequestWithContext(t.Context(), verb, target, strings.NewReader(body))
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		in := new(everything)
		err := c.Bind(reflect.ValueOf(in).Elem(), Input{Request: r, Body: http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(r.Body), maxBody)})
		return in, err
	}
}

// isRefusal tells whether err is what a client is told about his request.
func isRefusal(err error) bool {
	var e *Error
	var tooLarge *http.MaxBytesError
	return errors.As(err, &e) && (e.Status == http.StatusBadRequest || e.Status == http.StatusRequestEntityTooLarge) || errors.As(err, &tooLarge)
}

const xmlHead = `<everything xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/Voice.Api">`

// The same request in every form it may come in.
func TestBindForms(t *testing.T) {
	bind := binder(t)
	maybe, yes, port := "", true, 5061
	want := &everything{
		page: page{Page: 2, SortOrder: "Descend"}, Text: "a b&c", Maybe: &maybe, Yes: &yes, Port: &port, Kind: "EmailAddress", Kinds: []kind{"User", "Team"},
		When: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC), Names: []string{"x", "y,z"}, Inner: &crumb{Id: "1", Name: "n"}, Raw: json.RawMessage(`{"b":1.0, "a":[null]}`),
	}
	query := "Page=2&SORTORDER=descend&text=a+b%26c&maybe=&yes=1&port=5061&kind=email&kinds=1,team&when=2026-11-21T10:00Z&names=x,%22y%2Cz%22&inner=%7Bid:1,name:n%7D&raw=" + url.QueryEscape(string(want.Raw)) + "&unknown=1"
	for _, c := range []struct{ name, target, contentType, body string }{
		{"query", "/x?" + query, "", ""},
		{"repeated", "/x?" + strings.Replace(query, "kinds=1,team", "kinds=1&kinds=Team", 1), "", ""},
		{"form", "/x", "application/x-www-form-urlencoded", query},
		{"json", "/x", "application/json; charset=utf-8", `{"page":2,"sortOrder":1,"TEXT":"a b&c","maybe":"","yes":true,"port":5061.0,"kind":3,"kinds":["user",5],"when":"\/Date(1795255200000-0500)\/","names":["x","y,z"],"inner":{"ID":1,"name":"n","more":{}},"raw":{"b":1.0, "a":[null]},"other":null}`},
		{"json by curl", "/x", "application/x-www-form-urlencoded", ` {"page":"2","sortOrder":"Descend","text":"a b&c","maybe":"","yes":"true","port":"5061","kind":"EmailAddress","kinds":"User,Team","when":"2026-11-21T10:00:00.000Z","names":["x","y,z"],"inner":{"id":"1","name":"n"},"raw":{"b":1.0, "a":[null]}}`},
		{"xml", "/x", "application/xml", `<?xml version="1.0"?>` + xmlHead + `<Yes>true</Yes><Text>a b&amp;c</Text><When>2026-11-21T11:00:00+01:00</When><Page>2</Page><SortOrder>Descend</SortOrder><Maybe></Maybe><Port>5061</Port><Kind>EmailAddress</Kind>` +
			`<Kinds><EndpointTypes>User</EndpointTypes><EndpointTypes>Team</EndpointTypes></Kinds><Names xmlns:d2p1="http://schemas.microsoft.com/2003/10/Serialization/Arrays"><d2p1:string>x</d2p1:string><d2p1:string>y,z</d2p1:string></Names>` +
			`<Inner><Name>n</Name><Id>1</Id></Inner><Raw>{"b":1.0, "a":[null]}</Raw><CountPerPage i:nil="true"/><Nobody/></everything>`},
		{"json with BOM", "/x?" + query, "application/json", "\ufeff{}"},
		{"xml of a .NET string", "/x?" + strings.Replace(query, "text=a+b%26c&", "", 1), "text/xml; charset=utf-8", "\ufeff<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n" + xmlHead + "<Text>a b&amp;c</Text></everything>"},
		{"jsv", "/x", "text/jsv", `{page:2,sortOrder:Descend,text:a b&c,maybe:,yes:true,port:5061,kind:EmailAddress,kinds:[User,Team],when:"2026-11-21T10:00:00Z",names:[x,"y,z"],inner:{id:1,name:n},raw:"{""b"":1.0, ""a"":[null]}"}`},
		{"multipart", "/x?page=2&sortOrder=desc&names=x,%22y%2Cz%22&inner=%7Bid:1,name:n%7D&yes=true&kinds=User,Team", "multipart/form-data; boundary=B", strings.ReplaceAll("--B\nContent-Disposition: form-data; name=\"text\"\n\na b&c\n--B\nContent-Disposition: form-data; name=\"maybe\"\n\n\n--B\nContent-Disposition: form-data; name=\"Port\"\n\n5061\n--B\nContent-Disposition: form-data; name=\"kind\"\n\nemail\n--B\nContent-Disposition: form-data; name=\"when\"\n\n2026-11-21T10:00:00\n--B\nContent-Disposition: form-data; name=\"raw\"\n\n"+string(want.Raw)+"\n--B--\n", "\n", "\r\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := bind("POST", c.target, c.contentType, c.body)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				a, _ := json.Marshal(got)
				b, _ := json.Marshal(want)
				t.Errorf("\ngot  %s\nwant %s", a, b)
			}
		})
	}
}

// The path wins over the query, the query over the body; null changes nothing.
func TestBindOrder(t *testing.T) {
	got, err := binder(t)("POST", "/x?text=query", "application/json", `{"text":"body","names":null,"maybe":null,"port":null}`)
	if err != nil || got.Text != "query" || got.Names != nil || got.Maybe != nil || got.Port != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBindRefuses(t *testing.T) {
	bind := binder(t)
	for name, c := range map[string]struct{ target, contentType, body string }{
		"no JSON":        {"/x", "application/json", `{"text":`},
		"two JSON":       {"/x", "application/json", `{} {}`},
		"a JSON list":    {"/x", "application/json", `[]`},
		"deep JSON":      {"/x", "application/json", `{"raw":` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + `}`},
		"deep JSV":       {"/x", "text/jsv", strings.Repeat("{a:", 60)},
		"deep query":     {"/x?inner=" + strings.Repeat("%7Ba:", 60), "", ""},
		"no number":      {"/x?page=one", "", ""},
		"half a number":  {"/x", "application/json", `{"port":1.5}`},
		"huge number":    {"/x", "application/json", `{"port":1e300}`},
		"no enum":        {"/x?kind=Elephant", "", ""},
		"unused enum":    {"/x?kind=4", "", ""},
		"no date":        {"/x?when=tomorrow", "", ""},
		"no bool":        {"/x?yes=perhaps", "", ""},
		"list for text":  {"/x", "application/json", `{"text":["a"]}`},
		"text for DTO":   {"/x", "application/json", `{"inner":"a"}`},
		"raw no JSON":    {"/x?raw=%7B", "", ""},
		"another type":   {"/x", "application/x-protobuf", "abc"},
		"no XML":         {"/x", "application/xml", "<a>"},
		"XML after XML":  {"/x", "application/xml", "<a/><b/>"},
		"DTD":            {"/x", "application/xml", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><Text>&x;</Text></a>`},
		"laughs":         {"/x", "application/xml", `<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><a><Text>&b;</Text></a>`},
		"an entity":      {"/x", "application/xml", `<a><Text>&x;</Text></a>`},
		"deep XML":       {"/x", "application/xml", strings.Repeat("<a>", 60) + strings.Repeat("</a>", 60)},
		"no boundary":    {"/x", "multipart/form-data", "x"},
		"half multipart": {"/x", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nabc"},
		"bad query":      {"/x?text=%zz", "", ""},
		"large":          {"/x", "application/json", `{"text":"` + strings.Repeat("x", maxBody) + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := bind("POST", c.target, c.contentType, c.body)
			if err == nil {
				t.Fatal("taken")
			}
			if !isRefusal(err) {
				t.Errorf("%T: %v", err, err)
			}
		})
	}
}

// Whatever comes is bound or refused; nothing panics, nothing is half a rune.
func FuzzBind(f *testing.F) {
	for _, s := range []string{`{"text":"x","inner":{"id":"1"}}`, "{a:b,c:[d,{e:f}],g:\"h\"\"i\"}", "<a><Text>x</Text></a>", "text=a&names=b,c", `{"names":"a,b","kinds":[1]}`} {
		for _, kind := range []string{"application/json", "application/xml", "text/jsv", "application/x-www-form-urlencoded"} {
			f.Add(kind, s)
		}
	}
	c := NewCodec(reflect.TypeFor[everything]())
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/x", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		e := new(everything)
		if err := c.Bind(reflect.ValueOf(e).Elem(), Input{Request: r, Body: r.Body}); err != nil {
			if !isRefusal(err) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if len(e.Raw) > 0 && !json.Valid(e.Raw) || !utf8.ValidString(string(e.Kind)) {
			t.Fatalf("%+v", e)
		}
	})
}

// Times as people and programs write them. A + that a query made a blank of is one.
func TestParseTime(t *testing.T) {
	want := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for _, text := range []string{
		"2026-11-21T10:00:00Z", "2026-11-21T10:00", "2026-11-21 10:00", " 2026-11-21 10:00:00 ", "2026-11-21T11:00:00+01:00", "2026-11-21T11:00:00 01:00", "2026-11-21T11:00:00+0100",
		"2026-11-21T11:00+01:00", "2026-11-21T11:00 01:00", "2026-11-21T11:00:00.000 0100", "2026-11-21T10:00:00.0000000Z", "/Date(1795255200000)/", `\/Date(1795255200000-0500)\/`,
	} {
		if got, err := ParseTime(text); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"2026-11-21 01:00 01:00", "2026-02-30", "21.11.2026", "2026-11-21T25:00", "20261121", "/Date(x)/", "now", "2026-11-21T10:00:00 1", "99999-01-01"} {
		if got, err := ParseTime(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
