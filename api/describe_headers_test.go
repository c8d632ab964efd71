package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"ringflow/session"
)

// headersOf are the headers among an operation's parameters.
func headersOf(o *openapi3.Operation) (names []string) {
	for _, p := range o.Parameters {
		if p.Value.In == openapi3.ParameterInHeader {
			names = append(names, p.Value.Name)
		}
	}
	return names
}

// What is said to take If-Match refuses an old revision, and so does what changes a thing that
// has none; nothing else looks at it. The
// description and the pages say which, and what else goes in headers.
func TestDescribedHeaders(t *testing.T) {
	h := newHouse(t)
	endless := make(chan session.Event)
	close(endless) // streams end at once
	h.calls.watch = endless
	h.calls.feed.Close()
	doc := described(t)
	on := h.furnish(h.account)
	for _, o := range operations() {
		if o.deletes() || o.Name == "EndSession" { // what the last one took away, if it did
			on = h.furnish(h.account)
		}
		for _, route := range o.Routes {
			verb, path, _ := strings.Cut(route, " ")
			if verb == "ALL" {
				verb = "POST"
			}
			stale := func(r *http.Request) {
				admin(r)
				r.Header.Set("If-Match", `"0"`)
			}
			got := h.ask(o, "rest", stale, verb, path, on)
			want := o.conditional() || slices.Contains([]string{"PATCH", "PUT", "DELETE"}, verb)
			if (got.StatusCode == http.StatusPreconditionFailed) != want && o.Media == "" { // bytes have tags of their own
				t.Errorf("%s with an old If-Match: %d %s", route, got.StatusCode, got.body)
			}
			item := doc.Paths.Find(path)
			if item == nil || item.GetOperation(verb) == nil {
				continue // PATCHY
			}
			told := item.GetOperation(verb)
			names := headersOf(told)
			for name, want := range map[string]bool{"If-Match": o.conditional(), "If-None-Match": o.tagged() && verb == "GET", "Idempotency-Key": o.repeatable()} {
				if slices.Contains(names, name) != want {
					t.Errorf("%s: %s among %v: want %v", route, name, names, want)
				}
			}
			for status, want := range map[string]bool{"412": o.conditional(), "422": o.repeatable(), "304": o.tagged() && verb == "GET"} {
				if (told.Responses.Value(status) != nil) != want {
					t.Errorf("%s: an answer %s: want %v", route, status, want)
				}
			}
			done := told.Responses.Value("200")
			if done == nil {
				done = told.Responses.Value("204")
			}
			for name, want := range map[string]bool{"ETag": o.tagged(), "Idempotent-Replayed": o.repeatable()} {
				if (done.Value.Headers[name] != nil) != want {
					t.Errorf("%s: the answer's %s: want %v", route, name, want)
				}
			}
		}
	}
	page := h.want(200, nobody, "GET", "/json/metadata?op=PatchFlow", "").body
	for _, want := range []string{"<td><code>If-Match</code></td><td>header</td>", "<code>ETag</code>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if page := h.want(200, nobody, "GET", "/json/metadata?op=NewOutgoingSession", "").body; !strings.Contains(page, "<td><code>Idempotency-Key</code></td><td>header</td>") {
		t.Error(page)
	}
}
