package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// baresip is a real phone: it sends a tone and keeps what it hears.
type baresip struct {
	t    *testing.T
	dir  string
	conn net.Conn

	mu     sync.Mutex
	events []string          // their types, in order
	params map[string]string // what came with the last of a type
}

// needProgram skips where a program is missing, but not in CI: there the
// README's test command has installed it.
func needProgram(t testing.TB, name, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed (apt-get install %s)", name, pkg)
	}
	t.Skipf("%s is not installed (apt-get install %s)", name, pkg)
}

// startBaresip registers a user's phone that plays hz while on a call. mode is
// baresip's answermode: auto, manual or early; more of its account may follow a semicolon.
func (h *house) startBaresip(t *testing.T, u phoneAccount, hz int, mode string) *baresip {
	t.Helper()
	needProgram(t, "baresip", "baresip")
	b := &baresip{t: t, dir: t.TempDir(), params: map[string]string{}}
	ctrl, listen := freePort(t), freePort(t)
	first := 41000 + hz%100*20
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source := filepath.Join(b.dir, "tone.wav")
	if err := os.WriteFile(source, tone(float64(hz), time.Minute), 0o600); err != nil {
		t.Fatal(err)
	}
	write("config", fmt.Sprintf(`poll_method epoll
sip_listen 127.0.0.1:%d
net_interface 127.0.0.1
audio_source aufile,%s
audio_player aufile,%s
audio_alert aufile,%s
rtp_ports %d-%d
module_path %s
module g711.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:%d
snd_path %s
`, listen, source, filepath.Join(b.dir, "play.wav"), filepath.Join(b.dir, "alert.wav"), first, first+18, moduleDir(t), ctrl, b.dir))
	write("accounts", fmt.Sprintf("<sip:%s@%s;transport=udp>;auth_pass=%s;answermode=%s;regint=60;audio_codecs=pcmu\n", u.SipUserName, h.sip, u.SipPassword, mode))
	write("contacts", "")
	cmd := exec.Command("baresip", "-f", b.dir, "-t", "120")
	log, err := os.Create(filepath.Join(b.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("baresip of %s said:\n%s", u.SipUserName, text)
		}
	})
	h.eventually("baresip's control port opens", func() bool {
		b.conn, err = net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(ctrl))
		return err == nil
	})
	t.Cleanup(func() { b.conn.Close() })
	go b.listen()
	h.eventually(u.SipUserName+"'s phone is registered", func() bool { return len(h.ua.Bindings(u.SipUserName)) > 0 })
	return b
}

func moduleDir(t testing.TB) string {
	for _, pattern := range []string{"/usr/lib/baresip/modules", "/usr/lib/*/baresip/modules"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	t.Fatal("baresip's modules are nowhere")
	return ""
}

// listen reads netstrings of JSON until the phone ends.
func (b *baresip) listen() {
	r := bufio.NewReader(b.conn)
	for {
		size, err := r.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(size, ","), ":"))
		if err != nil {
			return
		}
		text := make([]byte, n+1) // and the comma
		if _, err := io.ReadFull(r, text); err != nil {
			return
		}
		var e struct {
			Event       bool
			Type, Param string
		}
		if json.Unmarshal(text[:n], &e) == nil && e.Event {
			b.mu.Lock()
			b.events = append(b.events, e.Type)
			b.params[e.Type] = e.Param
			b.mu.Unlock()
		}
	}
}

func (b *baresip) do(command, params string) {
	b.t.Helper()
	m, err := json.Marshal(map[string]string{"command": command, "params": params, "token": "t"})
	if err == nil {
		_, err = fmt.Fprintf(b.conn, "%d:%s,", len(m), m)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// waits for an event, and forgets it and those before it.
func (b *baresip) waits(event string) {
	b.t.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); pause(context.Background(), 20*time.Millisecond) {
		if b.take(event) {
			return
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t.Fatalf("no %s; events since: %v", event, b.events)
}

func (b *baresip) take(event string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(b.events, event)
	if i < 0 {
		return false
	}
	b.events = b.events[i+1:]
	return true
}

// param is what came with the last event of a type.
func (b *baresip) param(event string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.params[event]
}

// heard is the file of what the phone heard on its last call, which is over: it tells that before
// it has put the file's length into its head.
func (b *baresip) heard() []byte {
	b.t.Helper()
	var wav []byte
	for end := time.Now().Add(20 * time.Second); ; pause(context.Background(), 20*time.Millisecond) {
		files, _ := filepath.Glob(filepath.Join(b.dir, "dump-*-dec.wav"))
		if len(files) > 0 {
			var err error
			if wav, err = os.ReadFile(files[len(files)-1]); err != nil {
				b.t.Fatal(err)
			}
		}
		switch whole := len(wav) > 44 && int(binary.LittleEndian.Uint32(wav[4:])) == len(wav)-8; {
		case whole:
			return wav
		case time.Now().After(end):
			b.t.Fatalf("the phone kept no whole sound, but %d bytes: % x", len(wav), wav[:min(44, len(wav))])
		}
	}
}
