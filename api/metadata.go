package api

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"ringflow/api/form"
)

// GetOpenAPI asks for the description of the API as OpenAPI 3.1.
type GetOpenAPI struct {
	_ struct{} `ns:"Voice.Api"`
}

// GetDocs asks for the description of the API as a page for people.
type GetDocs struct {
	_ struct{} `ns:"Voice.Api"`
}

// GetMetadata asks for the pages that describe operations one by one.
type GetMetadata struct {
	_    struct{} `ns:"Voice.Api"`
	Op   string   // of which operation; none: the list of all
	Lang string   // typescript: its DTOs as source
}

// GetTypeScript asks for all DTOs as TypeScript.
type GetTypeScript struct {
	_ struct{} `ns:"Voice.Api"`
}

//go:embed pages
var pageFiles embed.FS

// pages are the templates, and the styles and the script that stand in them.
type pages struct {
	*template.Template
	policy string // what a browser may do with them: nothing else
	docs   []byte // the whole API on one
	open   []byte // as OpenAPI
	guide  *guide
	gone   []*Operation // that aren't served
}

func newPages(publicURL string) (*pages, error) {
	ops := operations()
	p := &pages{guide: newGuide(ops), gone: outOfScope(ops)}
	style, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		return nil, err
	}
	script, err := pageFiles.ReadFile("pages/search.js")
	if err != nil {
		return nil, err
	}
	hash := func(b []byte) string {
		sum := sha256.Sum256(b)
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	p.policy = "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) + "; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
	p.Template, err = template.New("").Funcs(template.FuncMap{
		"style":  func() template.CSS { return template.CSS(style) }, // ours
		"script": func() template.JS { return template.JS(script) },  // ours
	}).ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, err
	}
	server := strings.TrimRight(publicURL, "/")
	if server == "" {
		server = "/"
	}
	if p.open, err = json.Marshal(p.guide.openAPI(server)); err != nil {
		return nil, err
	}
	p.docs, err = p.render("docs", p.view())
	return p, err
}

func (p *pages) render(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := p.ExecuteTemplate(&b, name, data)
	return b.Bytes(), err
}

// send answers with a page or a file.
func (p *pages) send(kind string, body []byte) raw {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", kind+"; charset=utf-8")
		if kind == "text/html" {
			w.Header().Set("Content-Security-Policy", p.policy)
		}
		_, _ = w.Write(body) // a client that went away is told nothing
		return nil
	}
}

func (s *Server) getOpenAPI(*Request, *GetOpenAPI) (raw, error) {
	p, err := s.pages()
	if err != nil {
		return nil, err
	}
	return p.send("application/json", p.open), nil
}

func (s *Server) getDocs(*Request, *GetDocs) (raw, error) {
	p, err := s.pages()
	if err != nil {
		return nil, err
	}
	return p.send("text/html", p.docs), nil
}

func (s *Server) getTypeScript(*Request, *GetTypeScript) (raw, error) {
	p, err := s.pages()
	if err != nil {
		return nil, err
	}
	return p.send("text/plain", []byte(p.guide.typescript(p.guide.ops...))), nil
}

func (s *Server) getMetadata(r *Request, q *GetMetadata) (raw, error) {
	p, err := s.pages()
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	f, _ := form.Named(first)
	if q.Op == "" {
		body, err := p.render("index", p.view())
		return p.send("text/html", body), err
	}
	o, err := p.guide.operation(q.Op)
	if err != nil {
		return nil, err
	}
	if q.Lang != "" && !strings.EqualFold(q.Lang, "typescript") {
		return nil, badValue("lang", "%.32q isn't there; typescript is", q.Lang)
	}
	v := p.operationView(o, f, r.Host)
	if q.Lang != "" {
		v.Source = p.guide.typescript(o)
	}
	body, err := p.render("operation", v)
	return p.send("text/html", body), err
}

// What the templates show.

type indexView struct {
	Groups []groupView
	Types  []typeView
	Gone   []*Operation
	Files  []string
}

type groupView struct {
	Tag        string
	Operations []operationView
}

type operationView struct {
	Name, Summary, Who, Answers, AnswerType string
	Routes                                  [][2]string
	Gives                                   []headerNote // headers of the answer
	Parameters                              []parameter
	Format                                  string
	Formats                                 []string
	Request, Response                       string // samples
	Source                                  string // TypeScript
	Types                                   []typeView
}

type typeView struct {
	Name, About string
	Members     []parameter
	Names       []string // of an enumeration
}

func (p *pages) view() indexView {
	v := indexView{Gone: p.gone}
	for _, f := range form.Formats() {
		v.Files = append(v.Files, string(f))
	}
	for _, o := range p.guide.ops {
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Tag != tagOf(o) {
			v.Groups = append(v.Groups, groupView{Tag: tagOf(o)})
		}
		last := &v.Groups[len(v.Groups)-1]
		last.Operations = append(last.Operations, p.brief(o))
	}
	v.Types = p.guide.typeViews(p.guide.codec, nil)
	return v
}

// brief is an operation without samples.
func (p *pages) brief(o *Operation) operationView {
	v := operationView{Name: o.Name, Summary: o.Summary, Who: o.who(), Answers: p.guide.answers(o), Parameters: p.guide.parameters(o)}
	v.Gives = o.gives()
	for _, route := range o.allRoutes() {
		verb, path, _ := strings.Cut(route, " ")
		v.Routes = append(v.Routes, [2]string{verb, path})
	}
	t := form.Elem(o.response)
	if s := p.guide.codec.Shape(t); s != nil && o.Media == "" && t != reflect.TypeFor[nothing]() {
		v.AnswerType = s.Name
	}
	return v
}

// operationView is an operation's page, with samples in a format.
func (p *pages) operationView(o *Operation, f form.Format, host string) operationView {
	v := p.brief(o)
	v.Format = string(f)
	for _, f := range form.Formats() {
		v.Formats = append(v.Formats, string(f))
	}
	sample := func(t reflect.Type) string {
		var b bytes.Buffer
		f.Write(p.guide.codec, &b, p.guide.sampleOf(t, nil))
		switch f {
		case form.JSON:
			var pretty bytes.Buffer
			if json.Indent(&pretty, b.Bytes(), "", "  ") == nil {
				return pretty.String()
			}
		case form.XML:
			return strings.ReplaceAll(b.String(), "><", ">\n<")
		}
		return b.String()
	}
	verb, path := "POST", "/"+string(f)+"/reply/"+o.Name
	if len(o.Routes) > 0 {
		verb, path, _ = strings.Cut(o.Routes[0], " ")
		if verb == "ALL" {
			verb = "POST"
		}
	}
	v.Request = fmt.Sprintf("%s %s HTTP/1.1\nHost: %s\nAccept: %s\n", verb, path, host, f.MIME())
	switch {
	case o.Upload:
		v.Request += "Content-Type: multipart/form-data; boundary=…\nContent-Length: length\n\nthe members as form fields, the bytes in a part named file"
	case verb == http.MethodGet || verb == http.MethodDelete:
		var query []string
		for _, m := range v.Parameters {
			if m.In == "query" {
				query = append(query, m.Name+"="+url.QueryEscape(m.Type))
			}
		}
		if len(query) > 0 {
			v.Request = strings.Replace(v.Request, " HTTP/1.1", "?"+strings.Join(query, "&")+" HTTP/1.1", 1)
		}
	case f.Table():
		v.Request += "Content-Type: application/json\nContent-Length: length\n\n"
		var b bytes.Buffer
		form.JSON.Write(p.guide.codec, &b, p.guide.sampleOf(o.request, nil))
		v.Request += b.String()
	default:
		v.Request += "Content-Type: " + f.MIME() + "\nContent-Length: length\n\n" + sample(o.request)
	}
	switch {
	case o.Media != "":
		v.Response = "HTTP/1.1 200 OK\nContent-Type: " + o.Media + "\nContent-Length: length\n"
	case o.response == reflect.TypeFor[nothing]():
		v.Response = "HTTP/1.1 204 No Content"
	default:
		v.Response = "HTTP/1.1 200 OK\nContent-Type: " + f.MIME() + "; charset=utf-8\nContent-Length: length\n\n" + sample(o.response)
	}
	used := form.NewCodec(o.request, o.response)
	v.Types = p.guide.typeViews(used, o.request)
	return v
}
