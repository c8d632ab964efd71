package api

import (
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

const (
	pinManager = "manager@default.test"
	pinUser    = "user@default.test"
	pinFlow    = `{"accountId":"{account}","name":"Greeting","description":"Says hello","notes":"n","roles":["UI","PhoneNumberRouting"],` +
		`"nodes":[{"id":"say","isStartNode":true,"name":"Greet","spec":{"name":"Say","typeName":"SayNode","url":"/json/reply/SayNode","more":45.0},"parameters":{"WhatToSay":{"id":"p1","type":"String","source":"Value","value":{"stringValue":"Hello."}},"Next":{"id":"p2","type":"Transition","value":{}}}}],` +
		`"parameters":[{"name":"Who","type":"String","isPublic":true,"defaultValue":{"stringValue":"Ann"}}],"exits":[{"id":"e1","name":"Done"}],"ui":{"zoom":1.5}}`
	pinStory = `{"expect":{"heard":["Hello."]}}`
)

// pinnedThings are there from the start: what only calls and mail make.
func (h *house) pinnedThings(out *fakeOutbox) map[string]string {
	h.Helper()
	ctx, db := h.Context(), h.server.Store
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	check := func(err error) {
		h.Helper()
		if err != nil {
			h.Fatal(err)
		}
	}
	rec := &session.Record{
		ID: endpoints.NewID(), AccountID: h.account, Channel: "Voice", Direction: session.Incoming, CallState: session.Disconnected, Started: at, Answered: at.Add(time.Second), Ended: at.Add(time.Minute), Outcome: "Completed",
		FromAddress: "+18005550123", FromName: "Ann", ToAddress: "+18005550100",
		Legs: []session.LegRecord{{ID: endpoints.NewID(), Direction: session.Incoming, From: "+18005550123", To: "+18005550100", SipCode: 200, Started: at, Codec: "PCMU"}},
	}
	check(db.SaveSessions(ctx, []session.Change{{Record: rec, New: true, Log: []session.LogLine{{Date: at, Message: "Hello there"}}}}))
	live := &session.Record{ID: endpoints.NewID(), AccountID: h.account, Channel: "Voice", Direction: session.Incoming, CallState: session.Connected, Started: at, FromAddress: "+18005550124", ToAddress: "+18005550100"}
	check(db.SaveSessions(ctx, []session.Change{{Record: live, New: true}}))
	h.calls.live = append(h.calls.live, live)
	m, err := endpoints.NewMail(h.account, "", []string{"Ann <ann@x.test>"}, "Hello", endpoints.Mail{Text: "text"})
	check(err)
	check(out.Put(ctx, m))
	phone := &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.User, FirstName: "Phil", SipUserName: "phil"}
	check(db.PutEndpoint(ctx, phone))
	live.EndpointID = phone.ID
	login, err := db.LoginByEmail(ctx, pinUser)
	check(err)
	login.EndpointID = phone.ID
	check(db.PutLogin(ctx, login))
	close(h.calls.watch)
	return map[string]string{"phone": phone.ID, "session": rec.ID, "live": live.ID, "notification": m.ID, "login": login.ID}
}

func in(kind string) map[string]string { return map[string]string{"Accept": kind} }

var sent = map[string]string{"Content-Type": "application/xml", "Accept": "application/xml"}

// pins in the order in which they are sent: earlier ones make what later ones ask for.
func pins() []pin {
	const a = adminEmail
	const form = "--B\r\nContent-Disposition: form-data; name=\"accountId\"\r\n\r\n{account}\r\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--B--\r\n"
	multipart := map[string]string{"Content-Type": "multipart/form-data; boundary=B"}
	return []pin{
		// Logging in.
		{name: "auth_credentials", route: "POST /auth/credentials", body: `{"provider":"credentials","userName":"` + pinManager + `","password":"` + password + `","rememberMe":true}`},
		{name: "auth_credentials_refused", route: "POST /auth/credentials", body: `{"provider":"credentials","userName":"` + pinManager + `","password":"wrong password"}`},
		{name: "auth_basic_xml", route: "GET /auth/basic", login: pinManager, header: in("application/xml")},
		{name: "auth_status", route: "GET /auth/status", login: pinManager},
		{name: "auth_status_anonymous", route: "GET /auth/status"},
		{name: "auth_status_xml", route: "GET /auth/status.xml", login: pinManager},
		{name: "auth_logout", route: "POST /auth/logout", login: pinManager},
		{name: "auth_token", route: "GET /auth/token?userEmailAddress=" + pinUser, login: pinManager},
		{name: "auth_token_forbidden", route: "GET /auth/token?userEmailAddress=" + pinUser, login: pinUser},
		{name: "auth_forgot_password", route: "POST /auth/forgot-password", body: `{"emailAddress":"nobody@x.test"}`},
		{name: "auth_recover_refused", route: "POST /auth/recover", body: `{"emailAddress":"` + pinUser + `","token":"wrong","newPassword":"a long new password"}`},
		{name: "unauthorized", route: "GET /flows"},
		{name: "unauthorized_xml", route: "GET /flows", header: in("application/xml")},
		{name: "no_route", route: "GET /nowhere", login: a},
		{name: "no_verb", route: "PUT /flows", login: a},
		{name: "no_operation", route: "POST /json/reply/NoSuchThing", login: a},

		// Accounts and settings.
		{name: "accounts_list", route: "GET /accounts", login: pinManager},
		{name: "accounts_get", route: "GET /accounts/{account}", login: pinManager},
		{name: "accounts_get_xml", route: "GET /accounts/{account}.xml", login: pinManager},
		{name: "accounts_get_foreign", route: "GET /accounts/{other}", login: pinManager},
		{name: "settings_get", route: "GET /system/settings?accountId={account}", login: pinManager},
		{name: "settings_patch", route: "PATCH /json/reply/PatchSystemSettings", login: a, body: `{"accountId":"{account}","timeZoneId":"Europe/Berlin","systemFields":[{"id":"s1","name":"Greeting","type":"String","value":{"stringValue":"Hello"}}],"customerFields":[{"id":"c1","name":"Tier","type":"String"}],"endpointFields":[{"id":"f1","name":"Extension","type":"String","uniqueness":"Unique","showInLists":true}],"tags":[{"id":"t1","name":"VIP","color":3}]}`},
		{name: "settings_patchy_xml", route: "PATCHY /system/settings", login: a, header: sent, body: `<PatchSystemSettings xmlns="http://schemas.datacontract.org/2004/07/Voice.Api.Settings"><AccountId>{account}</AccountId><Documentation>Read me</Documentation></PatchSystemSettings>`},
		{name: "settings_patch_refused", route: "PATCH /system/settings", login: a, body: `{"accountId":"{account}","defaultCountry":"Elbonia"}`},

		// Customers and schedules.
		{name: "customers_new", route: "POST /customers", login: pinManager, keep: "customer", body: `{"accountId":"{account}","name":"Acme","referenceId":"r1","data":{"Tier":{"stringValue":"Gold"}},"schedule":{"timeZoneId":"Europe/Berlin","defaultState":"Closed","rules":[{"id":"x","name":"Work","state":"Open","simpleRuleType":"Time","startTime":"09:00","endTime":"17:00","frequency":"Weekly","byDay":[{"dayOfWeek":1}]}]}}`},
		{name: "customers_new_refused", route: "POST /customers", login: pinManager, body: `{"accountId":"{account}"}`},
		{name: "customers_get", route: "GET /customers/{customer}", login: pinManager},
		{name: "customers_get_xml", route: "GET /customers/{customer}.xml", login: pinManager},
		{name: "customers_list", route: "GET /customers?accountIds={account}", login: pinManager},
		{name: "customers_list_csv", route: "GET /customers.csv?accountIds={account}", login: pinManager},
		{name: "customers_patch", route: "PATCH /customers/{customer}", login: pinManager, body: `{"name":"Acme Ltd"}`},
		{name: "customers_inherited_schedule", route: "GET /customers/{customer}/inherited-schedule", login: pinManager},
		{name: "customers_test_schedule", route: "POST /customers/{customer}/test-schedule", login: pinManager, body: `{"dateTime":"2026-11-23T10:00:00Z"}`},
		{name: "customers_test_schedule_xml", route: "POST /customers/{customer}/test-schedule.xml", login: pinManager, body: `{"dateTime":"2026-11-23T10:00:00Z"}`},

		// Flows.
		{name: "flows_new", route: "POST /flows", login: pinManager, keep: "flow", body: pinFlow},
		{name: "flows_get", route: "GET /flows/{flow}", login: pinManager},
		{name: "flows_get_xml", route: "GET /flows/{flow}", login: pinManager, header: in("application/xml")},
		{name: "flows_list", route: "GET /flows?accountIds={account}&includeNodes=true", login: pinManager},
		{name: "flows_patch", route: "PATCH /flows/{flow}", login: pinManager, body: `{"description":"Says it well"}`},
		{name: "flows_patch_draft", route: "PATCH /flows/{flow}", login: pinManager, body: `{"name":"Greeting 2","draft":true}`},
		{name: "flows_publish", route: "POST /flows/{flow}/publish", login: pinManager},
		{name: "flows_versions", route: "GET /flows/{flow}/versions", login: pinManager},
		{name: "flows_version", route: "GET /flows/{flow}/versions/1", login: pinManager},
		{name: "flows_version_restore", route: "POST /flows/{flow}/versions/1/restore", login: pinManager},
		{name: "flows_copy", route: "POST /flows/{flow}/copy", login: pinManager, keep: "copy"},
		{name: "flows_delete", route: "DELETE /flows/{copy}", login: pinManager},
		{name: "flows_get_missing", route: "GET /flows/{copy}", login: pinManager},
		{name: "flows_validate", route: "POST /flows/validate", login: pinManager, body: `{"nodes":[{"id":"x","spec":{"typeName":"NobodyKnowsNode","url":"/json/reply/NobodyKnowsNode"},"parameters":{}}]}`},
		{name: "flows_test", route: "POST /flows/{flow}/test", login: pinManager, body: pinStory},
		{name: "flows_explore", route: "POST /flows/{flow}/explore", login: pinManager, body: `{"calls":10}`},
		{name: "flows_available_nodes", route: "GET /flows/available-nodes", login: pinManager, grows: true},
		{name: "flows_parameters", route: "GET /flows/parameters?accountId={account}", login: pinManager, grows: true},

		// Endpoints.
		{name: "endpoints_new_user", route: "POST /endpoints/users", login: pinManager, keep: "user", body: `{"accountId":"{account}","customerId":"{customer}","firstName":"Ann","lastName":"Ames","flowId":"{flow}","userMode":"SipPhone","data":{"Extension":{"stringValue":"101"}}}`},
		{name: "endpoints_new_user_refused", route: "POST /endpoints/users", login: pinManager, body: `{"accountId":"{account}"}`},
		{name: "endpoints_new_number", route: "POST /endpoints/phone-numbers", login: pinManager, keep: "number", body: `{"accountId":"{account}","number":"+18005550100","isVirtualPhoneNumber":true,"displayName":"Main","flowId":"{flow}","flowParams":{"Who":{"stringValue":"Bob"}}}`},
		{name: "endpoints_new_number_xml", route: "POST /xml/reply/BuyPhoneNumber", login: pinManager, header: sent, body: `<BuyPhoneNumber xmlns="http://schemas.datacontract.org/2004/07/Voice.Api.Endpoints"><AccountId>{account}</AccountId><IsVirtualPhoneNumber>true</IsVirtualPhoneNumber><Number>+18005550101</Number></BuyPhoneNumber>`},
		{name: "endpoints_new_trunk", route: "POST /endpoints/sip-trunk", login: a, body: `{"accountId":"{account}","displayName":"Carrier","host":"192.0.2.9","port":5060,"transport":"udp","userName":"u","password":"secret","register":true,"prefixes":["+1"],"maxCalls":5}`},
		{name: "endpoints_new_team", route: "POST /endpoints/team", login: pinManager, keep: "team", body: `{"accountId":"{account}","displayName":"Sales","memberIds":["{user}"]}`},
		{name: "endpoints_get", route: "GET /endpoints/{user}", login: pinManager},
		{name: "endpoints_get_xml", route: "GET /endpoints/{number}.xml", login: pinManager},
		{name: "endpoints_list", route: "GET /endpoints?accountIds={account}&types=PhoneNumber,Team&sortField=displayName", login: pinManager},
		{name: "endpoints_list_csv", route: "GET /endpoints.csv?accountIds={account}&type=User", login: pinManager},
		{name: "endpoints_patch", route: "PATCH /endpoints/{user}", login: pinManager, body: `{"lastName":"Adams","agentState":"Ready"}`},
		{name: "endpoints_sip_password", route: "PATCH /endpoints/sip/{user}/password", login: pinManager},
		{name: "endpoints_inherited_schedule", route: "GET /endpoints/{user}/inherited-schedule", login: pinManager},
		{name: "endpoints_test_schedule", route: "POST /endpoints/{user}/test-schedule", login: pinManager, body: `{"schedule":{"timeZoneId":"UTC","defaultState":"Open"}}`},
		{name: "endpoints_unique_value", route: "GET /values/endpoint/unique?accountId={account}&fieldName=Extension&prefix=10&length=3", login: pinManager, made: "value"},

		// Calls.
		{name: "sessions_outgoing", route: "POST /sessions/outgoing", login: pinManager, keep: "outgoing", body: `{"flowId":"{flow}","numberToDial":"+18005550199","callerId":"+18005550100"}`},
		{name: "sessions_outgoing_xml", route: "POST /sessions/outgoing.xml", login: pinManager, header: sent, body: `<NewOutgoingSession xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/Voice.Api.Sessions"><CallerId>+18005550100</CallerId><FlowId>{flow}</FlowId><NumberToDial>+18005550199</NumberToDial></NewOutgoingSession>`},
		{name: "sessions_outgoing_refused", route: "POST /sessions/outgoing", login: pinManager, body: `{"flowId":"{flow}"}`},
		{name: "sessions_list", route: "GET /sessions?accountIds={account}&live=false", login: pinManager},
		{name: "sessions_list_log", route: "GET /sessions?specificIds={session}&countPerPage=1&simplifiedPaging=true", login: pinManager},
		{name: "sessions_list_csv", route: "GET /sessions.csv?specificIds={session}", login: pinManager},
		{name: "sessions_get", route: "GET /sessions/{session}", login: pinManager},
		{name: "sessions_get_xml", route: "GET /sessions/{session}.xml", login: pinManager},
		{name: "sessions_events", route: "GET /sessions/{session}/events", login: pinManager},
		{name: "sessions_monitor", route: "POST /sessions/{live}/monitor", login: pinManager, body: `{"endpointId":"{user}","mode":"Listen"}`},
		{name: "sessions_end", route: "DELETE /sessions/{outgoing}", login: pinManager},
		{name: "sessions_active", route: "GET /sessions/active", login: pinUser},
		{name: "sessions_my", route: "GET /sessions/my", login: pinUser},
		{name: "sessions_delete", route: "DELETE /sessions?accountId={account}&startDateTime=2020-01-01&endDateTime=2020-01-02", login: pinManager},
		{name: "calls_active", route: "GET /calls/active?accountId={account}", login: a},

		// Files, messages, the server.
		{name: "files_new", route: "POST /files", login: pinManager, keep: "file", header: multipart, body: form},
		{name: "files_get", route: "GET /files/{file}", login: pinManager},
		{name: "files_get_xml", route: "GET /files/{file}.xml", login: pinManager},
		{name: "files_list", route: "GET /files?accountIds={account}", login: pinManager},
		{name: "files_patch", route: "PATCH /files/{file}", login: pinManager, body: `{"fileName":"b.txt"}`},
		{name: "files_content", route: "GET /files/{file}/content", login: pinManager},
		{name: "files_delete", route: "DELETE /files/{file}", login: pinManager},
		{name: "notifications_list", route: "GET /notifications?accountIds={account}", login: pinManager},
		{name: "notifications_resend", route: "POST /notifications/{notification}/resend", login: pinManager},
		{name: "server_healthz", route: "GET /healthz"},
		{name: "server_readyz", route: "GET /readyz"},
		{name: "server_metrics_forbidden", route: "GET /metrics", login: pinManager, header: map[string]string{"X-Forwarded-For": "203.0.113.9"}},

		// At the end, what takes the things away.
		{name: "endpoints_delete", route: "DELETE /endpoints/{team}", login: pinManager},
		{name: "customers_delete_refused", route: "DELETE /customers/{customer}", login: pinManager},
		{name: "endpoints_delete_user", route: "DELETE /endpoints/{user}", login: pinManager},
		{name: "customers_delete", route: "DELETE /customers/{customer}", login: pinManager},
	}
}
