package api

import "ringflow/endpoints"

// messagesProofs are of messages, conversations and chats.
func messagesProofs() []proof {
	return []proof{
		{name: "ListMessages", works: ask{route: "GET /messages?accountIds={account}&endpointIds={endpoint}&conversationIds={conversation}&afterDate=2020-01-01&isUnread=true"}, refuse: ask{route: "GET /messages?accountIds={other}"}},
		{name: "GetMessage", works: ask{route: "GET /messages/{message}"}, refuse: ask{route: "GET /messages/{otherMessage}"}},
		{name: "PatchMessage", works: ask{route: "PATCH /messages/{message}", body: `{"isUnread":false}`}, refuse: ask{route: "PATCH /messages/{otherMessage}", body: `{"isUnread":false}`}},
		{name: "DeleteMessage", works: ask{route: "DELETE /messages/{message}"}, refuse: ask{route: "DELETE /messages/{otherMessage}"}},
		{name: "ListConversations", works: ask{route: "GET /conversations?accountIds={account}&endpointIds={endpoint}&afterDate=2020-01-01"}, refuse: ask{route: "GET /conversations?accountIds={other}"}},
		{name: "GetConversation", works: ask{route: "GET /conversations/{conversation}"}, refuse: ask{route: "GET /conversations/{otherConversation}"}},
		{name: "PatchConversation", works: ask{route: "PATCH /conversations/{conversation}", body: `{"isUnread":false}`}, refuse: ask{route: "PATCH /conversations/{otherConversation}", body: `{"isUnread":false}`}},
		{name: "SendMessage",
			works:  ask{route: "POST /messages", body: `{"endpointId":"{endpoint}","toAddress":"+18005550199","text":"hello","fileIds":["{file}"]}`},
			refuse: ask{route: "POST /messages", body: `{"endpointId":"{otherEndpoint}","toAddress":"+18005550199","text":"hello"}`}},
		{name: "SendEndpointMessage", make: (*house).webChat,
			works:  ask{login: anonymous, route: "POST /chat/endpoint/message", body: `{"endpointId":"{web}","sender":"visitor-{unique}","displayName":"Vera","body":"hello","attachmentUri":"https://x.test/a.png"}`},
			refuse: ask{login: anonymous, route: "POST /chat/endpoint/message", body: `{"endpointId":"{endpoint}","sender":"visitor-{unique}","body":"hello"}`}},
		{name: "InviteChatMember", works: ask{route: "POST /sessions/{chat}/members", body: `{"member":"+18005550177"}`}, refuse: ask{route: "POST /sessions/{otherChat}/members", body: `{"member":"+18005550177"}`}},
		{name: "DeleteChatMember", works: ask{route: "DELETE /sessions/{chat}/members/abc"}, refuse: ask{route: "DELETE /sessions/{otherChat}/members/abc"}},
		{name: "ListTextStops", make: (*house).webChat, works: ask{route: "GET /endpoints/{web}/text-stops?addressFilter=1800"}, refuse: ask{route: "GET /endpoints/{otherEndpoint}/text-stops"}},
		{name: "NewTextStop", make: (*house).webChat, works: ask{route: "POST /endpoints/{web}/text-stops", body: `{"address":"+18005550177"}`}, refuse: ask{route: "POST /endpoints/{endpoint}/text-stops", body: `{"address":"nobody"}`, status: 400}},
		{name: "DeleteTextStop", make: (*house).webChat, works: ask{route: "DELETE /endpoints/{web}/text-stops/+18005550199"}, refuse: ask{route: "DELETE /endpoints/{otherEndpoint}/text-stops/+18005550199"}},
	}
}

// webChat is a phone number that visitors may write to, and that one address wants no texts of.
func (h *house) webChat(at map[string]string) {
	h.Helper()
	e := &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.PhoneNumber, Number: "+1800" + at["unique"], WebChat: true}
	if err := h.server.Store.PutEndpoint(h.Context(), e); err != nil {
		h.Fatal(err)
	}
	at["web"] = e.ID
	if _, err := h.server.Store.StopTexts(h.Context(), endpoints.TextStop{AccountID: h.account, EndpointID: e.ID, Address: "+18005550199", Word: "STOP"}); err != nil {
		h.Fatal(err)
	}
}
