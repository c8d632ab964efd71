package smpp_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap/zaptest"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/endpoints/sms/smpp"
	"ringflow/endpoints/sms/smpptest"
	"ringflow/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a store with a number that texts by a message centre, and the hub between.
type house struct {
	t       *testing.T
	db      *store.Store
	account string
	number  *endpoints.Endpoint
	centre  *smpptest.Centre
	hub     *smpp.Hub
	inbox   *inbox
	trunks  []*endpoints.Endpoint
	dir     string
}

const ours, theirs = "+12025550143", "+12025550100"

// open makes one; change changes its Texts and its centre before anything starts.
func open(t *testing.T, change ...func(*house)) *house {
	t.Helper()
	h := &house{t: t, centre: &smpptest.Centre{SystemID: "ring", Password: "flow"}}
	h.inbox = &inbox{remotes: map[string][]string{}, more: make(chan struct{})}
	h.number = &endpoints.Endpoint{Kind: endpoints.PhoneNumber, Number: ours, Texts: &endpoints.Texts{
		Carrier: endpoints.CarrierSMPP, Secret: "flow", PerMinute: 60_000, SMPP: endpoints.SMPPTexts{Host: "127.0.0.1", SystemID: "ring", SystemType: "VMA"},
	}}
	for _, f := range change {
		f(h)
	}
	if h.dir == "" {
		h.dir = t.TempDir()
	}
	if h.number.Texts.SMPP.Host, h.number.Texts.SMPP.Port = "127.0.0.1", 2775; !h.piped() {
		h.number.Texts.SMPP.Host, h.number.Texts.SMPP.Port = h.centre.Start(t)
	}
	h.openStore()
	a := &endpoints.Account{Name: "A"}
	h.must(h.db.PutAccount(t.Context(), a))
	h.account, h.number.AccountID = a.ID, a.ID
	h.must(h.db.PutEndpoint(t.Context(), h.number))
	h.start()
	return h
}

// piped tells that the centre is reached in memory, in virtual time.
func (h *house) piped() bool { return h.hub != nil && h.hub.Dial != nil }

func (h *house) openStore() {
	db, err := store.Open(h.t.Context(), store.Options{Dir: h.dir, Log: zaptest.NewLogger(h.t)})
	h.must(err)
	h.db, h.inbox.db = db, db
	h.t.Cleanup(func() { _ = db.Close() })
}

// start begins a life of the hub.
func (h *house) start() {
	dial := (&smpp.Hub{}).Dial
	if h.piped() {
		dial = h.hub.Dial
	}
	tls := (&smpp.Hub{}).TLS
	if h.hub != nil {
		tls = h.hub.TLS
	}
	desk := &sms.Desk{Store: h.db, Inbox: h.inbox, Trunks: func(string) []*endpoints.Endpoint { return h.trunks }}
	h.hub = &smpp.Hub{Links: &endpoints.Links{}, Store: h.db, Desk: desk, Inbox: h.inbox, Log: zaptest.NewLogger(h.t), Dial: dial, TLS: tls}
	h.must(h.hub.Start(h.t.Context()))
	hub := h.hub
	h.t.Cleanup(func() { hub.Close() })
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// soon is as long as a test waits for what is to come.
func (h *house) soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(h.t.Context(), time.Minute)
}

func (h *house) deliver(m smpp.Message) {
	h.t.Helper()
	ctx, cancel := h.soon()
	defer cancel()
	h.must(h.centre.Deliver(ctx, m))
}

// text is one from theirs to ours.
func text(s string) smpp.Message {
	return smpp.Message{Source: smpp.Address{TON: 1, NPI: 1, Addr: theirs[1:]}, Dest: smpp.Address{TON: 1, NPI: 1, Addr: ours[1:]}, Short: []byte(s)}
}

// send sends a text as the outbox does.
func (h *house) send(s string) (id string, err error) {
	id = endpoints.NewID()
	return id, h.sendAs(id, s)
}

// sendAs is send of a message that has an id.
func (h *house) sendAs(id, s string) error {
	post := endpoints.Post{MessageID: id, EndpointID: h.number.ID, Text: s}
	body, _ := json.Marshal(post)
	ctx, cancel := h.soon()
	defer cancel()
	return h.hub.Send(ctx, &endpoints.Outbound{Channel: endpoints.SMPP, To: []string{theirs}, Body: body})
}

// inbox keeps in the store, and what the store has no place for here.
type inbox struct {
	db *store.Store

	mu       sync.Mutex
	fail     error
	panics   bool
	got      []endpoints.Message // that were fresh
	receipts []string
	remotes  map[string][]string
	more     chan struct{}
}

func (i *inbox) change(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f()
	close(i.more)
	i.more = make(chan struct{})
}

func (i *inbox) Receive(ctx context.Context, m *endpoints.Message) error {
	i.mu.Lock()
	fail, panics := i.fail, i.panics
	i.mu.Unlock()
	if panics {
		panic("oh")
	}
	if fail != nil {
		return fail
	}
	fresh, err := i.db.ReceiveMessage(ctx, m, nil)
	if fresh {
		i.change(func() { i.got = append(i.got, *m) })
	}
	return err
}

func (i *inbox) Receipt(ctx context.Context, c endpoints.Channel, endpoint, remote string, s endpoints.MessageState, why string) error {
	err := i.db.MessageReceipt(ctx, c, endpoint, remote, s, why)
	i.change(func() { i.receipts = append(i.receipts, remote+" "+string(s)+why) })
	return err
}

func (i *inbox) Remote(ctx context.Context, id, remote string, n int) error {
	err := i.db.RemoteMessage(ctx, id, remote, n)
	i.change(func() { i.remotes[id] = append(i.remotes[id], remote) })
	if errors.Is(err, fs.ErrNotExist) { // the test has put none
		return nil
	}
	return err
}

func (i *inbox) Attach(context.Context, string, string, string, io.Reader) (endpoints.MessageFile, error) {
	return endpoints.MessageFile{}, errors.New("a text has no files")
}

// waitReceipts returns when there are n, or half a minute later.
func (i *inbox) waitReceipts(n int) {
	late := time.After(30 * time.Second)
	for {
		i.mu.Lock()
		more, got := i.more, len(i.receipts)
		i.mu.Unlock()
		if got >= n {
			return
		}
		select {
		case <-more:
		case <-late:
			return
		}
	}
}

func (i *inbox) setFail(err error) { i.change(func() { i.fail = err }) }

// texts are those that came, once there are n.
func (h *house) texts(n int) []string {
	h.t.Helper()
	ctx, cancel := h.soon()
	defer cancel()
	for {
		h.inbox.mu.Lock()
		more, got := h.inbox.more, slices.Clone(h.inbox.got)
		h.inbox.mu.Unlock()
		if len(got) >= n || ctx.Err() != nil {
			out := []string{}
			for _, m := range got {
				out = append(out, m.Text)
			}
			return out
		}
		select {
		case <-more:
		case <-ctx.Done():
		}
	}
}

func (h *house) wantTexts(want ...string) {
	h.t.Helper()
	if got := h.texts(len(want)); !slices.Equal(got, want) {
		h.t.Errorf("got the texts %q, want %q", got, want)
	}
}

var errAway = errors.New("the store is away")
