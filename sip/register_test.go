package sip

import (
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var aliceHome = netip.MustParseAddrPort("198.51.100.1:5070")

// registers runs a REGISTER of alice's with the given headers.
func registers(t testing.TB, a *access, src netip.AddrPort, headers ...string) *reply {
	t.Helper()
	headers = append(headers, "To: <sip:alice@"+testRealm+">")
	return a.registrar.register(parse(t, "REGISTER", "sip:"+testRealm, headers...), Caller{Kind: User, Name: "alice"}, "UDP", src, time.Now())
}

func contactsOf(r *reply) (out []string) {
	for _, h := range r.headers {
		if h[0] == "Contact" {
			out = append(out, h[1])
		}
	}
	slices.Sort(out)
	return out
}

// One REGISTER after another, as a phone sends them (RFC 3261 10.3).
func TestRegister(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newTestAccess(&UA{})
		steps := []struct {
			name     string
			headers  []string
			code     int
			contacts string // all of the 200's, joined
		}{
			{"fetch of nothing", []string{"Contact: none", "CSeq: 1 REGISTER"}, 200, ""},
			{"first", []string{"Contact: <sip:a@10.0.0.1:5070>", "CSeq: 2 REGISTER", "Expires: 120"}, 200, "<sip:a@10.0.0.1:5070>;expires=120"},
			{"refresh, the contact's own expires first", []string{`Contact: "A" <sip:a@10.0.0.1:5070>;expires=90;q=0.5`, "CSeq: 3 REGISTER", "Expires: 120"},
				200, "<sip:a@10.0.0.1:5070>;expires=90;q=0.5"},
			{"the same again", []string{"Contact: <sip:a@10.0.0.1:5070>", "CSeq: 3 REGISTER"}, 500, ""},
			{"an older one", []string{"Contact: <sip:a@10.0.0.1:5070>", "CSeq: 1 REGISTER"}, 500, ""},
			{"another Call-ID may be lower", []string{"Contact: <sip:a@10.0.0.1:5070>;expires=90", "CSeq: 1 REGISTER", "Call-ID: c2"}, 200, "<sip:a@10.0.0.1:5070>;expires=90"},
			{"too brief", []string{"Contact: <sip:a@10.0.0.1:5070>;expires=59", "CSeq: 4 REGISTER"}, 423, ""},
			{"too long is cut", []string{"Contact: <sip:a@10.0.0.1:5070>;expires=99999999999999999999", "CSeq: 5 REGISTER"}, 200, "<sip:a@10.0.0.1:5070>;expires=3600"},
			{"without expires", []string{"Contact: <sip:a@10.0.0.1:5070>", "CSeq: 6 REGISTER"}, 200, "<sip:a@10.0.0.1:5070>;expires=600"},
			{"another port is another contact", []string{"Contact: <sip:a@10.0.0.1>;expires=60", "CSeq: 7 REGISTER"}, 200, "<sip:a@10.0.0.1:5070>;expires=600|<sip:a@10.0.0.1>;expires=60"},
			{"the same by case and escape", []string{"Contact: <sip:%61@10.0.0.1>;expires=61", "CSeq: 8 REGISTER"}, 200, "<sip:%61@10.0.0.1>;expires=61|<sip:a@10.0.0.1:5070>;expires=600"},
			{"all or nothing", []string{"Contact: <sip:b@10.0.0.1>;expires=61, <sip:c@10.0.0.1>;expires=1", "CSeq: 9 REGISTER"}, 423, ""},
			{"removed", []string{"Contact: <sip:a@10.0.0.1>;expires=0", "CSeq: 10 REGISTER"}, 200, "<sip:a@10.0.0.1:5070>;expires=600"},
			{"two at once", []string{"Contact: <sip:b@10.0.0.1>;expires=61, <sip:c@10.0.0.1>;expires=62", "CSeq: 11 REGISTER"}, 200,
				"<sip:a@10.0.0.1:5070>;expires=600|<sip:b@10.0.0.1>;expires=61|<sip:c@10.0.0.1>;expires=62"},
			{"star without Expires: 0", []string{"Contact: *", "CSeq: 12 REGISTER"}, 400, ""},
			{"star and another", []string{"Contact: *, <sip:b@10.0.0.1>", "Expires: 0", "CSeq: 12 REGISTER"}, 400, ""},
			{"star of an old CSeq", []string{"Contact: *", "Expires: 0", "CSeq: 11 REGISTER"}, 500, ""},
			{"star", []string{"Contact: *", "Expires: 0", "CSeq: 13 REGISTER"}, 200, ""},
			{"fetch of nothing left", []string{"Contact: none", "CSeq: 14 REGISTER"}, 200, ""},
			{"no tel", []string{"Contact: <tel:+15550001>", "CSeq: 15 REGISTER"}, 400, ""},
			{"no headers in it", []string{"Contact: <sip:a@10.0.0.1?Route=%3Csip:x%3E>", "CSeq: 15 REGISTER"}, 400, ""},
			{"no novel", []string{"Contact: <sip:" + strings.Repeat("a", maxContactText) + "@10.0.0.1>", "CSeq: 15 REGISTER"}, 400, ""},
		}
		for _, s := range steps {
			r := registers(t, a, aliceHome, s.headers...)
			if r.code != s.code {
				t.Errorf("%s: %d, want %d", s.name, r.code, s.code)
			}
			if got := strings.Join(contactsOf(r), "|"); s.code == 200 && got != s.contacts {
				t.Errorf("%s:\n got %s\nwant %s", s.name, got, s.contacts)
			}
			if s.code == 423 && headerOfReply(r, "Min-Expires") != "60" {
				t.Errorf("%s: Min-Expires %q", s.name, headerOfReply(r, "Min-Expires"))
			}
		}
	})
}

func TestRegisterForAnother(t *testing.T) {
	a, w := newTestAccess(&UA{})
	for to, want := range map[string]int{"bob@": 403, "": 403, "alice%00@": 403, "Alice@": 200} {
		req := parse(t, "REGISTER", "sip:"+testRealm, "To: <sip:"+to+testRealm+">")
		if r := a.registrar.register(req, Caller{Kind: User, Name: "alice"}, "UDP", aliceHome, time.Now()); r.code != want {
			t.Errorf("To %q: %d, want %d", to, r.code, want)
		}
	}
	if n := w.notes[refusedAuth]; n != 3 {
		t.Errorf("%d were counted", n)
	}
	if len(a.registrar.bindings("bob")) != 0 {
		t.Error("bob's calls go to alice")
	}
}

func TestContactsNotToBeCalled(t *testing.T) {
	local := netip.MustParseAddrPort("127.0.0.1:5070")
	for _, c := range []struct {
		contact string
		src     netip.AddrPort
		code    int
	}{
		{"sip:a@192.0.2.1:5060", aliceHome, 403},                                  // our own socket
		{"sip:a@192.0.2.1", aliceHome, 403},                                       // by default port
		{"sip:a@192.0.2.1:5061", aliceHome, 200},                                  // somebody else's on this machine
		{"sip:a@127.0.0.1:5070", aliceHome, 403},                                  // loopback from outside
		{"sip:a@localhost", aliceHome, 403},                                       //
		{"sip:a@[::1]", aliceHome, 403},                                           //
		{"sip:a@169.254.169.254", aliceHome, 403},                                 // metadata
		{"sip:a@0.0.0.0", aliceHome, 403},                                         //
		{"sip:a@127.0.0.1:5070", local, 200},                                      // a phone on this machine
		{"sip:a@localhost:5070", local, 200},                                      //
		{"sip:a@10.1.2.3:5070", aliceHome, 200},                                   // behind a NAT
		{"sip:a@xyz.invalid;transport=ws", aliceHome, 200},                        // a browser's
		{"sip:a@169.254.1.1", netip.MustParseAddrPort("169.254.1.1:5060"), 200},   // link-local, from there
		{"sip:a@203.0.113.9:5060", netip.MustParseAddrPort("203.0.113.9:1"), 200}, //
		{"sip:a@192.0.2.1:5060", netip.MustParseAddrPort("192.0.2.1:5060"), 200},  // not ours, if it comes from there
		{"sips:a@[2001:db8::1]:5061;transport=TLS;ob", aliceHome, 200},            //
	} {
		a, _ := newTestAccess(&UA{})
		if r := registers(t, a, c.src, "Contact: <"+c.contact+">"); r.code != c.code {
			t.Errorf("%s from %s: %d, want %d", c.contact, c.src, r.code, c.code)
		}
	}
}

func TestTooManyContacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, w := newTestAccess(&UA{})
		one := func(i int) *reply {
			return registers(t, a, aliceHome, "Contact: <sip:a@10.0.0.1:"+itoa(6000+i)+">", "CSeq: "+itoa(i)+" REGISTER")
		}
		for i := 1; i <= maxContacts; i++ {
			if r := one(i); r.code != 200 {
				t.Fatalf("contact %d: %d", i, r.code)
			}
		}
		if r := one(11); r.code != 403 || w.notes[refusedQuota] != 1 {
			t.Errorf("one too many: %d", r.code)
		}
		many := "Contact: "
		for i := range 100 {
			many += "<sip:a@10.0.0.1:" + itoa(7000+i) + ">,"
		}
		if r := registers(t, a, aliceHome, strings.TrimSuffix(many, ","), "CSeq: 12 REGISTER"); r.code == 200 {
			t.Error("100 contacts were taken")
		}
		// One that is silent makes room.
		a.registrar.mu.Lock()
		a.registrar.users["alice"][3].Offline = true
		a.registrar.mu.Unlock()
		if r := one(13); r.code != 200 || len(contactsOf(r)) != maxContacts || strings.Contains(strings.Join(contactsOf(r), ""), ":6004>") {
			t.Errorf("%d with %v", r.code, contactsOf(r))
		}
	})
}

// A device that comes back under another address replaces itself (RFC 5626).
func TestSameInstance(t *testing.T) {
	a, _ := newTestAccess(&UA{})
	instance := `;+sip.instance="<urn:uuid:0-1;x>"`
	registers(t, a, aliceHome, "Contact: <sip:a@10.0.0.1:6000>"+instance, "CSeq: 1 REGISTER")
	registers(t, a, aliceHome, "Contact: <sip:a@10.0.0.1:6001>"+instance, "CSeq: 1 REGISTER", "Call-ID: c2")
	registers(t, a, aliceHome, "Contact: <sip:a@10.0.0.1:6002>"+instance+";reg-id=2", "CSeq: 1 REGISTER", "Call-ID: c3")
	var got []string
	for _, b := range a.registrar.bindings("ALICE") {
		got = append(got, b.Contact)
	}
	slices.Sort(got)
	if want := []string{"sip:a@10.0.0.1:6001", "sip:a@10.0.0.1:6002"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPath(t *testing.T) {
	a, _ := newTestAccess(&UA{})
	path := "Path: <sip:p1.example;lr>, <sip:p2.example;lr>"
	if r := registers(t, a, aliceHome, path); r.code != 421 || headerOfReply(r, "Require") != "path" {
		t.Errorf("without Supported: %+v", r)
	}
	r := registers(t, a, aliceHome, path, "Supported: outbound, path")
	var back []string
	for _, h := range r.headers {
		if h[0] == "Path" {
			back = append(back, h[1])
		}
	}
	want := []string{"<sip:p1.example;lr>", "<sip:p2.example;lr>"}
	if r.code != 200 || !slices.Equal(back, want) || !slices.Equal(a.registrar.bindings("alice")[0].Path, want) {
		t.Errorf("%d with Path %v, kept %v", r.code, back, a.registrar.bindings("alice")[0].Path)
	}
	for _, bad := range []string{"Path: nonsense", "Path: <sip:a>,<sip:b>,<sip:c>,<sip:d>,<sip:e>"} {
		if r := registers(t, a, aliceHome, bad, "k: path"); r.code != 400 {
			t.Errorf("%s: %d", bad, r.code)
		}
	}
}

func TestDrainMakesRegistrationsShort(t *testing.T) {
	a, w := newTestAccess(&UA{})
	w.stops = true
	if got := contactsOf(registers(t, a, aliceHome, "Expires: 3600")); len(got) != 1 || !strings.HasSuffix(got[0], ";expires=60") {
		t.Errorf("%v", got)
	}
}

// A registration takes less than 3 kB, whatever message it came in.
func TestRegistrationSize(t *testing.T) {
	const n = 5000
	a, _ := newTestAccess(&UA{})
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range n {
		user := "user" + itoa(i)
		req := parse(t, "REGISTER", "sip:"+testRealm, "To: <sip:"+user+"@"+testRealm+">", "Call-ID: "+randomHex(16)+itoa(i), "User-Agent: Phone 1.2.3 (something long to be told by)",
			"Contact: <sip:"+user+"@10.0.0.1:5060;transport=udp;ob>;+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-000000000000>\"", "X-Filler: "+strings.Repeat("x", 4000))
		src := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 5060)
		if r := a.registrar.register(req, Caller{Kind: User, Name: user}, "UDP", src, time.Now()); r.code != 200 {
			t.Fatalf("%+v", r)
		}
	}
	size := (heap() - before) / n
	t.Logf("%d bytes a registration", size)
	if size > 3000 {
		t.Errorf("a registration takes %d bytes", size)
	}
	runtime.KeepAlive(a)
}
