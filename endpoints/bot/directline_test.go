package bot_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"ringflow/endpoints"
	"ringflow/endpoints/bot/bottest"
)

const (
	pageSecret = "the-secret-of-the-page"
	origin     = "https://shop.example.com"
)

// page asks as a page, or its server, would.
func (h *house) page(want int, token, from, method, path string, body any) map[string]any {
	h.t.Helper()
	kind := "application/json"
	raw, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	if b, ok := body.(*bytes.Buffer); ok {
		kind, raw = "multipart/form-data; boundary=b", b.Bytes()
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.base+"/directline/"+h.bot.ID+"/v3/directline"+path, bytes.NewReader(raw))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if from != "" {
		req.Header.Set("Origin", from)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		h.t.Errorf("%s %s: %d %s %v, want %d", method, path, resp.StatusCode, text, err, want)
	}
	if allowed := resp.Header.Get("Access-Control-Allow-Origin"); from == origin && allowed != origin || from != origin && allowed != "" {
		h.t.Errorf("%s %s: %q may ask from %q", method, path, allowed, from)
	}
	var out map[string]any
	_ = json.Unmarshal(text, &out)
	return out
}

func webHouse(t *testing.T) *house {
	h := newHouse(t)
	h.bot.Bot = &endpoints.Bot{DirectLineSecret: pageSecret, AllowedOrigins: []string{origin}}
	h.bots.Put(h.bot)
	return h
}

func TestWebChat(t *testing.T) {
	h := webHouse(t)
	first := h.page(200, pageSecret, "", "POST", "/tokens/generate", map[string]any{"user": map[string]string{"id": "dl_7", "name": "Ann"}})
	open := h.page(201, first["token"].(string), origin, "POST", "/conversations", nil)
	id, token := open["conversationId"].(string), open["token"].(string)
	if id != first["conversationId"] || open["expires_in"] != 1800.0 {
		t.Errorf("%v", open)
	}
	said := map[string]any{"type": "message", "from": map[string]string{"id": "dl_7"}, "text": "hello", "channelData": map[string]string{"clientActivityID": "c1"}}
	one := h.page(200, token, origin, "POST", "/conversations/"+id+"/activities", said)
	again := h.page(200, token, origin, "POST", "/conversations/"+id+"/activities", said)
	if m := h.last(1); one["id"] != m.ID || again["id"] != m.ID || m.OtherAddress != "page/"+id || m.OtherName != "Ann" || m.Text != "hello" || m.Channel != endpoints.BotFramework {
		t.Errorf("%v, %+v", one, m)
	}
	h.page(200, token, origin, "POST", "/conversations/"+id+"/activities", map[string]any{"type": "typing"})
	h.page(403, token, origin, "POST", "/conversations/"+id+"/activities", map[string]any{"type": "message", "from": map[string]string{"id": "dl_8"}, "text": "x"})
	h.page(400, token, origin, "POST", "/conversations/"+id+"/activities", map[string]any{"type": "message"})
	h.page(400, token, origin, "POST", "/conversations/"+id+"/activities", map[string]any{"type": "message", "text": "x", "attachments": []map[string]string{{"contentType": "image/png", "contentUrl": h.framework.URL + "/x"}}})
	h.page(413, token, origin, "POST", "/conversations/"+id+"/activities", map[string]any{"type": "message", "text": strings.Repeat("x", 2<<20)})
	h.page(200, token, origin, "POST", "/conversations/"+id+"/activities", map[string]any{"type": "message", "attachments": []map[string]string{{"contentType": "text/plain", "name": "n.txt", "contentUrl": "data:text/plain;base64," + base64.StdEncoding.EncodeToString([]byte("note"))}}})
	if m := h.last(2); len(m.Files) != 1 || string(h.inbox.File(m.Files[0].FileID)) != "note" {
		t.Errorf("%+v", m.Files)
	}
	// A reply waits in the store; the page asks for what it hasn't got.
	all := h.page(200, token, origin, "GET", "/conversations/"+id+"/activities", nil)
	acts := all["activities"].([]any)
	if len(acts) != 2 || all["watermark"] != "2" || acts[0].(map[string]any)["text"] != "hello" || fmt.Sprint(acts[0].(map[string]any)["channelData"]) != "map[clientActivityID:c1]" {
		t.Errorf("%v", all)
	}
	link := acts[1].(map[string]any)["attachments"].([]any)[0].(map[string]any)["contentUrl"].(string)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(h.base + link)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || string(b) != "note" {
		t.Errorf("%d %s", resp.StatusCode, b)
	}
	resp.Body.Close()
	if rest := h.page(200, token, origin, "GET", "/conversations/"+id+"/activities?watermark=2", nil); len(rest["activities"].([]any)) != 0 || rest["watermark"] != "2" {
		t.Errorf("%v", rest)
	}
	if err := h.Send(t.Context(), h.out("the reply")); err != nil || len(h.framework.Said()) != 0 {
		t.Errorf("%v: it went out of the house", err)
	}
	h.page(200, token, origin, "POST", "/tokens/refresh", nil)
	h.page(200, token, origin, "GET", "/conversations/"+id+"?watermark=1", nil)
}

func TestWebChatUpload(t *testing.T) {
	h := webHouse(t)
	open := h.page(201, pageSecret, "", "POST", "/conversations", nil)
	id, token := open["conversationId"].(string), open["token"].(string)
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary("b"); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreateFormFile("file", `..\up.txt`)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(part, "up")
	w.Close()
	h.page(200, token, origin, "POST", "/conversations/"+id+"/upload?userId=u", &b)
	if m := h.last(1); len(m.Files) != 1 || m.Files[0].Name != "up.txt" || string(h.inbox.File(m.Files[0].FileID)) != "up" {
		t.Errorf("%+v", m.Files)
	}
	h.page(400, token, origin, "POST", "/conversations/"+id+"/upload", bytes.NewBufferString("--b\r\n\r\ncut off"))
	h.page(400, token, origin, "POST", "/conversations/"+id+"/upload", nil)
	h.last(1)
}

func TestWebChatForged(t *testing.T) {
	h := webHouse(t)
	a, b := h.page(201, pageSecret, "", "POST", "/conversations", nil), h.page(201, pageSecret, "", "POST", "/conversations", nil)
	token, other := a["token"].(string), b["conversationId"].(string)
	message := map[string]any{"type": "message", "text": "hello"}
	head, tail, _ := strings.Cut(token, ".")
	raw, _ := base64.RawURLEncoding.DecodeString(head)
	forged := base64.RawURLEncoding.EncodeToString(bytes.Replace(raw, []byte(a["conversationId"].(string)), []byte(other), 1)) + "." + tail
	own := "/conversations/" + a["conversationId"].(string) + "/activities"
	for name, bad := range map[string]string{"none": "", "wrong": "x", "forged": forged, "cut": token[:len(token)-2], "almost the secret": pageSecret[1:]} {
		t.Run(name, func(t *testing.T) {
			h.page(401, bad, "", "POST", "/conversations/"+other+"/activities", message)
			h.page(401, bad, "", "GET", own, nil)
			h.page(401, bad, "", "POST", "/tokens/generate", nil)
		})
	}
	h.page(403, token, "", "POST", "/conversations/"+other+"/activities", message)
	h.page(403, token, "", "GET", "/conversations/"+other+"/activities", nil)
	h.page(403, token, "", "POST", "/tokens/generate", nil)
	h.page(403, token, "https://evil.example", "POST", own, message)
	h.page(403, "", "https://evil.example", "OPTIONS", "/conversations", nil)
	h.page(204, "", origin, "OPTIONS", "/conversations", nil)
	h.page(400, token, "", "GET", own+"?watermark=x", nil)
	// A new secret ends all tokens, and without one there is no chat.
	h.bot.Bot.DirectLineSecret = "another-secret-of-it"
	h.bots.Put(h.bot)
	h.page(401, token, "", "GET", own, nil)
	h.bot.Bot.DirectLineSecret = ""
	h.page(404, token, "", "GET", own, nil)
	h.last(0)
}

func TestWebChatRate(t *testing.T) {
	h := webHouse(t)
	open := h.page(201, pageSecret, "", "POST", "/conversations", nil)
	path := "/conversations/" + open["conversationId"].(string) + "/activities"
	taken, refused := 0, 0
	for range 60 { // more than the burst, faster than a person
		status, _, err := bottest.Post(t.Context(), h.base+"/directline/"+h.bot.ID+"/v3/directline"+path, pageSecret, map[string]any{"type": "message", "text": "hello"})
		switch {
		case err == nil && status == 200:
			taken++
		case err == nil && status == 429:
			refused++
		default:
			t.Fatal(status, err)
		}
	}
	if refused == 0 || len(h.inbox.All()) != taken {
		t.Errorf("%d were taken, %d refused, %d kept", taken, refused, len(h.inbox.All()))
	}
}
