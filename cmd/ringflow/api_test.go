package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringflow/sip"
)

// database is a PostgreSQL server that goes away and comes back.
type database struct {
	t       *testing.T
	bin     string
	dir     string
	running *exec.Cmd
}

func newDatabase(t *testing.T) *database {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("PostgreSQL isn't installed: apt-get install postgresql")
		}
		t.Skip("PostgreSQL isn't installed: apt-get install postgresql")
	}
	slices.Sort(found)
	d := &database{t: t, bin: found[len(found)-1]}
	if d.dir, err = os.MkdirTemp("", "ringflow-pg"); err != nil { // short: a socket's path has 107 bytes at most
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(d.dir) })
	if os.Geteuid() == 0 { // as which PostgreSQL refuses to run
		if err := os.Chown(d.dir, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := d.command("initdb", "-D", d.dir+"/data", "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	d.start()
	t.Cleanup(d.stop)
	return d
}

func (d *database) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(d.bin, name), args...)
	if os.Geteuid() == 0 {
		cmd = exec.Command("setpriv", append([]string{"--reuid=65534", "--regid=65534", "--clear-groups", cmd.Path}, args...)...)
	}
	cmd.Dir, cmd.Env = d.dir, []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	return cmd
}

func (d *database) start() {
	d.t.Helper()
	d.running = d.command("postgres", "-D", d.dir+"/data", "-k", d.dir, "-c", "listen_addresses=")
	if err := d.running.Start(); err != nil {
		d.t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); d.command("pg_isready", "-h", d.dir).Run() != nil; {
		if time.Now().After(end) {
			d.t.Fatal("PostgreSQL doesn't start")
		}
		pause(context.Background(), 50*time.Millisecond)
	}
}

// stop is a crash of the database.
func (d *database) stop() {
	if d.running == nil {
		return
	}
	_ = d.running.Process.Signal(syscall.SIGQUIT) // "immediate"
	_ = d.running.Wait()                          // by the signal
	d.running = nil
}

// The database goes away in the middle of calls: they go on, the API says so in
// good time and places no call that it couldn't tell of, and what happened
// meanwhile is there once it is back.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	p := startProcess(t, t.TempDir(), "RINGFLOW_STORE_URL=postgres://test@localhost/postgres?host="+db.dir+"&sslmode=disable")
	port := freePort(t)
	p.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	idle := p.flow("Idle", node("e", "EndNode", nil))
	steps := []M{
		node("a", "AnswerNode", M{"Done": next("m")}),
		node("m", "MenuNode", M{"Text": text("Press 1."), "Choices": rows(M{"Key": text("1"), "Value": text("One")}), "TimeoutInSeconds": amount(60), "One": next("l")}),
		node("l", "LogNode", M{"Message": text("pressed while the database was away"), "Done": next("w")}),
		node("w", "WaitNode", M{"Timeout": amount(1)}),
	}
	p.number(did, p.flow("Menu", steps...))
	far := p.ringerAt(t, carrierHost, uint16(port), phoneAccount{})
	caller := p.talkerAt(t, carrierHost, 0, 440, phoneAccount{})
	leg, digits, err := caller.phone.dial(t.Context(), did, "+12025550143")
	if err != nil {
		t.Fatal(err)
	}
	p.eventually("the menu is up", func() bool { return strings.Contains(p.byNumber()[did].text(), "Press 1.") })

	db.stop()
	p.eventually("readyz is 503", func() bool {
		code, _ := p.request(http.MethodGet, "/readyz", "", nil)
		return code == http.StatusServiceUnavailable
	})
	if code, b := p.request(http.MethodGet, "/healthz", "", nil); code != http.StatusOK {
		t.Errorf("GET /healthz: %d %s", code, b)
	}
	for _, path := range []string{"/sessions", "/flows"} {
		if code, b := p.request(http.MethodGet, path, "", nil); code != http.StatusServiceUnavailable || !strings.Contains(string(b), `"responseStatus"`) {
			t.Errorf("GET %s: %d %s", path, code, b)
		}
	}
	if code, b := p.request(http.MethodGet, "/calls/active", "", nil); code != http.StatusOK || !strings.Contains(string(b), did) {
		t.Errorf("GET /calls/active: %d %s", code, b)
	}
	body := fmt.Sprintf(`{"flowId":%q,"numberToDial":%q,"callerId":%q}`, idle, farNumber, did)
	if code, b := p.request(http.MethodPost, "/sessions/outgoing", "application/json", strings.NewReader(body)); code != http.StatusServiceUnavailable {
		t.Errorf("POST /sessions/outgoing: %d %s", code, b)
	}
	var st *sip.Status
	if _, _, err := caller.phone.dial(t.Context(), "+18005550177", "+12025550145"); !errors.As(err, &st) || st.Code/100 != 5 {
		t.Errorf("a call to a number that can't be looked up got %v", err)
	}
	if leg.Context().Err() != nil {
		t.Error("the call didn't live on:", context.Cause(leg.Context()))
	}
	if err := digits.SendDigits(t.Context(), "1"); err != nil {
		t.Error(err)
	}
	endsBy(t, "the caller", leg, sip.ErrRemoteBye)
	if len(far.rings) != 0 {
		t.Error("a number was called that the API refused to call")
	}

	db.start()
	p.eventually("readyz is 200", func() bool {
		code, _ := p.request(http.MethodGet, "/readyz", "", nil)
		return code == http.StatusOK
	})
	p.eventually("the session is kept", func() bool {
		s := p.byNumber()[did]
		return s.Ended && strings.Contains(s.text(), "pressed while the database was away")
	})
	p.post("/sessions/outgoing", M{"flowId": idle, "numberToDial": farNumber, "callerId": did})
	nextLeg(t, "the outside number", far.rings)
}
