package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/email/smtptest"
	slackbot "ringflow/endpoints/slack"
	"ringflow/endpoints/slack/slacktest"
)

type shownLink struct {
	Kind, State, Server, LastError string
	Since                          time.Time
}

// links are what an endpoint, or an e-mail account, shows of its links, by kind.
func linksOf(all []shownLink) map[string]shownLink {
	out := map[string]shownLink{}
	for _, l := range all {
		out[l.Kind] = l
	}
	return out
}

func (h *house) links(endpoint string) map[string]shownLink {
	h.t.Helper()
	var e struct{ Links []shownLink }
	h.get("/endpoints/"+endpoint, &e)
	return linksOf(e.Links)
}

// An SMTP server that is away and a Slack bot whose token is refused show with their endpoints, in the settings, in the
// check of the account and in the metrics; and that they are back.
func TestLinksThatFailAreShown(t *testing.T) {
	workspace, out := slacktest.New(t), &smtptest.Server{}
	h := startHouse(t, "RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32", "RINGFLOW_BOTS_SLACK="+workspace.API(), "RINGFLOW_MAIL_LISTEN=127.0.0.1:0", "RINGFLOW_MAIL_HOST=mx.x.test", "RINGFLOW_MAIL_RESOLVER=127.0.0.1:1")
	server := func(port any) M {
		return M{"accountId": h.account, "emailAccounts": []M{{"emailAddress": "sales@x.test", "smtp": M{"host": "127.0.0.1", "port": port, "tls": "none"}}}}
	}
	h.patch("/system/settings", server(freePort(t)))
	mail := h.post("/endpoints/email", M{"accountId": h.account, "emailAddress": "sales@x.test", "displayName": "Sales"})
	workspace.Fail("apps.connections.open", slacktest.Failure{Error: "invalid_auth"})
	bot := h.slackBot("", M{"appToken": slacktest.AppToken})
	h.outbox.Senders[endpoints.Slack].(*slackbot.Adapter).Wake()
	h.post("/messages", M{"endpointId": mail, "toAddress": "zoe@y.test", "text": "Hello"})
	h.eventually("both are shown to be down", func() bool {
		smtp, slack := h.links(mail)["Smtp"], h.links(bot)["SocketMode"]
		return smtp.State == "Down" && strings.Contains(smtp.LastError, "refused") && time.Since(smtp.Since) < time.Minute && slack.LastError == "invalid_auth"
	})
	if l := h.links(mail)["SmtpListener"]; l.State != "Up" || l.Server != h.mailAddr {
		t.Errorf("the listener: %+v", l)
	}
	var settings struct {
		EmailAccounts []struct{ Links []shownLink }
	}
	h.get("/system/settings?accountId="+h.account, &settings)
	if l := linksOf(settings.EmailAccounts[0].Links)["Smtp"]; l.State != "Down" {
		t.Errorf("in the settings: %+v", l)
	}
	_, page := h.request(http.MethodGet, "/metrics", "", nil)
	for _, want := range []string{`ringflow_link_up{kind="Smtp",of="` + h.account + ` sales@x.test",server="127.0.0.1:`, `ringflow_link_up{kind="SocketMode",of="` + bot + `"`, `ringflow_link_up{kind="SmtpListener",of="mail"`} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the metrics have no %s", want)
		}
	}
	if _, b := h.request(http.MethodPost, "/accounts/"+h.account+"/check", "application/json", strings.NewReader("{}")); !strings.Contains(string(b), "the SMTP server takes nothing") {
		t.Errorf("the check: %s", b)
	}
	_, port, _ := strings.Cut(out.Start(t), ":")
	h.patch("/system/settings", server(json.Number(port)))
	h.post("/messages", M{"endpointId": mail, "toAddress": "ben@y.test", "text": "Hello"})
	h.eventually("both are shown to be up", func() bool { return h.links(mail)["Smtp"].State == "Up" && h.links(bot)["SocketMode"].State == "Up" })
}
