package bot_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ringflow/endpoints"
	"ringflow/endpoints/bot"
	"ringflow/endpoints/bot/bottest"
	"ringflow/endpoints/service/servicetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is an adapter with a bot, between the framework and an inbox.
type house struct {
	*bot.Adapter
	t         *testing.T
	framework *bottest.Server
	inbox     *servicetest.Inbox
	bots      *servicetest.Bots
	bot       *endpoints.Endpoint
	base, url string // of the server, and of the bot's messages
}

func newHouse(t *testing.T) *house {
	h := &house{t: t, framework: bottest.New(t), inbox: servicetest.NewInbox(), bots: &servicetest.Bots{}}
	h.bot = &endpoints.Endpoint{
		Entity: endpoints.Entity{ID: endpoints.NewID()}, AccountID: endpoints.NewID(), Kind: endpoints.SkypeBot, DisplayName: "Bot",
		Bot: &endpoints.Bot{AppID: bottest.AppID, Token: bottest.Password},
	}
	h.bots.Put(h.bot)
	transport := &http.Transport{}
	h.Adapter = &bot.Adapter{
		Bots: h.bots, Inbox: h.inbox, Blobs: h.inbox, Chats: h, Transport: transport, OpenID: h.framework.OpenID(), Login: h.framework.URL, Services: []string{h.framework.Host()},
	}
	mux := http.NewServeMux()
	mux.Handle("/bot/", h.Handler())
	mux.Handle("/directline/", h.Directline())
	server := httptest.NewServer(mux)
	h.base, h.url = server.URL, server.URL+"/bot/"+h.bot.ID+"/messages"
	t.Cleanup(func() {
		server.Close()
		h.Close()
		transport.CloseIdleConnections()
	})
	return h
}

// MessagesAfter is what the store does with the messages of the inbox.
func (h *house) MessagesAfter(_ context.Context, endpointID, otherAddress string, seq int64, most int) (all []*endpoints.Message, last int64, err error) {
	last = seq
	for i, m := range h.inbox.All() {
		if int64(i) >= seq && m.EndpointID == endpointID && m.OtherAddress == otherAddress && len(all) < most {
			all, last = append(all, m), int64(i)+1
		}
	}
	return all, last, nil
}

func (h *house) tell(a map[string]any) {
	h.t.Helper()
	if status, answer, err := h.framework.Tell(h.t.Context(), h.url, a); err != nil || status != 200 {
		h.t.Errorf("%d %s %v", status, answer, err)
	}
}

// last is the newest message of n.
func (h *house) last(n int) *endpoints.Message {
	h.t.Helper()
	return h.inbox.Last(h.t, n)
}

func TestMessage(t *testing.T) {
	h := newHouse(t)
	h.tell(h.framework.Activity("1", "a:1", "ann", "hello", nil))
	m := h.last(1)
	if m.OtherAddress != "a:1" || m.OtherName != "ann" || m.Text != "hello" || m.Channel != endpoints.BotFramework || m.Facts["Bot-Tenant"] != "tenant-1" {
		t.Errorf("%+v", m)
	}
	h.tell(h.framework.Activity("1", "a:1", "ann", "told again", nil))
	h.last(1)
	// In a channel each has a chat of his own; the bot's name is left out, others' stay.
	h.tell(h.framework.Activity("1", "19:c@thread.tacv2;messageid=1", "ben", "<at>Bot</at>&nbsp;ask <at>Ann</at> if 1 &lt; 2", map[string]any{
		"conversation": map[string]any{"id": "19:c@thread.tacv2;messageid=1", "isGroup": true, "conversationType": "channel", "tenantId": "tenant-1"},
		"entities": []map[string]any{{"type": "mention", "text": "<at>Bot</at>", "mentioned": map[string]any{"id": "28:" + bottest.AppID, "name": "Bot"}},
			{"type": "mention", "text": "<at>Ann</at>", "mentioned": map[string]any{"id": "29:ann", "name": "Ann"}}, {"type": "clientInfo", "locale": "en"}},
	}))
	if m = h.last(2); m.OtherAddress != "19:c@thread.tacv2;messageid=1/29:ben" || m.Text != "ask @Ann if 1 < 2" {
		t.Errorf("%q %q", m.OtherAddress, m.Text)
	}
	for _, change := range []map[string]any{{"type": "typing"}, {"type": "conversationUpdate", "membersAdded": []any{map[string]any{"id": "29:x"}}}, {"type": "invoke"}, {"from": map[string]any{"id": "28:" + bottest.AppID}}, {"from": map[string]any{"id": "x", "role": "bot"}}} {
		h.tell(h.framework.Activity("9", "a:1", "ann", "hello", change))
	}
	h.last(2)
	if n := h.framework.Served("keys"); n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
}

func TestForged(t *testing.T) {
	h := newHouse(t)
	tenant := *h.bot
	b := *h.bot.Bot
	b.TenantID = "tenant-1"
	tenant.Bot = &b
	h.bots.Put(&tenant)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	token := func(changed map[string]any, key any) string {
		raw, err := h.framework.Token(h.framework.Claims(changed), key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	now := time.Now()
	good := h.framework.Activity("1", "a:1", "ann", "hello", nil)
	with := func(changed map[string]any) any { return h.framework.Activity("1", "a:1", "ann", "hello", changed) }
	own := map[string]any{"iss": "https://sts.windows.net/tenant-1/", "appid": bottest.AppID, "serviceurl": nil}
	changed := strings.Split(token(nil, nil), ".")
	changed[1] = base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"https://api.botframework.com","aud":"` + bottest.AppID + `","exp":9999999999,"serviceurl":"` + h.framework.URL + `"}`))
	for name, c := range map[string]struct {
		token    string
		activity any
		status   int
	}{
		"no token":              {"", good, 401},
		"no token at all":       {"x", good, 401},
		"alg none":              {bottest.Unsigned(h.framework.Claims(nil)), good, 401},
		"other key":             {token(nil, other), good, 401},
		"changed claims":        {strings.Join(changed, "."), good, 401},
		"other audience":        {token(map[string]any{"aud": "somebody-else"}, nil), good, 401},
		"no audience":           {token(map[string]any{"aud": nil}, nil), good, 401},
		"other issuer":          {token(map[string]any{"iss": "https://evil.example"}, nil), good, 401},
		"other tenant's issuer": {token(map[string]any{"iss": "https://sts.windows.net/tenant-2/", "appid": bottest.AppID}, nil), good, 401},
		"own tenant, other app": {token(map[string]any{"iss": "https://sts.windows.net/tenant-1/", "appid": "x", "serviceurl": nil}, nil), good, 401},
		"expired":               {token(map[string]any{"exp": now.Add(-6 * time.Minute).Unix()}, nil), good, 401},
		"without an end":        {token(map[string]any{"exp": nil}, nil), good, 401},
		"not yet":               {token(map[string]any{"nbf": now.Add(6 * time.Minute).Unix()}, nil), good, 401},
		"other service":         {token(map[string]any{"serviceurl": "https://smba.trafficmanager.net/amer/"}, nil), good, 403},
		"no service":            {token(map[string]any{"serviceurl": nil}, nil), good, 403},
		"channel not endorsed":  {token(nil, nil), with(map[string]any{"channelId": "slack"}), 403},
		"foreign service":       {token(map[string]any{"serviceurl": "https://evil.example/"}, nil), with(map[string]any{"serviceUrl": "https://evil.example/"}), 403},
		"service inside":        {token(own, nil), with(map[string]any{"serviceUrl": "http://127.0.0.1:1/"}), 403},
		"other bot":             {token(nil, nil), with(map[string]any{"recipient": map[string]any{"id": "28:other"}}), 403},
		"other tenant":          {token(nil, nil), with(map[string]any{"conversation": map[string]any{"id": "a:1", "tenantId": "tenant-2"}}), 403},
		"no tenant":             {token(nil, nil), with(map[string]any{"conversation": map[string]any{"id": "a:1"}, "channelData": nil}), 403},
		"oversize":              {token(nil, nil), []byte(`{"x":"` + strings.Repeat("a", 2<<20) + `"}`), 413},
		"no JSON":               {token(nil, nil), []byte(`{`), 400},
		"nobody":                {token(nil, nil), with(map[string]any{"from": nil}), 400},
	} {
		status, answer, err := bottest.Post(t.Context(), h.url, c.token, c.activity)
		if err != nil || status != c.status || strings.Contains(answer, bottest.Password) || strings.Contains(answer, bottest.AppID) {
			t.Errorf("%s: %d %q %v, want %d", name, status, answer, err, c.status)
		}
	}
	for _, id := range []string{endpoints.NewID(), "x"} {
		if status, _, err := bottest.Post(t.Context(), h.base+"/bot/"+id+"/messages", token(nil, nil), good); err != nil || status != 404 {
			t.Errorf("%d %v", status, err)
		}
	}
	if h.last(0); h.inbox.Files() != 0 || len(h.framework.Said()) != 0 {
		t.Error("something was kept or sent")
	}
	// Within the skew, and by the bot's own application, it is taken.
	for i, right := range []string{token(map[string]any{"exp": now.Add(-4 * time.Minute).Unix(), "nbf": now.Add(4 * time.Minute).Unix()}, nil), token(own, nil)} {
		if status, answer, err := bottest.Post(t.Context(), h.url, right, h.framework.Activity(string(rune('a'+i)), "a:1", "ann", "hello", nil)); err != nil || status != 200 {
			t.Errorf("%d: %d %s %v", i, status, answer, err)
		}
	}
	h.last(2)
}

// While the framework's keys can't be had, a message isn't refused for good; known keys go on.
func TestKeysAway(t *testing.T) {
	h := newHouse(t)
	h.framework.Off(true)
	if status, _, err := h.framework.Tell(t.Context(), h.url, h.framework.Activity("1", "a:1", "ann", "hello", nil)); err != nil || status != 503 {
		t.Errorf("%d %v", status, err)
	}
	h.last(0)
}

func TestAttachments(t *testing.T) {
	h := newHouse(t)
	pic := h.framework.File("pic.png", []byte("PNG"))
	h.tell(h.framework.Activity("1", "a:1", "ann", "look", map[string]any{"attachments": []map[string]any{
		{"contentType": "image/*", "contentUrl": pic, "name": "pic.png"},
		{"contentType": "text/plain", "contentUrl": "data:text/plain;base64," + base64.StdEncoding.EncodeToString([]byte("note")), "name": "note.txt"},
		{"contentType": "text/html", "content": "<p>look</p>"},
		{"contentType": "application/vnd.microsoft.card.adaptive", "content": map[string]any{}},
		{"contentType": "image/png", "contentUrl": "http://169.254.169.254/x", "name": "inside"},
		{"contentType": "image/png", "contentUrl": pic + "2", "name": "gone"},
	}}))
	m := h.last(1)
	if len(m.Files) != 2 || string(h.inbox.File(m.Files[0].FileID)) != "PNG" || m.Files[0].ContentType != "image/png" || string(h.inbox.File(m.Files[1].FileID)) != "note" {
		t.Errorf("%+v", m.Files)
	}
	for _, name := range []string{"inside", "gone"} {
		if !strings.Contains(m.Facts["Attachment-Error"], name) {
			t.Errorf("%q", m.Facts["Attachment-Error"])
		}
	}
}

// out answers the newest message.
func (h *house) out(text string, files ...endpoints.MessageFile) *endpoints.Outbound {
	h.t.Helper()
	all := h.inbox.All()
	m := all[len(all)-1]
	raw, err := json.Marshal(endpoints.Post{MessageID: endpoints.NewID(), EndpointID: h.bot.ID, Text: text, Files: files, Route: m.Route})
	if err != nil {
		h.t.Fatal(err)
	}
	return &endpoints.Outbound{Channel: endpoints.BotFramework, To: []string{m.OtherAddress}, Body: raw}
}

func TestSend(t *testing.T) {
	h := newHouse(t)
	h.tell(h.framework.Activity("7", "a:1", "ann", "hello", nil))
	small, large := h.inbox.Put("a.png", "image/png", []byte("PNG")), h.inbox.Put("b.png", "image/png", make([]byte, 300<<10))
	m := h.out("1 < 2 & <b>", small)
	if err := h.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	all := h.framework.Said()
	p, _ := m.Post()
	if len(all) != 1 || all[0].Conversation != "a:1" || all[0].ReplyTo != "7" || all[0].Text() != "1 < 2 & <b>" || all[0].Activity["textFormat"] != "plain" || h.inbox.RemoteID(p.MessageID) != "reply-1" {
		t.Errorf("%+v", all)
	}
	if raw, _ := json.Marshal(all[0].Activity); !strings.Contains(string(raw), p.MessageID) || !strings.Contains(string(raw), "data:image/png;base64,UE5H") {
		t.Errorf("%s", raw)
	}
	var partly *endpoints.Partly
	if err := h.Send(t.Context(), h.out("with a large one", large)); !errors.As(err, &partly) {
		t.Error(err)
	}
	h.PublicURL = h.base
	if err := h.Send(t.Context(), h.out("with a large one", large)); err != nil {
		t.Error(err)
	}
	link := h.framework.Said()[2].Activity["attachments"].([]any)[0].(map[string]any)["contentUrl"].(string)
	for address, want := range map[string]int{link: 200, strings.Replace(link, "b.png", "c.png", 1): 403, strings.Replace(link, large.FileID, small.FileID, 1): 403, strings.Replace(link, "until=", "until=1", 1): 403} {
		resp, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want || want == 200 && !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d %v", address, resp.StatusCode, resp.Header)
		}
	}
	// A token that isn't wanted any more is replaced at once.
	h.framework.Drop()
	if err := h.Send(t.Context(), h.out("again")); err != nil || h.framework.Served("token") != 2 {
		t.Errorf("%v, %d tokens", err, h.framework.Served("token"))
	}
	http.DefaultClient.CloseIdleConnections()
}

// Teams refuses a message with any attachment but a picture: other files are links in its text.
func TestTeamsFiles(t *testing.T) {
	h := newHouse(t)
	h.PublicURL = h.base
	h.tell(h.framework.Activity("7", "a:1", "ann", "hello", map[string]any{"channelId": "msteams"}))
	picture, offer := h.inbox.Put("a.png", "image/png", []byte("PNG")), h.inbox.Put("offer 1.pdf", "application/pdf", []byte("PDF"))
	for _, text := range []string{"our offer", ""} {
		if err := h.Send(t.Context(), h.out(text, picture, offer)); err != nil {
			t.Fatal(err)
		}
		all := h.framework.Said()
		said := all[len(all)-1]
		files := said.Activity["attachments"].([]any)
		begins := strings.TrimPrefix(text+"\noffer 1.pdf: "+h.base+"/bot/", "\n")
		if len(files) != 1 || files[0].(map[string]any)["name"] != "a.png" || !strings.HasPrefix(said.Text(), begins) {
			t.Errorf("%q, %v", said.Text(), files)
		}
	}
	h.PublicURL = ""
	var partly *endpoints.Partly
	if err := h.Send(t.Context(), h.out("without", offer)); !errors.As(err, &partly) || !strings.Contains(err.Error(), "offer 1.pdf") {
		t.Error(err)
	}
}

// Who waits for an answer sees that one is written; who has it soon doesn't.
func TestTyping(t *testing.T) {
	h := newHouse(t)
	begun := time.Now()
	h.tell(h.framework.Activity("1", "a:1", "ann", "quick", nil))
	if err := h.Send(t.Context(), h.out("here it is")); err != nil {
		t.Fatal(err)
	}
	quick := time.Since(begun) < 600*time.Millisecond // on a machine that has nothing else to do
	h.tell(h.framework.Activity("2", "a:2", "ben", "slow", nil))
	deadline, tick := time.After(40*time.Second), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for h.framework.Typed() == 0 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("nothing is shown")
		}
	}
	if n := h.framework.Typed(); quick && n != 1 {
		t.Errorf("%d indicators", n)
	}
}

func TestSendRefused(t *testing.T) {
	h := newHouse(t)
	h.tell(h.framework.Activity("7", "a:1", "ann", "hello", nil))
	var refused *endpoints.Refused
	for _, c := range []struct {
		f    bottest.Failure
		want bool
	}{{bottest.Failure{Status: 403, Code: "ConversationBlockedByUser"}, true}, {bottest.Failure{Status: 404}, true}, {bottest.Failure{Status: 413}, true}, {bottest.Failure{Status: 412}, false}, {bottest.Failure{Status: 502}, false}, {bottest.Failure{Status: 307}, false}} {
		h.framework.Fail(c.f)
		if err := h.Send(t.Context(), h.out("hello")); err == nil || errors.As(err, &refused) != c.want {
			t.Errorf("%+v: %v", c.f, err)
		}
	}
	for _, way := range []string{``, `{}`, `{"conversation":"a:1","serviceUrl":"http://169.254.169.254/"}`, `{"conversation":"a:1","serviceUrl":"https://evil.example/?.botframework.com"}`, `{"conversation":"a:2","serviceUrl":"` + h.framework.URL + `"}`} {
		m := h.out("hello")
		p, _ := m.Post()
		if p.Route = json.RawMessage(way); way == "" {
			p.Route = nil
		}
		m.Body, _ = json.Marshal(p)
		if err := h.Send(t.Context(), m); !errors.As(err, &refused) {
			t.Errorf("%s: %v", way, err)
		}
	}
	h.framework.Fail(bottest.Failure{Status: 429, RetryAfter: 30})
	for range 2 {
		if err := h.Send(t.Context(), h.out("hello")); err == nil || errors.As(err, &refused) || !strings.Contains(err.Error(), "patience") {
			t.Error(err)
		}
	}
	wrong := *h.bot
	wrong.ID = endpoints.NewID()
	wrong.Bot = &endpoints.Bot{AppID: bottest.AppID, Token: "not-the-password"}
	h.bots.Put(&wrong)
	m := h.out("hello")
	p, _ := m.Post()
	p.EndpointID = wrong.ID
	m.Body, _ = json.Marshal(p)
	if err := h.Send(t.Context(), m); err == nil || errors.As(err, &refused) || strings.Contains(err.Error(), "not-the-password") {
		t.Error(err)
	}
	if slices.ContainsFunc(h.framework.Said(), func(s bottest.Said) bool { return s.Text() == "hello" }) {
		t.Error("something was sent")
	}
}
