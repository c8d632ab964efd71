package main

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints/bot/bottest"
	"ringflow/endpoints/slack/slacktest"
)

// botHouse is a server between a workspace of Slack's and a Bot Framework, both on this machine.
func botHouse(t *testing.T) (*house, *slacktest.Server, *bottest.Server) {
	t.Helper()
	workspace, framework := slacktest.New(t), bottest.New(t)
	workspace.Names["U1"] = "Ann"
	return startHouse(t, botSettings(workspace, framework)...), workspace, framework
}

func botSettings(workspace *slacktest.Server, framework *bottest.Server) []string {
	return []string{"RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32", "RINGFLOW_BOTS_SLACK=" + workspace.API(), "RINGFLOW_BOTS_OPENID=" + framework.OpenID(), "RINGFLOW_BOTS_LOGIN=" + framework.URL, "RINGFLOW_BOTS_SERVICES=" + framework.Host()}
}

// appointment asks for a day, and repeats what it was told.
func (h *house) appointment() string {
	h.t.Helper()
	return h.flow("Appointment",
		node("ask", "SayNode", M{"WhatToSay": text("Which day & time suits you?"), "Done": next("wait")}),
		node("wait", "WaitForReplyNode", M{"TimeoutInSeconds": amount(86400), "Reply": next("done")}),
		node("done", "SayNode", M{"WhatToSay": text("You are expected: {{ Session.Body }}.")}))
}

func (h *house) slackBot(flow string, more M) string {
	h.t.Helper()
	body := M{"accountId": h.account, "displayName": "Slack", "appId": slacktest.AppID, "botToken": slacktest.BotToken, "flowId": flow}
	for k, v := range more {
		body[k] = v
	}
	return h.post("/endpoints/slack-bot", body)
}

// The same flow talks in a thread of Slack, directly by Socket Mode, in Teams and on a web page.
func TestBotsRunOneFlow(t *testing.T) {
	h, workspace, framework := botHouse(t)
	flow := h.appointment()
	webhook := h.slackBot(flow, M{"signingSecret": slacktest.Secret})
	skype := h.post("/endpoints/skype-bot", M{"accountId": h.account, "displayName": "Teams", "appId": bottest.AppID, "appPassword": bottest.Password, "flowId": flow, "directLineSecret": "a-secret-of-the-page"})
	t.Run("Slack", func(t *testing.T) { h.on(t).slackThread(workspace, h.apiAddr+"/slack/"+webhook) })
	t.Run("Teams", func(t *testing.T) { h.on(t).teams(framework, h.apiAddr+"/bot/"+skype+"/messages") })
	t.Run("Web", func(t *testing.T) { h.on(t).webPage(h.apiAddr + "/directline/" + skype + "/v3/directline") })
	t.Run("SocketMode", func(t *testing.T) { h.on(t).socketMode(workspace, flow) })
}

func (h *house) slackThread(workspace *slacktest.Server, url string) {
	const root = "1700000001.000100"
	tell := func(id string, e slacktest.Event) {
		h.t.Helper()
		if err := slacktest.Tell(h.t.Context(), url, id, e); err != nil {
			h.t.Fatal(err)
		}
	}
	// said is the n-th answer in the thread.
	said := func(n int) slacktest.Post {
		h.t.Helper()
		h.eventually("the answer in the thread", func() bool { return len(workspace.Posts()) >= n })
		return workspace.Posts()[n-1]
	}
	tell("Ev1", slacktest.Mention("U1", "C1", "", root, "I need an appointment"))
	if p := said(1); p.Channel != "C1" || p.Thread != root || p.Text != "Which day &amp; time suits you?" || p.Metadata["id"] == "" {
		h.t.Errorf("%+v", p)
	}
	tell("Ev1", slacktest.Mention("U1", "C1", "", root, "I need an appointment")) // told again
	tell("Ev2", slacktest.Said("U2", "C1", root, "1700000002.000100", "not meant for it"))
	tell("Ev3", slacktest.Said("U1", "C1", root, "1700000003.000100", "Monday &lt;9:00&gt;"))
	if p := said(2); p.Thread != root || p.Text != "You are expected: Monday &lt;9:00&gt;." {
		h.t.Errorf("%+v", p)
	}
	if n := len(workspace.Posts()); n != 2 {
		h.t.Errorf("%d answers", n)
	}
}

func (h *house) teams(framework *bottest.Server, url string) {
	tell := func(id, what string) {
		h.t.Helper()
		if status, answer, err := framework.Tell(h.t.Context(), url, framework.Activity(id, "a:conversation", "ben", what, nil)); err != nil || status != 200 {
			h.t.Fatalf("%d %s %v", status, answer, err)
		}
	}
	tell("1", "hello")
	h.eventually("the question in Teams", func() bool { return len(framework.Said()) >= 1 })
	tell("1", "hello") // told again
	tell("2", "Friday")
	h.eventually("the answer in Teams", func() bool { return len(framework.Said()) >= 2 })
	all := framework.Said()
	if len(all) != 2 || all[0].Text() != "Which day & time suits you?" || all[0].ReplyTo != "1" || all[1].Text() != "You are expected: Friday." || all[1].ReplyTo != "2" || all[1].Conversation != "a:conversation" {
		h.t.Errorf("%+v", all)
	}
	forged, err := framework.Token(framework.Claims(map[string]any{"aud": "somebody-else"}), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	if status, _, err := bottest.Post(h.t.Context(), url, forged, framework.Activity("3", "a:conversation", "ben", "forged", nil)); err != nil || status != http.StatusUnauthorized {
		h.t.Errorf("a forged activity: %d %v", status, err)
	}
}

func (h *house) webPage(base string) {
	ask := func(method, path string, body any) M {
		h.t.Helper()
		page := &house{server: h.server, t: h.t, api: apiClient{base: base, token: "a-secret-of-the-page"}}
		var out M
		if method == http.MethodGet {
			page.get(path, &out)
		} else {
			page.postInto(path, body, &out)
		}
		return out
	}
	id := ask("POST", "/tokens/generate", M{})["conversationId"].(string)
	mark := ""
	// heard are the bot's words since the last time.
	heard := func() (all []string) {
		h.t.Helper()
		out := ask("GET", "/conversations/"+id+"/activities?watermark="+mark, nil)
		mark = out["watermark"].(string)
		for _, a := range out["activities"].([]any) {
			if act := a.(M); act["from"].(M)["role"] == "bot" {
				all = append(all, act["text"].(string))
			}
		}
		return all
	}
	want := func(words string) {
		h.t.Helper()
		h.eventually("the page shows "+words, func() bool {
			all := heard()
			if len(all) > 0 && (len(all) != 1 || all[0] != words) {
				h.t.Fatalf("the page shows %q", all)
			}
			return len(all) == 1
		})
	}
	ask("POST", "/conversations/"+id+"/activities", M{"type": "message", "from": M{"id": "visitor"}, "text": "hello"})
	want("Which day & time suits you?")
	ask("POST", "/conversations/"+id+"/activities", M{"type": "message", "from": M{"id": "visitor"}, "text": "Sunday"})
	want("You are expected: Sunday.")
}

func (h *house) socketMode(workspace *slacktest.Server, flow string) {
	before := len(workspace.Posts())
	h.slackBot(flow, M{"displayName": "Socket", "appToken": slacktest.AppToken})
	c, err := workspace.Connection(h.t.Context()) // the running server finds the new bot
	if err != nil {
		h.t.Fatal(err)
	}
	if err := c.Tell(h.t.Context(), "e1", 0, slacktest.Said("U1", "D1", "", "1700000009.000100", "hello").Body("Ev9")); err != nil {
		h.t.Fatal(err)
	}
	if id := c.Ack(20 * time.Second); id != "e1" {
		h.t.Fatalf("%q was acknowledged", id)
	}
	h.eventually("the answer to a direct message", func() bool { return len(workspace.Posts()) > before })
	if p := workspace.Posts()[before]; p.Channel != "D1" || p.Thread != "" {
		h.t.Errorf("%+v", p)
	}
}

// No secret of a bot is readable in the database or shown by the API.
func TestBotsKeepTheirSecrets(t *testing.T) {
	h, _, _ := botHouse(t)
	h.slackBot("", M{"signingSecret": slacktest.Secret, "appToken": "xapp-nowhere"})
	h.post("/endpoints/skype-bot", M{"accountId": h.account, "displayName": "Teams", "appId": bottest.AppID, "appPassword": bottest.Password, "directLineSecret": "a-secret-of-the-page"})
	_, shown := h.request(http.MethodGet, "/endpoints?types=SlackBot,SkypeBot", "", nil)
	all := string(shown)
	files, err := os.ReadDir(h.data)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if b, err := os.ReadFile(h.data + "/" + f.Name()); err == nil {
			all += string(b)
		}
	}
	for _, secret := range []string{slacktest.BotToken, slacktest.Secret, "xapp-nowhere", bottest.Password, "a-secret-of-the-page"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q can be read", secret)
		}
	}
}
