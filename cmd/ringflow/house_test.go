package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/config"
	"ringflow/store/storetest"
)

// house is the whole server in this process, as `ringflow serve` runs it, on
// ports of its own, with its API as the tests' only door.
type house struct {
	*server
	t       testing.TB
	api     apiClient
	account string
	sip     netip.AddrPort
	data    string
}

// startHouse starts a server and ends it with the test. Settings are those of
// the environment, such as RINGFLOW_DEMO=true.
func startHouse(t testing.TB, settings ...string) *house {
	t.Helper()
	return startHouseIn(t, t.TempDir(), settings...)
}

// tables is a store with nothing in it. A process (see launch) makes its own.
var tables = sync.OnceValues(func() (storetest.Template, error) { return storetest.NewTemplate(nil) })

// startHouseIn starts it in a folder: an empty one gets a store with its tables made, which takes
// longer than most tests.
func startHouseIn(t testing.TB, data string, settings ...string) *house {
	t.Helper()
	if left, err := os.ReadDir(data); err != nil {
		t.Fatal(err)
	} else if len(left) == 0 {
		empty, err := tables()
		if err == nil {
			err = empty.Copy(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(data, "ringflow.yaml")
	if err := os.WriteFile(file, []byte("data: .\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := append([]string{
		"RINGFLOW_HTTP_LISTEN=127.0.0.1:0",
		"RINGFLOW_SIP_LISTEN=udp://127.0.0.1:0,tcp://127.0.0.1:0,tls://127.0.0.1:0",
		"RINGFLOW_MEDIA_PORTS=12000-15999", "RINGFLOW_LOG_LEVEL=warn", "RINGFLOW_ADMIN_PASSWORD=correct horse",
	}, settings...)
	c, problems := config.Load(file, env)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	h := &house{t: t, data: data, server: &server{Config: c, Out: io.Discard}}
	if err := h.Start(context.Background()); err != nil {
		h.server.Close()
		t.Fatal(err)
	}
	t.Cleanup(h.server.Close)
	h.api = apiClient{base: h.apiAddr, token: h.token}
	h.sip = netip.MustParseAddrPort(strings.TrimPrefix(h.sipAddr[0], "udp://"))
	var status struct{ AccountIDs []string }
	h.get("/auth/status", &status)
	if len(status.AccountIDs) != 1 {
		t.Fatalf("the server has %d accounts", len(status.AccountIDs))
	}
	h.account = status.AccountIDs[0]
	return h
}

// on is the house for a subtest: its failures are that one's.
func (h *house) on(t testing.TB) *house {
	c := *h
	c.t = t
	return &c
}

// request asks the API and returns status and body.
func (h *house) request(method, path, contentType string, body io.Reader) (int, []byte) {
	h.t.Helper()
	req, err := http.NewRequest(method, h.api.base+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.api.token)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, b
}

func (h *house) get(path string, v any) {
	h.t.Helper()
	code, b := h.request(http.MethodGet, path, "", nil)
	if code != http.StatusOK {
		h.t.Fatalf("GET %s: %d %s", path, code, b)
	}
	if err := json.Unmarshal(b, v); err != nil {
		h.t.Fatalf("GET %s: %v in %s", path, err, b)
	}
}

// post creates something and returns its id.
func (h *house) post(path string, body any) string {
	h.t.Helper()
	var out struct{ ID string }
	h.postInto(path, body, &out)
	return out.ID
}

func (h *house) postInto(path string, body, out any) {
	h.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	code, answer := h.request(http.MethodPost, path, "application/json", bytes.NewReader(b))
	if code != http.StatusOK {
		h.t.Fatalf("POST %s: %d %s", path, code, answer)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		h.t.Fatalf("POST %s: %v in %s", path, err, answer)
	}
}

// flow saves a flow of these nodes; the first is the start.
func (h *house) flow(name string, nodes ...M) string {
	h.t.Helper()
	nodes[0]["isStartNode"] = true
	n := 0
	for _, node := range nodes {
		number(node["parameters"], &n)
	}
	return h.post("/flows", M{"accountId": h.account, "name": name, "nodes": nodes})
}

// number gives a DID its flow.
func (h *house) number(e164, flow string) string {
	h.t.Helper()
	return h.post("/endpoints/phone-numbers", M{"accountId": h.account, "number": e164, "isVirtualPhoneNumber": true, "flowId": flow})
}

// trunk adds a carrier whose calls come from ip.
func (h *house) trunk(name string, more M) string {
	h.t.Helper()
	body := M{"accountId": h.account, "displayName": name}
	for k, v := range more {
		body[k] = v
	}
	return h.post("/endpoints/sip-trunk", body)
}

// account of a phone.
type phoneAccount struct {
	ID          string `json:"id"`
	SipUserName string `json:"sipUserName"`
	SipPassword string `json:"sipPassword"`
}

func (h *house) user(first, flow string) phoneAccount {
	h.t.Helper()
	var out phoneAccount
	h.postInto("/endpoints/users", M{"accountId": h.account, "firstName": first, "lastName": "Test", "userMode": "SipPhone", "flowId": flow}, &out)
	if out.SipPassword == "" {
		h.t.Fatalf("a new user has no sipPassword: %+v", out)
	}
	return out
}

func (h *house) upload(name string, content []byte) string {
	h.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("accountId", h.account)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		h.t.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = w.Close()
	code, b := h.request(http.MethodPost, "/files", w.FormDataContentType(), &form)
	var out struct{ ID string }
	if err := json.Unmarshal(b, &out); code != http.StatusOK || err != nil {
		h.t.Fatalf("POST /files: %d %s", code, b)
	}
	return out.ID
}

// session is what a test reads of one.
type sessionOf struct {
	ID, EndpointID, FromAddress, ToAddress, Destination string
	Outcome, CallSid, AnsweredByName, ParentSessionID   string
	ConferenceSid                                       string
	Ended                                               bool
	DateCreated                                         time.Time
	Log                                                 []struct{ Date, Message string }
}

func (s sessionOf) text() string {
	var b strings.Builder
	for _, l := range s.Log {
		b.WriteString(l.Message + "\n")
	}
	return b.String()
}

// sessions are all that the server knows, the newest first.
func (h *house) sessions(query string) []sessionOf {
	h.t.Helper()
	var list struct{ Items []sessionOf }
	h.get("/sessions?all=true&sortField=dateCreated&sortOrder=Descend&"+query, &list)
	return list.Items
}

// eventually waits until what is so, and says what it was waiting for if it is not.
func (h *house) eventually(what string, so func() bool) {
	h.t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); {
		if so() {
			return
		}
		pause(context.Background(), 20*time.Millisecond)
	}
	h.t.Fatalf("never: %s", what)
}

// M is a JSON object.
type M = map[string]any

func node(id, typeName string, params M) M {
	return M{"id": id, "name": id, "spec": M{"name": typeName, "typeName": typeName, "url": "/json/reply/" + typeName}, "parameters": params}
}

func text(s string) M    { return M{"type": "String", "value": M{"stringValue": s}} }
func amount(n float64) M { return M{"type": "Number", "value": M{"numberValue": n}} }
func yes() M             { return M{"type": "Boolean", "value": M{"boolValue": true}} }
func no() M              { return M{"type": "Boolean", "value": M{"boolValue": false}} }
func next(id string) M   { return M{"type": "Transition", "value": M{"stringValue": id}} }
func rows(all ...M) M    { return M{"type": "List", "listParameters": all} }
func destinations(to ...string) M {
	var all []M
	for _, d := range to {
		all = append(all, M{"Destination": text(d)})
	}
	return rows(all...)
}

// number gives every parameter its id, as the contract asks.
func number(v any, n *int) {
	switch v := v.(type) {
	case M:
		if _, is := v["type"]; is {
			*n++
			v["id"] = fmt.Sprintf("p%d", *n)
		}
		for _, x := range v {
			number(x, n)
		}
	case []M:
		for _, x := range v {
			number(x, n)
		}
	}
}
