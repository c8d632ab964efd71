package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ringflow/endpoints"
	"ringflow/session"
)

// subject is somebody who asks. What he may is told by the registry's entry.
type subject struct {
	name  string
	who   as
	roles []endpoints.Role // nil: nobody
	all   bool             // sees every account
	reads bool             // may do no more
	kept  bool             // belongs to a customer
}

// subjects are one of each: nobody, the roles, and who has less than his role.
func (h *house) subjects(customer string) []subject {
	h.Helper()
	out := []subject{{name: "nobody", who: nobody}}
	for _, role := range endpoints.Roles {
		if role == endpoints.CustomerRole { // see "a customer's login" below; one without any customer sees nothing: scope_customers_test.go
			continue
		}
		s := subject{name: string(role), who: basic(strings.ToLower(string(role)) + "@default.test"), roles: []endpoints.Role{role}}
		if role == endpoints.SystemAdministrator {
			s.who, s.all = admin, true
		}
		out = append(out, s)
	}
	for _, l := range []*endpoints.Login{
		{EmailAddress: "reader@default.test", Roles: []endpoints.Role{endpoints.Manager}, ManagerAccess: endpoints.ReadOnly},
		{EmailAddress: "kept@default.test", Roles: []endpoints.Role{endpoints.CustomerRole}, CustomerIDs: []string{customer}},
	} {
		l.PasswordHash, l.AccountIDs = h.hash, []string{h.account}
		if err := h.server.Store.PutLogin(h.Context(), l); err != nil {
			h.Fatal(err)
		}
	}
	manager := []endpoints.Role{endpoints.Manager}
	return append(out,
		subject{name: "a manager who reads", who: basic("reader@default.test"), roles: manager, reads: true},
		subject{name: "a key that reads", who: h.readingKey(), roles: manager, reads: true},
		subject{name: "a customer's login", who: basic("kept@default.test"), roles: []endpoints.Role{endpoints.CustomerRole}, kept: true},
	)
}

// readingKey is an API key of an administrator for the account, that only reads. One
// that was revoked in the meantime (RegenerateTokens) is made anew.
func (h *house) readingKey() as {
	var id, key string
	return func(r *http.Request) {
		if _, err := h.server.Store.APIKey(r.Context(), id); err != nil {
			made := h.newKey(admin, `{"name":"reads","accountIds":["`+h.account+`"],"scopes":["read"]}`)
			id, key = made.Id, made.Key
		}
		bearer(key)(r)
	}
}

// refusal is how the table answers: 0 lets it pass, as far as rights go.
func (h *house) refusal(o *Operation, s subject, of string) int {
	scoped := o.Scope.name != noAccount().name && o.Scope.name != ownKeys().name
	mine := of == "own" || s.all || of == "another customer's" && !s.kept
	one := slices.Contains([]string{"flow", "endpoint", "customer", "file", "session", "endpoint or customer", "notification", "report", "message", "conversation", "session or endpoint"}, o.Scope.name)
	switch {
	case o.Anonymous:
		return 0
	case s.roles == nil:
		return http.StatusUnauthorized
	case !o.allowed(s.roles), s.reads && o.needs() != endpoints.ScopeRead:
		return http.StatusForbidden
	case !scoped:
		return 0
	case of == "another account's" && !s.all:
		return http.StatusNotFound
	case s.roles[0] == endpoints.UserRole && slices.Contains([]string{"session", "endpoint", "file", "message", "conversation", "session or endpoint"}, o.Scope.name), // none of these are its own
		o.Scope.name == oneKey().name && !s.all && s.roles[0] != endpoints.Manager:
		return http.StatusNotFound
	case s.kept && (one && !mine || o.Scope.name == "notification"): // messages are the account's
		return http.StatusNotFound
	case s.kept && o.Scope.name == "account" && o.needs() != endpoints.ScopeRead && !namesCustomer(o):
		return http.StatusForbidden
	case s.kept && !mine:
		return hidden // unless the request names another's flow, say
	}
	return 0
}

// hidden is 404 or an answer that shows nothing of another's.
const hidden = -1

// namesCustomer tells whether what o makes has a customer.
func namesCustomer(o *Operation) bool {
	_, own := o.request.FieldByName("CustomerId")
	_, parent := o.request.FieldByName("ParentCustomerId")
	return own || parent
}

// Every operation, by everybody, on his own, another customer's and another
// account's things, by its route and by its reply route: the answer is what the
// registry says, and never tells that another's things are there. A new
// operation needs nothing here but a thing for each new variable of a route
// (things.fill).
func TestWhoMayDoWhat(t *testing.T) {
	h := newHouse(t)
	endless := make(chan session.Event)
	close(endless) // streams end at once
	h.calls.watch = endless
	h.calls.feed.Close()
	mine := &endpoints.Customer{AccountID: h.account, Name: "Mine"}
	if err := h.server.Store.PutCustomer(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	make := map[string]func() things{
		"own":                func() things { return h.furnish(h.account, mine.ID) },
		"another customer's": func() things { return h.furnish(h.account) },
		"another account's":  func() things { return h.furnish(h.other) },
	}
	there := map[string]things{}
	for of, f := range make {
		there[of] = f()
	}
	subjects := h.subjects(mine.ID)
	for _, s := range subjects {
		if s.name == "a key that reads" {
			h.want(200, s.who, "GET", "/accounts", "") // makes it
		}
	}
	keys, _, err := h.server.Store.APIKeys(t.Context(), endpoints.APIKeyFilter{})
	reads := slices.IndexFunc(keys, func(k *endpoints.APIKey) bool { return k.Name == "reads" })
	if err != nil || reads < 0 {
		t.Fatal(keys, err)
	}
	forms := []string{"rest", "reply"}
	if raceDetector { // the table and the scopes are the same
		forms = forms[:1]
	}
	turn := 0
	for _, o := range operations() {
		t.Run(o.Name, func(t *testing.T) {
			h.T = t
			gone := o.deletes() || o.Name == "EndSession"
			for _, route := range o.Routes {
				verb, path, _ := strings.Cut(route, " ")
				if left := there["own"].fill(path); strings.Contains(left, "{") {
					t.Fatalf("%s: tell things.fill what stands for the variable", left)
				}
				for _, s := range subjects {
					for of := range make {
						if turn++; raceDetector && turn%3 != 0 {
							continue // each operation by some is enough to look for races
						}
						for _, form := range forms {
							if gone {
								there[of] = make[of]()
							}
							want := h.refusal(o, s, of)
							got := h.ask(o, form, s.who, verb, path, there[of])
							if o.Name == "RegenerateTokens" && got.StatusCode == http.StatusOK { // it has revoked the key that the others ask with
								if err := h.server.Store.AddAPIKey(h.Context(), keys[reads]); err != nil && !errors.Is(err, fs.ErrExist) {
									t.Fatal(err)
								}
							}
							h.judge(o, got, want, fmt.Sprintf("%s %s as %s on %s", form, route, s.name, of))
							if want <= 0 && !s.all {
								h.leaks(got, s, there, fmt.Sprintf("%s %s as %s on %s", form, route, s.name, of))
							}
						}
					}
				}
			}
			for of, f := range make {
				if gone {
					there[of] = f() // for the next operation
				}
			}
		})
	}
}

func (h *house) ask(o *Operation, form string, who as, verb, path string, on things) answer {
	h.Helper()
	target := on.fill(path)
	if o.Name == "SendMessage" && !strings.Contains(path, "{") || o.Name == "VerifyCallerId" || o.Name == "GetEndpointAppConfig" { // whose routes have no endpoint
		target += "&endpointId=" + on.endpoint
	}
	if o.Name == "ListAccounts" { // which has no accountIds
		target += on.account
	}
	if form == "reply" {
		plain, query, _ := strings.Cut(target, "?")
		var router router
		router.add(verb, path, o)
		_, vars, _ := router.find(verb, strings.Split(strings.Trim(plain, "/"), "/"))
		for name, value := range vars {
			query = name + "=" + value + "&" + query
		}
		target = "/json/reply/" + o.Name + "?" + query
	}
	switch {
	case o.Upload:
		return h.do(who, verb, target, "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--B--\r\n", header("Content-Type", "multipart/form-data; boundary=B"))
	case strings.Contains(o.Media, "event-stream") && o.Whole == "":
		return h.glance(who, verb, target)
	}
	return h.do(who, verb, target, "")
}

// glance reads how a stream begins: it may have no end.
func (h *house) glance(who as, verb, path string) answer {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), verb, h.url+path, nil)
	if err != nil {
		h.Fatal(err)
	}
	who(req)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		h.Fatal(err)
	}
	return answer{resp, fmt.Sprint(resp.Body.Close())}
}

func (h *house) judge(o *Operation, got answer, want int, what string) {
	h.Helper()
	s := got.StatusCode
	switch {
	case s >= 500 && o.Name != "GetReadiness":
		h.Errorf("%s: %d %s", what, s, got.body)
	case want == hidden && (s == 401 || s == 403), want > 0 && s != want:
		h.Errorf("%s: %d, want %d: %s", what, s, want, got.body)
	case want == 0 && !o.Anonymous && slices.Contains([]int{401, 403, 404}, s):
		h.Errorf("%s: %d, refused: %s", what, s, got.body)
	}
}

// Everybody opens a WebSocket to the events of his own, another customer's and another
// account's: he is let in where the table says so, and told of nothing that isn't his.
func TestWhoMayListen(t *testing.T) {
	h := newHouse(t)
	mine := &endpoints.Customer{AccountID: h.account, Name: "Mine"}
	if err := h.server.Store.PutCustomer(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	there := map[string]things{"own": h.furnish(h.account, mine.ID), "another customer's": h.furnish(h.account), "another account's": h.furnish(h.other)}
	o := newRegistry(operations()).byName["watchevents"]
	for _, s := range h.subjects(mine.ID) {
		for of, on := range there {
			for _, choice := range []string{"", "&sessionId=" + on.session, "&customerIds=" + on.customer} {
				what := fmt.Sprintf("a WebSocket to %s (%.8s) as %s", of, choice, s.name)
				want := h.refusal(o, s, of)
				if want == hidden && choice != "" {
					want = http.StatusNotFound
				} else if want <= 0 {
					want = http.StatusSwitchingProtocols
				}
				c, resp, err := h.dial(s.who, "?accountIds="+on.account+choice)
				if resp == nil || resp.StatusCode != want {
					t.Errorf("%s: %v %v, want %d", what, resp, err, want)
				}
				if c == nil {
					continue
				}
				for of, on := range there {
					h.happens(on.account, on.customer, on.session, of)
				}
				for _, last := range []things{on, there["own"]} { // who is let in is told of one of them
					h.happens(last.account, last.customer, last.session, "the end")
				}
				for text := ""; text != "the end"; {
					_, data, err := c.Read(t.Context())
					var e toldOf
					if err != nil || json.Unmarshal(data, &e) != nil {
						t.Fatalf("%s: %v %s", what, err, data)
					}
					text, _ = e.Data["message"].(string)
					if text == "another account's" && !s.all || text == "another customer's" && s.kept {
						t.Errorf("%s: is told of %s", what, text)
					}
				}
				_ = c.CloseNow()
			}
		}
	}
}

// leaks looks for others' things in what somebody was shown.
func (h *house) leaks(got answer, s subject, there map[string]things, what string) {
	h.Helper()
	if got.StatusCode/100 != 2 {
		return // it says the id that was asked for
	}
	foreign := []things{there["another account's"]}
	if s.kept {
		foreign = append(foreign, there["another customer's"])
	}
	for _, t := range foreign {
		v := reflect.ValueOf(t)
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "account" && v.Field(i).String() != "" && strings.Contains(got.body, v.Field(i).String()) {
				h.Errorf("%s: shows another's %s", what, name)
			}
		}
		if t.account != h.account && strings.Contains(got.body, t.account) {
			h.Errorf("%s: shows another account", what)
		}
	}
}
