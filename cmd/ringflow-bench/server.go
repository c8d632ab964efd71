package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// underTest is the server in a process and a data folder of its own, set up
// through its API with one number for each thing to measure.
type underTest struct {
	*child
	sip   netip.AddrPort
	api   string
	token string
}

const (
	benchHost = "127.0.0.3" // the generator
	uasPort   = 25090       // where it takes calls
)

// numbers tells which number does what.
var numbers = map[string]string{
	"answer": "+18005550120", "play": "+18005550121", "bridge": "+18005550122",
	"decoded": "+18005550123", "alaw": "+18005550124", "record": "+18005550125",
	"queue": "+18005550126",
}

func startServer(binary, dir string) (*underTest, error) {
	data := filepath.Join(dir, "data")
	c, err := start("Ringflow", func(string) error { return nil }, []string{
		"RINGFLOW_DATA=" + data, "RINGFLOW_HTTP_LISTEN=127.0.0.1:0", "RINGFLOW_SIP_LISTEN=udp://127.0.0.1:0",
		"RINGFLOW_MEDIA_PORTS=10000-60999", "RINGFLOW_LOG_LEVEL=error", "RINGFLOW_DRAIN_TIMEOUT=1s", "RINGFLOW_ADMIN_PASSWORD=bench-bench",
	}, binary, "serve")
	if err != nil {
		return nil, err
	}
	var l struct{ API, SIP, Token string }
	b, err := os.ReadFile(filepath.Join(data, "local.json"))
	if err == nil {
		err = json.Unmarshal(b, &l)
	}
	if err != nil {
		return nil, fmt.Errorf("the server's local.json: %w", err)
	}
	addr, err := netip.ParseAddrPort(strings.TrimPrefix(l.SIP, "udp://"))
	if err != nil {
		return nil, err
	}
	return &underTest{child: c, sip: addr, api: l.API, token: l.Token}, nil
}

func (u *underTest) do(method, path, contentType string, body io.Reader, out any) error {
	req, err := http.NewRequest(method, u.api+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+u.token)
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, b)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

func (u *underTest) post(path string, body map[string]any) (id string, err error) {
	b, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	var out struct{ ID string }
	err = u.do(http.MethodPost, path, "application/json", bytes.NewReader(b), &out)
	return out.ID, err
}

// setUp makes the flows, numbers and trunks.
func (u *underTest) setUp() error {
	var status struct{ AccountIDs []string }
	if err := u.do(http.MethodGet, "/auth/status", "application/json", nil, &status); err != nil {
		return err
	}
	if len(status.AccountIDs) == 0 {
		return fmt.Errorf("/auth/status shows no account")
	}
	account := status.AccountIDs[0]
	file, err := u.upload(account)
	if err != nil {
		return err
	}
	for _, t := range []struct{ name, prefix, codec, allowed string }{
		{"µ-law", "+1202", "PCMU", benchHost}, {"A-law", "+1303", "PCMA", ""},
	} {
		body := map[string]any{
			"accountId": account, "displayName": t.name, "host": benchHost, "port": uasPort,
			"prefixes": []string{t.prefix}, "codecs": []string{t.codec},
		}
		if t.allowed != "" {
			body["allowedIps"] = []string{t.allowed}
		}
		if _, err := u.post("/endpoints/sip-trunk", body); err != nil {
			return err
		}
	}
	text := func(s string) map[string]any { return value("String", map[string]any{"stringValue": s}) }
	number := func(n float64) map[string]any { return value("Number", map[string]any{"numberValue": n}) }
	yes := value("Boolean", map[string]any{"boolValue": true})
	no := value("Boolean", map[string]any{"boolValue": false})
	dial := func(to string, extra map[string]any) []map[string]any {
		p := map[string]any{"Destinations": map[string]any{"id": "d", "type": "List", "listParameters": []any{map[string]any{"Destination": text(to)}}}}
		for k, v := range extra {
			p[k] = v
		}
		return []map[string]any{node("dial", "DialNode", p)}
	}
	waits, err := u.queueNode(account, file)
	if err != nil {
		return err
	}
	flows := map[string][]map[string]any{
		"queue":   {waits},
		"answer":  {node("a", "AnswerNode", map[string]any{"Done": next("w")}), node("w", "WaitNode", map[string]any{"Timeout": number(30)})},
		"play":    {node("p", "PlayNode", map[string]any{"AudioFile": value("AudioFile", map[string]any{"stringValue": file}), "Loop": number(1000)})},
		"bridge":  dial("+12025550100", nil),
		"decoded": dial("+12025550100", map[string]any{"RecordCall": yes}),
		"alaw":    dial("+13035550100", nil),
		"conference": {node("c", "ConferenceNode", map[string]any{
			"Room": text("{{ Session.ToAddress }}"), "MaxMembers": number(conferenceSize)})},
		"record": {node("r", "RecordNode", map[string]any{"MaxSeconds": number(600), "SilenceTimeoutInSeconds": number(0), "PlayBeep": no})},
	}
	for name, nodes := range flows {
		nodes[0]["isStartNode"] = true
		unique(nodes)
		id, err := u.post("/flows", map[string]any{"accountId": account, "name": name, "nodes": nodes})
		if err != nil {
			return err
		}
		own := []string{numbers[name]}
		if name == "conference" {
			own = conferences
		}
		for _, number := range own {
			_, err = u.post("/endpoints/phone-numbers", map[string]any{"accountId": account, "number": number, "isVirtualPhoneNumber": true, "flowId": id})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func node(id, typeName string, params map[string]any) map[string]any {
	return map[string]any{"id": id, "spec": map[string]any{"name": typeName, "typeName": typeName, "url": "/json/reply/" + typeName}, "parameters": params}
}

func value(kind string, v map[string]any) map[string]any {
	return map[string]any{"type": kind, "value": v}
}

func next(id string) map[string]any {
	return value("Transition", map[string]any{"stringValue": id})
}

// unique gives every parameter its id.
func unique(nodes []map[string]any) {
	n := 0
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if _, is := v["type"]; is {
				n++
				v["id"] = fmt.Sprintf("p%d", n)
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	for _, x := range nodes {
		walk(x["parameters"])
	}
}

// upload sends ten seconds of a tone.
func (u *underTest) upload(account string) (string, error) {
	const rate, seconds = 8000, 10
	var wav bytes.Buffer
	wav.WriteString("RIFF")
	_ = binary.Write(&wav, binary.LittleEndian, uint32(36+rate*seconds*2))
	wav.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(rate * 2), uint16(2), uint16(16)} {
		_ = binary.Write(&wav, binary.LittleEndian, v)
	}
	wav.WriteString("data")
	_ = binary.Write(&wav, binary.LittleEndian, uint32(rate*seconds*2))
	for i := range rate * seconds {
		_ = binary.Write(&wav, binary.LittleEndian, int16(8000*math.Sin(2*math.Pi*440*float64(i)/rate)))
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("accountId", account)
	part, err := w.CreateFormFile("file", "tone.wav")
	if err != nil {
		return "", err
	}
	if _, err := part.Write(wav.Bytes()); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	var out struct{ ID string }
	err = u.do(http.MethodPost, "/files", w.FormDataContentType(), &form, &out)
	return out.ID, err
}

// why is the log of the newest session, for a message about calls that failed.
func (u *underTest) why() string {
	var list struct {
		Items []struct{ Log []struct{ Message string } }
	}
	if err := u.do(http.MethodGet, "/sessions?sortField=dateCreated&sortOrder=Descend&countPerPage=1", "application/json", nil, &list); err != nil || len(list.Items) == 0 {
		return "no session"
	}
	var b strings.Builder
	for _, l := range list.Items[0].Log {
		b.WriteString("\n  " + l.Message)
	}
	return b.String()
}
