package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// What people do to messages, conversations and the settings of the server is bound to what they have seen.
func TestIfMatchOfMessages(t *testing.T) {
	h := newHouse(t)
	on := h.furnish(h.account)
	for _, c := range []struct{ path, one, two string }{
		{"/messages/" + on.message, `{"isUnread":false}`, `{"isUnread":true}`},
		{"/global/settings", `{"logRetentionDays":30}`, `{"minPasswordLength":20}`},
	} {
		tag := h.want(200, admin, "GET", c.path, "").Header.Get("ETag")
		h.want(304, admin, "GET", c.path, "", header("If-None-Match", tag))
		first := h.want(200, admin, "PATCH", c.path, c.one, ifMatch(tag))
		for _, stale := range []string{tag, `"0"`, `W/` + first.Header.Get("ETag")} {
			if a := h.want(412, admin, "PATCH", c.path, c.two, ifMatch(stale)); !strings.Contains(a.body, `"errorCode":"PreconditionFailed"`) {
				t.Error(a.body)
			}
		}
		if now := h.want(200, admin, "GET", c.path, "", header("If-None-Match", tag)); now.body != first.body || now.Header.Get("ETag") != first.Header.Get("ETag") {
			t.Errorf("%s is %s %s after %s %s", c.path, now.Header.Get("ETag"), now.body, first.Header.Get("ETag"), first.body)
		}
		h.want(200, admin, "PATCH", c.path, c.two, ifMatch(first.Header.Get("ETag")))
		h.want(200, admin, "PATCH", c.path, c.one, ifMatch("*"))
	}

	// What came since nobody has looked at.
	talk := "/conversations/" + on.conversation
	seen := h.want(200, admin, "GET", talk, "").Header.Get("ETag")
	endpoint, other, _ := strings.Cut(on.conversation, ".")
	m := &endpoints.Message{AccountID: h.account, EndpointID: endpoint, Channel: endpoints.WebChat, OtherAddress: other, Sender: "Visitor", Text: "and this"}
	if _, err := h.server.Store.ReceiveMessage(t.Context(), m, nil); err != nil {
		t.Fatal(err)
	}
	h.want(412, admin, "PATCH", talk, `{"isUnread":false}`, ifMatch(seen))
	if a := h.want(200, admin, "GET", "/messages/"+m.ID, ""); !decode[MessageInfo](t, a).IsUnread {
		t.Errorf("it is read: %s", a.body)
	}
	now := h.want(200, admin, "GET", talk, "", header("If-None-Match", seen)).Header.Get("ETag")
	done := h.want(200, admin, "PATCH", talk, `{"isUnread":false}`, ifMatch(now))
	if decode[ConversationInfo](t, done).UnreadCount != 0 || done.Header.Get("ETag") == now {
		t.Errorf("%s %s", done.Header.Get("ETag"), done.body)
	}

	path := "/messages/" + on.message
	old := h.want(200, admin, "GET", path, "").Header.Get("ETag")
	h.want(200, admin, "PATCH", path, `{"isUnread":true}`)
	h.want(412, admin, "DELETE", path, "", ifMatch(old))
	if a := h.want(200, admin, "GET", path, ""); decode[MessageInfo](t, a).Text == "" {
		t.Error(a.body)
	} else {
		h.want(204, admin, "DELETE", path, "", ifMatch(a.Header.Get("ETag")))
	}
}

// A key and a report are deleted as they were seen, or not at all.
func TestIfMatchOfKeysAndReports(t *testing.T) {
	h := newHouse(t)
	made := h.want(200, admin, "POST", "/api-keys", `{"name":"K","accountIds":["`+h.account+`"],"scopes":["read"]}`)
	key := decode[ApiKeyInfo](t, made)
	path := "/api-keys/" + key.Id
	h.want(200, bearer(key.Key), "GET", "/accounts", "") // it is used
	h.want(412, admin, "DELETE", path, "", ifMatch(made.Header.Get("ETag")))
	now := h.want(200, admin, "GET", path, "")
	if info := decode[ApiKeyInfo](t, now); info.LastUsed.IsZero() || info.Key != "" {
		t.Error(now.body)
	}
	h.want(304, admin, "GET", path, "", header("If-None-Match", now.Header.Get("ETag")))
	h.want(204, admin, "DELETE", path, "", ifMatch(now.Header.Get("ETag")))
	h.want(401, bearer(key.Key), "GET", "/accounts", "")

	queued := h.want(200, admin, "POST", "/reports/"+string(endpoints.CDRReport), `{"accountId":"`+h.account+`"}`)
	id := decode[ReportInfo](t, queued).Id
	if err := h.server.Store.EndReport(t.Context(), id, endpoints.ReportCompleted, ""); err != nil {
		t.Fatal(err)
	}
	w, err := h.server.Blob.Create(id)
	if err == nil {
		_, err = w.Write([]byte("rows"))
	}
	if err == nil {
		_, err = w.Commit()
	}
	if err != nil {
		t.Fatal(err)
	}
	h.want(412, admin, "DELETE", "/reports/"+id, "", ifMatch(queued.Header.Get("ETag")))
	bytes := h.want(200, admin, "GET", "/reports/"+id+".xlsx", "")
	h.want(304, admin, "GET", "/reports/"+id+".xlsx", "", header("If-None-Match", bytes.Header.Get("ETag")))
	if bytes.body != "rows" {
		t.Error(bytes.body)
	}
	h.want(204, admin, "DELETE", "/reports/"+id, "", ifMatch(bytes.Header.Get("ETag")))
}

// Of editors who want their change at one revision only one gets it: with If-Match, the others begin again.
func TestParallelSettings(t *testing.T) {
	h := newHouse(t)
	const editors = 12
	var wg sync.WaitGroup
	for range editors {
		wg.Go(func() {
			for {
				a := h.do(admin, "GET", "/global/settings", "")
				days := decode[GlobalSettings](t, a).LogRetentionDays
				b := h.do(admin, "PATCH", "/global/settings", fmt.Sprintf(`{"logRetentionDays":%d}`, days+1), ifMatch(a.Header.Get("ETag")))
				if b.StatusCode == http.StatusOK {
					return
				}
				if b.StatusCode != http.StatusPreconditionFailed {
					t.Errorf("%d %s", b.StatusCode, b.body)
					return
				}
			}
		})
	}
	wg.Wait()
	if g := decode[GlobalSettings](t, h.want(200, admin, "GET", "/global/settings", "")); g.LogRetentionDays != defaultRetention+editors {
		t.Errorf("%d days, by %d editors", g.LogRetentionDays, editors)
	}
}

// Of a call, a chat and a session that is over, too, what was seen is changed, or nothing.
func TestIfMatchOfSessions(t *testing.T) {
	h := newHouse(t)
	on := h.furnish(h.account)
	live := "/sessions/" + on.session
	tag := h.want(200, admin, "GET", live, "").Header.Get("ETag")
	h.want(304, admin, "GET", live, "", header("If-None-Match", tag))
	first := h.want(200, admin, "PATCH", live, `{"consoleData":"one"}`, ifMatch(tag))
	for _, c := range []struct{ method, path, body string }{
		{"PATCH", live, `{"consoleData":"two"}`}, {"PATCH", live, `{"callState":"Hold","consoleData":"two"}`}, {"POST", live + "/hold", ""}, {"POST", live + "/record", ""},
		{"POST", live + "/redirect", `{"destination":"100"}`}, {"POST", live + "/conference", ""}, {"DELETE", live + "/conference/members/1", ""}, {"DELETE", live, ""},
	} {
		if a := h.want(412, admin, c.method, c.path, c.body, ifMatch(tag)); !strings.Contains(a.body, `"errorCode":"PreconditionFailed"`) {
			t.Error(a.body)
		}
	}
	h.want(200, admin, "POST", live+"/log", `{"message":"a line"}`, ifMatch(tag)) // a log only grows
	// One change, though it is two things that are done.
	a := h.want(200, admin, "PATCH", live, `{"callState":"Hold","consoleData":"three"}`, ifMatch(first.Header.Get("ETag")))
	h.want(200, admin, "PATCH", live, `{"callState":"Disconnected","consoleData":"four"}`, ifMatch(a.Header.Get("ETag")))
	want := []string{": console one", adminEmail + ": note a line in " + on.session, adminEmail + ": hold {Leg: On:true Reason:}", ": console three", ": console four"}
	h.calls.mu.Lock()
	if !slices.Equal(h.calls.verbs, want) || len(h.calls.ended) != 1 {
		t.Errorf("%q, %q", h.calls.verbs, h.calls.ended)
	}
	h.calls.mu.Unlock()

	over := &session.Record{ID: endpoints.NewID(), AccountID: h.account, Channel: "Voice", Direction: session.Incoming, Started: time.Now().UTC(), FromAddress: "+18005550123"}
	over.Ended = over.Started
	if err := h.server.Store.SaveSessions(t.Context(), []session.Change{{Record: over, New: true}}); err != nil {
		t.Fatal(err)
	}
	path := "/sessions/" + over.ID
	old := h.want(200, admin, "GET", path, "").Header.Get("ETag")
	done := h.want(200, admin, "POST", path+"/redact", "", ifMatch(old))
	h.want(412, admin, "POST", path+"/redact", "", ifMatch(old))
	if now := h.want(200, admin, "GET", path, "", header("If-None-Match", old)); now.Header.Get("ETag") != done.Header.Get("ETag") || strings.Contains(now.body, "+18005550123") {
		t.Errorf("%s %s", now.Header.Get("ETag"), now.body)
	}

	chat := "/sessions/" + on.chat
	h.want(412, admin, "DELETE", chat, "", ifMatch(`"0"`))
	h.want(204, admin, "DELETE", chat, "", ifMatch(h.want(200, admin, "GET", chat, "").Header.Get("ETag")))
}
