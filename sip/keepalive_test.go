package sip

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// memory is a BindingStore in memory that can be away.
type memory struct {
	mu    sync.Mutex
	kept  map[string]Binding
	away  bool
	calls int
}

func (m *memory) Bindings(context.Context) (list []Binding, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range m.kept {
		list = append(list, b)
	}
	if m.away {
		return nil, errors.New("the store is away")
	}
	return list, nil
}

func (m *memory) PutBinding(_ context.Context, b Binding) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calls++; m.away {
		return errors.New("the store is away")
	}
	if m.kept == nil {
		m.kept = map[string]Binding{}
	}
	m.kept[b.User+" "+b.Contact] = b
	return nil
}

func (m *memory) DeleteBinding(_ context.Context, user, contact string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calls++; m.away {
		return errors.New("the store is away")
	}
	delete(m.kept, user+" "+contact)
	return nil
}

func (m *memory) keys() (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.kept {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func answering(code int) func(*msg.Request, target) (*msg.Response, error) {
	return func(*msg.Request, target) (*msg.Response, error) { return msg.NewResponse(code, ""), nil }
}

func (w *fakeWire) answers(f func(*msg.Request, target) (*msg.Response, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reply = f
}

// Three silences make a binding offline, any answer brings it back, and only the end
// of its time removes it.
func TestKeepalive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes atomic.Int32
		a, w := newTestAccess(&UA{OnBinding: func(string) { changes.Add(1) }})
		a.start()
		defer a.stop()
		registers(t, a, aliceHome, "Contact: <sip:a@10.0.0.1:5070>", "Expires: 900")
		look := func() (Binding, bool) {
			list := a.registrar.bindings("alice")
			if len(list) == 0 {
				return Binding{}, false
			}
			return list[0], true
		}
		w.answers(answering(486)) // any answer is one
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if b, ok := look(); !ok || b.Offline || time.Since(b.LastSeen) > time.Minute {
			t.Errorf("an answering phone: %+v", b)
		}
		if n := w.count("OPTIONS UDP 198.51.100.1:5070"); n < 8 || n > 13 {
			t.Errorf("%d keep-alives in 5 minutes", n)
		}
		w.answers(nil) // silence
		time.Sleep(40*time.Second + keepaliveWait)
		synctest.Wait()
		if b, _ := look(); b.Offline {
			t.Error("offline after one silence")
		}
		time.Sleep(80 * time.Second)
		synctest.Wait()
		if b, ok := look(); !ok || !b.Offline {
			t.Errorf("a silent phone: %+v", b)
		}
		w.answers(answering(200))
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if b, _ := look(); b.Offline {
			t.Error("an answer does not bring it back")
		}
		w.answers(nil)
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		registers(t, a, aliceHome, "Contact: <sip:a@10.0.0.1:5070>", "Expires: 900", "CSeq: 2 REGISTER")
		if b, _ := look(); b.Offline {
			t.Error("a REGISTER does not bring it back")
		}
		time.Sleep(899 * time.Second)
		synctest.Wait()
		if b, ok := look(); !ok || !b.Offline {
			t.Errorf("just before its end: %+v %v", b, ok)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, ok := look(); ok || len(a.registrar.due) != 0 || len(a.registrar.sources) != 0 {
			t.Error("it outlives its time")
		}
		if n := changes.Load(); n != 7 { // 2 REGISTERs, offline, online, offline, offline, end
			t.Errorf("%d changes were told", n)
		}
	})
}

// Bindings over a connection live and die with it.
func TestStreamBinding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, w := newTestAccess(&UA{})
		a.start()
		defer a.stop()
		w.answers(answering(200))
		w.mu.Lock()
		w.open[aliceHome] = true
		w.mu.Unlock()
		req := parse(t, "REGISTER", "sip:"+testRealm, "To: <sip:alice@"+testRealm+">", "Expires: 900")
		a.registrar.register(req, Caller{Kind: User, Name: "alice"}, "TCP", aliceHome, time.Now())
		online := func() bool { l := a.registrar.bindings("alice"); return len(l) == 1 && !l[0].Offline }
		time.Sleep(time.Minute)
		synctest.Wait()
		if !online() || w.count("OPTIONS TCP") == 0 {
			t.Error("a connected phone is offline, or not asked")
		}
		w.mu.Lock()
		w.open[aliceHome] = false
		w.mu.Unlock()
		if online() {
			t.Error("online without its connection")
		}
		a.registrar.gone("TCP", aliceHome)
		asked := w.count("OPTIONS")
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if online() || w.count("OPTIONS") != asked {
			t.Error("somebody tries to reach it")
		}
	})
}

func TestBindingOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newTestAccess(&UA{})
		for i, c := range []string{"<sip:low@h>;q=0.1", "<sip:old@h>", "<sip:off@h>", "<sip:new@h>"} {
			registers(t, a, aliceHome, "Contact: "+c, "CSeq: "+itoa(i+1)+" REGISTER")
			time.Sleep(time.Second)
		}
		a.registrar.mu.Lock()
		a.registrar.users["alice"][2].Offline = true
		a.registrar.mu.Unlock()
		var got []string
		for _, b := range a.registrar.bindings("alice") {
			got = append(got, b.Contact)
		}
		if want := []string{"sip:new@h", "sip:old@h", "sip:low@h", "sip:off@h"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// What was registered is there after a restart, as far as it can be reached.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		a, w := newTestAccess(&UA{Store: m})
		a.start()
		registers(t, a, aliceHome, "Contact: <sip:a@10.0.0.1:5070>", "Expires: 900")
		req := parse(t, "REGISTER", "sip:"+testRealm, "To: <sip:bob@"+testRealm+">", "Contact: <sip:b@10.0.0.2>;expires=900")
		a.registrar.register(req, Caller{Kind: User, Name: "bob"}, "TCP", netip.MustParseAddrPort("198.51.100.2:5"), time.Now())
		registers(t, a, aliceHome, "Contact: <sip:x@10.0.0.1>;expires=60", "Call-ID: c2")
		registers(t, a, aliceHome, "Contact: <sip:y@10.0.0.1>", "Call-ID: c2", "CSeq: 2 REGISTER")
		registers(t, a, aliceHome, "Contact: <sip:y@10.0.0.1>;expires=0", "Call-ID: c2", "CSeq: 3 REGISTER")
		a.stop()
		if want := []string{"alice sip:a@10.0.0.1:5070", "alice sip:x@10.0.0.1", "bob sip:b@10.0.0.2"}; !slices.Equal(m.keys(), want) {
			t.Errorf("kept: %v", m.keys())
		}
		time.Sleep(2 * time.Minute)

		a, w = newTestAccess(&UA{Store: m})
		w.answers(answering(200))
		a.start()
		alice, bob := a.registrar.bindings("alice"), a.registrar.bindings("bob")
		if len(alice) != 1 || alice[0].Offline || alice[0].Source != aliceHome || len(bob) != 1 || !bob[0].Offline {
			t.Errorf("alice %+v\nbob %+v", alice, bob)
		}
		if !a.registrar.live("UDP", aliceHome) {
			t.Error("the source is not known any more")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if w.count("OPTIONS UDP 198.51.100.1:5070") == 0 {
			t.Error("nobody asks after a binding of before")
		}
		a.stop()
	})
}

// A store that is away stops no REGISTER, and gets everything when it is back.
func TestStoreAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{away: true}
		a, _ := newTestAccess(&UA{Store: m})
		a.start()
		for i := range 5 {
			if r := registers(t, a, aliceHome, "Contact: <sip:a@10.0.0.1:"+itoa(6000+i)+">", "CSeq: "+itoa(i+1)+" REGISTER"); r.code != 200 {
				t.Fatalf("%+v", r)
			}
		}
		registers(t, a, aliceHome, "Contact: <sip:a@10.0.0.1:6000>;expires=0", "CSeq: 6 REGISTER")
		time.Sleep(time.Minute)
		synctest.Wait()
		m.mu.Lock()
		calls := m.calls
		m.away = false
		m.mu.Unlock()
		if calls > 10 {
			t.Errorf("%d attempts in a minute", calls)
		}
		time.Sleep(storeRetry)
		synctest.Wait()
		if len(m.keys()) != 4 {
			t.Errorf("kept: %v", m.keys())
		}
		a.stop()
	})
}

// Who is gone is not rung any more, nor after a restart; a keep-alive that was on
// its way changes nothing.
func TestUnregister(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		var told []string
		ua := &UA{Store: m, OnBinding: func(user string) { told = append(told, user) }}
		a, w := newTestAccess(ua)
		a.start()
		registers(t, a, aliceHome, "Contact: <sip:a@10.0.0.1:5070>, <sip:b@10.0.0.1:5071>", "Expires: 900")
		req := parse(t, "REGISTER", "sip:"+testRealm, "To: <sip:bob@"+testRealm+">", "Contact: <sip:b@10.0.0.2>;expires=900")
		a.registrar.register(req, Caller{Kind: User, Name: "bob"}, "UDP", netip.MustParseAddrPort("198.51.100.2:5"), time.Now())
		w.answers(func(*msg.Request, target) (*msg.Response, error) {
			time.Sleep(4 * time.Second)
			return msg.NewResponse(200, ""), nil
		})
		for w.count("OPTIONS") == 0 {
			time.Sleep(time.Second)
		}
		told = nil
		a.registrar.drop(func(user string) bool { return user == "alice" })
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(a.registrar.bindings("alice")); n != 0 || a.registrar.live("UDP", aliceHome) || len(a.registrar.bindings("bob")) != 1 {
			t.Errorf("%d bindings of alice's", n)
		}
		if !slices.Equal(told, []string{"alice"}) {
			t.Errorf("told of %v", told)
		}
		a.stop()
		if want := []string{"bob sip:b@10.0.0.2"}; !slices.Equal(m.keys(), want) {
			t.Errorf("kept: %v", m.keys())
		}
	})
}
