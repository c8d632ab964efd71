package session

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
	"ringflow/sip"
)

func TestLate(t *testing.T) {
	for _, c := range []struct {
		ticks, skipped uint64
		want           bool
	}{{0, 0, false}, {10_000, 0, false}, {10_000, 99, false}, {10_000, 101, true}, {100, 40, false}, {100, 60, true}} {
		before := media.PacerStats{Ticks: 5000, Skipped: 70}
		now := media.PacerStats{Ticks: 5000 + c.ticks, Skipped: 70 + c.skipped}
		if late(before, now) != c.want {
			t.Errorf("%d skipped of %d: want %v", c.skipped, c.ticks, c.want)
		}
	}
}

// A moment's standstill refuses no call; a clock that stays late does, until it
// keeps up again.
func TestLateness(t *testing.T) {
	var now media.PacerStats
	l := lateness{before: now}
	for i, c := range []struct {
		skipped uint64
		want    bool
	}{{0, false}, {500, false}, {0, false}, {500, false}, {500, true}, {500, true}, {0, false}, {500, false}} {
		now.Ticks += 1000
		now.Skipped += c.skipped
		if got := l.look(now); got != c.want {
			t.Errorf("look %d: late is %v", i, got)
		}
	}
}

func TestInfoDigit(t *testing.T) {
	for _, c := range []struct {
		kind, body string
		want       rune
	}{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160", '5'}, {"Application/DTMF-Relay; charset=x", "signal = #\n", '#'},
		{"application/dtmf-relay", "Duration=160\r\nSignal=*\r\n", '*'}, {"application/dtmf-relay", "Signal=10", '*'}, {"application/dtmf-relay", "Signal=11", '#'},
		{"application/dtmf", " 7 \r\n", '7'}, {"application/dtmf", "b", 'B'},
		{"application/dtmf", "12", 0}, {"application/dtmf", "", 0}, {"application/dtmf-relay", "", 0}, {"application/dtmf-relay", "5", 0}, {"text/plain", "5", 0}, {"application/dtmf", "!", 0},
	} {
		if got := infoDigit(c.kind, c.body); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.kind, c.body, got, c.want)
		}
	}
}

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{
		"memo": "memo.wav", "memo.WAV": "memo.WAV", "../../etc/passwd": "passwd.wav", `C:\x\y`: "y.wav", "": "recording.wav", "..": "recording.wav", "/": "recording.wav",
		"a\r\nb\x00c": "a  b c.wav", `a"b|c?`: "a_b_c_.wav",
	} {
		if got := fileName(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if n := len(fileName(strings.Repeat("ä", 500))); n > 130 {
		t.Errorf("%d bytes", n)
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine("a\r\nb\x1b[31mc\u202ed\x00"); strings.ContainsAny(got, "\r\n\x1b\x00\u202e") {
		t.Errorf("%q", got)
	}
	if n := len(oneLine(strings.Repeat("x", 1<<20))); n > maxLine+10 {
		t.Errorf("%d bytes", n)
	}
}

func TestReasons(t *testing.T) {
	for _, c := range []struct {
		err    error
		status string
		code   int
	}{
		{nil, flow.DialAnswered, 200}, {&sip.Status{Code: 486}, flow.DialBusy, 486}, {fmt.Errorf("x: %w", &sip.Status{Code: 600}), flow.DialBusy, 600},
		{&sip.Status{Code: 403}, flow.DialRejected, 403}, {&sip.Status{Code: 408}, flow.DialNoAnswer, 408}, {&sip.Status{Code: 488}, flow.DialFailed, 488},
		{errRingTimeout, flow.DialNoAnswer, 0}, {errors.New("x"), flow.DialFailed, 0}, {elsewhere, flow.DialCancelled, 0}, {&hungUp{sip.ErrRemoteBye}, flow.DialCancelled, 0},
	} {
		if status, code := dialStatus(c.err); status != c.status || code != c.code {
			t.Errorf("%v: %s %d, want %s %d", c.err, status, code, c.status, c.code)
		}
	}
	if h := error(&hungUp{sip.ErrRemoteBye}); !errors.Is(h, flow.ErrHungUp) || !errors.Is(h, sip.ErrRemoteBye) || endWords(h) != "bye from far end" {
		t.Errorf("%v: %s", h, endWords(h))
	}
	for _, err := range []error{&sip.Status{Code: 503}, &sip.Status{Code: 408}, fmt.Errorf("%w: no route", sip.ErrTransport)} {
		if !failover(err) {
			t.Errorf("%v: no next trunk is tried", err)
		}
	}
	for _, err := range []error{&sip.Status{Code: 486}, &sip.Status{Code: 404}, errRingTimeout} {
		if failover(err) {
			t.Errorf("%v: another trunk is tried", err)
		}
	}
}

func TestOutsideLimits(t *testing.T) {
	var l outsideLimits
	s := &endpoints.Settings{MaxCallsPerUser: 3, MaxCallsPerMinute: 4}
	var frees []func()
	for range 3 {
		free, err := l.take("a", s)
		if err != nil {
			t.Fatal(err)
		}
		frees = append(frees, free)
	}
	if _, err := l.take("a", s); err == nil {
		t.Error("a fourth call at once")
	}
	if _, err := l.take("b", s); err != nil {
		t.Errorf("another user: %v", err)
	}
	frees[0]()
	frees[0]() // a second time it does nothing
	if _, err := l.take("a", s); err != nil {
		t.Error(err)
	}
	if _, err := l.take("a", s); err == nil {
		t.Error("twice freed is counted twice")
	}
	frees[1]()
	frees[2]()
	if _, err := l.take("a", s); err == nil {
		t.Error("a fifth call within a minute")
	}
	if _, err := l.take("c", s); err != nil {
		t.Fatal(err)
	}
	l.users["c"].now = 0
	l.sweep(time.Now().Add(time.Hour))
	if l.users["c"] != nil || l.users["b"] == nil {
		t.Errorf("swept: who called an hour ago must go, who still talks must stay: %v", l.users)
	}
}
