package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringflow/endpoints"
	"ringflow/store"
)

// cookies replays name=value of a login, as the contract's client does.
func cookies(a answer, names ...string) as {
	return func(r *http.Request) {
		for _, c := range a.Cookies() {
			for _, n := range names {
				if c.Name == n {
					r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
				}
			}
		}
	}
}

func cookie(a answer, name string) *http.Cookie {
	for _, c := range a.Cookies() {
		if c.Name == name {
			return c
		}
	}
	return &http.Cookie{}
}

const credentials = `{"provider":"credentials","userName":"` + adminEmail + `","password":"` + password + `","rememberMe":true}`

func TestLoginWithCookies(t *testing.T) {
	h := newHouse(t)
	in := h.want(200, nobody, "POST", "/auth/credentials", credentials)
	var who AuthenticateResponse
	if err := json.Unmarshal([]byte(in.body), &who); err != nil || who.UserName != adminEmail || who.SessionId == "" {
		t.Fatal(in.body, err)
	}
	for name, maxAge := range map[string]int{"ss-id": 0, "ss-pid": 30 * 24 * 3600, "ss-opt": 30 * 24 * 3600} {
		c := cookie(in, name)
		if c.Value == "" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != maxAge || c.Secure {
			t.Errorf("%s: %+v", name, c)
		}
	}
	for _, names := range [][]string{{"ss-id"}, {"ss-pid"}, {"ss-id", "ss-pid", "ss-opt"}} {
		a := h.want(200, cookies(in, names...), "GET", "/auth/status", "")
		if !strings.Contains(a.body, `"isAuthenticated":true`) || !strings.Contains(a.body, `"accountNames":["Default","Other"]`) {
			t.Error(names, a.body)
		}
	}
	h.want(200, header("X-ss-id", cookie(in, "ss-id").Value), "GET", "/flows", "")
	h.want(200, header("X-ss-pid", cookie(in, "ss-pid").Value), "GET", "/flows", "")
	h.want(401, cookies(in, "ss-opt"), "GET", "/flows", "")
	h.want(200, cookies(in, "ss-id", "ss-pid", "ss-opt"), "POST", "/auth/logout", "")
	h.want(401, cookies(in, "ss-id", "ss-pid", "ss-opt"), "GET", "/flows", "")
}

func TestLoginRefused(t *testing.T) {
	h := newHouse(t)
	unknown := h.want(401, nobody, "POST", "/auth/credentials", `{"userName":"nobody@x.test","password":"wrong"}`)
	wrong := h.want(401, nobody, "POST", "/auth/credentials", `{"userName":"`+adminEmail+`","password":"wrong"}`)
	if unknown.body != wrong.body || len(wrong.Cookies()) != 0 || wrong.Header.Get("WWW-Authenticate") != `Basic realm="/auth/basic"` {
		t.Error(wrong.Header, wrong.body, unknown.body)
	}
	h.want(400, nobody, "GET", "/auth/credentials?userName="+adminEmail+"&password="+password, "")
	h.want(404, nobody, "POST", "/auth/facebook", `{}`)
	h.want(401, nobody, "GET", "/auth", "")
	h.want(200, admin, "GET", "/auth", "")
	h.want(401, nobody, "GET", "/flows", "")
	h.want(401, header("X-ss-id", "stolen"), "GET", "/flows", "")
	h.want(401, header("Authorization", "Basic !!!"), "GET", "/flows", "")
	if a := h.want(200, nobody, "GET", "/auth/status", ""); !strings.Contains(a.body, `"isAuthenticated":false`) {
		t.Error(a.body)
	}
}

func TestSecureCookiesBehindTLS(t *testing.T) {
	h := newHouse(t, func(s *Server) { s.PublicURL = "https://pbx.example.com" })
	if c := cookie(h.want(200, nobody, "POST", "/auth/credentials", credentials), "ss-id"); !c.Secure {
		t.Errorf("%+v", c)
	}
}

// A new password ends what the old one opened: Basic at once, and sessions.
func TestPasswordChange(t *testing.T) {
	h := newHouse(t)
	made := h.want(200, admin, "POST", "/endpoints/users", `{"accountId":"`+h.account+`","firstName":"Ann","emailAddress":"Ann@default.test","password":"`+password+`"}`)
	var e EndpointInfo
	if err := json.Unmarshal([]byte(made.body), &e); err != nil {
		t.Fatal(err)
	}
	ann := basic("ann@default.test")
	h.want(200, ann, "GET", "/sessions", "")
	in := h.want(200, nobody, "POST", "/auth/credentials", `{"userName":"ann@default.test","password":"`+password+`"}`)
	h.want(200, cookies(in, "ss-id"), "GET", "/sessions", "")
	h.want(200, admin, "PATCH", "/endpoints/"+e.Id, `{"password":"another one 99"}`)
	h.want(401, ann, "GET", "/sessions", "")
	h.want(401, cookies(in, "ss-id"), "GET", "/sessions", "")
	h.want(200, func(r *http.Request) { r.SetBasicAuth("ann@default.test", "another one 99") }, "GET", "/sessions", "")
	h.want(204, admin, "DELETE", "/endpoints/"+e.Id, "")
	h.want(401, func(r *http.Request) { r.SetBasicAuth("ann@default.test", "another one 99") }, "GET", "/sessions", "")
}

// The token of data/local.json works from this machine, not through a proxy on it.
func TestLocalToken(t *testing.T) {
	h := newHouse(t)
	token := header("Authorization", "Bearer local-token")
	h.want(200, token, "GET", "/flows", "")
	h.want(401, token, "GET", "/flows", "", header("X-Forwarded-For", "203.0.113.9"))
	h.want(401, header("Authorization", "Bearer other"), "GET", "/flows", "")
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/flows", nil) // from 192.0.2.1
	token(r)
	w := httptest.NewRecorder()
	h.server.Handler().ServeHTTP(w, r)
	if w.Code != 401 {
		t.Error("from elsewhere:", w.Code)
	}
	none := newHouse(t, func(s *Server) { s.LocalToken = "" })
	none.want(401, header("Authorization", "Bearer "), "GET", "/flows", "")
}

// Ten wrong passwords and the source waits, with the right one too; another
// source of the same name does not.
func TestGuessingIsSlow(t *testing.T) {
	h := newHouse(t)
	for range guessBurst {
		h.want(401, nobody, "POST", "/auth/credentials", `{"userName":"`+adminEmail+`","password":"guess"}`)
	}
	if a := h.want(429, admin, "GET", "/flows", ""); a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/flows", nil)
	admin(r)
	w := httptest.NewRecorder()
	h.server.Handler().ServeHTTP(w, r)
	if w.Code != 200 {
		t.Error("from elsewhere:", w.Code, w.Body)
	}
}

func TestGuard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuard()
		tries := func(source, user string, n int) (let int) {
			for range n {
				if _, wait := g.begin(source, user); wait == 0 {
					let++
				}
			}
			return let
		}
		if n := tries("1", "ann", 50); n != guessBurst {
			t.Errorf("at once: %d", n)
		}
		if n := tries("1", "ben", 50); n != 0 {
			t.Errorf("another name, same source: %d", n)
		}
		if n := tries("2", "ann", 50); n != 1 {
			t.Errorf("another source, same name: %d", n)
		}
		time.Sleep(5 * time.Minute)
		if n := tries("1", "ann", 50); n != guessBurst {
			t.Errorf("five minutes later: %d", n)
		}
		if n := tries("1", "ann", 50); n != 0 {
			t.Errorf("and again: %d", n)
		}
		time.Sleep(guessRefill)
		a, wait := g.begin("1", "ann")
		if wait != 0 {
			t.Fatal(wait)
		}
		a.forget() // the password was right
		if n := tries("1", "ann", 5); n != 1 {
			t.Errorf("a right one counts: %d", n)
		}
		for i := range 3 * guardSize {
			g.begin(time.Duration(i).String(), "x")
		}
		if len(g.buckets) > guardSize+2 {
			t.Errorf("%d buckets", len(g.buckets))
		}
	})
}

func TestWebSessionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		s, l := webSessions{&Server{Store: db}}, &endpoints.Login{EmailAddress: "a@b.test", PasswordHash: "x"}
		if err := db.PutLogin(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		begin := func(lives ...time.Duration) []string {
			t.Helper()
			tokens, err := s.begin(t.Context(), l, lives...)
			if err != nil {
				t.Fatal(err)
			}
			return tokens
		}
		lives := func(token string) bool {
			t.Helper()
			found, err := s.find(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			return found != nil
		}
		token := begin(sessionIdle)[0]
		for range 3 { // each use begins its life anew
			time.Sleep(sessionIdle - time.Minute)
			if !lives(token) {
				t.Error("ended early")
			}
		}
		time.Sleep(sessionIdle + time.Minute)
		if lives(token) {
			t.Error("lives")
		}
		pair := begin(sessionIdle, permanentIdle)
		time.Sleep(permanentIdle - time.Minute)
		if lives(pair[0]) || !lives(pair[1]) {
			t.Error("not the permanent one lives")
		}
		o := newOneTime()
		once, ok := o.give(l)
		if _, found := o.find(once); !ok || !found {
			t.Error("a token isn't found")
		}
		time.Sleep(oneTimeLife)
		if _, found := o.find(once); found {
			t.Error("a token outlives ten minutes")
		}
		for range maxOneTime + 10 {
			_, ok = o.give(l)
		}
		if ok || len(o.out) > maxOneTime {
			t.Errorf("%d tokens", len(o.out))
		}
		p := newPairs()
		p.remember(l, "pw")
		if !p.known(l, "pw") || p.known(l, "other") || p.known(&endpoints.Login{PasswordHash: "new"}, "pw") {
			t.Error("pairs")
		}
		time.Sleep(pairLife)
		if p.known(l, "pw") {
			t.Error("a pair outlives five minutes")
		}
		for i := range 2 * maxPairs {
			p.remember(l, time.Duration(i).String())
		}
		if len(p.right) > maxPairs {
			t.Errorf("%d pairs", len(p.right))
		}
	})
}

// Another site's page can't make a browser change anything.
func TestSameSite(t *testing.T) {
	h := newHouse(t)
	in := h.want(200, nobody, "POST", "/auth/credentials", credentials)
	me := cookies(in, "ss-id")
	body := `{"accountId":"` + h.account + `","name":"x"}`
	h.want(403, me, "POST", "/flows", body, header("Origin", "https://evil.example"))
	h.want(403, me, "POST", "/flows", body, header("Origin", "null"))
	h.want(403, me, "POST", "/flows", body, header("Sec-Fetch-Site", "cross-site"))
	h.want(403, me, "POST", "/flows", body, header("Sec-Fetch-Site", "same-site"))
	h.want(403, admin, "POST", "/flows", body, header("Origin", "https://evil.example"))
	h.want(403, me, "GET", "/json/reply/NewFlow?name=x&accountId="+h.account, "", header("Accept", "text/html,*/*"))
	h.want(403, nobody, "POST", "/auth/credentials", credentials, header("Origin", "https://evil.example"))
	h.want(200, me, "POST", "/flows", body, header("Origin", h.url), header("Sec-Fetch-Site", "same-origin"))
	h.want(200, me, "GET", "/flows", "", header("Sec-Fetch-Site", "cross-site"))
	if a := h.want(200, me, "GET", "/flows", "", header("Origin", "https://evil.example")); a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("another site may read")
	}
}

// A program that begins with many requests at once, each with the right password, is let in;
// with a wrong one it makes one mistake.
func TestManyFirstLoginsAtOnce(t *testing.T) {
	h := newHouse(t)
	all := func(who as, want int) {
		t.Helper()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if a := h.do(who, "GET", "/auth/status", ""); a.StatusCode != want {
					t.Errorf("%d %s", a.StatusCode, a.body)
				}
			})
		}
		wg.Wait()
	}
	for range 3 {
		h.server.auth.pairs = newPairs() // as after a start
		all(basic("manager@default.test"), 200)
	}
}
