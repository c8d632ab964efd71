package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// command is a `ringflow …` that runs beside the test.
type command struct {
	t    *testing.T
	out  *buffer
	stop context.CancelFunc
	done chan error
}

// buffer is written by a command while the test reads it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// run starts a command on the server of that data folder.
func (h *house) run(t *testing.T, args ...string) *command {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	c := &command{t: t, out: &buffer{}, stop: stop, done: make(chan error, 1)}
	cmd := root()
	cmd.SetOut(c.out)
	cmd.SetErr(c.out)
	cmd.SetArgs(append(args, "--config", filepath.Join(h.data, "ringflow.yaml")))
	go func() { c.done <- cmd.ExecuteContext(ctx) }()
	t.Cleanup(func() { stop(); c.wait() })
	return c
}

func (c *command) wait() error {
	select {
	case err := <-c.done:
		c.done <- err
		return err
	case <-time.After(time.Minute):
		c.t.Fatalf("the command does not end; it said\n%s", c.out)
		return nil
	}
}

// says waits until the command has printed all of these, in this order.
func (c *command) says(words ...string) {
	c.t.Helper()
	var missing string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		rest := c.out.String()
		missing = ""
		for _, w := range words {
			_, after, found := strings.Cut(rest, w)
			if !found {
				missing = w
				break
			}
			rest = after
		}
		if missing == "" {
			return
		}
		pause(context.Background(), 20*time.Millisecond)
	}
	c.t.Fatalf("it did not say %q; it said\n%s", missing, c.out)
}

// demoHouse is a server with the demo, whose carrier is on a free port.
func demoHouse(t *testing.T) *house {
	t.Helper()
	data := t.TempDir()
	if err := writePrivate(demoFile(data), demoPhones{Carrier: address(demoCarrier, freePort(t))}); err != nil {
		t.Fatal(err)
	}
	return startHouseIn(t, data, "RINGFLOW_DEMO=true")
}

// The README's five minutes, with its own commands.
func TestFirstFiveMinutes(t *testing.T) {
	t.Parallel()
	h := demoHouse(t)

	t.Run("the menu reads back the caller's number", func(t *testing.T) {
		h := h.on(t)
		c := h.run(t, "call", "+18005550100", "--press", "4", "--hangup-after", "8s")
		c.says("calling +18005550100", "answered (PCMU)", "press 4", "1 2 0 2 5 5 5 0 1 4 3", "hanging up")
		if err := c.wait(); err != nil {
			t.Error(err)
		}
	})
	t.Run("press 1 rings Alice, who talks", func(t *testing.T) {
		h := h.on(t)
		alice := h.run(t, "phone", "--as", "alice", "--answer")
		alice.says("registered as alice")
		c := h.run(t, "call", "+18005550100", "--press", "1,,,,,,,442#", "--hangup-after", "13s")
		alice.says("rings:", "+12025550143", "answered", "heard digit 4", "heard digit 4", "heard digit 2", "heard digit #")
		c.says("press 1", "hanging up")
		alice.says("the other side hung up")
		if n := strings.Count(alice.out.String(), "heard digit"); n != 4 {
			t.Errorf("Alice heard %d digits, not 4:\n%s", n, alice.out)
		}
	})
	t.Run("Alice calls Bob, by what she dials", func(t *testing.T) {
		h := h.on(t)
		bob := h.run(t, "phone", "--as", "bob", "--answer")
		bob.says("registered as bob")
		c := h.run(t, "call", "4001", "--as", "alice", "--hangup-after", "3s")
		bob.says("rings:", "alice", "answered")
		c.says("ringing", "answered", "hanging up")
	})
	t.Run("star 65 reads back one's number", func(t *testing.T) {
		h := h.on(t)
		c := h.run(t, "call", "*65", "--as", "alice")
		c.says("answered", "You are Alice", "the other side hung up")
		if err := c.wait(); err != nil {
			t.Error(err)
		}
	})
	t.Run("the outside world rings the carrier, with the account's number", func(t *testing.T) {
		h := h.on(t)
		carrier := h.run(t, "phone", "--as", "carrier", "--answer")
		carrier.says("the carrier's phones are at")
		c := h.run(t, "call", "+12025550199", "--as", "alice", "--hangup-after", "3s")
		carrier.says("rings:", demoNumber, "calls +12025550199", "answered")
		c.says("answered", "hanging up")
		carrier.says("the other side hung up")
	})
	t.Run("nobody at the carrier: no answer, spoken", func(t *testing.T) {
		h := h.on(t)
		c := h.run(t, "call", "+12025550199", "--as", "alice")
		c.says("There is no answer", "the other side hung up")
	})
	t.Run("a message is kept and can be fetched", func(t *testing.T) {
		h := h.on(t)
		wav := filepath.Join(t.TempDir(), "hello.wav")
		if err := os.WriteFile(wav, tone(440, 3*time.Second), 0o600); err != nil {
			t.Fatal(err)
		}
		c := h.run(t, "call", "+18005550100", "--press", "3,,,,,,,,", "--play", wav)
		c.says("press 3", "playing", "Your message is kept", "the other side hung up")
		var files struct {
			Items []struct {
				ID, Type, URI     string
				RecordingDuration int
			}
		}
		h.get("/files?all=true", &files)
		if len(files.Items) != 1 {
			t.Fatalf("%d files are kept: %+v", len(files.Items), files.Items)
		}
		code, b := h.request("GET", files.Items[0].URI, "", nil)
		if code != 200 || level(b, 440) < 0.5 {
			t.Errorf("GET %s: %d, %d bytes, with %.2f of a 440 Hz tone", files.Items[0].URI, code, len(b), level(b, 440))
		}
	})
}

// The files that hold secrets are for their owner only, and the passwords stay.
func TestDemoIsKept(t *testing.T) {
	data := t.TempDir()
	h := startHouseIn(t, data, "RINGFLOW_DEMO=true")
	var first demoPhones
	if err := readPrivate(demoFile(data), &first); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{demoFile(data), localFile(data)} {
		st, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", file, st.Mode().Perm())
		}
	}
	h.server.Close()
	if _, err := os.Stat(localFile(data)); err == nil {
		t.Error("local.json outlives its server")
	}
	again := startHouseIn(t, data, "RINGFLOW_DEMO=true")
	var second demoPhones
	if err := readPrivate(demoFile(data), &second); err != nil {
		t.Fatal(err)
	}
	if first.Phones["alice"] != second.Phones["alice"] || len(first.Phones["alice"]) < 16 {
		t.Errorf("Alice's password was %q and is %q", first.Phones["alice"], second.Phones["alice"])
	}
	var list struct{ TotalCount int }
	again.get("/endpoints?countPerPage=1", &list)
	if list.TotalCount != 4 {
		t.Errorf("after two starts the demo has %d endpoints, not a number, two users and a trunk", list.TotalCount)
	}
}
