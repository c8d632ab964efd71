package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"ringflow/sip"
)

// serveFile names the configuration for which this test binary becomes the
// program, instead of testing it.
const serveFile = "TEST_SERVE_CONFIG"

// TestServeProcess is the program in a process of its own, for tests that kill
// it. Left alone, it is nothing.
func TestServeProcess(*testing.T) {
	if file := os.Getenv(serveFile); file != "" {
		if os.Getenv(stepsIn) != "" {
			serveStepping(file)
		}
		os.Args = []string{"ringflow", "serve", "--config", file}
		main()
		os.Exit(0)
	}
}

// process is `ringflow serve` as a process. Tests talk to it from outside; its
// house has no server in it.
type process struct {
	*house
	own  []string // the settings that are its own in all its lives: addresses and ports
	cmd  *exec.Cmd
	out  *buffer
	over chan struct{} // closed when it has ended
}

// launch starts the program on a data folder, and doesn't wait until it is up.
func launch(t *testing.T, data string, settings ...string) *process {
	t.Helper()
	file := filepath.Join(data, "ringflow.yaml")
	if err := os.WriteFile(file, []byte("data: .\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &process{house: &house{t: t, data: data}, own: ownSettings(t, settings), out: &buffer{}, over: make(chan struct{})}
	p.cmd = exec.Command(os.Args[0], "-test.run=^TestServeProcess$")
	p.cmd.Env = append([]string{
		serveFile + "=" + file, "PATH=" + os.Getenv("PATH"), "HOME=" + data, "TMPDIR=" + data, "GORACE=halt_on_error=1",
		"RINGFLOW_LOG_LEVEL=warn", "RINGFLOW_ADMIN_PASSWORD=correct horse",
	}, append(slices.Clone(p.own), settings...)...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // what it says is in ProcessState
		close(p.over)
	}()
	t.Cleanup(func() {
		if t.Failed() && !p.ended() && p.house.api.base != "" {
			t.Logf("its sessions are\n%s", strings.Join(p.everything(), "\n"))
		}
		p.kill()
		if t.Failed() || strings.Contains(p.out.String(), "DATA RACE") {
			t.Errorf("the program said\n%s", tail([]byte(p.out.String()), 6000))
		}
	})
	return p
}

// ownSettings are those that a server is to have in all its lives: addresses and ports, which the test sets or
// which are chosen in its first.
func ownSettings(t *testing.T, settings []string) (own []string) {
	t.Helper()
	for _, k := range []struct {
		key    string
		choose func() string
	}{
		{"RINGFLOW_HTTP_LISTEN", func() string { return address("127.0.0.1", freePort(t)) }},
		{"RINGFLOW_SIP_LISTEN", func() string { return "udp://" + address("127.0.0.1", freePort(t)) }},
		{"RINGFLOW_MEDIA_PORTS", func() string { return soundPorts(t) }},
	} {
		i := slices.IndexFunc(settings, func(s string) bool { return strings.HasPrefix(s, k.key+"=") })
		if i >= 0 {
			own = append(own, settings[i])
		} else {
			own = append(own, k.key+"="+k.choose())
		}
	}
	return own
}

// startProcess starts the program and waits until it is ready.
func startProcess(t *testing.T, data string, settings ...string) *process {
	t.Helper()
	p := launch(t, data, settings...)
	began := time.Now()
	p.eventually("the program is ready", func() bool {
		if p.ended() {
			t.Fatalf("the program ended with status %d", p.cmd.ProcessState.ExitCode())
		}
		l, err := readLocal(data)
		if err != nil || l.PID != p.cmd.Process.Pid {
			return false
		}
		p.house.api = apiClient{base: l.API, token: l.Token}
		p.house.sip = netip.MustParseAddrPort(strings.TrimPrefix(l.SIP, "udp://"))
		code, _ := p.request(http.MethodGet, "/readyz", "", nil)
		return code == http.StatusOK
	})
	t.Logf("ready after %s", time.Since(began).Round(time.Millisecond))
	var status struct{ AccountIDs []string }
	p.get("/auth/status", &status)
	if len(status.AccountIDs) != 1 {
		t.Fatalf("the server has %d accounts", len(status.AccountIDs))
	}
	p.account = status.AccountIDs[0]
	return p
}

// again starts the program anew, with the same data and addresses.
func (p *process) again(settings ...string) *process {
	p.t.Helper()
	return startProcess(p.t.(*testing.T), p.data, p.sameAddresses(settings)...)
}

func (p *process) sameAddresses(settings []string) []string {
	return append(slices.Clone(p.own), settings...)
}

func (p *process) ended() bool {
	select {
	case <-p.over:
		return true
	default:
		return false
	}
}

// kill ends it like a loss of power.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may be over
	<-p.over
	http.DefaultClient.CloseIdleConnections()
}

// cpu is how long it has had the processor, once it has ended.
func (p *process) cpu() time.Duration {
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// exits waits until it has ended by itself, and wants that status of it.
func (p *process) exits(code int) {
	p.t.Helper()
	p.eventually("the program ends", p.ended)
	http.DefaultClient.CloseIdleConnections()
	st := p.cmd.ProcessState
	if st.Sys().(syscall.WaitStatus).Signaled() || st.ExitCode() != code {
		p.t.Errorf("the program ended with %s, not status %d", st, code)
	}
}

// drains waits until the program says that it wants no more traffic.
func (p *process) drains() {
	p.t.Helper()
	p.eventually("readyz is 503", func() bool {
		code, _ := p.request(http.MethodGet, "/readyz", "", nil)
		return code == http.StatusServiceUnavailable
	})
}

// one is a session, with what the list doesn't tell.
type oneSession struct {
	sessionOf
	DateCompleted time.Time
	Files         []struct {
		ID                string
		RecordingDuration float64 // seconds
	}
}

func (h *house) session(id string) oneSession {
	h.t.Helper()
	var s oneSession
	h.get("/sessions/"+id, &s)
	return s
}

// byNumber are the sessions by the number that was called.
func (h *house) byNumber() map[string]oneSession {
	h.t.Helper()
	out := map[string]oneSession{}
	for _, s := range h.sessions("") {
		if _, twice := out[s.ToAddress]; twice {
			h.t.Errorf("there are two sessions with %s", s.ToAddress)
		}
		out[s.ToAddress] = h.session(s.ID)
	}
	return out
}

// content is the sound of a file.
func (h *house) content(id string) []byte {
	h.t.Helper()
	code, wav := h.request(http.MethodGet, "/files/"+id+"/content", "", nil)
	if code != http.StatusOK {
		h.t.Fatalf("the file %s: %d", id, code)
	}
	return wav
}

// ringer is a phone that rings until whoever calls gives up.
type ringer struct {
	phone *softphone
	rings chan *sip.Leg
}

func (h *house) ringerAt(t *testing.T, host string, port uint16, u phoneAccount) *ringer {
	t.Helper()
	r := &ringer{rings: make(chan *sip.Leg, 16)}
	var err error
	r.phone, err = newSoftphone(t.Context(), phoneOptions{
		Bind: netip.AddrPortFrom(netip.MustParseAddr(host), port), Server: h.sip, User: u.SipUserName, Password: u.SipPassword, Show: newDisplay(io.Discard), Log: zap.NewNop(),
		Answer: func(ctx context.Context, in *sip.Invite) error {
			if err := in.Leg.Ring(ctx, false); err != nil {
				return err
			}
			r.rings <- in.Leg
			<-ctx.Done()
			return context.Cause(ctx)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.phone.Close)
	if u.SipUserName != "" {
		if err := r.phone.registered(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// calls has the phone call a number, and wants to be answered; from then on it
// plays its tone and keeps what it hears.
func (k *talker) calls(number string) *sip.Leg {
	k.t.Helper()
	leg, port, err := k.phone.dial(k.t.Context(), number, "+12025550143")
	if err != nil {
		k.t.Fatalf("calling %s: %v", number, err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := k.talk(leg.Context(), port); err != nil {
			k.t.Error(err)
		}
	}()
	k.t.Cleanup(func() {
		_ = leg.Hangup(context.Background(), nil) // if it is still up
		<-done
	})
	return leg
}

// hangUp ends phones that registered, all at once, while their server is there.
func hangUp(phones ...*softphone) {
	var all sync.WaitGroup
	for _, p := range phones {
		all.Go(p.Close)
	}
	all.Wait()
}

// endsBy waits for the end of a leg, and wants it to be that.
func endsBy(t *testing.T, who string, leg *sip.Leg, want error) {
	t.Helper()
	select {
	case <-leg.Context().Done():
	case <-time.After(time.Minute):
		t.Errorf("%s: the call does not end", who)
		return
	}
	if cause := context.Cause(leg.Context()); !errors.Is(cause, want) {
		t.Errorf("%s: the call ended by %v, not %v", who, cause, want)
	}
}

// next waits for the next call of a phone.
func nextLeg(t *testing.T, who string, legs <-chan *sip.Leg) *sip.Leg {
	t.Helper()
	select {
	case l := <-legs:
		return l
	case <-time.After(time.Minute):
		t.Fatalf("%s is not called", who)
		return nil
	}
}
