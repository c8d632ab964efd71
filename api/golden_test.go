package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ringflow/api/form"
	"ringflow/store"
)

// Clients of what is served keep working: testdata/golden holds a request and
// its answer for every operation, as they were when it came. An answer may get
// members; none may vanish, change its type or its value. Made anew, on purpose
// only, by go test ./api -run TestGolden -update.

// pin is a request whose answer is pinned, as the file name.json.
type pin struct {
	name   string
	login  string // of an address, "" nobody
	route  string // "POST /flows", with {flow} for what an earlier pin kept
	body   string
	header map[string]string
	keep   string // the name that the answer's id gets from here on
	grows  bool   // its lists may get items, too; three of each are kept
	made   string // a member that is made up
}

// pinned is such a file.
type pinned struct {
	Request struct {
		Login   string            `json:"login,omitempty"`
		Route   string            `json:"route"`
		Headers map[string]string `json:"headers,omitempty"`
		Body    string            `json:"body,omitempty"`
	} `json:"request"`
	Answer pinnedAnswer `json:"answer"`
}

type pinnedAnswer struct {
	Status  int             `json:"status"`
	Type    string          `json:"type,omitempty"`
	Cookies []string        `json:"cookies,omitempty"`
	JSON    json.RawMessage `json:"json,omitempty"`
	Text    string          `json:"text,omitempty"`
}

var (
	anyID   = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
	anyTime = regexp.MustCompile(`\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	// What is made up anew each time, or words for people.
	madeUp  = map[string]bool{"sipPassword": true, "sipUserName": true, "sessionId": true, "authToken": true, "message": true, "description": true}
	madeXML = regexp.MustCompile(`<(SipPassword|SipUserName|SessionId|AuthToken|Message)>[^<]+<`)
)

func TestGolden(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(*testing.T) store.Options) { testGolden(t, open(t)) })
}

func testGolden(t *testing.T, o store.Options) {
	h, out := withOutboxOn(t, o)
	names := map[string]string{h.account: "account", h.other: "other"}
	for name, id := range h.pinnedThings(out) {
		names[id] = name
	}
	seen := map[string]bool{}
	for _, p := range pins() {
		t.Run(p.name, func(t *testing.T) {
			h.T = t
			if seen[p.name] {
				t.Fatal("two pins have this name")
			}
			seen[p.name] = true
			got := h.pin(t, p, names)
			file := filepath.Join("testdata", "golden", p.name+".json")
			if *update {
				writePinned(t, file, got)
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want pinned
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Request, want.Request) {
				t.Errorf("the request is another one:\n%+v\n%+v", got.Request, want.Request)
			}
			g, w := got.Answer, want.Answer
			if g.Status != w.Status || g.Type != w.Type || !reflect.DeepEqual(g.Cookies, w.Cookies) {
				t.Errorf("%d %s %s, pinned %d %s %s", g.Status, g.Type, g.Cookies, w.Status, w.Type, w.Cookies)
			}
			for _, lost := range vanished(g, w, p.grows) {
				t.Error(lost)
			}
		})
	}
	if files, err := filepath.Glob("testdata/golden/*.json"); err != nil || len(files) != len(seen)+1 {
		t.Errorf("%d files for %d pins and operations.json: %v", len(files), len(seen), err)
	}
}

// pin sends the request and takes what is new each time out of the answer.
func (h *house) pin(t *testing.T, p pin, names map[string]string) pinned {
	t.Helper()
	fill := func(s string) string {
		for id, name := range names {
			s = strings.ReplaceAll(s, "{"+name+"}", id)
		}
		return s
	}
	var out pinned
	out.Request.Login, out.Request.Route, out.Request.Headers, out.Request.Body = p.login, p.route, p.header, p.body
	who := nobody
	if p.login != "" {
		who = basic(p.login)
	}
	verb, path, _ := strings.Cut(fill(p.route), " ")
	a := h.do(who, verb, path, fill(p.body), func(r *http.Request) {
		for name, value := range p.header {
			r.Header.Set(name, value)
		}
	})
	if p.keep != "" {
		id := decode[struct{ Id string }](t, a).Id
		if id == "" {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		names[id] = p.keep
	}
	body := anyID.ReplaceAllStringFunc(a.body, func(id string) string {
		if name, known := names[id]; known {
			return "{" + name + "}"
		}
		return "{id}"
	})
	body = anyTime.ReplaceAllString(body, "{time}")
	body = strings.ReplaceAll(body, h.url, "{server}")
	out.Answer.Status, out.Answer.Type = a.StatusCode, a.Header.Get("Content-Type")
	for _, c := range a.Cookies() {
		out.Answer.Cookies = append(out.Answer.Cookies, c.Name)
	}
	if !strings.HasPrefix(out.Answer.Type, "application/json") {
		out.Answer.Text = madeXML.ReplaceAllString(body, "<$1>{text}<")
		return out
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	if m, isObject := v.(map[string]any); isObject && p.made != "" {
		m[p.made] = "{text}"
	}
	if v = blank(v); p.grows && *update {
		v = first(v)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out.Answer.JSON = raw
	return out
}

// blank replaces what is made up.
func blank(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, m := range v {
			if text, isText := m.(string); isText && madeUp[name] && !strings.HasPrefix(text, "{") {
				v[name] = "{text}"
				continue
			}
			v[name] = blank(m)
		}
	case []any:
		for i := range v {
			v[i] = blank(v[i])
		}
	}
	return v
}

// first keeps three items of the lists at the top.
func first(v any) any {
	switch v := v.(type) {
	case []any:
		return v[:min(3, len(v))]
	case map[string]any:
		for name, m := range v {
			if list, isList := m.([]any); isList {
				v[name] = first(list)
			}
		}
	}
	return v
}

func writePinned(t *testing.T, file string, p pinned) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(p)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, b.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// vanished tells what of a pinned answer isn't in an answer any more.
func vanished(got, want pinnedAnswer, grows bool) []string {
	if len(want.JSON) > 0 {
		var g, w any
		for raw, v := range map[*any]json.RawMessage{&g: got.JSON, &w: want.JSON} {
			dec := json.NewDecoder(bytes.NewReader(v))
			dec.UseNumber()
			if err := dec.Decode(raw); err != nil {
				return []string{err.Error()}
			}
		}
		return lostJSON("", g, w, grows)
	}
	if strings.HasPrefix(want.Type, "application/xml") {
		g, err := form.XML.Read([]byte(got.Text))
		if err != nil {
			return []string{err.Error()}
		}
		w, err := form.XML.Read([]byte(want.Text))
		if err != nil {
			return []string{err.Error()}
		}
		return lostXML(w.Name, g, w)
	}
	if strings.HasPrefix(want.Type, "text/csv") {
		g, w := table(got.Text), table(want.Text)
		return lostJSON("row", g, w, false)
	}
	if got.Text != want.Text {
		return []string{fmt.Sprintf("was %q, is %q", want.Text, got.Text)}
	}
	return nil
}

// table is CSV with its columns by name.
func table(text string) any {
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(lines) == 0 {
		return fmt.Sprint(text, err)
	}
	var out []any
	for _, line := range lines[1:] {
		row := map[string]any{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		out = append(out, row)
	}
	return out
}

func lostJSON(path string, got, want any, grows bool) []string {
	changed := []string{fmt.Sprintf("%s was %v, is %v", path, want, got)}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return changed
		}
		var out []string
		for _, name := range slices.Sorted(maps.Keys(w)) {
			v, there := g[name]
			if !there {
				out = append(out, path+"."+name+" is gone")
				continue
			}
			out = append(out, lostJSON(path+"."+name, v, w[name], grows)...)
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || !grows && len(g) != len(w) {
			return changed
		}
		var out []string
		for i, item := range w {
			lost := []string{fmt.Sprintf("%s[%d] is gone: %v", path, i, item)}
			for j, other := range g {
				if l := lostJSON(fmt.Sprintf("%s[%d]", path, i), other, item, grows); len(l) < len(lost) || i == j {
					if lost = l; len(l) == 0 || !grows {
						break
					}
				}
			}
			out = append(out, lost...)
		}
		return out
	}
	if !reflect.DeepEqual(got, want) {
		return changed
	}
	return nil
}

// lostXML: elements of the same names in the same order, with others between them.
func lostXML(path string, got, want form.Node) []string {
	if want.IsNull() && got.Name == want.Name { // JSON leaves it out; what was null may be there by now
		return nil
	}
	if got.Name != want.Name || strings.TrimSpace(got.Text) != strings.TrimSpace(want.Text) && len(want.Kids) == 0 {
		return []string{fmt.Sprintf("%s was %q, is %q", path, want.Text, got.Text)}
	}
	var out []string
	at := 0
	for _, kid := range want.Kids {
		for at < len(got.Kids) && got.Kids[at].Name != kid.Name {
			at++
		}
		if at == len(got.Kids) {
			return append(out, path+"."+kid.Name+" is gone")
		}
		out = append(out, lostXML(path+"."+kid.Name, got.Kids[at], kid)...)
		at++
	}
	return out
}
