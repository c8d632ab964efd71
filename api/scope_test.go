package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
)

// things is one of each kind in an account.
type things struct{ account, flow, endpoint, customer, file, session, login, notification string }

func (h *house) furnish(account string) things {
	h.Helper()
	ctx := h.Context()
	db := h.server.Store
	t := things{account: account}
	f := &flow.Flow{AccountID: account, Name: "Flow of " + account}
	check := func(err error) {
		h.Helper()
		if err != nil {
			h.Fatal(err)
		}
	}
	check(db.PutFlow(ctx, f))
	e := &endpoints.Endpoint{AccountID: account, Kind: endpoints.User, FirstName: "Ann", LastName: account[:6], SipUserName: "ann-" + endpoints.NewID()[:12]}
	check(db.PutEndpoint(ctx, e))
	c := &endpoints.Customer{AccountID: account, Name: "Customer of " + account}
	check(db.PutCustomer(ctx, c))
	file := &endpoints.File{AccountID: account, Type: endpoints.Upload, FileName: "a.txt", ContentType: "text/plain; charset=utf-8", ContentLength: 5}
	file.ID = endpoints.NewID()
	w, err := h.server.Blob.Create(file.ID)
	check(err)
	_, err = w.Write([]byte("hello"))
	check(err)
	_, err = w.Commit()
	check(err)
	check(db.PutFile(ctx, file))
	rec := &session.Record{ID: endpoints.NewID(), AccountID: account, Channel: "Voice", Direction: session.Incoming, CallState: session.Connected, Started: time.Now().UTC(), FromAddress: "+18005550123",
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
	t.flow, t.endpoint, t.customer, t.file, t.session, t.login = f.ID, e.ID, c.ID, file.ID, rec.ID, "user@default.test"
	if account == h.other {
		t.login = "user@other.test"
	}
	return t
}

// fill puts the ids of things into a route, and whatever else it needs behind it.
func (t things) fill(path string) string {
	path = strings.NewReplacer("{accountId}", t.account, "{flowId}", t.flow, "{endpointId}", t.endpoint, "{customerId}", t.customer, "{fileId}", t.file, "{sessionId}", t.session, "{notificationId}", t.notification, "{version}", "1", "{provider}", "basic").Replace(path)
	return path + "?accountIds=" + t.account + "&accountId=" + t.account + "&flowId=" + t.flow + "&numberToDial=%2B18005550199&number=%2B18005550188&firstName=Zoe&displayName=Carrier&host=192.0.2.9&startDateTime=2020-01-01&endDateTime=2020-01-02&userEmailAddress=" + t.login + "&specificIds="
}

// Every operation, by every role, on its own account's things and on another's:
// default deny, and another's things are not there. REST route and reply route.
func TestWhoMayDoWhat(t *testing.T) {
	h := newHouse(t)
	endless := make(chan session.Event)
	close(endless) // streams end at once
	h.calls.watch = endless
	there := map[string]things{h.account: h.furnish(h.account), h.other: h.furnish(h.other)}
	for _, o := range operations() {
		t.Run(o.Name, func(t *testing.T) {
			h.T = t
			for _, route := range o.Routes {
				verb, path, _ := strings.Cut(route, " ")
				if a := h.do(nobody, verb, things{"x", "x", "x", "x", "x", "x", "x", "x"}.fill(path), ""); !o.Anonymous && a.StatusCode != 401 {
					t.Errorf("%s by nobody: %d", route, a.StatusCode)
				}
				for _, role := range endpoints.Roles {
					who := basic(strings.ToLower(string(role)) + "@default.test")
					if role == endpoints.SystemAdministrator {
						who = admin
					}
					may := o.Anonymous || o.allowed([]endpoints.Role{role})
					for _, account := range []string{h.account, h.other} {
						mine := account == h.account || role == endpoints.SystemAdministrator
						for _, form := range []string{"rest", "reply"} {
							if strings.HasPrefix(o.Name, "Delete") || o.Name == "EndSession" {
								there[account] = h.furnish(account) // the last ones may be gone
							}
							got := h.ask(o, form, who, verb, path, there[account])
							h.judge(o, got, role, may, mine, fmt.Sprintf("%s %s as %s on %s", form, route, role, map[bool]string{true: "own", false: "another's"}[mine]))
						}
					}
				}
			}
		})
	}
}

func (h *house) ask(o *Operation, form string, who as, verb, path string, on things) answer {
	h.Helper()
	target := on.fill(path)
	if o.Name == "ListAccounts" { // which has no accountIds
		target += on.account
	}
	if form == "reply" {
		_, query, _ := strings.Cut(target, "?")
		target = "/json/reply/" + o.Name + "?" + query + "&endpointId=" + on.endpoint + "&fileId=" + on.file + "&sessionId=" + on.session + "&customerId=" + on.customer + "&notificationId=" + on.notification + "&version=1&provider=basic"
	}
	if o.Upload {
		return h.do(who, verb, target, "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--B--\r\n", header("Content-Type", "multipart/form-data; boundary=B"))
	}
	return h.do(who, verb, target, "")
}

func (h *house) judge(o *Operation, got answer, role endpoints.Role, may, mine bool, what string) {
	h.Helper()
	scoped := o.Scope.name != noAccount().name
	confined := role == endpoints.UserRole && slices.Contains([]string{"session", "file"}, o.Scope.name) // none of these are its own
	switch s := got.StatusCode; {
	case s >= 500 && o.Name != "GetReadiness":
		h.Errorf("%s: %d %s", what, s, got.body)
	case !may && s != http.StatusForbidden:
		h.Errorf("%s: %d, want 403: %s", what, s, got.body)
	case may && scoped && (!mine || confined) && s != http.StatusNotFound:
		h.Errorf("%s: %d, want 404: %s", what, s, got.body)
	case may && scoped && mine && !confined && (s == http.StatusForbidden || s == http.StatusNotFound || s == http.StatusUnauthorized):
		h.Errorf("%s: %d, refused: %s", what, s, got.body)
	}
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
