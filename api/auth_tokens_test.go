package api

import (
	"net/http"
	"strings"
	"testing"

	"ringflow/endpoints"
)

// A login stands over a restart of the server, and what was logged out doesn't.
func TestLoginOutlivesTheServer(t *testing.T) {
	h := newHouse(t)
	in := h.want(200, nobody, "POST", "/auth/credentials", credentials)
	out := h.want(200, nobody, "POST", "/auth/credentials", credentials)
	h.want(200, cookies(out, "ss-id", "ss-pid"), "POST", "/auth/logout", "")
	again := &Server{Store: h.server.Store, Calls: h.calls, Blob: h.server.Blob, Realm: h.server.Realm}
	h.serve(again)
	for _, name := range []string{"ss-id", "ss-pid"} {
		h.want(200, cookies(in, name), "GET", "/flows", "")
		h.want(401, cookies(out, name), "GET", "/flows", "")
	}
	// Without rememberMe there are the same cookies, until the browser closes.
	short := h.want(200, nobody, "POST", "/auth/credentials", strings.Replace(credentials, `"rememberMe":true`, `"rememberMe":false`, 1))
	if c := cookie(short, "ss-pid"); c.Value == "" || c.MaxAge != 0 || cookie(short, "ss-opt").Value != "temp" {
		t.Errorf("%+v", short.Cookies())
	}
	h.want(200, cookies(short, "ss-pid"), "GET", "/flows", "")
}

// Who manages a login gets a token for it; it works once.
func TestOneTimeToken(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	ask := func(query string) string {
		t.Helper()
		return decode[RequestAuthTokenResponse](t, h.want(200, manager, "GET", "/auth/token?"+query, "")).AuthToken
	}
	token := ask("userEmailAddress=User@default.test")
	h.want(400, nobody, "POST", "/auth/token?accessToken="+token, "")
	in := h.want(200, nobody, "POST", "/auth/token", `{"accessToken":"`+token+`"}`)
	if who := decode[UserInfo](t, h.want(200, cookies(in, "ss-id"), "GET", "/auth/status", "")); who.EmailAddress != "user@default.test" || len(who.Roles) != 1 {
		t.Errorf("%+v", who)
	}
	h.want(401, nobody, "POST", "/auth/token", `{"accessToken":"`+token+`"}`)
	h.want(401, nobody, "POST", "/auth/token", `{}`)

	login, err := h.server.Store.LoginByEmail(t.Context(), "user@default.test")
	if err != nil {
		t.Fatal(err)
	}
	token = ask("userId=" + login.ID)
	recovery := func(email, token, password string) string {
		return `{"emailAddress":"` + email + `","token":"` + token + `","newPassword":"` + password + `"}`
	}
	h.want(400, nobody, "POST", "/auth/recover", recovery("user@default.test", token, "short"))
	h.want(401, nobody, "POST", "/auth/recover", recovery("manager@default.test", token, "another one 99"))
	stale := ask("userId=" + login.ID)
	h.want(204, nobody, "POST", "/auth/recover", recovery("user@default.test", token, "another one 99"))
	h.want(401, cookies(in, "ss-id"), "GET", "/sessions", "") // the old password's
	h.want(401, basic("user@default.test"), "GET", "/sessions", "")
	h.want(200, func(r *http.Request) { r.SetBasicAuth("user@default.test", "another one 99") }, "GET", "/sessions", "")
	h.want(401, nobody, "POST", "/auth/token", `{"accessToken":"`+stale+`"}`)
	h.want(204, nobody, "POST", "/auth/forgot-password", `{"emailAddress":"user@default.test"}`)
	h.want(204, nobody, "POST", "/auth/forgot-password", `{"emailAddress":"nobody@default.test"}`)
}

// Nobody gets a token for who has more rights, or for a stranger.
func TestOneTimeTokenRefused(t *testing.T) {
	h := newHouse(t)
	both := &endpoints.Login{EmailAddress: "both@x.test", PasswordHash: "x", Roles: []endpoints.Role{endpoints.UserRole}, AccountIDs: []string{h.account, h.other}}
	second := &endpoints.Login{EmailAddress: "second@default.test", PasswordHash: "x", Roles: []endpoints.Role{endpoints.Manager}, AccountIDs: []string{h.account}}
	for _, l := range []*endpoints.Login{both, second} {
		if err := h.server.Store.PutLogin(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	manager := basic("manager@default.test")
	for who, want := range map[string]int{
		adminEmail: 404, "user@other.test": 404, "nobody@x.test": 404, "": 400, "both@x.test": 403, "second@default.test": 403,
		"customer@default.test": 200, "manager@default.test": 200,
	} {
		h.want(want, manager, "GET", "/auth/token?userEmailAddress="+who, "")
		if who != "" && who != "nobody@x.test" {
			h.want(200, admin, "GET", "/auth/token?userEmailAddress="+who, "")
		}
	}
	for _, role := range []string{"customer", "user", "callcenterdashboard"} {
		h.want(403, basic(role+"@default.test"), "GET", "/auth/token?userEmailAddress=user@default.test", "")
	}
}
