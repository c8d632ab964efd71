package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ringflow/api/form"
	"ringflow/endpoints"
	"ringflow/store"
)

// Every operation that is served is proved by HTTP: once when it does what it
// is for, once when it refuses, each by its route and by /{fmt}/reply/{Dto}, in
// JSON and in XML, each time with things of its own.
//
// To add an operation: put a proof into the proofs of its resource
// (contract_<resource>_test.go: a name, a request that works, one that doesn't),
// and if the contract doesn't document it, a line into additions
// (contract_table_test.go). A body is the DTO's JSON; its XML is made of it.
// Placeholders: {account}, {other} (another account), {flow}, {endpoint} (a user),
// {customer}, {file}, {session} (a live one), {notification}, {message}, {conversation}, {chat}, {loginId}, {login}
// (its address), and from another account {otherFlow}, {otherEndpoint} and so
// on; {unique} is seven digits that nobody has had. make puts in more.

// proof is how an operation shows that it works.
type proof struct {
	name   string // of the operation
	make   func(h *house, at map[string]string)
	alone  bool // in a house of its own each time: it counts who asks how often
	works  ask
	refuse ask
}

// ask is one request, and what it is answered.
type ask struct {
	login  string // "" a manager; anonymous: nobody
	route  string // "PATCH /flows/{flow}?all=true"; by reply, the path's variables go into the query
	body   string // JSON
	broken bool   // half a body
	file   bool   // with a file part
	status int    // 0: 200, or 204 of what answers nothing; of a refusal 404
}

const anonymous = "anonymous"

// proofs are all of them, resource by resource.
func proofs() []proof {
	return slices.Concat(
		authProofs(),
		usersProofs(),
		globalProofs(),
		webhooksProofs(),
		reportsProofs(),
		systemProofs(),
		customersProofs(),
		flowsProofs(),
		endpointsProofs(),
		sessionsProofs(),
		liveProofs(),
		messagesProofs(),
		filesProofs(),
		notificationsProofs(),
		serverProofs(),
		describeProofs(),
	)
}

func TestContract(t *testing.T) { onBoth(t, testContract) }

func testContract(t *testing.T, open func(*testing.T) store.Options) {
	h := contractHouse(t, open(t))
	reg := newRegistry(operations())
	proved := map[string]bool{}
	forms := []string{"json", "xml", "json/reply", "xml/reply", "api"}
	if raceDetector { // the handlers are the same
		forms = forms[:1]
	}
	for _, p := range proofs() {
		o := reg.byName[strings.ToLower(p.name)]
		if o == nil {
			t.Errorf("%s is proved and not served", p.name)
			continue
		}
		proved[o.Name] = true
		t.Run(p.name, func(t *testing.T) {
			h.T = t
			with := &standing{h.furnish(h.account), h.furnish(h.other)}
			for _, way := range forms {
				t.Run(strings.ReplaceAll(way, "/", " "), func(t *testing.T) {
					h.T = t
					at, with := h, with
					if p.alone {
						at = contractHouse(t, open(t))
						with = &standing{at.furnish(at.account), at.furnish(at.other)}
					}
					at.prove(o, p, way, with)
				})
			}
		})
	}
	for _, o := range reg.ops {
		if !proved[o.Name] {
			t.Errorf("%s has no proof", o.Name)
		}
	}
}

// contractHouse sends mail nowhere, and its streams end at once.
func contractHouse(t *testing.T, o store.Options) *house {
	t.Helper()
	h, out := withOutboxOn(t, o)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for range out.put {
		}
	}()
	t.Cleanup(func() {
		h.server.Close()
		close(out.put)
		<-drained
	})
	close(h.calls.watch)
	h.calls.feed.Close()
	h.doc = described(t)
	return h
}

// standing are things that no request of a proof changes: those of another account, and
// of what only reads the own. To make them for each request takes minutes.
type standing struct{ own, other things }

// contractThings are what a proof may name; changed tells that the request does what
// it is for to the account's own.
func (h *house) contractThings(p proof, with *standing, changed bool) map[string]string {
	h.Helper()
	at := map[string]string{"account": h.account, "other": h.other, "unique": fmt.Sprintf("%07d", 2_000_000+h.made.Add(1))}
	own := with.own
	if changed {
		own = h.furnish(h.account)
	}
	for prefix, on := range map[string]things{"": own, "other": with.other} {
		for name, id := range map[string]string{"flow": on.flow, "endpoint": on.endpoint, "customer": on.customer, "file": on.file, "session": on.session, "notification": on.notification, "report": on.report, "message": on.message, "conversation": on.conversation, "chat": on.chat, "login": on.login, "loginId": on.loginID} {
			if prefix != "" {
				name = prefix + strings.ToUpper(name[:1]) + name[1:]
			}
			at[name] = id
		}
	}
	if p.make != nil {
		p.make(h, at)
	}
	return at
}

func (h *house) prove(o *Operation, p proof, way string, with *standing) {
	h.Helper()
	at := h.contractThings(p, with, o.writes())
	got := h.put(o, p.works, way, at)
	want := p.works.status
	isVoid := o.response == reflect.TypeFor[nothing]()
	if want == 0 {
		want = http.StatusOK
		if isVoid {
			want = http.StatusNoContent
		}
	}
	if got.StatusCode != want {
		h.Fatalf("works: %d, want %d: %s", got.StatusCode, want, got.body)
	}
	if tag := got.Header.Get("ETag"); (tag != "") != o.tagged() && o.Media == "" {
		h.Errorf("its ETag is %q, said to be there: %v", tag, o.tagged())
	}
	kind := got.Header.Get("Content-Type")
	switch {
	case isVoid:
		if got.body != "" {
			h.Errorf("an answer that isn't one: %s", got.body)
		}
	case o.Media != "":
		if media, _, _ := strings.Cut(kind, ";"); !strings.Contains(o.Media, media) && !strings.Contains(o.Media, "…") {
			h.Errorf("a %s, said to be %s", kind, o.Media)
		}
	case strings.HasPrefix(way, "xml"):
		h.readsBack(o, got)
	case kind != "application/json; charset=utf-8" || !json.Valid([]byte(got.body)):
		h.Errorf("%s %s", kind, got.body)
	case way == "json":
		h.conforms(h.doc, o, got.body)
	}

	if p.refuse.route == "" {
		return // what refuses nobody
	}
	got = h.put(o, p.refuse, way, h.contractThings(p, with, false))
	if want = p.refuse.status; want == 0 {
		want = http.StatusNotFound
	}
	if got.StatusCode != want {
		h.Fatalf("refuses: %d, want %d: %s", got.StatusCode, want, got.body)
	}
	if o.Media == "text/plain" && want >= 500 {
		return
	}
	h.isRefusal(way, got)
}

// isRefusal looks at the error's body.
func (h *house) isRefusal(way string, got answer) {
	h.Helper()
	if strings.HasPrefix(way, "xml") {
		n, err := form.XML.Read([]byte(got.body))
		status := n.Find("ResponseStatus")
		if err != nil || n.Name != "ErrorResponse" || status.Find("ErrorCode").Text == "" || status.Find("Message").Text == "" || !strings.Contains(got.body, `xmlns="http://schemas.servicestack.net/types"`) {
			h.Errorf("%v: %s", err, got.body)
		}
	} else if e := decode[ErrorResponse](h.T, got); e.ResponseStatus == nil || e.ResponseStatus.ErrorCode == "" || e.ResponseStatus.Message == "" {
		h.Error(got.body)
	}
	if (got.StatusCode == http.StatusUnauthorized) != (got.Header.Get("WWW-Authenticate") != "") {
		h.Errorf("%d, WWW-Authenticate %q", got.StatusCode, got.Header.Get("WWW-Authenticate"))
	}
}

// readsBack: the XML is the answer's DTO, and nothing of it is lost in reading.
func (h *house) readsBack(o *Operation, got answer) {
	h.Helper()
	n, err := form.XML.Read([]byte(got.body))
	if err != nil || got.Header.Get("Content-Type") != "application/xml; charset=utf-8" {
		h.Fatalf("%v in a %s: %s", err, got.Header.Get("Content-Type"), got.body)
	}
	c := form.NewCodec(o.response)
	back := reflect.New(o.response)
	if err := c.Fill(back.Elem(), n); err != nil {
		h.Fatalf("%v: %s", err, got.body)
	}
	if again := xmlOf(c, back.Elem()); again != got.body {
		h.Errorf("read back\n%s\nwas\n%s", again, got.body)
	}
}

// put sends a request in one of the forms.
func (h *house) put(o *Operation, a ask, way string, at map[string]string) answer {
	h.Helper()
	fill := func(s string) string {
		for name, value := range at {
			s = strings.ReplaceAll(s, "{"+name+"}", value)
		}
		return s
	}
	verb, path, _ := strings.Cut(fill(a.route), " ")
	body := fill(a.body)
	format, kind := "json", "application/json"
	if strings.HasPrefix(way, "xml") {
		format, kind = "xml", "application/xml"
	}
	plain, query, _ := strings.Cut(path, "?")
	if way == "json" || way == "xml" {
		way = map[bool]string{true: format + "/reply"}[plain == ""] // what has no route
	}
	if way != "" {
		_, vars, _ := newRegistry([]*Operation{o}).routes.find(verb, strings.Split(strings.Trim(plain, "/"), "/"))
		for name, value := range vars {
			query += "&" + name + "=" + value
		}
		path = "/" + way + "/" + o.Name + "?" + strings.TrimPrefix(query, "&")
	}
	switch {
	case a.broken:
		body = map[string]string{"json": "{", "xml": "<"}[format]
	case body != "" && format == "xml" && o.Whole == "":
		body = h.asXML(o, body)
	}
	headers := []as{header("Accept", kind)}
	switch {
	case a.file:
		body, kind = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--B--\r\n", "multipart/form-data; boundary=B"
		fallthrough
	case body != "":
		headers = append(headers, header("Content-Type", kind))
	}
	who := basic(pinManager)
	switch {
	case a.login == anonymous:
		who = nobody
	case a.login != "":
		who = basic(fill(a.login))
	}
	return h.do(who, verb, path, body, headers...)
}

// asXML is a request DTO as .NET would send it.
func (h *house) asXML(o *Operation, body string) string {
	h.Helper()
	n, err := form.JSON.Read([]byte(body))
	if err != nil {
		h.Fatalf("%v: %s", err, body)
	}
	c := form.NewCodec(o.request)
	in := reflect.New(o.request)
	if err := c.Fill(in.Elem(), n); err != nil {
		return "<" + o.Name + ">" + "not what it takes"
	}
	return xmlOf(c, in.Elem())
}

func xmlOf(c *form.Codec, v reflect.Value) string {
	var b bytes.Buffer
	form.XML.Write(c, &b, v)
	return b.String()
}

// user is a phone's login, with an endpoint of its own.
func (h *house) user(at map[string]string) {
	h.Helper()
	ctx := h.Context()
	e := &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.User, FirstName: "Phil", SipUserName: "phil-" + at["unique"]}
	if err := h.server.Store.PutEndpoint(ctx, e); err != nil {
		h.Fatal(err)
	}
	l := &endpoints.Login{EmailAddress: "phil-" + at["unique"] + "@x.test", PasswordHash: h.hash, Roles: []endpoints.Role{endpoints.UserRole}, AccountIDs: []string{h.account}, EndpointID: e.ID}
	if err := h.server.Store.PutLogin(ctx, l); err != nil {
		h.Fatal(err)
	}
	at["phone"], at["phil"] = e.ID, l.EmailAddress
}
