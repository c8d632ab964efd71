package slack_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ringflow/endpoints"
	"ringflow/endpoints/service/servicetest"
	"ringflow/endpoints/slack"
	"ringflow/endpoints/slack/slacktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is an adapter with a bot, between Slack and an inbox.
type house struct {
	*slack.Adapter
	t     *testing.T
	slack *slacktest.Server
	inbox *servicetest.Inbox
	bots  *servicetest.Bots
	bot   *endpoints.Endpoint
	url   string // of the webhook

	mu    sync.Mutex
	known map[string]bool
}

func newHouse(t *testing.T) *house {
	h := &house{t: t, slack: slacktest.New(t), inbox: servicetest.NewInbox(), bots: &servicetest.Bots{}, known: map[string]bool{}}
	h.bot = &endpoints.Endpoint{
		Entity: endpoints.Entity{ID: endpoints.NewID()}, AccountID: endpoints.NewID(), Kind: endpoints.SlackBot, DisplayName: "Bot",
		Bot: &endpoints.Bot{AppID: slacktest.AppID, Token: slacktest.BotToken, SigningSecret: slacktest.Secret},
	}
	h.bots.Put(h.bot)
	transport := &http.Transport{}
	h.Adapter = &slack.Adapter{Bots: h.bots, Inbox: h.inbox, Blobs: h.inbox, Transport: transport, API: h.slack.API(), Known: func(_ context.Context, id, address string) (bool, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		return id == h.bot.ID && h.known[address], nil
	}}
	server := httptest.NewServer(h.Handler())
	h.url = server.URL + "/slack/" + h.bot.ID
	t.Cleanup(func() {
		server.Close()
		h.Close()
		transport.CloseIdleConnections()
	})
	return h
}

func (h *house) tell(id string, e slacktest.Event) {
	h.t.Helper()
	if err := slacktest.Tell(h.t.Context(), h.url, id, e); err != nil {
		h.t.Error(err)
	}
}

// last is the newest message of n.
func (h *house) last(n int) *endpoints.Message {
	h.t.Helper()
	return h.inbox.Last(h.t, n)
}

func TestDirectMessage(t *testing.T) {
	h := newHouse(t)
	h.slack.Names["U1"] = "Ann"
	h.tell("Ev1", slacktest.Said("U1", "D1", "", "1700000001.000100", "Is 1 &lt; 2 &amp; 3? see <https://example.com/a|the page>"))
	m := h.last(1)
	if m.OtherAddress != "U1" || m.OtherName != "Ann" || m.Text != "Is 1 < 2 & 3? see the page (https://example.com/a)" || m.AccountID != h.bot.AccountID || m.Channel != endpoints.Slack || string(m.Route) != `{"user":"U1","channel":"D1"}` {
		t.Errorf("%+v", m)
	}
	// The same event told again, and the same message by another event, is nothing new.
	h.tell("Ev1", slacktest.Said("U1", "D1", "", "1700000001.000100", "again"))
	h.tell("Ev2", slacktest.Said("U1", "D1", "", "1700000001.000100", "again"))
	h.tell("Ev3", slacktest.Said("U1", "D1", "1700000001.000100", "1700000002.000100", "in the thread"))
	if m = h.last(2); m.OtherAddress != "U1" || !strings.Contains(string(m.Route), "1700000001.000100") {
		t.Errorf("%+v", m)
	}
}

func TestChannel(t *testing.T) {
	h := newHouse(t)
	const root = "1700000001.000100"
	h.slack.Names["U3"] = "Cy"
	h.tell("Ev1", slacktest.Mention("U1", "C1", "", root, "hello <@U2|bob>, <@U3>, <@U4> and <!here>"))
	first := h.last(1)
	if first.OtherAddress != "U1/C1/"+root || first.Text != "hello @bob, @Cy, @U4 and @here" {
		t.Errorf("%+v", first)
	}
	h.known[first.OtherAddress] = true
	// The message event of the mention is the same message; what isn't for the bot is not heard.
	h.tell("Ev2", slacktest.Said("U1", "C1", "", root, "<@"+slacktest.BotUser+"> hello"))
	h.tell("Ev3", slacktest.Said("U1", "C1", "", "1700000002.000100", "to everybody"))
	h.tell("Ev4", slacktest.Said("U2", "C1", root, "1700000003.000100", "another one in the thread"))
	h.last(1)
	h.tell("Ev5", slacktest.Said("U1", "C1", root, "1700000004.000100", "my answer"))
	if m := h.last(2); m.OtherAddress != first.OtherAddress || m.Text != "my answer" {
		t.Errorf("%+v", m)
	}
	h.tell("Ev6", slacktest.Said("U2", "C1", root, "1700000005.000100", "<@"+slacktest.BotUser+">: me too"))
	if m := h.last(3); m.OtherAddress != "U2/C1/"+root || m.Text != "me too" {
		t.Errorf("%+v", m)
	}
}

// Bots, this one among them, changes and deletions are no messages.
func TestNoLoops(t *testing.T) {
	h := newHouse(t)
	for _, change := range []slacktest.Event{{"bot_id": "B1"}, {"subtype": "bot_message"}, {"subtype": "message_changed"}, {"subtype": "message_deleted"}, {"subtype": "channel_join"}, {"user": slacktest.BotUser}, {"user": "USLACKBOT"},
		{"user": ""}, {"type": "reaction_added"}, {"bot_profile": map[string]any{"id": "B1"}}} {
		e := slacktest.Said("U1", "D1", "", "1700000001.000100", "hello")
		for k, v := range change {
			e[k] = v
		}
		h.tell("Ev1", e)
	}
	h.last(0)
}

func TestForged(t *testing.T) {
	h := newHouse(t)
	body := slacktest.Said("U1", "D1", "", "1700000001.000100", "hello").Body("Ev1")
	now := time.Now()
	foreign := []byte(strings.Replace(string(body), slacktest.AppID, "A0000OTHER", 1))
	huge := append([]byte(`{"x":"`), make([]byte, 2<<20)...)
	cut := slacktest.Sign(slacktest.Secret, now, body)
	cut.Set("X-Slack-Signature", cut.Get("X-Slack-Signature")[:20])
	noTime := slacktest.Sign(slacktest.Secret, now, body)
	noTime.Set("X-Slack-Request-Timestamp", "yesterday")
	for name, c := range map[string]struct {
		header http.Header
		body   []byte
		status int
	}{
		"unsigned":        {http.Header{}, body, 401},
		"other secret":    {slacktest.Sign("other", now, body), body, 401},
		"changed":         {slacktest.Sign(slacktest.Secret, now, body), []byte(strings.Replace(string(body), "hello", "hacked", 1)), 401},
		"6 minutes old":   {slacktest.Sign(slacktest.Secret, now.Add(-6*time.Minute), body), body, 401},
		"from the future": {slacktest.Sign(slacktest.Secret, now.Add(6*time.Minute), body), body, 401},
		"cut signature":   {cut, body, 401},
		"no time":         {noTime, body, 401},
		"no hex":          {http.Header{"X-Slack-Request-Timestamp": {"1"}, "X-Slack-Signature": {"v0=zz"}}, body, 401},
		"other app":       {slacktest.Sign(slacktest.Secret, now, foreign), foreign, 403},
		"oversize":        {slacktest.Sign(slacktest.Secret, now, huge), huge, 413},
		"no JSON":         {slacktest.Sign(slacktest.Secret, now, []byte("{")), []byte("{"), 400},
	} {
		status, answer, err := slacktest.Request(t.Context(), h.url, c.header, c.body)
		if err != nil || status != c.status {
			t.Errorf("%s: %d %q %v, want %d", name, status, answer, err, c.status)
		}
		for _, secret := range []string{slacktest.Secret, slacktest.BotToken, "v0="} {
			if strings.Contains(answer, secret) {
				t.Errorf("%s tells %q", name, answer)
			}
		}
	}
	for _, path := range []string{"/slack/" + endpoints.NewID(), "/slack/x", "/slack/"} {
		if status, _, err := slacktest.Request(t.Context(), strings.Split(h.url, "/slack/")[0]+path, slacktest.Sign(slacktest.Secret, now, body), body); err != nil || status != 404 {
			t.Errorf("%s: %d %v", path, status, err)
		}
	}
	h.last(0)
	if n := h.inbox.Files(); n != 0 {
		t.Errorf("%d files were kept", n)
	}
}

func TestURLVerification(t *testing.T) {
	h := newHouse(t)
	body := []byte(`{"token":"x","challenge":"3eZbrw1aB","type":"url_verification"}`)
	status, answer, err := slacktest.Request(t.Context(), h.url, slacktest.Sign(slacktest.Secret, time.Now(), body), body)
	if err != nil || status != 200 || answer != "3eZbrw1aB" {
		t.Errorf("%d %q %v", status, answer, err)
	}
}

// Slack hears 200 only once the inbox has the message.
func TestNotTaken(t *testing.T) {
	h := newHouse(t)
	var tries atomic.Int32
	h.inbox.Set(func() error {
		if tries.Add(1) < 3 {
			return errors.New("the disk is full")
		}
		return nil
	})
	h.tell("Ev1", slacktest.Said("U1", "D1", "", "1700000001.000100", "hello"))
	if h.last(1); tries.Load() != 3 {
		t.Errorf("%d tries", tries.Load())
	}
	// What can never be taken is not asked for again.
	h.inbox.Set(func() error { tries.Add(1); return &endpoints.Invalid{Field: "x", Text: "y"} })
	h.tell("Ev2", slacktest.Said("U1", "D1", "", "1700000002.000100", "hello"))
	if h.last(1); tries.Load() != 4 {
		t.Errorf("%d tries", tries.Load())
	}
}

func TestFiles(t *testing.T) {
	h := newHouse(t)
	good := h.slack.File("plan.pdf", []byte("%PDF plan"))
	e := slacktest.Said("U1", "D1", "", "1700000001.000100", "")
	e["subtype"] = "file_share"
	e["files"] = []map[string]any{
		{"name": "../../plan.pdf", "mimetype": "application/pdf", "size": 9, "url_private_download": good},
		{"name": "gone", "url_private": strings.Replace(good, "plan", "gone", 1)},
		{"name": "huge", "size": endpoints.MaxFileBytes + 1, "url_private": good},
		{"name": "elsewhere", "url_private": "http://169.254.169.254/latest"},
		{"name": "stolen", "url_private": "https://files.slack.com.example.com/x"},
		{"name": "outside", "mode": "external", "url_private": good},
	}
	h.tell("Ev1", e)
	m := h.last(1)
	if len(m.Files) != 1 || m.Files[0].Name != "plan.pdf" || m.Files[0].ContentType != "application/pdf" || string(h.inbox.File(m.Files[0].FileID)) != "%PDF plan" {
		t.Errorf("%+v", m.Files)
	}
	for _, name := range []string{"gone", "huge", "elsewhere", "stolen", "outside"} {
		if !strings.Contains(m.Facts["Attachment-Error"], name) {
			t.Errorf("nothing tells of %s: %q", name, m.Facts["Attachment-Error"])
		}
	}
	raw, _ := json.Marshal(m)
	if strings.Contains(string(raw), slacktest.BotToken) {
		t.Error("the message has the token")
	}
}
