package api

import (
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func (h *house) entries(who as, query string) []LogEntryInfo {
	h.Helper()
	return decode[ListResponse[LogEntryInfo]](h.T, h.want(200, who, "GET", "/json/reply/ListLogEntries?"+query, "")).Items
}

// Who changed what, from where: names of members, never their values.
func TestAuditLog(t *testing.T) {
	h := newHouse(t)
	on := h.furnish(h.account)
	manager := basic("manager@default.test")
	if got := h.entries(manager, ""); len(got) != 0 {
		t.Fatalf("%+v", got)
	}
	h.want(200, manager, "GET", "/flows/"+on.flow, "")                                  // no change
	h.want(400, manager, "PATCH", "/flows/"+on.flow, `{"nodes":"x"}`)                   // nor that
	h.want(403, basic("user@default.test"), "PATCH", "/flows/"+on.flow, `{"name":"x"}`) // nor that
	if got := h.entries(manager, ""); len(got) != 0 {
		t.Fatalf("%+v", got)
	}
	h.want(200, manager, "PATCH", "/flows/"+on.flow, `{"name":"Night menu","notes":"swordfish"}`)
	key := h.newKey(manager, `{"name":"CI","scopes":["configure"]}`)
	h.want(200, bearer(key.Key), "PATCH", "/customers/"+on.customer, `{"name":"Smith & Co"}`)
	h.want(200, manager, "POST", "/users", `{"emailAddress":"zoe@x.test","password":"swordfish-12"}`)
	h.want(204, manager, "GET", "/json/oneway/DeleteFlow?flowId="+on.flow, "") // by any way in
	got := h.entries(manager, "")
	want := []string{
		`DeleteFlow "Night menu" ` + on.flow, `NewUser "zoe@x.test"`, `PatchCustomer "Smith & Co" ` + on.customer + ": name", `NewApiKey "CI" ` + key.Id + ": name, scopes",
		`PatchFlow "Night menu" ` + on.flow + ": name, notes",
	}
	if len(got) != len(want) {
		t.Fatalf("%d: %+v", len(got), got)
	}
	for i, e := range got {
		if !strings.HasPrefix(strings.ReplaceAll(e.Description, "Flow of "+h.account, "Night menu"), want[i]) || e.UserName != "manager@default.test" || e.IpAddress != "127.0.0.1" || e.AccountId != h.account || e.AccountName != "Default" || e.DateCreated.IsZero() {
			t.Errorf("%d: %+v, want %s", i, e, want[i])
		}
		if strings.Contains(e.Description, "swordfish") {
			t.Errorf("a value: %s", e.Description)
		}
		if (e.ApiKeyName == "CI") != (i == 2) || e.Operation == "" {
			t.Errorf("%d: %+v", i, e)
		}
	}
	if got[2].CustomerId != on.customer || got[2].CustomerName != "Smith & Co" || len(got[2].CustomerBreadcrumb) != 1 || got[2].EntityId != on.customer {
		t.Errorf("%+v", got[2])
	}
	for query, n := range map[string]int{
		"description=patch": 2, "description=pass_ord": 0, "customerIds=" + on.customer: 1, "customerIds=_": 4, "customerIds=_," + on.customer: 5, "startDate=2090-01-01": 0, "endDate=2090-01-01": 5,
		"accountIds=" + h.account + "&countPerPage=2": 2, "sortField=userName": 5, "endDate=2020-01-01": 0,
	} {
		if got := h.entries(manager, query); len(got) != n {
			t.Errorf("%s: %d, want %d", query, len(got), n)
		}
	}
	if got := h.entries(basic("manager@other.test"), ""); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	h.want(404, manager, "GET", "/log-entries?accountIds="+h.other, "")
	h.want(403, basic("user@default.test"), "GET", "/log-entries", "")
}

// Logging in is told, too, and what an administrator does to the server.
func TestAuditOfLogins(t *testing.T) {
	h := newHouse(t)
	h.want(401, nobody, "POST", "/auth/credentials", strings.Replace(credentials, password, "wrong password", 1))
	h.want(200, nobody, "POST", "/auth/credentials", credentials)
	h.want(200, admin, "PATCH", "/global/settings", `{"logRetentionDays":10}`)
	token := decode[RequestAuthTokenResponse](t, h.want(200, admin, "GET", "/auth/token?userEmailAddress=user@default.test", "")).AuthToken
	h.want(204, nobody, "POST", "/auth/recover", `{"emailAddress":"user@default.test","token":"`+token+`","newPassword":"another one 99"}`)
	var got []string
	for _, e := range h.entries(admin, "sortOrder=Ascend") {
		got = append(got, e.Operation+" "+e.UserName)
		if strings.Contains(e.Description, token) || strings.Contains(e.Description, "another") {
			t.Error(e.Description)
		}
	}
	want := "Authenticate " + adminEmail + ", PatchGlobalSettings " + adminEmail + ", RequestAuthToken " + adminEmail + ", RecoverPassword user@default.test"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("%s, want %s", s, want)
	}
}

// An entry that can't be written is in the server's log, and the answer stands:
// the change was made.
func TestAuditWithoutDatabase(t *testing.T) {
	core, lost := observer.New(zapcore.ErrorLevel)
	h := newHouse(t, func(s *Server) { s.Log = zap.New(core) })
	who, err := h.server.Store.LoginByEmail(t.Context(), adminEmail)
	if err != nil {
		t.Fatal(err)
	}
	in := h.server.Handler().(*handler)
	r := &Request{Request: httptest.NewRequestWithContext(t.Context(), "PATCH", "/", nil), Operation: in.reg.byName["patchflow"], Who: &caller{login: who}}
	if err := h.server.Store.Close(); err != nil {
		t.Fatal(err)
	}
	in.note(r, &PatchFlow{FlowId: "f"}, &FlowInfo{})
	if all := lost.FilterMessageSnippet("audit log").All(); len(all) != 1 || all[0].ContextMap()["user"] != adminEmail || !strings.Contains(all[0].ContextMap()["description"].(string), "PatchFlow") {
		t.Errorf("%+v", all)
	}
}
