package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// Visitors write where it is allowed, bounded, and as nobody else.
func TestWebChat(t *testing.T) {
	h := newHouse(t)
	e, _ := h.texted("+18005550100", "+18005550101>by SMS")
	say := func(status int, member, value string) answer {
		t.Helper()
		return h.want(status, nobody, "POST", "/chat/endpoint/message", `{"endpointId":"`+e.ID+`","sender":"visitor-17","displayName":"Vera","body":"hello","`+member+`":"`+value+`"}`)
	}
	off := say(404, "body", "hello")
	h.want(400, manager, "PATCH", "/endpoints/"+h.furnish(h.account).endpoint, `{"webChat":true}`) // a person's phone
	if e := decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/endpoints/"+e.ID, `{"webChat":true}`)); !e.WebChat {
		t.Errorf("%+v", e)
	}
	if a := say(404, "endpointId", "nobody"); a.body != off.body {
		t.Errorf("who guesses learns what there is: %s, %s", a.body, off.body)
	}
	say(204, "body", "hello")
	say(204, "attachmentUri", "https://x.test/a.png")
	for member, value := range map[string]string{
		"sender": "short", "body": strings.Repeat("x", 4097), "displayName": strings.Repeat("x", 129), "attachmentUri": "javascript:alert(1)",
	} {
		say(400, member, value)
	}
	say(400, "sender", "+1800555 0101")
	say(204, "sender", "+18005550101") // is no phone
	list := decode[ListResponse[MessageInfo]](t, h.want(200, manager, "GET", "/messages?sortField=date&sortOrder=Ascend&endpointIds="+e.ID, "")).Items
	var got []string
	for _, m := range list {
		got = append(got, fmt.Sprint(m.Channel, " ", m.OtherAddress, " ", m.Sender, " ", m.Text))
	}
	want := []string{"Smpp +18005550101 +18005550101 by SMS", "Web web:visitor-17 Vera hello", "Web web:visitor-17 Vera hello\nhttps://x.test/a.png", "Web web:+18005550101 Vera hello"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q", got)
	}
	chat := list[1].SessionId
	if chat == "" || list[2].SessionId != chat {
		t.Errorf("%+v", list)
	}
	h.want(204, nobody, "GET", "/chat/endpoint/message?body=again&sessionId="+chat, "")
	other := h.furnish(h.account)
	h.want(404, nobody, "GET", "/chat/endpoint/message?body=again&sessionId="+other.session, "") // a call
	h.want(404, nobody, "GET", "/chat/endpoint/message?body=again&sessionId="+other.chat, "")    // of a user without webChat
	h.want(404, nobody, "GET", "/chat/endpoint/message?body=again&sessionId="+chat+"&endpointId="+other.endpoint, "")
}

// Who writes without end waits, and others needn't.
func TestWebChatLimits(t *testing.T) {
	h := newHouse(t, func(s *Server) { s.PublicURL = "https://pbx.example.com" })
	e, _ := h.texted("+18005550100")
	h.want(200, manager, "PATCH", "/endpoints/"+e.ID, `{"webChat":true}`)
	say := func(from string) answer {
		t.Helper()
		return h.do(nobody, "POST", "/chat/endpoint/message", `{"endpointId":"`+e.ID+`","sender":"visitor-17","body":"hello"}`, header("X-Forwarded-For", from))
	}
	refused := 0
	for range visitorBurst + 5 {
		if a := say("192.0.2.1"); a.StatusCode == 429 && a.Header.Get("Retry-After") != "" {
			refused++
		} else if a.StatusCode != 204 {
			t.Fatal(a.StatusCode, a.body)
		}
	}
	if refused == 0 {
		t.Error("nobody is slowed down")
	}
	if a := say("192.0.2.2"); a.StatusCode != 204 {
		t.Error("another source waits:", a.StatusCode)
	}
}

// A chat's transcript are its messages, and if asked for those of six months before.
func TestChatTranscript(t *testing.T) {
	h := newHouse(t)
	e, _ := h.texted("+18005550100")
	put := func(rec *session.Record, at time.Time, text string, files ...endpoints.MessageFile) {
		t.Helper()
		m := &endpoints.Message{AccountID: h.account, EndpointID: e.ID, Channel: endpoints.SMPP, OtherAddress: "+18005550101", Sender: "Otto", Text: text, Date: at, Files: files}
		var open *session.Opening
		if rec != nil {
			open = &session.Opening{Record: rec, Body: []byte(`{}`)}
		} else {
			m.Auto = true
		}
		if _, err := h.server.Store.ReceiveMessage(t.Context(), m, open); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now().UTC()
	put(nil, now.AddDate(0, -7, 0), "long ago")
	put(nil, now.AddDate(0, -5, 0), "in spring")
	put(nil, now.AddDate(0, 0, -3), "on Monday")
	rec := &session.Record{ID: endpoints.NewID(), AccountID: h.account, EndpointID: e.ID, Channel: "Chat", Direction: session.Incoming, CallState: session.Connected, Started: now, FromAddress: "+18005550101"}
	put(rec, now, "now", endpoints.MessageFile{FileID: endpoints.NewID(), Name: "a.png", ContentType: "image/png"}, endpoints.MessageFile{FileID: endpoints.NewID(), Name: "b.png", ContentType: "image/png"})
	for query, want := range map[string]string{
		"": "[now ]", "?includeHistorical=true": "[in spring on Monday now ]", "?includeHistorical=true&historicalCutOffDate=2000-01-01": "[in spring on Monday now ]",
		"?includeHistorical=true&historicalCutOffDate=" + now.AddDate(0, -1, 0).Format(time.DateOnly): "[on Monday now ]",
	} {
		info := decode[TranscriptInfo](t, h.want(200, manager, "GET", "/sessions/"+rec.ID+"/transcript"+query, ""))
		var got []string
		for _, l := range info.Lines {
			got = append(got, l.Body)
			if l.Kind != "Message" || l.From != "Otto" || l.MessageId == "" || l.Date.IsZero() {
				t.Errorf("%+v", l)
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %q, want %s", query, got, want)
		}
		last := info.Lines[len(info.Lines)-2:]
		if last[0].MediaContentType != "image/png" || !strings.HasSuffix(last[0].MediaUri, "/content") || last[1].MediaUri == last[0].MediaUri || last[1].MediaUri == "" {
			t.Errorf("%+v", last)
		}
	}
}

// Texts and mails that leave are notifications; what they say is shown.
func TestTextNotifications(t *testing.T) {
	h := newHouse(t)
	h.texted("+18005550100", "+18005550101<your table is ready", "+18005550101>thanks")
	h.furnish(h.account)
	for query, want := range map[string]int{"type=Sms": 1, "type=Email": 1, "type=Push": 0, "": 2, "type=Sms&toFilter=0101": 1, "type=Sms&toFilter=0102": 0} {
		if got := decode[ListResponse[NotificationInfo]](t, h.want(200, manager, "GET", "/notifications?"+query, "")); len(got.Items) != want {
			t.Errorf("%s: %+v", query, got.Items)
		}
	}
	n := decode[ListResponse[NotificationInfo]](t, h.want(200, manager, "GET", "/notifications?type=Sms", "")).Items[0]
	if n.Type != "Sms" || n.Body != "your table is ready" || n.To != "+18005550101" || n.State != "Queued" {
		t.Errorf("%+v", n)
	}
	if got := decode[NotificationInfo](t, h.want(200, manager, "POST", "/notifications/"+n.Id+"/resend", "")); got.Id != n.Id || got.State != "Queued" {
		t.Errorf("%+v", got)
	}
}

// Who listens is told of messages as they come and as they get on.
func TestEventsOfMessages(t *testing.T) {
	h := newHouse(t)
	l, foreign := h.listen(manager, "?types=message.received,message.changed"), h.listen(basic("manager@other.test"), "?types=message.received,message.changed,session.log")
	h.calls.feed.Publish(session.Event{Kind: session.Messaged, AccountID: h.account, EndpointID: "e", SessionID: "s", Message: "m1", Date: time.Now()})
	h.calls.feed.Publish(session.Event{Kind: session.Changed, AccountID: h.account, EndpointID: "e", Message: "m2", MessageState: endpoints.MessageDelivered, Date: time.Now()})
	if e := l.next(); e.Type != "message.received" || e.Data["messageId"] != "m1" || e.Data["sessionId"] != "s" || e.Data["state"] != "Received" {
		t.Errorf("%+v", e)
	}
	if e := l.next(); e.Type != "message.changed" || e.Data["messageId"] != "m2" || e.Data["endpointId"] != "e" || e.Data["state"] != "Delivered" {
		t.Errorf("%+v", e)
	}
	h.happens(h.other, "", "b", "theirs")
	foreign.want("session.log theirs")
}

// Who wants no texts of a number is shown, and is changed by voice, too.
func TestTextStops(t *testing.T) {
	h := newHouse(t)
	e, _ := h.texted("+18005550100")
	path := "/endpoints/" + e.ID + "/text-stops"
	if s := decode[TextStopInfo](t, h.want(200, manager, "POST", path, `{"address":"(800) 555-0101"}`)); s.Address != "+18005550101" || s.EndpointId != e.ID {
		t.Errorf("%+v", s)
	}
	h.want(200, manager, "POST", path, `{"address":"+18005550101"}`)
	if l := decode[ListResponse[TextStopInfo]](t, h.want(200, manager, "GET", path+"?addressFilter=0101", "")); l.TotalCount != 1 {
		t.Errorf("%+v", l)
	}
	h.want(400, manager, "POST", "/endpoints/"+h.furnish(h.account).endpoint+"/text-stops", `{"address":"+18005550101"}`)
	h.want(204, manager, "DELETE", path+"/+18005550101", "")
	h.want(204, manager, "DELETE", path+"/+18005550101", "")
	h.want(400, manager, "DELETE", path+"/nobody", "")
	if l := decode[ListResponse[TextStopInfo]](t, h.want(200, manager, "GET", path, "")); l.TotalCount != 0 {
		t.Errorf("%+v", l)
	}
	h.want(404, basic("manager@other.test"), "GET", path, "")
}
