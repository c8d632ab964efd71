package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// texted is what a phone number of the account and others have exchanged, oldest first.
func (h *house) texted(number string, texts ...string) (e *endpoints.Endpoint, ids []string) {
	h.Helper()
	e = &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.PhoneNumber, Number: number, DisplayName: "Front desk"}
	if err := h.server.Store.PutEndpoint(h.Context(), e); err != nil {
		h.Fatal(err)
	}
	return e, h.exchanged(e, texts...)
}

// exchanged adds texts: "+1800…>hello" has come, "+1800…<hello" was written.
func (h *house) exchanged(e *endpoints.Endpoint, texts ...string) (ids []string) {
	h.Helper()
	for _, t := range texts {
		i := strings.IndexAny(t, "<>")
		m := &endpoints.Message{AccountID: e.AccountID, EndpointID: e.ID, Channel: endpoints.SMPP, OtherAddress: t[:i], Sender: t[:i], Text: t[i+1:]}
		var err error
		if t[i] == '>' {
			_, err = h.server.Store.ReceiveMessage(h.Context(), m, nil)
		} else {
			_, err = h.server.Store.PutMessage(h.Context(), m, &endpoints.Outbound{To: []string{m.OtherAddress}, Body: []byte(`{"messageId":"x","text":"` + m.Text + `"}`)})
		}
		if err != nil {
			h.Fatal(err)
		}
		ids = append(ids, m.ID)
	}
	return ids
}

func (h *house) textsOf(who as, query string) (all []string) {
	h.Helper()
	for _, m := range decode[ListResponse[MessageInfo]](h.T, h.want(200, who, "GET", "/messages?"+query, "")).Items {
		all = append(all, m.Text)
	}
	return all
}

func TestMessages(t *testing.T) {
	h := newHouse(t)
	e, ids := h.texted("+18005550100", "+18005550101>one", "+18005550101<two", "+18005550102>three")
	h.texted("+18005550200", "+18005550101>elsewhere")
	one := url.QueryEscape(endpoints.ConversationID(e.ID, "+18005550101"))
	for query, want := range map[string]string{
		"endpointIds=" + e.ID: "[three two one]", "conversationIds=" + one: "[two one]", "conversationIds=" + one + "&sortOrder=Ascend&sortField=date": "[one two]",
		"endpointIds=" + e.ID + "&isUnread=true": "[three one]", "endpointIds=" + e.ID + "&isUnread=false": "[two]", "accountIds=" + h.account + "&countPerPage=1&page=1&endpointIds=" + e.ID: "[two]",
		"specificIds=" + ids[1]: "[two]", "afterDate=" + time.Now().Add(time.Hour).UTC().Format(time.RFC3339): "[]", "endpointIds=nobody": "[]",
	} {
		if got := h.textsOf(manager, query); fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
	if got := h.textsOf(basic("manager@other.test"), "endpointIds="+e.ID); len(got) != 0 {
		t.Errorf("another account sees %v", got)
	}
	m := decode[MessageInfo](t, h.want(200, manager, "GET", "/messages/"+ids[1], ""))
	if m.Direction != "Outgoing" || m.State != "Queued" || m.Channel != "Smpp" || m.OtherAddress != "+18005550101" || m.EndpointDisplayName != "Front desk" || m.ConversationId != endpoints.ConversationID(e.ID, "+18005550101") || m.IsUnread {
		t.Errorf("%+v", m)
	}
	list := decode[ListConversationsResponse](t, h.want(200, manager, "GET", "/conversations?endpointIds="+e.ID, ""))
	if len(list.Conversations) != 2 || list.Conversations[0].MostRecentMessage.Text != "three" || list.Conversations[1].MostRecentMessage.Text != "two" || list.Conversations[1].UnreadCount != 1 {
		t.Errorf("%+v", list.Conversations)
	}
	if a := h.want(200, manager, "GET", "/conversations?isUnread=true&countPerPage=1&page=1&otherAddress=5550", ""); len(decode[ListConversationsResponse](t, a).Conversations) != 1 {
		t.Error(a.body)
	}
}

// What somebody has looked at is no longer unread, message by message or all of a conversation.
func TestMessagesRead(t *testing.T) {
	h := newHouse(t)
	e, ids := h.texted("+18005550100", "+18005550101>one", "+18005550101>two", "+18005550101<three")
	if m := decode[MessageInfo](t, h.want(200, manager, "PATCH", "/messages/"+ids[0], `{"isUnread":false}`)); m.IsUnread {
		t.Errorf("%+v", m)
	}
	if got := h.textsOf(manager, "isUnread=true"); fmt.Sprint(got) != "[two]" {
		t.Error(got)
	}
	h.want(200, manager, "PATCH", "/messages/"+ids[0], `{"isUnread":true}`)
	h.want(400, manager, "PATCH", "/messages/"+ids[2], `{"isUnread":true}`)
	h.want(200, manager, "PATCH", "/messages/"+ids[2], `{"isUnread":false}`)
	path := "/conversations/" + url.PathEscape(endpoints.ConversationID(e.ID, "+18005550101"))
	h.want(400, manager, "PATCH", path, `{"isUnread":true}`)
	if c := decode[ConversationInfo](t, h.want(200, manager, "PATCH", path, `{"isUnread":false}`)); c.UnreadCount != 0 || c.MostRecentMessage.Text != "three" {
		t.Errorf("%+v", c)
	}
	if got := h.textsOf(manager, "isUnread=true"); len(got) != 0 {
		t.Error(got)
	}
	h.want(404, manager, "PATCH", "/conversations/"+e.ID+".nobody", `{"isUnread":false}`)
}

// A phone user sees the messages of its endpoint, and writes from there.
func TestMessagesOfUsers(t *testing.T) {
	h := newHouse(t)
	at := map[string]string{"unique": "0000001"}
	h.user(at)
	phil := basic(at["phil"])
	number, _ := h.texted("+18005550100", "+18005550101>for the office")
	u, err := h.server.Store.Endpoint(t.Context(), at["phone"])
	if err != nil {
		t.Fatal(err)
	}
	ids := h.exchanged(u, "room:1>for Phil", "bob<from Phil")
	if got := h.textsOf(phil, ""); fmt.Sprint(got) != "[from Phil for Phil]" {
		t.Error(got)
	}
	if got := h.textsOf(phil, "endpointIds="+number.ID); len(got) != 0 {
		t.Error(got)
	}
	if c := decode[ListConversationsResponse](t, h.want(200, phil, "GET", "/conversations", "")).Conversations; len(c) != 2 {
		t.Errorf("%+v", c)
	}
	h.want(200, phil, "PATCH", "/messages/"+ids[0], `{"isUnread":false}`)
	h.want(403, phil, "DELETE", "/messages/"+ids[0], "")
	h.want(404, phil, "POST", "/messages", `{"endpointId":"`+number.ID+`","toAddress":"+18005550101","text":"x"}`)
	m := decode[MessageInfo](t, h.want(200, phil, "POST", "/messages", `{"toAddress":"bob","text":"hello Bob"}`))
	if m.EndpointId != u.ID || m.Text != "hello Bob" || m.Direction != "Outgoing" {
		t.Errorf("%+v", m)
	}
	chat := h.furnish(h.account).chat
	h.want(404, phil, "POST", "/sessions/"+chat+"/messages", `{"text":"x"}`)
	h.calls.members = map[string][]session.Member{chat: {{CallSid: "c", Name: "Visitor", Number: "web:x"}, {CallSid: u.ID, EndpointID: u.ID}}}
	h.want(200, phil, "POST", "/sessions/"+chat+"/messages", `{"body":"welcome"}`)
	info := decode[SessionInfo](t, h.want(200, phil, "GET", "/sessions/"+chat, ""))
	if len(info.Members) != 2 || info.Members[1].EndpointId != u.ID || info.Channel != "Chat" {
		t.Errorf("%+v", info.Members)
	}
	h.want(200, phil, "GET", "/sessions/"+chat+"/transcript", "")
	h.want(204, phil, "DELETE", "/sessions/"+chat, "")
}

// Under one key a message is written once, also if the server died before it answered.
func TestSendMessageOnce(t *testing.T) {
	h := newHouse(t)
	number, _ := h.texted("+18005550100")
	body := `{"endpointId":"` + number.ID + `","toAddress":"+18005550101","text":"once"}`
	a := decode[MessageInfo](t, h.want(200, manager, "POST", "/messages", body, header("Idempotency-Key", "k1")))
	b := decode[MessageInfo](t, h.want(200, manager, "POST", "/messages", body, header("Idempotency-Key", "k1")))
	if a.Id != b.Id || len(h.calls.verbs) != 1 {
		t.Errorf("%s, %s: %v", a.Id, b.Id, h.calls.verbs)
	}
	h.want(422, manager, "POST", "/messages", strings.Replace(body, "once", "twice", 1), header("Idempotency-Key", "k1"))
	for body, status := range map[string]int{
		`{"endpointId":"` + number.ID + `","toAddress":"+18005550101"}`: 400, `{"endpointId":"` + number.ID + `","text":"x"}`: 400, `{"text":"x"}`: 400,
		`{"endpointId":"nobody","toAddress":"+18005550101","text":"x"}`: 404, `{"sessionId":"nobody","text":"x"}`: 404,
		`{"endpointId":"` + number.ID + `","toAddress":"+18005550101","text":"x","fileIds":["nobody"]}`:                                  404,
		`{"endpointId":"` + number.ID + `","toAddress":"+18005550101","fileIds":["` + h.furnish(h.other).file + `"],"text":"x"}`:         404,
		`{"endpointId":"` + number.ID + `","toAddress":"+18005550101","text":"` + strings.Repeat("x", endpoints.MaxMessageText+1) + `"}`: 400,
		`{"endpointId":"` + number.ID + `","toAddress":"+18005550101","text":"x","fileIds":["` + strings.Repeat(`a","`, 20) + `a"]}`:     400,
	} {
		h.want(status, manager, "POST", "/messages", body)
	}
	h.calls.refuse = &endpoints.Invalid{Field: "toAddress", Text: "wants no texts"}
	if a := h.want(400, manager, "POST", "/messages", body); !strings.Contains(a.body, "wants no texts") {
		t.Error(a.body)
	}
}

// What a message said is gone, with its files; that there was one stays.
func TestDeleteMessage(t *testing.T) {
	h := newHouse(t)
	e, ids := h.texted("+18005550100", "+18005550101<a secret")
	h.want(403, basic("user@default.test"), "DELETE", "/messages/"+ids[0], "")
	h.want(204, manager, "DELETE", "/messages/"+ids[0], "")
	a := h.want(200, manager, "GET", "/messages/"+ids[0], "")
	if m := decode[MessageInfo](t, a); m.Text != "" || m.State != "Failed" || m.OtherAddress != "+18005550101" {
		t.Errorf("%+v", m)
	}
	attached := &endpoints.File{AccountID: h.account, Type: endpoints.Attachment, FileName: "a.png"}
	own := &endpoints.File{AccountID: h.account, Type: endpoints.Upload, FileName: "b.png"}
	m := &endpoints.Message{AccountID: h.account, EndpointID: e.ID, Channel: endpoints.SMPP, OtherAddress: "+18005550101", Text: "x"}
	for _, f := range []*endpoints.File{attached, own} {
		if err := h.server.Store.PutFile(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		m.Files = append(m.Files, endpoints.MessageFile{FileID: f.ID, Name: f.FileName})
	}
	if _, err := h.server.Store.ReceiveMessage(t.Context(), m, nil); err != nil {
		t.Fatal(err)
	}
	h.want(204, manager, "DELETE", "/messages/"+m.ID, "")
	h.want(404, manager, "GET", "/files/"+attached.ID, "")
	h.want(200, manager, "GET", "/files/"+own.ID, "")
	if a := h.want(200, manager, "GET", "/log-entries?accountIds="+h.account, ""); !strings.Contains(a.body, "DeleteMessage "+m.ID) {
		t.Error(a.body)
	}
}
