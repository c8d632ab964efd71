package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"go.uber.org/goleak"
	"go.uber.org/zap/zaptest"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
	"ringflow/store/blob"
	"ringflow/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeCalls is a switchboard whose calls ring until they are ended.
type fakeCalls struct {
	mu       sync.Mutex
	live     []*session.Record
	asked    []session.OutgoingCall
	refuse   error
	reloads  int
	ended    []string
	boxes    []string // that changed
	watch    chan session.Event
	feed     session.Feed
	agents   map[string]endpoints.Agent
	monitors []string
	after    func()   // what happens as soon as a call is accepted
	verbs    []string // what was asked of live calls
	store    *store.Store
	members  map[string][]session.Member // of chats
}

func (c *fakeCalls) Outgoing(_ context.Context, o session.OutgoingCall) (*session.Record, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, o)
	if c.refuse != nil {
		return nil, c.refuse
	}
	rec := &session.Record{
		ID: cmp.Or(o.ID, endpoints.NewID()), AccountID: o.AccountID, FlowID: o.FlowID, Channel: "Voice", Direction: session.Outgoing, CallState: session.Ringing,
		ToAddress: o.NumberToDial, FromAddress: o.CallerID, Started: time.Now().UTC(), CreatedBy: o.CreatedBy, Revision: 1,
		Log: []session.LogLine{{Date: time.Now().UTC(), Message: "Calling " + o.NumberToDial}},
	}
	c.live = append(c.live, rec)
	if c.after != nil {
		c.after()
	}
	return rec, nil
}

func (c *fakeCalls) Live(accountIDs []string) []*session.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []*session.Record
	for _, rec := range c.live {
		if accountIDs == nil || slices.Contains(accountIDs, rec.AccountID) {
			out = append(out, rec)
		}
	}
	return out
}

func (c *fakeCalls) Get(id string) (*session.Record, error) {
	for _, rec := range c.Live(nil) {
		if rec.ID == id {
			return rec, nil
		}
	}
	return nil, fs.ErrNotExist
}

func (c *fakeCalls) End(ctx context.Context, id, why string) error {
	if _, err := c.Get(id); err != nil {
		return err
	}
	if err := c.commit(ctx, id); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = append(c.ended, id+" "+why)
	c.live = slices.DeleteFunc(c.live, func(rec *session.Record) bool { return rec.ID == id })
	return nil
}

func (c *fakeCalls) Watch(string) (<-chan session.Event, func()) { return c.watch, func() {} }

func (c *fakeCalls) Events() *session.Feed { return &c.feed }

func (c *fakeCalls) BoxChanged(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.boxes = append(c.boxes, id)
}

func (c *fakeCalls) Presence(string) string { return session.PresenceBusy }

func (c *fakeCalls) Reload(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reloads++
	return nil
}

func (c *fakeCalls) Agent(u *endpoints.Endpoint) endpoints.Agent {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, ok := c.agents[u.ID]; ok {
		return a
	}
	return endpoints.Agent{State: endpoints.LoggedOut, Reason: endpoints.SetBySystem, Since: u.DateCreated}
}

func (c *fakeCalls) SetAgent(_ context.Context, u *endpoints.Endpoint, state endpoints.AgentState) (endpoints.Agent, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.agents == nil {
		c.agents = map[string]endpoints.Agent{}
	}
	a := endpoints.Agent{EndpointID: u.ID, State: state, Reason: endpoints.SetByUser, Since: time.Now().UTC()}
	c.agents[u.ID] = a
	return a, nil
}

func (c *fakeCalls) Monitor(_ context.Context, id string, u *endpoints.Endpoint, mode session.MonitorMode, by string) error {
	if _, err := c.Get(id); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return c.refuse
	}
	c.monitors = append(c.monitors, id+" "+u.ID+" "+string(mode)+" "+by)
	return nil
}

// house is a running API over a real database, with two accounts.
type house struct {
	*testing.T
	server  *Server
	url     string
	dir     string // of its data
	calls   *fakeCalls
	account string // Default
	other   string
	hash    string       // of password
	made    atomic.Int64 // unique things
	doc     *openapi3.T  // what the API says of itself, where it is looked at
}

const (
	adminEmail = "admin@ringflow.local"
	password   = "correct horse battery"
)

// newHouse has an administrator, and in each account a login per role, named
// manager@default.test, user@other.test and so on, all with the same password.
func newHouse(t *testing.T, change ...func(*Server)) *house {
	t.Helper()
	return newHouseOn(t, store.Options{}, change...)
}

// onBoth runs a test on a house of each database.
func onBoth(t *testing.T, test func(t *testing.T, open func(t *testing.T) store.Options)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, func(*testing.T) store.Options { return store.Options{} }) })
	t.Run("PostgreSQL", func(t *testing.T) {
		if testing.Short() || raceDetector {
			t.Skip("races are looked for on SQLite alone: each takes minutes; make test comes back without the detector")
		}
		p := storetest.StartPostgres(t)
		test(t, func(t *testing.T) store.Options { return p.Fresh(t).Options })
	})
}

// newHouseOn is newHouse on a database; the zero options are SQLite.
func newHouseOn(t *testing.T, o store.Options, change ...func(*Server)) *house {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	o.Dir = dir
	db := openFurnished(t, o)
	blobs, err := blob.Open(dir + "/files")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, dir: dir, calls: &fakeCalls{watch: make(chan session.Event, 10), store: db}}
	h.server = &Server{Store: db, Calls: h.calls, Blob: blobs, LocalToken: "local-token", Realm: "ringflow", Log: zaptest.NewLogger(t)}
	for _, f := range change {
		f(h.server)
	}
	boss, err := db.LoginByEmail(ctx, adminEmail)
	if err != nil {
		t.Fatal(err)
	}
	visitor, err := db.LoginByEmail(ctx, "manager@other.test")
	if err != nil {
		t.Fatal(err)
	}
	h.account, h.other, h.hash = boss.AccountIDs[0], visitor.AccountIDs[0], boss.PasswordHash
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), blobs.Close()); err != nil {
			t.Error(err)
		}
	})
	h.serve(h.server)
	return h
}

// serve lets s answer from now on.
func (h *house) serve(s *Server) {
	h.server = s
	web := httptest.NewServer(s.Handler())
	h.url = web.URL
	h.Cleanup(func() {
		s.Close()
		http.DefaultClient.CloseIdleConnections()
		web.Close()
	})
}

// putEndpoints keeps them.
func (h *house) putEndpoints(all ...*endpoints.Endpoint) {
	h.Helper()
	for _, e := range all {
		if err := h.server.Store.PutEndpoint(h.Context(), e); err != nil {
			h.Fatal(err)
		}
	}
}

// answer is what came back.
type answer struct {
	*http.Response
	body string
}

// as says who asks.
type as func(*http.Request)

func basic(email string) as { return func(r *http.Request) { r.SetBasicAuth(email, password) } }

func nobody(*http.Request) {}

func header(name, value string) as { return func(r *http.Request) { r.Header.Set(name, value) } }

var admin = basic(adminEmail)

// do sends a request; body is JSON unless a header says otherwise.
func (h *house) do(who as, verb, path, body string, more ...as) answer {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), verb, h.url+path, strings.NewReader(body))
	if err != nil {
		h.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	who(req)
	for _, m := range more {
		m(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // follows nothing, adds nothing
	if err != nil {
		h.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.Fatal(err)
	}
	return answer{resp, string(text)}
}

// want sends a request that must be answered with the status.
func (h *house) want(status int, who as, verb, path, body string, more ...as) answer {
	h.Helper()
	a := h.do(who, verb, path, body, more...)
	if a.StatusCode != status {
		h.Fatalf("%s %s: %d, want %d: %s", verb, path, a.StatusCode, status, a.body)
	}
	return a
}
