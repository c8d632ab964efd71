package session_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"ringflow/endpoints"
	"ringflow/flow"
	_ "ringflow/flow/nodes"
	"ringflow/media"
	"ringflow/session"
	"ringflow/sip"
	"ringflow/store"
	"ringflow/store/blob"
	"ringflow/store/storetest"
)

func TestMain(m *testing.M) {
	// The resolver makes a channel when it is asked first, which all bubbles use then: it
	// must not belong to one of them.
	_, _ = net.DefaultResolver.LookupHost(context.Background(), "localhost.")
	var err error
	bootstrap := func(ctx context.Context, db *store.Store) error {
		_, err := db.Bootstrap(ctx, "admin@ringflow.test", "correct horse battery")
		return err
	}
	if emptyStore, err = storetest.NewTemplate(bootstrap); err != nil { // its goroutines are no bubble's
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// emptyStore is what each house begins with: an account and its first login.
var emptyStore storetest.Template

// Hosts of the little world in which the tests call each other.
const (
	serverHost  = "10.0.0.1"
	carrierHost = "10.0.0.2"
	realm       = "ringflow.test"
	did         = "+18005550100"
)

// house is a whole server but its API, in a bubble, on a network in memory.
type house struct {
	*session.Switchboard
	t       testing.TB
	net     *network
	store   *store.Store
	dir     string
	log     *observer.ObservedLogs
	account string
	carrier *peer // a trunk: trusted by its address
	trunk   *endpoints.Endpoint
	said    *speaker
	away    *awayStore // between the switchboard and the store
	post    session.Mailer
	ears    session.Listener
}

// inHouse runs f in a bubble with a house in it.
func inHouse(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	// A bubble with a heartbeat in it never deadlocks: who waits there for what never comes
	// lets years pass. The watch is outside, with all stacks in what it says.
	watch := time.AfterFunc(5*time.Minute, func() {
		debug.SetTraceback("all")
		panic(t.Name() + " waits for something that never comes")
	})
	defer watch.Stop()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		t.Cleanup(h.dump)
		f(t, h)
	})
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, net: newNetwork(), said: &speaker{}}
	h.build(newEngine(t, h.net, serverHost), t.TempDir())
	if err := h.UA.ServePacket(h.net.listen(t, serverHost+":5060")); err != nil {
		t.Fatal(err)
	}
	h.carrier = newPeer(t, h, carrierHost)
	h.trunk = h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: "Carrier", Trunk: &endpoints.Trunk{
		Host: carrierHost, Port: 5060, Transport: "udp", AllowedIPs: []string{carrierHost}, Priority: 1, CallerIDFormat: endpoints.E164,
	}})
	return h
}

// build puts the house together, all but its sockets.
func (h *house) build(engine *media.Engine, dir string) {
	t := h.t
	t.Helper()
	ctx := t.Context()
	core, logs := observer.New(zap.DebugLevel)
	h.log, h.dir = logs, dir
	var err error
	if entries, _ := os.ReadDir(dir); len(entries) == 0 {
		if err = emptyStore.Copy(dir); err != nil {
			t.Fatal(err)
		}
	}
	if h.store, err = store.Open(ctx, store.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	accounts, _, err := h.store.Accounts(ctx, endpoints.AccountFilter{})
	if err != nil || len(accounts) != 1 {
		t.Fatal(accounts, err)
	}
	h.account = accounts[0].ID
	if _, err := h.store.CloseOrphans(ctx); err != nil {
		t.Fatal(err)
	}
	files, err := blob.Open(dir + "/files")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })

	if _, err := session.Adopt(ctx, h.store, blobs{files}, h.post, zap.New(core)); err != nil {
		t.Fatal(err)
	}

	ua := &sip.UA{Realm: realm, Store: h.store, UserAgent: "Ringflow"}
	h.away = &awayStore{Store: h.store}
	h.Switchboard = &session.Switchboard{Store: h.away, UA: ua, Media: engine, Blob: blobs{files}, Speech: h.said, Log: zap.New(core), Apology: tone(apologyTone, time.Second), Mail: h.post, Ears: h.ears}
	ua.Handler, ua.Directory, ua.Events, ua.OnPhone, ua.OnBinding = h.Invite, h.Switchboard, h.Switchboard, h.PhoneCame, h.BindingChanged
	t.Cleanup(func() {
		if err := ua.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Shutdown(nil) })
}

// blobs makes the folder's writers what the session asks for.
type blobs struct{ *blob.Folder }

func (b blobs) Create(id string) (session.BlobWriter, error) { return b.Folder.Create(id) }

func (b blobs) Resume(id string) (session.BlobRepair, error) {
	w, err := b.Folder.Resume(id)
	if err != nil {
		return nil, err
	}
	return w, nil
}

func newEngine(t testing.TB, n *network, host string) *media.Engine {
	t.Helper()
	pacer := media.NewPacer(1)
	t.Cleanup(pacer.Close)
	e := &media.Engine{Listen: netip.MustParseAddr(host), Pacer: pacer, Bind: n.pair(host)}
	t.Cleanup(func() { e.Close() })
	return e
}

// put stores an endpoint and tells the switchboard.
func (h *house) put(e *endpoints.Endpoint) *endpoints.Endpoint {
	h.t.Helper()
	e.AccountID = h.account
	if err := h.store.PutEndpoint(h.t.Context(), e); err != nil {
		h.t.Fatal(err)
	}
	if err := h.Reload(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return e
}

// flow stores a flow and returns its id.
func (h *house) flow(nodes ...node) string {
	h.t.Helper()
	f := &flow.Flow{AccountID: h.account, Name: "Test", Raw: graph(h.t, nodes...)}
	if err := h.store.PutFlow(h.t.Context(), f); err != nil {
		h.t.Fatal(err)
	}
	return f.ID
}

// number is a phone number of ours that runs a flow.
func (h *house) number(e164 string, nodes ...node) *endpoints.Endpoint {
	h.t.Helper()
	return h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, DisplayName: e164, Number: e164, FlowID: h.flow(nodes...)})
}

// user is a user with a SIP password, whose own calls run a flow.
func (h *house) user(name string, nodes ...node) *endpoints.Endpoint {
	h.t.Helper()
	u := &endpoints.Endpoint{Kind: endpoints.User, DisplayName: strings.ToUpper(name[:1]) + name[1:], FirstName: name, SipUserName: name, UserMode: endpoints.SipPhone}
	u.SetSipPassword(realm, password)
	if len(nodes) > 0 {
		u.FlowID = h.flow(nodes...)
	}
	return h.put(u)
}

const password = "correct-horse-battery-staple"

// record is the newest session of all, once it has ended and is in the store.
func (h *house) record() *session.Record {
	h.t.Helper()
	rs := h.records()
	if len(rs) == 0 {
		h.t.Fatal("no session was kept")
	}
	return rs[len(rs)-1]
}

// records are all sessions as the store has them a while later, oldest first.
func (h *house) records() []*session.Record {
	h.t.Helper()
	time.Sleep(2 * time.Second) // of the bubble: the writer has written
	rs, _, err := h.store.Records(h.t.Context(), store.RecordFilter{List: endpoints.List{All: true}})
	if err != nil {
		h.t.Fatal(err)
	}
	return rs
}

func logText(r *session.Record) string {
	var b strings.Builder
	for _, l := range r.Log {
		b.WriteString(l.Message + "\n")
	}
	return b.String()
}

// logged fails unless each of these stands in the session's log.
func logged(t testing.TB, r *session.Record, words ...string) {
	t.Helper()
	all := logText(r)
	for _, w := range words {
		if !strings.Contains(all, w) {
			t.Errorf("%q is not in the log of the session:\n%s", w, all)
		}
	}
}

// Tones stand for speech: each text has its own.
const apologyTone = 1500

func tone(hz float64, d time.Duration) *media.Clip {
	s := make([]int16, int(d*media.ClipRate/time.Second))
	for i := range s {
		s[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/media.ClipRate))
	}
	c, err := media.NewClip(s, media.ClipRate)
	if err != nil {
		panic(err) // the rate is the clip's own
	}
	return c
}

// speaker is a speech engine that whistles, each text at its own pitch for a second.
type speaker struct {
	mu    sync.Mutex
	texts []string
	fail  error
}

func pitch(text string) float64 {
	h := fnv.New32()
	h.Write([]byte(text))
	return 300 + float64(h.Sum32()%20)*50 // 300 to 1250 Hz
}

func (s *speaker) Speak(_ context.Context, text, _ string) (*media.Clip, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	s.texts = append(s.texts, text)
	return tone(pitch(text), time.Second), nil
}

// anyone is a directory that trusts whoever comes: that of a test's far end.
type anyone struct{}

func (anyone) Credentials(context.Context, string) (sip.Credentials, error) {
	return sip.Credentials{}, fs.ErrNotExist
}

func (anyone) TrunkBySource(netip.AddrPort) (sip.Caller, bool) {
	return sip.Caller{Kind: sip.Trunk, ID: "server", Name: "server", By: "address"}, true
}

// dump shows all of the server's log when a test has failed.
func (h *house) dump() {
	if !h.t.Failed() {
		return
	}
	time.Sleep(time.Second) // of the bubble: the writer has written
	for _, e := range h.log.All() {
		h.t.Log(e.Level, e.Message, e.ContextMap())
	}
	rs, _, err := h.store.Records(context.Background(), store.RecordFilter{List: endpoints.List{All: true}})
	for _, r := range rs {
		h.t.Logf("session %s %s to %s: %s\n%s", r.Direction, r.FromAddress, r.ToAddress, r.Outcome, logText(r))
	}
	if err != nil {
		h.t.Log(err)
	}
}

// sessionOf is the id of the one session that was kept.
func (h *house) sessionOf(t testing.TB) string {
	t.Helper()
	rs, _, err := h.store.Records(t.Context(), store.RecordFilter{List: endpoints.List{All: true}})
	if err != nil || len(rs) != 1 {
		t.Fatalf("%d sessions, %v", len(rs), err)
	}
	return rs[0].ID
}
