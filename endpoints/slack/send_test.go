package slack_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/slack/slacktest"
)

// out is a post of the house's bot.
func (h *house) out(to, text, route string, files ...endpoints.MessageFile) *endpoints.Outbound {
	h.t.Helper()
	p := endpoints.Post{MessageID: endpoints.NewID(), EndpointID: h.bot.ID, Text: text, Files: files}
	if route != "" {
		p.Route = json.RawMessage(route)
	}
	raw, err := json.Marshal(p)
	if err != nil {
		h.t.Fatal(err)
	}
	return &endpoints.Outbound{Channel: endpoints.Slack, To: []string{to}, Body: raw}
}

func TestSend(t *testing.T) {
	h := newHouse(t)
	for i, c := range []struct{ to, route, channel, thread string }{
		{"U1/C1/1700000001.000100", "", "C1", "1700000001.000100"},
		{"U1", `{"user":"U1","channel":"D9","thread":"1700000005.000100"}`, "D9", "1700000005.000100"},
		{"U1", "", "D1", ""},
		{"C1", "", "C1", ""},
		{"U1", `{"user":"U2","channel":"C7"}`, "D1", ""}, // another's way isn't taken
	} {
		m := h.out(c.to, "Hi <!channel> & <@U2>, 1 < 2", c.route)
		if err := h.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		p, _ := m.Post()
		all := h.slack.Posts()
		if len(all) != i+1 {
			t.Fatalf("%d posts", len(all))
		}
		got := all[i]
		if got.Channel != c.channel || got.Thread != c.thread || got.Text != "Hi &lt;!channel&gt; &amp; &lt;@U2&gt;, 1 &lt; 2" {
			t.Errorf("%+v", got)
		}
		if strings.ReplaceAll(got.ClientMsgID, "-", "") != p.MessageID || got.Metadata["id"] != p.MessageID {
			t.Errorf("our id %s isn't in %+v", p.MessageID, got)
		}
		if h.inbox.RemoteID(p.MessageID) != got.Channel+":"+got.TS {
			t.Errorf("%q", h.inbox.RemoteID(p.MessageID))
		}
	}
}

func TestSendLong(t *testing.T) {
	h := newHouse(t)
	text := strings.Repeat("word ", 5000)
	if err := h.Send(t.Context(), h.out("C1", text, "")); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range h.slack.Posts() {
		got = append(got, p.Text)
	}
	if len(got) != 3 || strings.Join(got, " ") != strings.TrimSpace(text) {
		t.Errorf("%d posts, and not the same text", len(got))
	}
}

func TestSendFiles(t *testing.T) {
	h := newHouse(t)
	a, b := h.inbox.Put("a.txt", "text/plain", []byte("A")), h.inbox.Put("b.txt", "text/plain", []byte("B"))
	if err := h.Send(t.Context(), h.out("U1/C1/1.2", "both <here>", "", a, b)); err != nil {
		t.Fatal(err)
	}
	if err := h.Send(t.Context(), h.out("U7", "directly", "", a)); err != nil {
		t.Fatal(err)
	}
	all := h.slack.Posts()
	if len(all) != 2 || all[0].Text != "both &lt;here&gt;" || all[0].Thread != "1.2" || len(all[0].Files) != 2 || string(all[0].Files[1].Bytes) != "B" || all[1].Channel != "D7" {
		t.Errorf("%+v", all)
	}
	var refused *endpoints.Refused
	if err := h.Send(t.Context(), h.out("C1", "", "", endpoints.MessageFile{FileID: endpoints.NewID(), Name: "gone"})); !errors.As(err, &refused) {
		t.Error(err)
	}
	// What goes wrong before all is there shows nothing.
	h.slack.Fail("files.completeUploadExternal", slacktest.Failure{Status: 503})
	if err := h.Send(t.Context(), h.out("C1", "text", "", a)); err == nil || errors.As(err, &refused) || len(h.slack.Posts()) != 2 {
		t.Errorf("%v, %d posts", err, len(h.slack.Posts()))
	}
}

func TestSendRefused(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		f       slacktest.Failure
		refused bool
	}{
		{slacktest.Failure{Error: "channel_not_found"}, true}, {slacktest.Failure{Error: "is_archived"}, true}, {slacktest.Failure{Error: "msg_too_long"}, true}, {slacktest.Failure{Status: 400}, true},
		{slacktest.Failure{Error: "invalid_auth"}, false}, {slacktest.Failure{Error: "internal_error"}, false}, {slacktest.Failure{Status: 502}, false},
	} {
		h.slack.Fail("chat.postMessage", c.f)
		err := h.Send(t.Context(), h.out("C1", "hello", ""))
		var refused *endpoints.Refused
		if err == nil || errors.As(err, &refused) != c.refused || strings.Contains(err.Error(), slacktest.BotToken) {
			t.Errorf("%+v: %v", c.f, err)
		}
	}
	var refused *endpoints.Refused
	for _, to := range []string{"", "nobody@x.test", "U1/C1", "C1/1.2/3", "../C1", "U1/../x"} {
		if err := h.Send(t.Context(), h.out(to, "hello", "")); !errors.As(err, &refused) {
			t.Errorf("%q: %v", to, err)
		}
	}
	h.bots.Drop(h.bot.ID)
	if err := h.Send(t.Context(), h.out("C1", "hello", "")); !errors.As(err, &refused) {
		t.Error(err)
	}
	if n := len(h.slack.Posts()); n != 0 {
		t.Errorf("%d posts", n)
	}
}

// Slack's patience is kept: nothing is sent by the bot until then.
func TestRateLimit(t *testing.T) {
	h := newHouse(t)
	h.slack.Fail("chat.postMessage", slacktest.Failure{Status: 429, RetryAfter: 30})
	var later *endpoints.Later
	for range 3 {
		if err := h.Send(t.Context(), h.out("C1", "hello", "")); !errors.As(err, &later) || time.Until(later.At) > 30*time.Second || time.Until(later.At) < 10*time.Second {
			t.Errorf("%v", err)
		}
	}
	if n := h.slack.Calls("chat.postMessage"); n != 1 {
		t.Errorf("Slack was asked %d times", n)
	}
}
