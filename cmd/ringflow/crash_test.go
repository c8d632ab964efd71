package main

import (
	"bytes"
	"database/sql"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/media"
	"ringflow/sip"
	"ringflow/store"
)

const (
	recordNumber = "+18005550101"
	ringNumber   = "+18005550102"
	farNumber    = "+12025550199"
)

// busyHouse is a server with one call of each kind: the caller talks to Alice
// and is recorded, speaks to a Record node, makes Bob's phone ring, and an
// outgoing session makes the carrier's ring.
type busyHouse struct {
	*process
	alices, bobs   phoneAccount
	caller, second *talker // 440 Hz, 500 Hz
	alice          *talker // 700 Hz
	bob, outside   *ringer
	talks, records *sip.Leg // the caller's and the second caller's
	alicesEnd      *sip.Leg
	bobsEnd, oursOutside,
	unanswered *sip.Leg
	waiting chan error // what the caller who hears Bob's phone ring is told
}

func startBusyHouse(t *testing.T, settings ...string) *busyHouse {
	t.Helper()
	p := startProcess(t, t.TempDir(), settings...)
	b := &busyHouse{process: p, waiting: make(chan error, 1)}
	idle := p.flow("Idle", node("e", "EndNode", nil))
	b.alices, b.bobs = p.user("Alice", idle), p.user("Bob", idle)
	port := freePort(t)
	p.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	p.number(did, p.flow("To Alice", node("d", "DialNode", M{"Destinations": destinations(b.alices.SipUserName), "RecordCall": yes()})))
	p.number(recordNumber, p.flow("Record", node("r", "RecordNode", M{"MaxSeconds": amount(60), "SilenceTimeoutInSeconds": amount(0), "PlayBeep": no()})))
	p.number(ringNumber, p.flow("To Bob", node("d", "DialNode", M{"Destinations": destinations(b.bobs.SipUserName), "TimeoutInSeconds": amount(50)})))
	b.alice = p.talkerAt(t, "127.0.0.8", 0, 700, b.alices)
	b.bob = p.ringerAt(t, "127.0.0.9", 0, b.bobs)
	b.outside = p.ringerAt(t, carrierHost, uint16(port), phoneAccount{})
	b.caller, b.second = p.talkerAt(t, carrierHost, 0, 440, phoneAccount{}), p.talkerAt(t, carrierHost, 0, 500, phoneAccount{})

	b.talks, b.records = b.caller.calls(did), b.second.calls(recordNumber)
	b.alicesEnd = nextLeg(t, "Alice", b.alice.up)
	go func() {
		_, _, err := b.caller.phone.dial(t.Context(), ringNumber, "+12025550143")
		b.waiting <- err
	}()
	b.bobsEnd = nextLeg(t, "Bob", b.bob.rings)
	p.post("/sessions/outgoing", M{"flowId": idle, "numberToDial": farNumber, "callerId": did})
	b.oursOutside = nextLeg(t, "the outside number", b.outside.rings)
	p.eventually("both record", func() bool {
		all := p.byNumber()
		return strings.Contains(all[did].text(), "Recording starts") && all[recordNumber].ID != ""
	})
	return b
}

func (b *busyHouse) leave() {
	hangUp(b.alice.phone, b.bob.phone, b.outside.phone, b.caller.phone, b.second.phone)
}

// recordings wants both to be there once, under their sessions, playable, with
// at least that much sound, and each party on its side.
func (b *busyHouse) recordings(p *process, least time.Duration) {
	t := p.t.(*testing.T)
	t.Helper()
	var all struct{ Items []struct{ ID, Type string } }
	p.get("/files?all=true", &all)
	if len(all.Items) != 2 {
		t.Errorf("there are %d files: %+v", len(all.Items), all.Items)
	}
	for number, s := range p.byNumber() {
		switch number {
		case did, recordNumber:
		default:
			if len(s.Files) != 0 {
				t.Errorf("the session with %s has files: %+v", number, s.Files)
			}
			continue
		}
		if len(s.Files) != 1 {
			t.Errorf("the session with %s has these files: %+v", number, s.Files)
			continue
		}
		wav := p.content(s.Files[0].ID)
		clip, err := media.DecodeClip(bytes.NewReader(wav))
		if err != nil {
			t.Errorf("the recording of %s: %v", number, err)
			continue
		}
		if clip.Duration() < least {
			t.Errorf("the recording of %s has %s of %s at least", number, clip.Duration(), least)
		}
		if number == recordNumber {
			hears(t, "the Record node", wav, b.second.hz, b.caller.hz)
			continue
		}
		left, right := sides(t, wav)
		hears(t, "the recording's left side", left, b.caller.hz, b.alice.hz)
		hears(t, "the recording's right side", right, b.alice.hz, b.caller.hz)
	}
}

// The server dies with calls that talk, record and ring. The next one is ready at
// once, closes each session when it was last known to live, keeps what was
// recorded, and rings the phones that had registered; the one after it finds
// nothing to do.
func TestKilledWithCallsUp(t *testing.T) {
	t.Parallel()
	b := startBusyHouse(t)
	pause(t.Context(), 3*time.Second)
	before := b.byNumber()
	recorded := time.Now()
	var started time.Time
	for _, l := range before[did].Log {
		if strings.Contains(l.Message, "Recording starts") {
			if started, _ = time.Parse(time.RFC3339, l.Date); started.IsZero() {
				t.Fatalf("a log line's date is %q", l.Date)
			}
		}
	}
	b.onTheDisk(before, recorded, recorded.Sub(started))
	killed := time.Now()
	b.kill()
	if err := os.WriteFile(filepath.Join(b.data, half+"1234"), []byte("{"), 0o600); err != nil { // as if it had been writing
		t.Fatal(err)
	}

	p := b.again()
	after := p.byNumber()
	if len(before) != 4 || len(after) != 4 {
		t.Errorf("there were %d sessions, of 4, and there are %d", len(before), len(after))
	}
	for number, was := range before {
		is := after[number]
		if is.ID != was.ID || !is.Ended || is.Outcome != "server failure" {
			t.Errorf("the session with %s: was %s, is %s, ended %v by %q", number, was.ID, is.ID, is.Ended, is.Outcome)
		}
		if is.DateCompleted.Before(recorded) || is.DateCompleted.After(killed) || is.DateCompleted.Before(was.DateCreated) {
			t.Errorf("the session with %s ended at %s; the server died at %s", number, is.DateCompleted, killed)
		}
		if !strings.HasPrefix(is.text(), was.text()) || strings.Count(is.text(), "The server failed.") != 1 {
			t.Errorf("the session with %s had this log\n%s\nand now has\n%s", number, was.text(), is.text())
		}
		if n := strings.Count(is.text(), "was cut off, because the server failed"); n != map[string]int{did: 1, recordNumber: 1}[number] {
			t.Errorf("the session with %s tells %d times of its recording:\n%s", number, n, is.text())
		}
	}
	b.recordings(p, recorded.Sub(started))
	nothingHalf(t, p.data)

	// Alice's phone knows nothing of it all, and rings; her password is still hers.
	if n := p.metric(`ringflow_sip_requests_total{method="register"}`); n != "" {
		t.Errorf("%s phones have registered again", n)
	}
	leg := b.caller.calls(did)
	end := nextLeg(t, "Alice", b.alice.up)
	pause(t.Context(), 2*time.Second)
	if err := leg.Hangup(t.Context(), nil); err != nil {
		t.Error(err)
	}
	endsBy(t, "Alice", end, sip.ErrRemoteBye)
	again := p.ringerAt(t, "127.0.0.10", 0, b.alices)
	again.phone.Close()
	// What was up is over for the far ends too, as soon as they ask.
	if err := b.records.Hangup(t.Context(), nil); err != nil {
		t.Error(err)
	}

	p.eventually("the new call is over and its recording kept", func() bool {
		return len(p.files()) == 3 && !slices.ContainsFunc(p.sessions(""), func(s sessionOf) bool { return !s.Ended })
	})
	pause(t.Context(), time.Second) // an end that is known may wait 200 ms to be written
	lines, files := p.everything(), p.files()
	p.kill()
	p = p.again()
	if now := p.everything(); !slices.Equal(now, lines) {
		t.Errorf("the sessions were\n%s\nand are\n%s", strings.Join(lines, "\n"), strings.Join(now, "\n"))
	}
	if now := p.files(); !slices.Equal(now, files) {
		t.Errorf("the files were %v and are %v", files, now)
	}
	b.leave()
}

// onTheDisk waits until a loss of power takes nothing of what was seen: a line may wait 200 ms to be
// written, sound a second, and that a session lives is noted every 5 s.
func (b *busyHouse) onTheDisk(seen map[string]oneSession, since time.Time, sound time.Duration) {
	b.t.Helper()
	db, err := store.Open(b.t.Context(), store.Options{Dir: b.data})
	if err != nil {
		b.t.Fatal(err)
	}
	defer db.Close()
	b.eventually("the sessions are kept as they were seen", func() bool {
		for _, s := range seen {
			if r, err := db.Record(b.t.Context(), s.ID); err != nil || len(r.Log) < len(s.Log) {
				return false
			}
		}
		return true
	})
	file, err := sql.Open("sqlite", filepath.Join(b.data, "ringflow.db"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer file.Close()
	b.eventually("they are known to live since", func() bool {
		var beat int64
		return file.QueryRowContext(b.t.Context(), "SELECT max(heartbeat) FROM runs WHERE id IN (SELECT run FROM sessions)").Scan(&beat) == nil && beat > since.UnixMicro()
	})
	b.soundKept(sound)
}

// soundKept waits until so much of both recordings is on the disk, of one both sides.
func (b *busyHouse) soundKept(sound time.Duration) {
	b.t.Helper()
	least := int64(sound.Seconds() * 2 * media.ClipRate)
	b.eventually("the sound is kept", func() bool {
		var sizes []int64
		making, _ := filepath.Glob(filepath.Join(b.data, "files", "*.part"))
		for _, file := range making {
			if info, err := os.Stat(file); err == nil {
				sizes = append(sizes, info.Size()-44)
			}
		}
		slices.Sort(sizes)
		return len(sizes) == 2 && sizes[0] >= least && sizes[1] >= 2*least
	})
}

// files are the ids of all.
func (h *house) files() []string {
	h.t.Helper()
	var all struct{ Items []struct{ ID string } }
	h.get("/files?all=true", &all)
	var ids []string
	for _, f := range all.Items {
		ids = append(ids, f.ID)
	}
	slices.Sort(ids)
	return ids
}

// everything is each line that is known of each session.
func (h *house) everything() []string {
	h.t.Helper()
	var out []string
	for _, s := range h.sessions("") {
		one := h.session(s.ID)
		out = append(out, s.ID+" "+s.Outcome+" "+one.DateCompleted.String()+"\n"+s.text())
	}
	return out
}

// metric is one line of /metrics; 0 if it isn't there.
func (h *house) metric(name string) string {
	h.t.Helper()
	_, b := h.request(http.MethodGet, "/metrics", "", nil)
	return strings.TrimSpace(strings.TrimPrefix(lineWith(string(b), name+" "), name))
}

// nothingHalf wants no blob in the making, nor a note of one.
func nothingHalf(t *testing.T, data string) {
	t.Helper()
	for _, pattern := range []string{"files/*.part", "files/*.note", ".tmp-*"} {
		if left, _ := filepath.Glob(filepath.Join(data, pattern)); len(left) != 0 {
			t.Errorf("left over: %v", left)
		}
	}
}

// Data that is broken is told by its file's name, and left as it is.
func TestBrokenData(t *testing.T) {
	t.Parallel()
	good := t.TempDir()
	p := startProcess(t, good, "RINGFLOW_DEMO=true")
	p.signal(os.Interrupt)
	p.exits(0)
	for _, c := range []struct {
		name, file string
		breaks     func([]byte) []byte
		says       []string
	}{
		{"the database is something else", "ringflow.db", func([]byte) []byte { return bytes.Repeat([]byte("no database\n"), 1000) }, []string{"ringflow.db", "not a database"}},
		{"the database is cut off", "ringflow.db", func(b []byte) []byte { return b[:len(b)/2] }, []string{"ringflow.db", "malformed"}},
		{"the sealing key is cut off", "keys/seal.key", func(b []byte) []byte { return b[:len(b)/2] }, []string{"seal.key"}},
		{"the demo's phones are cut off", "demo.json", func(b []byte) []byte { return b[:len(b)/2] }, []string{"demo.json"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			if err := os.CopyFS(data, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(data, c.file)
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			broken := c.breaks(b)
			if err := os.WriteFile(file, broken, 0o600); err != nil {
				t.Fatal(err)
			}
			p := launch(t, data, "RINGFLOW_DEMO=true")
			p.exits(1)
			for _, want := range c.says {
				if !strings.Contains(p.out.String(), want) {
					t.Errorf("it does not say %q but\n%s", want, p.out)
				}
			}
			if is, err := os.ReadFile(file); err != nil || !bytes.Equal(is, broken) {
				t.Errorf("%s was changed", c.file)
			}
			if _, err := os.Stat(localFile(data)); !errors.Is(err, os.ErrNotExist) {
				t.Error("local.json is there")
			}
		})
	}
}
