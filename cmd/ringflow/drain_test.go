package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringflow/sip"
)

const menuNumber = "+18005550103"

// A signal to stop lets nobody in, and those who are in go on: they speak, press
// keys, are put through and recorded. With the last of them the program ends by
// itself.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := startProcess(t, t.TempDir())
	idle := p.flow("Idle", node("e", "EndNode", nil))
	alices, bobs := p.user("Alice", idle), p.user("Bob", idle)
	port := freePort(t)
	p.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	p.number(did, p.flow("To Alice", node("d", "DialNode", M{"Destinations": destinations(alices.SipUserName), "RecordCall": yes()})))
	p.number(menuNumber, p.flow("Menu",
		node("m", "MenuNode", M{"Text": text("Press 1."), "Choices": rows(M{"Key": text("1"), "Value": text("One")}), "TimeoutInSeconds": amount(30), "One": next("d")}),
		node("d", "DialNode", M{"Destinations": destinations(bobs.SipUserName), "RecordCall": yes()})))
	alice, bob := p.talkerAt(t, "127.0.0.8", 0, 700, alices), p.talkerAt(t, "127.0.0.9", 0, 900, bobs)
	far := p.ringerAt(t, carrierHost, uint16(port), phoneAccount{})
	caller, second := p.talkerAt(t, carrierHost, 0, 440, phoneAccount{}), p.talkerAt(t, carrierHost, 0, 500, phoneAccount{})
	talks := caller.calls(did)
	alicesEnd := nextLeg(t, "Alice", alice.up)
	inMenu, digits, err := second.phone.dial(t.Context(), menuNumber, "+12025550144")
	if err != nil {
		t.Fatal(err)
	}
	p.eventually("the menu is up", func() bool { return strings.Contains(p.byNumber()[menuNumber].text(), "Press 1.") })

	p.signal(syscall.SIGTERM)
	p.drains()

	var st *sip.Status
	if _, _, err := caller.phone.dial(t.Context(), did, "+12025550145"); !errors.As(err, &st) || st.Code != 503 || st.RetryAfter <= 0 {
		t.Errorf("a new call got %v %+v", err, st)
	}
	body := fmt.Sprintf(`{"flowId":%q,"numberToDial":%q,"callerId":%q}`, idle, farNumber, did)
	if code, b := p.request(http.MethodPost, "/sessions/outgoing", "application/json", strings.NewReader(body)); code != http.StatusServiceUnavailable {
		t.Errorf("POST /sessions/outgoing: %d %s", code, b)
	}
	if err := digits.SendDigits(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	bobsEnd := nextLeg(t, "Bob", bob.up) // a second leg of a call that lives
	talking := make(chan error, 1)
	go func() { talking <- second.talk(inMenu.Context(), digits) }()
	other := p.talkerAt(t, "127.0.0.10", 0, 800, alices) // phones still register: they will be needed
	pause(t.Context(), 3*time.Second)
	if n := len(p.sessions("")); n != 2 {
		t.Errorf("there are %d sessions", n)
	}
	if err := talks.Hangup(t.Context(), nil); err != nil {
		t.Error(err)
	}
	endsBy(t, "Alice", alicesEnd, sip.ErrRemoteBye)
	p.eventually("the first call is over", func() bool { return p.byNumber()[did].Ended })
	pause(t.Context(), time.Second)
	if p.ended() {
		t.Error("the program has ended, with a call up")
	}
	if err := bobsEnd.Hangup(t.Context(), nil); err != nil {
		t.Error(err)
	}
	endsBy(t, "the second caller", inMenu, sip.ErrRemoteBye)
	if err := <-talking; err != nil {
		t.Error(err)
	}
	p.exits(0)
	select {
	case <-far.rings:
		t.Error("the refused outgoing call was dialled")
	default:
	}
	p = p.again()
	hangUp(alice.phone, bob.phone, other.phone, far.phone, caller.phone, second.phone) // their files are whole now
	heard := func(who string, k *talker, hz, not float64) {
		wav, err := os.ReadFile(k.file)
		if err != nil {
			t.Fatal(err)
		}
		hears(t, who, wav, hz, not)
		if len(wav) < 44+2*8000*2 {
			t.Errorf("%s heard %d bytes", who, len(wav))
		}
	}
	heard("Alice", alice, caller.hz, second.hz)
	heard("Bob", bob, second.hz, caller.hz)
	heard("the caller", caller, alice.hz, bob.hz)
	heard("the second caller", second, bob.hz, alice.hz)

	all := p.byNumber()
	for number, hz := range map[string]float64{did: alice.hz, menuNumber: bob.hz} {
		s := all[number]
		if !s.Ended || s.Outcome != "Completed" || len(s.Files) != 1 {
			t.Errorf("the session with %s: ended %v by %q, files %+v\n%s", number, s.Ended, s.Outcome, s.Files, s.text())
			continue
		}
		_, right := sides(t, p.content(s.Files[0].ID))
		hears(t, "the recording", right, hz, 1000)
	}
	if len(all) != 2 || len(p.files()) != 2 {
		t.Errorf("%d sessions, %d files", len(all), len(p.files()))
	}
	nothingHalf(t, p.data)
}

// A second signal, or the end of the drain time, ends all that is up or rings in
// SIP's words, keeps what was recorded, and says so by its status.
func TestStoppedWithCallsUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		settings []string
		stop     func(*process)
		says     string
	}{
		{"SIGTERM twice", nil, func(p *process) { p.signal(syscall.SIGTERM); p.drains(); p.signal(syscall.SIGTERM) }, "4 calls and 0 asynchronous branches were not over: a second signal came"},
		{"SIGINT twice", nil, func(p *process) { p.signal(os.Interrupt); p.drains(); p.signal(os.Interrupt) }, "4 calls and 0 asynchronous branches were not over: a second signal came"},
		{"drain time over", []string{"RINGFLOW_DRAIN_TIMEOUT=1s"}, func(p *process) { p.signal(syscall.SIGTERM) }, "4 calls and 0 asynchronous branches were not over: the drain time of 1s is over"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := startBusyHouse(t, c.settings...)
			b.soundKept(3 * time.Second / 2)
			c.stop(b.process)
			b.exits(1)
			if said := b.out.String(); !strings.Contains(said, c.says) {
				t.Errorf("it does not say %q but\n%s", c.says, said)
			}
			endsBy(t, "the caller", b.talks, sip.ErrRemoteBye)
			endsBy(t, "Alice", b.alicesEnd, sip.ErrRemoteBye)
			endsBy(t, "who is recorded", b.records, sip.ErrRemoteBye)
			endsBy(t, "Bob, who rings", b.bobsEnd, sip.ErrRemoteCancel)
			endsBy(t, "the far end, which rings", b.oursOutside, sip.ErrRemoteCancel)
			var st *sip.Status
			if err := <-b.waiting; !errors.As(err, &st) || st.Code < 480 {
				t.Errorf("who waited for Bob is told %v", err)
			}
			if _, err := os.Stat(localFile(b.data)); !errors.Is(err, os.ErrNotExist) {
				t.Error("local.json is still there")
			}

			p := b.again()
			all := p.byNumber()
			if len(all) != 4 {
				t.Errorf("there are %d sessions", len(all))
			}
			for number, s := range all {
				if !s.Ended || s.Outcome != "Cancelled" || s.DateCompleted.Before(s.DateCreated) || !strings.Contains(s.text(), "the server stops") {
					t.Errorf("the session with %s: ended %v at %s by %q\n%s", number, s.Ended, s.DateCompleted, s.Outcome, s.text())
				}
			}
			b.recordings(p, 3*time.Second/2)
			nothingHalf(t, p.data)
			b.leave()
		})
	}
}

// A signal is heeded while the program starts, and waits for a database that says
// nothing.
func TestStoppedWhileItStarts(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := launch(t, t.TempDir(), "RINGFLOW_STORE_URL=postgres://ringflow@"+l.Addr().String()+"/ringflow?sslmode=disable&connect_timeout=60")
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p.signal(syscall.SIGTERM)
	p.exits(1)
	if !strings.Contains(p.out.String(), "stopped before it was up") {
		t.Errorf("it says\n%s", p.out)
	}
}

// An address that is taken is told with the key that names it, and nothing of
// the attempt stays; nor does a second server get at the first one's data.
func TestAddressTaken(t *testing.T) {
	t.Parallel()
	udp, sound := fourPorts(t)
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	data := t.TempDir()
	for _, c := range []struct{ key, setting, value, address string }{
		{"sip.listen", "RINGFLOW_SIP_LISTEN", "udp://" + udp.String(), udp.String()},
		{"sip.listen", "RINGFLOW_SIP_LISTEN", "udp://127.0.0.1:0,tcp://" + tcp.Addr().String(), tcp.Addr().String()},
		{"sip.listen", "RINGFLOW_SIP_LISTEN", "udp://127.0.0.1:0,tls://" + tcp.Addr().String(), tcp.Addr().String()},
		{"http.listen", "RINGFLOW_HTTP_LISTEN", tcp.Addr().String(), tcp.Addr().String()},
		{"media.ports", "RINGFLOW_MEDIA_PORTS", sound, sound},
		{"media.listen", "RINGFLOW_MEDIA_LISTEN", "192.0.2.1", "192.0.2.1"},
	} {
		t.Run(c.key+" "+c.value, func(t *testing.T) {
			p := launch(t, data, c.setting+"="+c.value)
			p.exits(1)
			for _, want := range []string{c.key, c.address, c.setting, map[bool]string{true: "no address of this machine", false: "used by another program"}[c.key == "media.listen"]} {
				if !strings.Contains(p.out.String(), want) {
					t.Errorf("it does not say %q but\n%s", want, p.out)
				}
			}
			if _, err := os.Stat(localFile(data)); !errors.Is(err, os.ErrNotExist) {
				t.Error("local.json is there")
			}
		})
	}
	p := startProcess(t, data)
	before, err := os.ReadFile(localFile(data))
	if err != nil {
		t.Fatal(err)
	}
	second := launch(t, data)
	second.exits(1)
	if said := second.out.String(); !strings.Contains(said, data) || !strings.Contains(said, "another server works on it") {
		t.Errorf("the second one says\n%s", said)
	}
	after, err := os.ReadFile(localFile(data))
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("the first one's local.json was\n%s\nand is\n%s (%v)", before, after, err)
	}
	if code, b := p.request(http.MethodGet, "/readyz", "", nil); code != http.StatusOK {
		t.Errorf("the first one is not ready: %s", b)
	}
	p.signal(syscall.SIGTERM)
	p.exits(0)
}

// fourPorts binds four UDP ports in a row, the first even; what a call needs.
func fourPorts(t *testing.T) (first netip.AddrPort, ports string) {
	t.Helper()
	var bound []net.PacketConn
	t.Cleanup(func() {
		for _, c := range bound {
			c.Close()
		}
	})
	for range 100 {
		at := freePort(t)
		if !keep(t, at+2) {
			continue
		}
		for i := range 4 {
			c, err := net.ListenPacket("udp4", fmt.Sprintf("127.0.0.1:%d", at+i))
			if err != nil {
				break
			}
			bound = append(bound, c)
			if i == 3 {
				return netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", at)), fmt.Sprintf("%d-%d", at, at+3)
			}
		}
	}
	t.Fatal("there are no four ports in a row")
	return first, ""
}
