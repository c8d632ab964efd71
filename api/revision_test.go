package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func ifMatch(tag string) as { return header("If-Match", tag) }

// Each entity's answers carry a tag, and a change or a deletion that names an
// old one is refused and changes nothing.
func TestIfMatch(t *testing.T) {
	h := newHouse(t)
	account := `"accountId":"` + h.account + `"`
	made := func(path, body string) string {
		a := h.want(200, admin, "POST", path, body)
		if !strings.HasPrefix(a.Header.Get("ETag"), `"1-`) {
			t.Errorf("POST %s: ETag %q", path, a.Header.Get("ETag"))
		}
		return decode[EntityInfo](t, a).Id
	}
	flow := made("/flows", `{"name":"F","nodes":[],`+account+`}`)
	customer := made("/customers", `{"name":"C",`+account+`}`)
	number := made("/endpoints/phone-numbers", `{"number":"+18005550177",`+account+`}`)
	user := made("/endpoints/users", `{"firstName":"Ann",`+account+`}`)
	hook := made("/webhooks", `{"url":"https://hooks.example.com/x",`+account+`}`)
	file := h.furnish(h.account).file
	for _, c := range []struct{ path, one, two string }{
		{"/flows/" + flow, `{"name":"one"}`, `{"notes":"two"}`},
		{"/customers/" + customer, `{"name":"one"}`, `{"referenceId":"two"}`},
		{"/endpoints/" + number, `{"displayName":"one"}`, `{"referenceId":"two"}`},
		{"/endpoints/" + user, `{"firstName":"one"}`, `{"referenceId":"two"}`},
		{"/webhooks/" + hook, `{"name":"one"}`, `{"name":"two"}`},
		{"/files/" + file, `{"fileName":"one.wav"}`, `{"fileName":"two.wav"}`},
		{"/system/settings?accountId=" + h.account, `{"documentation":"one"}`, `{"voice":"two"}`},
	} {
		first := h.want(200, admin, "GET", c.path, "")
		tag := first.Header.Get("ETag")
		if !strings.HasPrefix(tag, `"`) || strings.HasPrefix(first.Header.Get("Cache-Control"), "public") {
			t.Fatalf("GET %s: ETag %q", c.path, tag)
		}
		second := h.want(200, admin, "PATCH", c.path, c.one, ifMatch(tag))
		if n := second.Header.Get("ETag"); n == tag || n == "" {
			t.Errorf("PATCH %s: ETag %s after %s", c.path, n, tag)
		}
		before := h.want(200, admin, "GET", c.path, "")
		for _, stale := range []string{tag, `"0"`, `W/` + second.Header.Get("ETag"), `"x"`, `nothing`, strings.Trim(second.Header.Get("ETag"), `"`)} {
			a := h.want(412, admin, "PATCH", c.path, c.two, ifMatch(stale))
			if !strings.Contains(a.body, `"errorCode":"PreconditionFailed"`) || !strings.Contains(a.body, "Get it again") {
				t.Error(a.body)
			}
		}
		if now := h.want(200, admin, "GET", c.path, ""); now.body != before.body || now.Header.Get("ETag") != before.Header.Get("ETag") {
			t.Errorf("%s was changed: %s", c.path, now.body)
		}
		xml := h.want(200, admin, "GET", c.path, "", header("Accept", "application/xml"))
		if xml.Header.Get("ETag") == before.Header.Get("ETag") {
			t.Errorf("%s: one tag for two formats", c.path)
		}
		third := h.want(200, admin, "PATCH", c.path, c.two, ifMatch(`"0", `+xml.Header.Get("ETag")))
		h.want(200, admin, "PATCH", c.path, c.one, ifMatch("*"))
		if strings.HasPrefix(c.path, "/system") {
			continue
		}
		h.want(412, admin, "DELETE", c.path, "", ifMatch(third.Header.Get("ETag")))
		h.want(200, admin, "GET", c.path, "")
		h.want(204, admin, "DELETE", c.path, "", ifMatch(h.want(200, admin, "GET", c.path, "").Header.Get("ETag")))
		h.want(404, admin, "PATCH", c.path, c.one, ifMatch(third.Header.Get("ETag")))
	}
	if a := h.want(200, admin, "GET", "/accounts/"+h.account, ""); a.Header.Get("ETag") == "" {
		t.Error("an account has no tag")
	}
	if a := h.want(200, admin, "GET", "/flows", ""); a.Header.Get("ETag") != "" {
		t.Error("a list has a tag")
	}
}

// What has no tag isn't changed by who names one: he relies on what isn't kept.
func TestIfMatchOfWhatHasNone(t *testing.T) {
	h := newHouse(t)
	a := h.want(412, admin, "DELETE", "/sessions?accountId="+h.account+"&startDateTime=2000-01-01T00:00:00Z&endDateTime=2001-01-01T00:00:00Z", "", ifMatch(`"1-0"`))
	if !strings.Contains(a.body, "has no ETag") {
		t.Error(a.body)
	}
}

// Publishing and the like are changes, too, and drafts have one count with
// what is live.
func TestIfMatchOfDrafts(t *testing.T) {
	h := newHouse(t)
	a := h.want(200, admin, "POST", "/flows", `{"name":"F","nodes":[],"draft":true,"accountId":"`+h.account+`"}`)
	path, tag := "/flows/"+decode[FlowInfo](t, a).Id, a.Header.Get("ETag")
	b := h.want(200, admin, "PATCH", path, `{"name":"G"}`, ifMatch(tag))
	h.want(412, admin, "POST", path+"/publish", "", ifMatch(tag))
	c := h.want(200, admin, "POST", path+"/publish", "", ifMatch(b.Header.Get("ETag")))
	if now := h.want(200, admin, "GET", path, ""); c.Header.Get("ETag") != now.Header.Get("ETag") || decode[FlowInfo](t, c).LiveVersion != decode[FlowInfo](t, now).Version {
		t.Errorf("published %s, it is %s", c.Header.Get("ETag"), now.Header.Get("ETag"))
	}
	h.want(412, admin, "POST", path+"/versions/1/restore", "", ifMatch(tag))
	d := h.want(200, admin, "POST", path+"/versions/2/restore", "", ifMatch(c.Header.Get("ETag")))
	e := h.want(200, admin, "PATCH", path, `{"draft":false}`, ifMatch(d.Header.Get("ETag")))
	if now := h.want(200, admin, "GET", path, ""); e.Header.Get("ETag") != now.Header.Get("ETag") || decode[FlowInfo](t, now).Draft {
		t.Errorf("%s, it is %s: %s", e.Header.Get("ETag"), now.Header.Get("ETag"), now.body)
	}
}

// Who asks with If-None-Match is told that it has the answer; nobody else ever
// gets a 3xx.
func TestIfNoneMatch(t *testing.T) {
	h := newHouse(t)
	path := "/flows/" + h.furnish(h.account).flow
	a := h.want(200, manager, "GET", path, "")
	tag := a.Header.Get("ETag")
	for _, has := range []string{tag, "W/" + tag, `"a", ` + tag, "*"} {
		b := h.want(304, manager, "GET", path, "", header("If-None-Match", has))
		if b.body != "" || b.Header.Get("ETag") != tag {
			t.Errorf("%s: %q %q", has, b.Header.Get("ETag"), b.body)
		}
	}
	for _, other := range []string{`"a"`, tag[:2] + `"`, ""} {
		if b := h.want(200, manager, "GET", path, "", header("If-None-Match", other)); b.body != a.body {
			t.Error(b.body)
		}
	}
	h.want(200, manager, "GET", path, "", header("If-Modified-Since", "Sat, 01 Jan 2050 00:00:00 GMT"))
	h.want(200, manager, "PATCH", path, `{"notes":"x"}`, header("If-None-Match", "*"))
	h.want(200, manager, "GET", path, "", header("If-None-Match", tag))
}

// 200 editors at once add a node each: with If-Match, and again after each 412.
func TestParallelEditors(t *testing.T) {
	h := newHouse(t)
	editors := 200
	if raceDetector { // as many as there are come back without the detector
		editors = 50
	}
	path := "/flows/" + h.newFlow(manager, `{"name":"F","nodes":[]}`)
	var refused atomic.Int64
	var wg sync.WaitGroup
	for n := range editors {
		wg.Go(func() {
			for {
				a := h.do(manager, "GET", path, "")
				var f struct{ Nodes []map[string]any }
				if err := json.Unmarshal([]byte(a.body), &f); err != nil || a.StatusCode != 200 {
					t.Errorf("%d %s %v", a.StatusCode, a.body, err)
					return
				}
				nodes, err := json.Marshal(append(f.Nodes, map[string]any{"id": "n" + strconv.Itoa(n)}))
				if err != nil {
					t.Error(err)
					return
				}
				switch b := h.do(manager, "PATCH", path, `{"nodes":`+string(nodes)+`}`, ifMatch(a.Header.Get("ETag"))); b.StatusCode {
				case 200:
					return
				case 412:
					refused.Add(1)
				default:
					t.Errorf("%d %s", b.StatusCode, b.body)
					return
				}
			}
		})
	}
	wg.Wait()
	f := decode[FlowInfo](t, h.want(200, manager, "GET", path, ""))
	for n := range editors {
		if strings.Count(string(f.Nodes), fmt.Sprintf(`{"id":"n%d"}`, n)) != 1 {
			t.Errorf("the node of editor %d is lost, or there twice", n)
		}
	}
	if f.NodeCount != editors || f.Version != editors+1 || refused.Load() == 0 {
		t.Errorf("%d nodes in version %d, %d tries refused", f.NodeCount, f.Version, refused.Load())
	}
}

// 50 editors without If-Match change a member each; none of them writes over
// another's.
func TestParallelMembers(t *testing.T) {
	h := newHouse(t)
	made := h.want(200, manager, "POST", "/endpoints/users", `{"firstName":"Ann","data":{}}`)
	user := "/endpoints/" + decode[EndpointInfo](t, made).Id
	settings := "/system/settings?accountId=" + h.account
	fields := make([]string, 50)
	for i := range fields {
		fields[i] = fmt.Sprintf(`{"name":"F%d","type":"String"}`, i)
	}
	h.want(200, manager, "PATCH", settings, `{"endpointFields":[`+strings.Join(fields, ",")+`]}`)
	var wg sync.WaitGroup
	patch := func(path, body string) {
		wg.Go(func() {
			if a := h.do(manager, "PATCH", path, body); a.StatusCode != http.StatusOK {
				t.Errorf("PATCH %s %s: %d %s", path, body, a.StatusCode, a.body)
			}
		})
	}
	for i := range fields {
		patch(user, fmt.Sprintf(`{"flowParams":{"P%d":{"numberValue":%d}},"isPartialFlowUpdate":true}`, i, i))
	}
	set := map[string]string{
		"documentation": `"d"`, "voice": `"en"`, "timeZoneId": `"Europe/Berlin"`, "maxSteps": "77", "maxStepsNoWait": "66", "maxCallsPerUser": "5", "pickupPrefix": `"*8"`,
		"recordingRetentionDays": "9", "enableSipRefer": "false", "autoAgentLogoffSeconds": "8", "maxCallDurationInMinutes": "7",
	}
	for name, value := range set {
		patch(settings, `{"`+name+`":`+value+`}`)
	}
	wg.Wait()
	if e := decode[EndpointInfo](t, h.want(200, manager, "GET", user, "")); len(e.FlowParams) != len(fields) {
		t.Errorf("%d of %d members are there", len(e.FlowParams), len(fields))
	}
	now := h.want(200, manager, "GET", settings, "").body
	for name, value := range set {
		if !strings.Contains(now, `"`+name+`":`+value) {
			t.Errorf("%s is lost", name)
		}
	}
}
