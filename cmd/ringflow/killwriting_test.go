package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/smtp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/bot/bottest"
	"ringflow/endpoints/email/smtptest"
	"ringflow/endpoints/slack/slacktest"
	"ringflow/store"
)

// written is one channel by which people write while the server is killed.
type written struct {
	channel endpoints.Channel
	// write gives the i-th message to the server; nil: it says that it has it.
	write func(i int) error
	// heard are the ids of ours with which answers have come to who wrote the i-th, each time.
	heard func(i int) []string
}

// eachWrites is how many messages come by each channel.
const eachWrites = 4

func said(c endpoints.Channel, i int) string { return fmt.Sprintf("number %d by %s", i, c) }

// kill -9 at any moment while mails, posts of Slack and activities of the Bot Framework come, on
// PostgreSQL: each of which the server has said that it has it, is run once to its end, and its answer leaves at least
// once, always as the same.
func TestKilledWhilePeopleWrite(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	out, workspace, framework := &smtptest.Server{}, slacktest.New(t), bottest.New(t)
	mailAddr := address("127.0.0.1", freePort(t))
	database := "postgres://test@localhost/postgres?host=" + db.dir + "&sslmode=disable"
	settings := []string{
		"RINGFLOW_STORE_URL=" + database, "RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32", "RINGFLOW_BOTS_SLACK=" + workspace.API(), "RINGFLOW_BOTS_OPENID=" + framework.OpenID(),
		"RINGFLOW_BOTS_LOGIN=" + framework.URL, "RINGFLOW_BOTS_SERVICES=" + framework.Host(), "RINGFLOW_MAIL_LISTEN=" + mailAddr, "RINGFLOW_MAIL_HOST=mx.x.test",
		"RINGFLOW_MAIL_SMTP=" + out.Start(t), "RINGFLOW_MAIL_TLS=none", "RINGFLOW_MAIL_FROM=phones@x.test", "RINGFLOW_MAIL_RESOLVER=127.0.0.1:1",
	}
	p := startProcess(t, t.TempDir(), settings...)
	flow := p.flow("Echo", node("s", "SayNode", M{"WhatToSay": text("You wrote: {{ Session.Body }}"), "Done": next("e")}), node("e", "EndNode", M{"Outcome": text("answered")}))
	p.post("/endpoints/email", M{"accountId": p.account, "emailAddress": "sales@x.test", "displayName": "Sales", "flowId": flow})
	slack := p.slackBot(flow, M{"signingSecret": slacktest.Secret})
	teams := p.post("/endpoints/skype-bot", M{"accountId": p.account, "displayName": "Teams", "appId": bottest.AppID, "appPassword": bottest.Password, "flowId": flow})
	base := p.house.api.base
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	channels := []written{
		{endpoints.Email, func(i int) error {
			return sendPlain(mailAddr, fmt.Sprintf("p%d@y.test", i), "sales@x.test",
				fmt.Sprintf("From: p%d@y.test\r\nTo: sales@x.test\r\nMessage-Id: <%d@y.test>\r\nSubject: Hello\r\n\r\n%s\r\n", i, i, said(endpoints.Email, i)))
		}, func(i int) (ids []string) {
			for _, m := range out.Mails() {
				if m.To[0] == fmt.Sprintf("p%d@y.test", i) {
					ids = append(ids, strings.TrimSuffix(strings.Trim(mailHead(t, m).Get("Message-Id"), "<>"), "@x.test"))
				}
			}
			return ids
		}},
		{endpoints.Slack, func(i int) error {
			return slacktest.Tell(ctx, base+"/slack/"+slack, fmt.Sprintf("Ev%d", i), slacktest.Said(fmt.Sprintf("U%d", i), fmt.Sprintf("D%d", i), "", fmt.Sprintf("170000000%d.000100", i), said(endpoints.Slack, i)))
		}, func(i int) (ids []string) {
			for _, post := range workspace.Posts() {
				if post.Channel == fmt.Sprintf("D%d", i) {
					ids = append(ids, fmt.Sprint(post.Metadata["id"]))
				}
			}
			return ids
		}},
		{endpoints.BotFramework, func(i int) error {
			activity := framework.Activity(fmt.Sprint("activity-", i), fmt.Sprint("a:", i), fmt.Sprint("user", i), said(endpoints.BotFramework, i), nil)
			status, answer, err := framework.Tell(ctx, base+"/bot/"+teams+"/messages", activity)
			if err == nil && status != 200 {
				err = fmt.Errorf("%d %s", status, answer)
			}
			return err
		}, func(i int) (ids []string) {
			for _, a := range framework.Said() {
				if a.Conversation == fmt.Sprint("a:", i) && a.Text() != "" {
					data, _ := a.Activity["channelData"].(map[string]any)
					ids = append(ids, fmt.Sprint(data["clientActivityID"]))
				}
			}
			return ids
		}},
	}
	var writers sync.WaitGroup
	for _, c := range channels {
		writers.Go(func() {
			for i := range eachWrites {
				for c.write(i) != nil { // who writes tries again until he hears yes
					if !pause(ctx, 50*time.Millisecond) {
						t.Errorf("%s was never taken", said(c.channel, i))
						return
					}
				}
				pause(ctx, time.Duration(rand.IntN(300))*time.Millisecond)
			}
		})
	}
	for range 3 {
		pause(ctx, time.Duration(rand.IntN(500))*time.Millisecond)
		p.kill()
		p = p.again(settings...)
	}
	writers.Wait()
	for _, c := range channels {
		p.eventually("all answers by "+string(c.channel), func() bool {
			for i := range eachWrites {
				if len(c.heard(i)) == 0 {
					return false
				}
			}
			return p.metric(`ringflow_outbox_queued{channel="`+string(c.channel)+`"}`) == "0"
		})
	}
	p.signal(syscall.SIGTERM)
	p.exits(0)
	checkWritten(t, store.Options{URL: database, Dir: p.data}, channels)
}

// checkWritten compares what was written and heard with what the server has kept.
func checkWritten(t *testing.T, o store.Options, channels []written) {
	t.Helper()
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all, _, err := db.Messages(t.Context(), endpoints.MessageFilter{List: endpoints.List{All: true}})
	if err != nil {
		t.Fatal(err)
	}
	executions := map[string]bool{}
	for _, c := range channels {
		for i := range eachWrites {
			var in, answers []*endpoints.Message
			for _, m := range all {
				switch {
				case m.Channel == c.channel && m.Direction == endpoints.MessageIn && m.Text == said(c.channel, i):
					in = append(in, m)
				case m.Channel == c.channel && m.Direction == endpoints.MessageOut && m.Text == "You wrote: "+said(c.channel, i):
					answers = append(answers, m)
				}
			}
			if len(in) != 1 || len(answers) != 1 {
				t.Errorf("%s is kept %d times, with %d answers", said(c.channel, i), len(in), len(answers))
				continue
			}
			r, err := db.Record(t.Context(), in[0].SessionID)
			if err != nil || r.Ended.IsZero() || r.Outcome != "answered" || executions[r.ID] {
				t.Errorf("%s: its session %+v, %v", said(c.channel, i), r, err)
				continue
			}
			executions[r.ID] = true
			if answers[0].State != endpoints.MessageSent {
				t.Errorf("the answer to %s is %s", said(c.channel, i), answers[0].State)
			}
			for _, id := range c.heard(i) {
				if id != answers[0].ID {
					t.Errorf("the answer to %s is %s, and came as %s", said(c.channel, i), answers[0].ID, id)
				}
			}
		}
	}
	if _, n, err := db.Records(t.Context(), store.RecordFilter{}); err != nil || n != len(channels)*eachWrites {
		t.Errorf("there are %d sessions of %d messages, %v", n, len(channels)*eachWrites, err)
	}
}

// sendPlain sends a mail without encryption; nil: the server has it.
func sendPlain(addr, from, to, mail string) error {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	c, err := smtp.NewClient(conn, "mx.x.test")
	if err != nil {
		return err
	}
	for _, err := range []error{c.Mail(from), c.Rcpt(to)} {
		if err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(mail)); err != nil {
		return err
	}
	return w.Close()
}
