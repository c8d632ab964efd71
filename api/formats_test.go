package api

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"ringflow/api/form"
	"ringflow/endpoints"
)

var update = flag.Bool("update", false, "write golden files and docs/api.md anew")

// sample has one of each kind of member.
func sample() *ListResponse[SessionInfo] {
	at := time.Date(2026, 11, 21, 10, 0, 0, 120_000_000, time.UTC)
	return &ListResponse[SessionInfo]{TotalCount: 1, TotalPages: 1, Items: []SessionInfo{{
		EntityInfo: EntityInfo{Id: "5f", DateCreated: at, CreatedBy: `=cmd|"x"`},
		DialState:  "Active", CallState: "Ringing", AccountId: "a1", FromName: `<b>"Ann" & Co,`, FromAddress: "+18005550100",
		CustomerBreadcrumb: []CustomerBreadcrumb{{Id: "c1", Name: "Root: 1"}},
		Log:                []SessionLogInfo{{Date: at, Message: "Say: \u001bhello"}},
		Legs:               []SessionLegInfo{{Id: "l1", SipCode: 200, Quality: &SessionLegQuality{PacketsIn: 10, JitterMs: 0.5}}},
		Files:              []FileInfo{},
	}}}
}

func sampleEndpoint() *EndpointInfo {
	port, yes := 5060, true
	return &EndpointInfo{
		EntityInfo: EntityInfo{Id: "5f"}, DisplayName: "Carrier", Type: "SipTrunk", Port: &port, Register: &yes, AllowedIps: []string{"10.0.0.0/8", "::1"}, Prefixes: []string{},
		Data: map[string]endpoints.Value{
			"Tier": endpoints.StringValue("Gold & more"), "Vip": endpoints.BoolValue(true), "Rate": endpoints.NumberValue(1.5), "Empty": {},
			"Rows": endpoints.ListValue([]map[string]endpoints.Value{{"A": endpoints.StringValue("1")}}),
		},
	}
}

// What is served is pinned: a change of these files is a change of the contract.
func TestFormatsGolden(t *testing.T) {
	c := form.NewCodec(newRegistry(operations()).types()...)
	for name, v := range map[string]any{
		"sessions": sample(), "endpoint": sampleEndpoint(),
		"error": &ErrorResponse{ResponseStatus: &ResponseStatus{ErrorCode: "NotFound", Message: "there is no flow", Errors: []ResponseError{{ErrorCode: "NotFound", FieldName: "flowId", Message: "no"}}}},
		"flow":  &FlowInfo{Name: "f", Roles: []FlowRoles{"UI"}, Nodes: json.RawMessage(`[ {"id":"a","x":45.0,"v":{}, "n":null} ]`)},
	} {
		for _, f := range form.Formats() {
			t.Run(name+"."+string(f), func(t *testing.T) {
				var b bytes.Buffer
				f.Write(c, &b, reflect.ValueOf(v))
				file := filepath.Join("testdata", name+"."+string(f))
				if *update {
					if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if got := b.String(); got != string(want) {
					t.Errorf("got  %s\nwant %s", got, want)
				}
				switch f {
				case form.JSON:
					if !json.Valid(b.Bytes()) {
						t.Error("not JSON")
					}
				case form.XML:
					var any struct{}
					if err := xml.Unmarshal(b.Bytes(), &any); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

// What we write in XML and JSV is read back the same.
func TestFormatsRoundTrip(t *testing.T) {
	c := form.NewCodec(newRegistry(operations()).types()...)
	for _, f := range form.Formats() {
		if f.Table() {
			continue
		}
		for _, v := range []any{sampleEndpoint(), &sample().Items[0]} {
			var b bytes.Buffer
			f.Write(c, &b, reflect.ValueOf(v))
			n, err := f.Read(b.Bytes())
			if err != nil {
				t.Fatal(f, err)
			}
			back := reflect.New(reflect.TypeOf(v).Elem())
			if err := c.Fill(back.Elem(), n); err != nil {
				t.Fatal(f, err)
			}
			var again bytes.Buffer
			f.Write(c, &again, back)
			if again.String() != b.String() {
				t.Errorf("%s:\n%s\n%s", f, b.String(), again.String())
			}
		}
	}
}

func TestNegotiation(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct{ path, accept, want string }{
		{"/auth/status", "", "application/json"},
		{"/auth/status", "*/*", "application/json"},
		{"/auth/status", "application/xml", "application/xml"},
		{"/auth/status", "text/html,application/xml;q=0.9,*/*;q=0.8", "application/xml"},
		{"/auth/status", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8", "application/xml"}, // Chrome
		{"/auth/status", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "application/json"},                                            // Java
		{"/auth/status", "image/png, */*;q=0.1", "application/json"},
		{"/auth/status", "application/xml, application/json", "application/xml"},
		{"/auth/status", "application/json;q=0, */*", "application/xml"},
		{"/auth/status", "text/csv;q=0.2, application/json;q=0.1", "text/csv"},
		{"/auth/status", ",", "application/json"},
		{"/auth/status", "image/png", "application/json"}, // as ServiceStack's clients are used to
		{"/auth/status", "text/plain", "application/json"},
		{"/auth/status?format=", "text/csv", "text/csv"},
		{"/auth/status?FORMAT=XML", "image/png", "application/xml"},
		{"/auth/status.json?format=nope", "image/png", "application/json"}, // the suffix has said it
		{"/auth/status.csv", "application/xml", "text/csv"},
		{"/auth/status?format=jsv", "application/xml", "text/jsv"},
		{"/auth/status.xml?format=jsv", "", "application/xml"},
		{"/xml/reply/GetAuthStatus", "", "application/xml"},
		{"/jsonl/reply/getauthstatus", "", "text/jsonl"},
		{"/api/GetAuthStatus", "", "application/json"},
		{"/AUTH/Status", "", "application/json"},
	} {
		a := h.want(200, nobody, "GET", c.path, "", header("Accept", c.accept))
		if got := a.Header.Get("Content-Type"); got != c.want+"; charset=utf-8" {
			t.Errorf("%s, Accept %q: %s, want %s", c.path, c.accept, got, c.want)
		}
	}
	for _, c := range []struct {
		path, accept, says string
	}{
		{"/auth/status?format=nope", "", "\"nope\" is none of json, xml, csv, jsv, jsonl"},
		{"/auth/status?Format=html", "application/xml", "\"html\""},
	} {
		a := h.want(400, admin, "GET", c.path, "", header("Accept", c.accept))
		if r := decode[ErrorResponse](t, a); !strings.Contains(r.ResponseStatus.Message, c.says) || a.Header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%s, Accept %q: %s", c.path, c.accept, a.body)
		}
	}
	// What is refused has done nothing, and what has no format asks for none.
	h.want(400, admin, "POST", "/customers?format=nope", `{"name":"Never"}`)
	if a := h.want(200, admin, "GET", "/customers?nameFilter=Never", ""); !strings.Contains(a.body, `"items":[]`) {
		t.Error(a.body)
	}
	h.want(200, nobody, "GET", "/healthz?format=nope", "")
	h.want(204, admin, "POST", "/auth/forgot-password?format=nope", `{"emailAddress":"x@x.test"}`)
	if a := h.want(204, admin, "POST", "/json/oneway/GetAuthStatus", ""); a.body != "" {
		t.Error("a one-way call answered", a.body)
	}
	h.want(404, admin, "GET", "/json/reply/NoSuchThing", "")
	if a := h.want(405, admin, "PUT", "/flows", "{}"); !strings.Contains(a.body, "NotImplementedException") || a.Header.Get("Allow") != "GET, POST" {
		t.Error(a.Header, a.body)
	}
	h.want(204, nobody, "OPTIONS", "/flows", "")
}
