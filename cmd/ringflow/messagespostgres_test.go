package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"ringflow/endpoints"
	"ringflow/endpoints/bot/bottest"
	"ringflow/endpoints/email/smtptest"
	"ringflow/endpoints/slack/slacktest"
	"ringflow/endpoints/sms"
	"ringflow/endpoints/sms/smpptest"
	"ringflow/store/storetest"
)

// All channels on PostgreSQL, which the tests of each try on SQLite: a server with every one of them, whose
// flows answer by all four carriers of texts, on a call, by mail, Slack, Teams and a web page, and lead into a room.
func TestMessagesOnPostgreSQL(t *testing.T) {
	db := storetest.StartPostgres(t).Empty(t) // the server has a key of its own
	out, workspace, framework := &smtptest.Server{}, slacktest.New(t), bottest.New(t)
	workspace.Names["U1"] = "Ann"
	settings := slices.Concat([]string{"RINGFLOW_STORE_URL=" + db.Options.URL}, textSettings, mailSettings(t, out), botSettings(workspace, framework))
	h := startHouse(t, settings...)
	ann, bob := h.person(t, "Ann", "127.0.0.3", nil), h.person(t, "Bob", "127.0.0.4", nil)
	x := h.texting(t, h.room(ann, bob), booksAt(bookings(t)))
	// part runs one on a server whose failures are its own.
	part := func(name string, run func(t *testing.T, x *textHouse)) {
		t.Run(name, func(t *testing.T) {
			mine := *x
			mine.house = x.on(t)
			run(t, &mine)
		})
	}
	part("Room", func(t *testing.T, x *textHouse) { x.chatsInARoom(t, ann, bob) })
	x.patch("/endpoints/"+x.number, M{"flowId": h.example("appointment-bot")})
	part("Texts", func(t *testing.T, x *textHouse) { x.books(t) })

	flow := h.appointment()
	slack := h.slackBot(flow, M{"signingSecret": slacktest.Secret})
	skype := h.post("/endpoints/skype-bot", M{"accountId": h.account, "displayName": "Teams", "appId": bottest.AppID, "appPassword": bottest.Password, "flowId": flow, "directLineSecret": "a-secret-of-the-page"})
	part("SMPP", func(t *testing.T, x *textHouse) { x.booksBySMPP(t, flow) })
	part("Mail", func(_ *testing.T, x *textHouse) { x.booksByMail(out, x.mails(flow)) })
	part("Slack", func(_ *testing.T, x *textHouse) { x.slackThread(workspace, x.apiAddr+"/slack/"+slack) })
	part("Teams", func(_ *testing.T, x *textHouse) { x.teams(framework, x.apiAddr+"/bot/"+skype+"/messages") })
	part("Web", func(_ *testing.T, x *textHouse) { x.webPage(x.apiAddr + "/directline/" + skype + "/v3/directline") })
}

// booksBySMPP writes to another number, in parts that come in the wrong order; it is told by receipts what has arrived.
func (h *house) booksBySMPP(t *testing.T, flow string) {
	c := &smpptest.Centre{SystemID: "ring", Password: "flow", Receipts: true}
	host, port := c.Start(t)
	number := h.post("/endpoints/phone-numbers", M{"accountId": h.account, "number": farNumber, "isVirtualPhoneNumber": true, "flowId": flow,
		"texts": M{"carrier": "Smpp", "host": host, "port": port, "systemId": c.SystemID, "password": c.Password, "textsPerMinute": 60_000}})
	write := func(words string) {
		t.Helper()
		pieces, _ := sms.Split(words)
		for i, piece := range slices.Backward(pieces) {
			m := textTo(farNumber, writer(0), "")
			data, _ := sms.EncodeGSM7(piece)
			if m.Short = data; len(pieces) > 1 {
				m.ESMClass, m.Short = 0x40, append(sms.Part{Ref: 7, Total: len(pieces), Seq: i + 1}.Header(), data...)
			}
			if err := c.Deliver(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := 0 // submits that are part of earlier answers
	hears := func(parts int, want string) {
		t.Helper()
		h.eventually("the answer "+want, func() bool { return len(c.Submits()) >= before+parts })
		var got string
		for _, s := range c.Submits()[before:] {
			data := s.Short
			if s.ESMClass&0x40 != 0 {
				_, data, _, _ = sms.CutHeader(data)
			}
			got += sms.DecodeGSM7(data)
		}
		if before += parts; got != want {
			t.Fatalf("%q came, want %q", got, want)
		}
	}
	write(strings.TrimSpace(strings.Repeat("hello ", 40)))
	hears(1, "Which day & time suits you?")
	long := strings.TrimSpace(strings.Repeat("Friday ", 30))
	write(long)
	hears(2, "You are expected: "+long+".")
	h.allReceived(number, writer(0), endpoints.MessageDelivered, 2)
}

// booksByMail writes twice in one thread.
func (h *house) booksByMail(out *smtptest.Server, address string) {
	h.t.Helper()
	for i, c := range []struct{ words, answer string }{{"hello", "Which day & time suits you?"}, {"Friday", "You are expected: Friday."}} {
		if err := h.swaks("--from", "zoe@y.test", "--to", "sales@x.test", "--header", "Subject: Hours", "--body", c.words); err != nil {
			h.t.Fatal(err)
		}
		m := out.Wait(h.t, i+1)[i]
		if mailHead(h.t, m).Get("Subject") != "Re: Hours" || !bytes.Contains(m.Data, []byte(c.answer)) {
			h.t.Errorf("%s", m.Data)
		}
	}
	h.allReceived(address, "zoe@y.test", endpoints.MessageSent, 2)
}

// allReceived waits until of what an endpoint and somebody wrote to each other n answers have come so far.
func (h *house) allReceived(endpoint, other string, state endpoints.MessageState, n int) {
	h.t.Helper()
	h.eventually("the answers are noted as "+string(state), func() bool {
		in, out := 0, 0
		for _, m := range h.kept(endpoint, other) {
			if m.Direction == endpoints.MessageIn {
				in++
			} else if m.State == state {
				out++
			}
		}
		return in == n && out == n
	})
}
