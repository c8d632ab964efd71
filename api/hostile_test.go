package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/zap"

	"ringflow/api/form"
	"ringflow/store"
)

var payloads = []string{
	`' OR '1'='1`, `'; DROP TABLE flows; --`, `" OR ""="`, `1) UNION SELECT password_hash FROM logins --`, `%' ESCAPE '!`, `\`, `%`, `_`, `?`, `$1`, `:x`, "\x00", "\x1b[2J", "a\r\nSet-Cookie: x=1",
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `{{7*7}}`, `${7*7}`, `{a:{b:{c`, `[[[[`, `=1+1`, "\u202e", strings.Repeat("A", 5000), `{"$gt":""}`, `null`, `-1`, `1e309`, `NaN`, `/Date(1)/`, "\xff\xfe",
	"../../../../etc/passwd", `..\..\windows\win.ini`, "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/etc/passwd", "CON", "file:///etc/passwd", "a/../../b\x00.wav",
}

// everything is all of a house that a stranger could have altered, as its
// administrator sees it.
func (h *house) everything(on things) string {
	h.Helper()
	out := ""
	for _, path := range []string{"/flows/" + on.flow, "/endpoints/" + on.endpoint, "/customers/" + on.customer, "/files/" + on.file, "/files/" + on.file + "/content", "/accounts/" + on.account, "/users/" + on.loginID, "/system/settings?accountId=" + on.account} {
		out += h.want(200, admin, "GET", path, "").body + "\n"
	}
	return out
}

// Every member of every operation, given every payload, by the query and all at
// once by the body: never a 5xx, nothing echoed as HTML, no header made of it, and
// nothing altered that wasn't named.
func TestPayloadsAreHarmless(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(*testing.T) store.Options) { testPayloads(t, open(t)) })
}

func testPayloads(t *testing.T, options store.Options) {
	h := newHouseOn(t, options)
	h.server.Log = zap.NewNop()
	on, other := h.furnish(h.account), h.furnish(h.other)
	before := h.everything(other)
	for _, o := range operations() {
		if o.Upload || o.Name == "GetReadiness" {
			continue
		}
		s := form.NewCodec(o.request).Shape(o.request)
		for i, p := range payloads {
			if raceDetector && i%6 != 0 {
				continue // each way in once is enough to look for races
			}
			all := map[string]any{}
			for _, m := range s.Members {
				switch k := m.Type.String(); {
				case k == "string", k == "*string":
					all[m.JSON] = p
				case k == "[]string":
					all[m.JSON] = []string{p, p}
				}
			}
			body, err := json.Marshal(all)
			if err != nil {
				t.Fatal(err)
			}
			if a := h.do(admin, "POST", "/json/reply/"+o.Name, string(body)); a.StatusCode >= 500 || a.Header.Get("Set-Cookie") == "x=1" {
				t.Errorf("%s of %.40q: %d %s", o.Name, p, a.StatusCode, a.body)
			}
			for _, m := range s.Members {
				if k := m.Type.String(); !strings.Contains(k, "string") && !strings.Contains(k, "api.") && m.Type != form.StructType && m.Type != form.TimeType {
					continue // numbers and booleans: see TestBindRefuses
				}
				q := url.Values{"flowId": {on.flow}, "endpointId": {on.endpoint}, "sessionId": {on.session}, "fileId": {on.file}, "accountId": {h.account}}
				for name := range q {
					if strings.EqualFold(name, m.Name) {
						q.Del(name)
					}
				}
				q.Set(m.JSON, p)
				if strings.HasPrefix(o.Name, "Delete") || o.Name == "EndSession" || o.Name == "WatchSession" || o.Name == "WatchEvents" {
					q.Set("flowId", p)
					q.Set("endpointId", p)
					q.Set("fileId", p)
					q.Set("sessionId", p)
				}
				a := h.do(admin, "POST", "/json/reply/"+o.Name+"?"+q.Encode(), "")
				if a.StatusCode >= 500 || strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && strings.Contains(a.body, p) && strings.ContainsAny(p, "<") || a.Header.Get("Set-Cookie") == "x=1" {
					t.Errorf("%s, %s = %.40q: %d %s", o.Name, m.JSON, p, a.StatusCode, a.body)
				}
			}
		}
	}
	if a := h.want(200, admin, "GET", "/flows/"+on.flow, ""); !strings.Contains(a.body, on.flow) {
		t.Error("the flow is gone")
	}
	if after := h.everything(other); after != before {
		t.Errorf("another account's things were\n%s\nand are\n%s", before, after)
	}
}

// What was stored by a stranger comes out whole in every format, and inert.
func TestStoredPayloads(t *testing.T) {
	h := newHouse(t)
	for _, p := range payloads {
		body, err := json.Marshal(map[string]any{"accountId": h.account, "name": p, "notes": p})
		if err != nil {
			t.Fatal(err)
		}
		if a := h.do(admin, "POST", "/flows", string(body)); a.StatusCode != 200 && a.StatusCode != 400 {
			t.Errorf("%.40q: %d %s", p, a.StatusCode, a.body)
		}
	}
	for _, f := range form.Formats() {
		a := h.want(200, admin, "GET", "/flows."+string(f)+"?all=true", "")
		if a.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'") || a.Header.Get("Cache-Control") != "no-store" {
			t.Error(f, a.Header)
		}
		if f == form.CSV && strings.Contains(a.body, "\n=1+1") {
			t.Error("a formula")
		}
	}
}

// A fault of ours is a 500 that tells nothing, and the server lives.
func TestPanicIsCaught(t *testing.T) {
	s := &Server{}
	s.prepare()
	o := op(func(_ *Server, _ *Request, q *GetFlow) (*FlowInfo, error) {
		if q.FlowId == "panic" {
			panic("secret")
		}
		return nil, errors.New("secret: dial tcp 10.0.0.1: refused")
	}, Operation{Anonymous: true, Scope: noAccount(), Routes: []string{"GET /x/{flowId}"}})
	reg := newRegistry([]*Operation{o})
	h := &handler{s: s, reg: reg, codec: form.NewCodec(reg.types()...), auth: s.auth, metrics: s.metrics}
	for _, id := range []string{"panic", "error"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/x/"+id, nil))
		if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), "responseStatus") {
			t.Errorf("%s: %d %s", id, w.Code, w.Body)
		}
	}
}

// Nobody is ever sent elsewhere: the contract's client takes a 3xx for a failure.
func TestNoRedirects(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/", "//", "/flows/", "/./flows", "/../flows", "/flows//x", "/metadata", "/login", "/.json", "/.", "/%2f", "/a.json/b"} {
		a := h.do(admin, "GET", path, "", header("Accept", "text/html"))
		if a.StatusCode/100 == 3 || a.StatusCode >= 500 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
}

func TestHealth(t *testing.T) {
	var down error
	h := newHouse(t, func(s *Server) {
		s.Ready = func() error { return down }
		s.Metrics = []func() []Sample{func() []Sample {
			return []Sample{{Name: "ringflow_test_total", Help: "Things.", Total: true, Labels: map[string]string{"kind": "a"}, Value: 3}, {Name: "ringflow_test_now", Value: 0.5}}
		}}
	})
	h.want(200, nobody, "GET", "/healthz", "")
	h.want(200, nobody, "GET", "/readyz", "")
	down = errors.New("draining")
	if a := h.want(503, nobody, "GET", "/readyz", ""); a.body != "draining\n" {
		t.Error(a.body)
	}
	h.want(200, nobody, "GET", "/healthz", "")
	a := h.want(200, nobody, "GET", "/metrics", "")
	for _, want := range []string{`ringflow_test_total{kind="a"} 3`, "# TYPE ringflow_test_total counter", "ringflow_test_now 0.5", `ringflow_api_requests_total{operation="GetReadiness",status="503"} 1`, "go_goroutines"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s in\n%s", want, a.body)
		}
	}
	h.want(401, nobody, "GET", "/metrics", "", header("X-Forwarded-For", "203.0.113.9"))
	h.want(401, nobody, "GET", "/metrics", "", func(r *http.Request) { r.Host = "rebound.example:8080" })
	public := newHouse(t, func(s *Server) { s.PublicURL = "https://pbx.example.com" })
	public.want(401, nobody, "GET", "/metrics", "")
	public.want(403, basic("manager@default.test"), "GET", "/metrics", "")
	public.want(200, admin, "GET", "/metrics", "")
}

// The server's limits stand in one place.
func TestHTTPLimits(t *testing.T) {
	s := (&Server{}).HTTP()
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 {
		t.Errorf("%+v", s)
	}
}

// Settings are one account's; what may be called is the managers' to set.
func TestSettings(t *testing.T) {
	h := newHouse(t)
	customer := basic("customer@default.test")
	v := decode[SystemSettingsInfo](t, h.want(200, customer, "GET", "/system/settings", ""))
	if v.DefaultCountry != "US" || v.TimeZoneId != "UTC" || v.MaxCallsPerUser != 2 || v.MaxCallsPerMinute != 6 || v.AccountId != h.account {
		t.Errorf("%+v", v)
	}
	for _, way := range []string{"PATCHY /system/settings", "PATCH /json/reply/PatchSystemSettings", "PATCH /system/settings"} {
		verb, path, _ := strings.Cut(way, " ")
		v = decode[SystemSettingsInfo](t, h.want(200, admin, verb, path, `{"accountId":"`+h.account+`","allowedCountries":["de","FR"],"timeZoneId":"Europe/Berlin"}`))
		if !reflect.DeepEqual(v.AllowedCountries, []string{"DE", "FR"}) || v.TimeZoneId != "Europe/Berlin" || v.MaxCallsPerUser != 2 {
			t.Errorf("%s: %+v", way, v)
		}
	}
	h.want(200, basic("manager@default.test"), "PATCH", "/system/settings", `{"voice":"en"}`)
	h.want(403, customer, "PATCH", "/system/settings", `{"voice":"en"}`) // they are the whole account's
	h.want(403, customer, "PATCH", "/system/settings", `{"allowedCountries":["SO"]}`)
	h.want(400, admin, "PATCH", "/system/settings", `{"accountId":"`+h.account+`","defaultCountry":"Elbonia"}`)
	h.want(404, basic("manager@default.test"), "GET", "/system/settings?accountId="+h.other, "")
}

// An entry that forgets its scope, or takes another's name or route, doesn't start.
func TestRegistryRefuses(t *testing.T) {
	get := func(*Server, *Request, *GetFlow) (*FlowInfo, error) { return nil, nil }
	for name, ops := range map[string][]*Operation{
		"no scope":  {op(get, Operation{})},
		"one name":  {op(get, Operation{Scope: noAccount()}), op(get, Operation{Scope: noAccount()})},
		"one route": {op(get, Operation{Scope: noAccount(), Routes: []string{"GET /a/{x}"}}), op(get, Operation{Name: "B", Scope: noAccount(), Routes: []string{"GET /a/{y}"}})},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error(name, "was taken")
				}
			}()
			newRegistry(ops)
		}()
	}
}

var _ http.Handler = (*handler)(nil)
