package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
)

func bearer(key string) as { return header("Authorization", "Bearer "+key) }

// newKey makes an API key.
func (h *house) newKey(who as, body string) ApiKeyInfo {
	h.Helper()
	return decode[ApiKeyInfo](h.T, h.want(200, who, "POST", "/api-keys", body))
}

// A key does what its scopes say, in its accounts, and is shown once.
func TestAPIKey(t *testing.T) {
	h := newHouse(t)
	mine, others := h.furnish(h.account), h.furnish(h.other)
	made := h.newKey(admin, `{"name":"CI","accountIds":["`+h.account+`"],"scopes":["read","calls"]}`)
	if !strings.HasPrefix(made.Key, "rf_") || len(made.Key) < 40 || !strings.HasPrefix(made.Key, made.Prefix) || len(made.Prefix) > 12 {
		t.Errorf("%+v", made)
	}
	key := bearer(made.Key)
	h.want(200, key, "GET", "/flows/"+mine.flow, "")
	h.want(404, key, "GET", "/flows/"+others.flow, "")
	h.want(404, key, "GET", "/flows?accountIds="+h.other, "")
	if a := h.want(200, key, "GET", "/flows", ""); strings.Contains(a.body, others.flow) {
		t.Error(a.body)
	}
	h.want(200, key, "POST", "/sessions/outgoing", `{"flowId":"`+mine.flow+`","numberToDial":"+18005550100"}`)
	h.want(403, key, "PATCH", "/flows/"+mine.flow, `{"name":"x"}`)
	h.want(403, key, "GET", "/api/PatchFlow?name=x&flowId="+mine.flow, "")
	h.want(403, key, "DELETE", "/flows/"+mine.flow, "")
	h.want(200, key, "GET", "/users", "")
	h.want(403, key, "PATCH", "/users/"+h.loginID("user@default.test"), `{"firstName":"x"}`)
	h.want(403, key, "GET", "/auth/token?userEmailAddress="+adminEmail, "")
	h.want(403, key, "GET", "/global/settings", "")
	if a := h.want(200, admin, "GET", "/api-keys", ""); strings.Contains(a.body, made.Key) || !strings.Contains(a.body, made.Prefix) || !strings.Contains(a.body, `"lastIpAddress":"127.0.0.1"`) {
		t.Error(a.body)
	}
	whole := h.newKey(admin, `{"name":"All","scopes":["read","configure","administer"]}`)
	h.want(200, bearer(whole.Key), "GET", "/flows/"+others.flow, "")
	h.want(200, bearer(whole.Key), "PATCH", "/flows/"+others.flow, `{"name":"x"}`)
	h.want(403, bearer(whole.Key), "DELETE", "/flows/"+others.flow, "") // not without delete
	h.want(403, bearer(whole.Key), "POST", "/api-keys", `{"name":"x","scopes":["read"]}`)
	h.want(403, bearer(whole.Key), "GET", "/auth/token?userEmailAddress="+adminEmail, "")
	h.want(400, admin, "POST", "/api-keys", `{"name":"x"}`)
	h.want(400, admin, "POST", "/api-keys", `{"name":"x","scopes":["everything"]}`)
	h.want(400, admin, "POST", "/api-keys", `{"name":"x","scopes":["read"],"expires":"2020-01-01"}`)
	h.want(404, admin, "POST", "/api-keys", `{"name":"x","scopes":["read"],"accountIds":["nobody"]}`)
	h.want(403, header("Authorization", "Bearer local-token"), "POST", "/api-keys", `{"name":"x","scopes":["read"]}`)
	h.want(401, bearer("rf_guess"), "GET", "/flows", "")
	h.want(401, bearer(made.Key+"x"), "GET", "/flows", "")

	h.want(204, admin, "DELETE", "/api-keys/"+made.Id, "")
	h.want(401, key, "GET", "/flows", "") // at once
	h.want(404, admin, "DELETE", "/api-keys/"+made.Id, "")
}

// A key never has more rights than its maker has now, and goes with him.
func TestAPIKeyOfItsMaker(t *testing.T) {
	h := newHouse(t)
	on := h.furnish(h.account)
	manager := basic("manager@default.test")
	made := h.newKey(manager, `{"name":"M","scopes":["read","configure","delete","administer"]}`)
	key := bearer(made.Key)
	h.want(404, manager, "POST", "/api-keys", `{"name":"x","scopes":["read"],"accountIds":["`+h.other+`"]}`)
	h.want(200, key, "PATCH", "/flows/"+on.flow, `{"name":"x"}`)
	h.want(403, key, "PATCH", "/users/"+h.loginID("manager@default.test"), `{"newPassword":"`+password+`"}`) // it would be him
	login := "/users/" + h.loginID("manager@default.test")
	h.want(200, admin, "PATCH", login, `{"managerAccess":"ReadOnly"}`)
	h.want(403, key, "PATCH", "/flows/"+on.flow, `{"name":"x"}`)
	h.want(200, admin, "PATCH", login, `{"managerAccess":"ReadWriteDelete","accountIds":["`+h.other+`"]}`)
	h.want(404, key, "GET", "/flows/"+on.flow, "")
	h.want(200, admin, "PATCH", login, `{"accountIds":["`+h.account+`"],"roles":["CallCenterDashboard"]}`)
	h.want(403, key, "GET", "/flows/"+on.flow, "")
	h.want(204, admin, "DELETE", login, "")
	h.want(401, key, "GET", "/calls/active", "")
}

// Keys end with their time; who manages a login revokes its keys, others don't see them.
func TestAPIKeysOfOthers(t *testing.T) {
	h := newHouse(t)
	customer, manager := basic("customer@default.test"), basic("manager@default.test")
	made := h.newKey(customer, `{"name":"C","scopes":["read"]}`)
	theirs := h.newKey(basic("customer@other.test"), `{"name":"O","scopes":["read"]}`)
	roots := h.newKey(admin, `{"name":"A","scopes":["read"]}`)
	for who, want := range map[string][3]bool{"customer@default.test": {true, false, false}, "manager@default.test": {true, false, false}, "manager@other.test": {false, true, false}, "user@default.test": {false, false, false}, adminEmail: {true, true, true}} {
		a := h.want(200, basic(who), "GET", "/api-keys", "")
		if got := [3]bool{strings.Contains(a.body, made.Id), strings.Contains(a.body, theirs.Id), strings.Contains(a.body, roots.Id)}; got != want {
			t.Errorf("%s sees %v, want %v", who, got, want)
		}
	}
	h.want(404, manager, "DELETE", "/api-keys/"+theirs.Id, "")
	h.want(404, manager, "DELETE", "/api-keys/"+roots.Id, "")
	h.want(404, customer, "DELETE", "/api-keys/"+roots.Id, "")
	h.want(204, manager, "DELETE", "/api-keys/"+made.Id, "")
	h.want(401, bearer(made.Key), "GET", "/flows", "")

	old := &endpoints.APIKey{Name: "Old", LoginID: h.loginID(adminEmail), Scopes: []endpoints.KeyScope{endpoints.ScopeRead}, Expires: time.Now().Add(-time.Second)}
	secret := old.NewKey()
	if err := h.server.Store.AddAPIKey(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	h.want(401, bearer(secret), "GET", "/flows", "")
}

// Many at once with one good key aren't taken for somebody who guesses; who
// guesses is slowed down.
func TestAPIKeysAtOnce(t *testing.T) {
	h := newHouse(t)
	key := bearer(h.newKey(admin, `{"name":"N","scopes":["read"]}`).Key)
	answers := make(chan int)
	for range 40 {
		go func() { answers <- h.do(key, "GET", "/accounts", "").StatusCode }()
	}
	for range 40 {
		if got := <-answers; got != http.StatusOK {
			t.Error(got)
		}
	}
	last := 0
	for range guessBurst + 1 {
		last = h.do(bearer("rf_guess"), "GET", "/accounts", "").StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Error(last)
	}
	h.want(200, key, "GET", "/accounts", "")
}
