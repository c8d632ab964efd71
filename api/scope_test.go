package api

import (
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
)

// things is one of each kind in an account.
type things struct{ account, flow, endpoint, customer, file, session, login, loginID, apiKey, notification, webhook, delivery, report, message, conversation, chat string }

// furnish puts one of each kind into an account; below gives them to a customer.
func (h *house) furnish(account string, below ...string) things {
	h.Helper()
	customer := strings.Join(below, "")
	ctx := h.Context()
	db := h.server.Store
	t := things{account: account}
	f := &flow.Flow{AccountID: account, CustomerID: customer, Name: "Flow of " + account}
	check := func(err error) {
		h.Helper()
		if err != nil {
			h.Fatal(err)
		}
	}
	check(db.PutFlow(ctx, f))
	e := &endpoints.Endpoint{AccountID: account, CustomerID: customer, Kind: endpoints.User, FirstName: "Ann", LastName: account[:6], SipUserName: "ann-" + endpoints.NewID()[:12]}
	check(db.PutEndpoint(ctx, e))
	c := &endpoints.Customer{AccountID: account, ParentCustomerID: customer, Name: "Customer of " + account}
	check(db.PutCustomer(ctx, c))
	file := &endpoints.File{AccountID: account, CustomerID: customer, Type: endpoints.Upload, FileName: "a.txt", ContentType: "text/plain; charset=utf-8", ContentLength: 5}
	file.ID = endpoints.NewID()
	w, err := h.server.Blob.Create(file.ID)
	check(err)
	_, err = w.Write([]byte("hello"))
	check(err)
	_, err = w.Commit()
	check(err)
	check(db.PutFile(ctx, file))
	rec := &session.Record{ID: endpoints.NewID(), AccountID: account, CustomerID: customer, Channel: "Voice", Direction: session.Incoming, CallState: session.Connected, Started: time.Now().UTC(), FromAddress: "+18005550123", Revision: 1,
		Log: []session.LogLine{{Date: time.Now().UTC(), Message: "Hello there"}}}
	h.calls.mu.Lock()
	h.calls.live = append(h.calls.live, rec)
	h.calls.mu.Unlock()
	head := *rec
	head.Log = nil
	check(db.SaveSessions(ctx, []session.Change{{Record: &head, New: true, Log: rec.Log}}))
	m, err := endpoints.NewMail(account, "", []string{"a@x.test"}, "Mail of "+account, endpoints.Mail{Text: "hello"})
	check(err)
	_, err = db.PutOutbound(ctx, m)
	check(err)
	t.notification = m.ID
	chat := &session.Record{ID: endpoints.NewID(), AccountID: account, CustomerID: customer, EndpointID: e.ID, Channel: "Chat", Direction: session.Incoming, CallState: session.Connected, Started: time.Now().UTC(), FromAddress: "web:visitor-of-" + e.ID[:8]}
	in := &endpoints.Message{AccountID: account, CustomerID: customer, EndpointID: e.ID, Channel: endpoints.WebChat, OtherAddress: chat.FromAddress, Sender: "Visitor", Text: "hello"}
	_, err = db.ReceiveMessage(ctx, in, &session.Opening{Record: chat, Body: []byte(`{}`)})
	check(err)
	t.message, t.conversation, t.chat = in.ID, endpoints.ConversationID(e.ID, in.OtherAddress), chat.ID
	hook := &endpoints.Webhook{AccountID: account, Name: "Hook", URL: "https://hooks.example.com/x"}
	hook.NewSecret()
	if there, _, err := db.Webhooks(ctx, endpoints.WebhookFilter{AccountIDs: []string{account}}); err == nil && len(there) > 0 {
		hook = there[0] // an account has no more than a few
	} else {
		check(db.PutWebhook(ctx, hook))
	}
	sent, err := db.TestWebhook(ctx, hook)
	check(err)
	t.webhook, t.delivery = hook.ID, sent.ID
	report := &endpoints.Report{AccountID: account, CustomerID: customer, Kind: endpoints.CDRReport}
	if all, _, err := db.Reports(ctx, endpoints.ReportFilter{AccountIDs: []string{account}}); err == nil && len(all) > 90 {
		for _, old := range all { // an account has no more than a hundred that wait
			check(db.DeleteReport(ctx, old.ID))
		}
	}
	check(db.QueueReport(ctx, report))
	put, err := h.server.Blob.Create(report.ID)
	check(err)
	_, err = put.Commit()
	check(err)
	check(db.EndReport(ctx, report.ID, endpoints.ReportCompleted, ""))
	t.report = report.ID
	// A login that others manage, and its key.
	l := &endpoints.Login{EmailAddress: "pat-" + f.ID + "@x.test", PasswordHash: h.hash, Roles: []endpoints.Role{endpoints.UserRole}, AccountIDs: []string{account}}
	check(db.PutLogin(ctx, l))
	k := &endpoints.APIKey{Name: "Pat's", LoginID: l.ID, Scopes: []endpoints.KeyScope{endpoints.ScopeRead}}
	k.NewKey()
	check(db.AddAPIKey(ctx, k))
	t.flow, t.endpoint, t.customer, t.file, t.session, t.login, t.loginID, t.apiKey = f.ID, e.ID, c.ID, file.ID, rec.ID, l.EmailAddress, l.ID, k.ID
	return t
}

// fill puts the ids of things into a route, and whatever else it needs behind it.
func (t things) fill(path string) string {
	path = strings.NewReplacer("{accountId}", t.account, "{flowId}", t.flow, "{endpointId}", t.endpoint, "{customerId}", t.customer, "{fileId}", t.file, "{sessionId}", t.session, "{notificationId}", t.notification, "{userId}", t.loginID, "{apiKeyId}", t.apiKey, "{isoCode}", "DE", "{webhookId}", t.webhook, "{deliveryId}", t.delivery, "{callSid}", t.session, "{reportId}", t.report, "{from}", "1", "{to}", "1", "{queue}", "Sales", "{version}", "1", "{messageId}", t.message, "{conversationId}", t.conversation, "{memberId}", t.session, "{address}", "+18005550199", "{provider}", "basic").Replace(path)
	if strings.HasSuffix(path, "/app/config") || strings.HasSuffix(path, "/verify-caller-id") || path == "/messages" || path == "/chat/endpoint/message" {
		path += "?endpointId=" + t.endpoint + "&accountIds="
	} else {
		path += "?accountIds="
	}
	return path + t.account + "&accountId=" + t.account + "&flowId=" + t.flow + "&numberToDial=%2B18005550199&number=%2B18005550188&firstName=Zoe&displayName=Carrier&host=192.0.2.9&startDateTime=2020-01-01&endDateTime=2020-01-02&userEmailAddress=" + t.login + "&toAddress=%2B18005550199&text=hello&body=hello&sender=a-visitor-of-ours&member=%2B18005550199&address=%2B18005550199&specificIds="
}

// A list without accountIds shows the caller's accounts only, and an
// administrator all.
func TestListsAreNarrowed(t *testing.T) {
	h := newHouse(t)
	mine, others := h.furnish(h.account), h.furnish(h.other)
	for path, ids := range map[string][2]string{
		"/flows": {mine.flow, others.flow}, "/customers": {mine.customer, others.customer}, "/endpoints": {mine.endpoint, others.endpoint}, "/files": {mine.file, others.file}, "/notifications": {mine.notification, others.notification},
		"/sessions": {mine.session, others.session}, "/accounts": {mine.account, others.account}, "/calls/active": {mine.session, others.session},
	} {
		a := h.want(200, basic("manager@default.test"), "GET", path, "")
		if !strings.Contains(a.body, ids[0]) || strings.Contains(a.body, ids[1]) {
			t.Errorf("%s for a manager: %s", path, a.body)
		}
		if a := h.want(200, admin, "GET", path, ""); !strings.Contains(a.body, ids[0]) || !strings.Contains(a.body, ids[1]) {
			t.Errorf("%s for an administrator: %s", path, a.body)
		}
		if path != "/accounts" && path != "/calls/active" {
			if a := h.want(200, basic("manager@default.test"), "GET", path+"?specificIds="+ids[1], ""); strings.Contains(a.body, ids[1]) {
				t.Errorf("%s by another's id: %s", path, a.body)
			}
		}
	}
}

// What a body refers to must be the same account's.
func TestReferencesStayInTheAccount(t *testing.T) {
	h := newHouse(t)
	mine, others := h.furnish(h.account), h.furnish(h.other)
	manager := basic("manager@default.test")
	h.want(404, manager, "PATCH", "/endpoints/"+mine.endpoint, `{"flowId":"`+others.flow+`"}`)
	h.want(404, admin, "PATCH", "/endpoints/"+mine.endpoint, `{"flowId":"`+others.flow+`"}`)
	h.want(404, manager, "POST", "/endpoints/phone-numbers", `{"number":"+18005550100","flowId":"`+others.flow+`"}`)
	h.want(404, manager, "POST", "/endpoints/phone-numbers", `{"number":"+18005550100","customerId":"nobody"}`)
	h.want(404, manager, "POST", "/sessions/outgoing", `{"flowId":"`+others.flow+`","numberToDial":"+18005550100"}`)
	h.want(404, manager, "POST", "/flows", `{"accountId":"`+h.other+`","name":"x"}`)
	if len(h.calls.asked) != 0 {
		t.Error("a call was asked for", h.calls.asked)
	}
}
