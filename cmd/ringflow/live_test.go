package main

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/media"
	"ringflow/sip"
)

// What is heard at this glimpse, while the call goes on.

// listening is a party whose sound a test can look at: an ear, or a real phone.
type listening interface {
	// soFar is what was heard on the call of that name.
	soFar() (call string, heard []int16)
}

func (e *ear) soFar() (string, []int16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return "", slices.Clone(e.heard)
}

// soFar reads the file that the phone still writes to: its head tells no length yet.
func (b *baresip) soFar() (string, []int16) {
	var newest string
	var latest time.Time
	files, _ := filepath.Glob(filepath.Join(b.dir, "dump-*-dec.wav"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.ModTime().After(latest) {
			newest, latest = f, info.ModTime()
		}
	}
	wav, err := os.ReadFile(newest)
	if err != nil {
		return "", nil
	}
	var heard []int16
	for p := 44; p+1 < len(wav); p += 2 {
		heard = append(heard, int16(binary.LittleEndian.Uint16(wav[p:])))
	}
	return newest, heard
}

// a glimpse is as much sound as one assertion looks at; they are so far apart.
const (
	glimpse = media.ClipRate / 2
	stride  = media.ClipRate / 20
)

// hearing looks at what a party hears from now on.
type hearing struct {
	h      *house
	who    string
	l      listening
	call   string
	before int
	looked int // so far was looked for the tones of one assertion
}

func (h *house) listen(who string, l listening) *hearing {
	call, heard := l.soFar()
	return &hearing{h: h, who: who, l: l, call: call, before: len(heard)}
}

// glimpses are those that have come since it was looked, the oldest first: a machine that has no
// time for the test does not make it miss what was heard for a moment.
func (x *hearing) glimpses() (all [][]byte) {
	call, heard := x.l.soFar()
	if call != x.call {
		x.call, x.before, x.looked = call, 0, 0
	}
	for heard = heard[x.before:]; x.looked+glimpse <= len(heard); x.looked += stride {
		all = append(all, lastSecond(heard[x.looked:x.looked+glimpse]))
	}
	return all
}

// comesTo waits until a tone is heard, and none of the others, for a moment.
func (x *hearing) comesTo(hz float64, not ...float64) {
	x.h.t.Helper()
	x.waits(func(now []byte) bool { return level(now, hz) > 0.9 }, []float64{hz}, not)
}

// both waits until two tones are heard together, and the third is not.
func (x *hearing) both(one, two, not float64) {
	x.h.t.Helper()
	x.waits(func(now []byte) bool {
		a, b := level(now, one), level(now, two)
		return a > 0.25 && b > 0.25 && a+b > 0.9
	}, []float64{one, two}, []float64{not})
}

func (x *hearing) waits(is func(now []byte) bool, want, not []float64) {
	x.h.t.Helper()
	var now []byte
	x.looked = 0
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); pause(context.Background(), 20*time.Millisecond) {
		for _, now = range x.glimpses() {
			if is(now) && !slices.ContainsFunc(not, func(other float64) bool { return level(now, other) > 0.02 }) {
				return
			}
		}
	}
	x.h.t.Errorf("%s does not come to hear %v Hz without %v, but this in %d samples:", x.who, want, not, max(0, len(now)-44)/2)
	for _, hz := range append(want, not...) {
		x.h.t.Errorf("%.2f of %.0f Hz", level(now, hz), hz)
	}
}

// inTurn waits until these tones have been heard one after the other, each without the others for a moment.
// However late the test looks, none of them is missed.
func (x *hearing) inTurn(tones ...float64) {
	x.h.t.Helper()
	x.looked = 0
	next := 0
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); pause(context.Background(), 20*time.Millisecond) {
		for _, now := range x.glimpses() {
			hz := tones[next]
			if level(now, hz) <= 0.9 || slices.ContainsFunc(tones, func(other float64) bool { return other != hz && level(now, other) > 0.02 }) {
				continue
			}
			if next++; next == len(tones) {
				return
			}
		}
	}
	x.h.t.Errorf("%s heard the first %d of %v Hz in their turn", x.who, next, tones)
}

// most is the most that was heard of a tone, in any moment since it was listened.
func (x *hearing) most(hz float64) float64 {
	call, heard := x.l.soFar()
	if call == x.call {
		heard = heard[x.before:]
	}
	return loudest(heard, hz)
}

// talk waits until two hear each other's tone alone.
func (h *house) talk(who string, a listening, as float64, other string, b listening, bs float64) {
	h.t.Helper()
	x, y := h.listen(who, a), h.listen(other, b)
	x.comesTo(bs, as)
	y.comesTo(as, bs)
}

// allOver waits until no session is live, no dialog up and no port held.
func (h *house) allOver() {
	h.t.Helper()
	h.eventually("all sessions are over", func() bool {
		for _, s := range h.sessions("") {
			if !s.Ended {
				return false
			}
		}
		return true
	})
	h.eventually("no dialog is up", func() bool { return h.ua.Stats().Dialogs == 0 })
	h.eventually("no media port is held", func() bool { return h.engine.Ports.Stats().Held == 0 })
}

// stranger is the carrier's caller, on a call of which he hears what he hears.
type stranger struct {
	*ear
	leg *sip.Leg
}

// rings is the carrier's caller calling a number; up gives the call once it is answered.
func (h *house) rings(t *testing.T, number string, hz float64) (up func() *stranger) {
	t.Helper()
	type answer struct {
		leg *sip.Leg
		err error
	}
	e, phone, answered := newEar(t, "127.0.0.1", hz), h.listener(t, carrierHost, phoneAccount{}), make(chan answer, 1)
	go func() {
		leg, err := phone.hear(t.Context(), number, "+12025550143", e)
		answered <- answer{leg, err}
	}()
	return func() *stranger {
		t.Helper()
		a := <-answered
		if a.err != nil {
			t.Fatalf("the call to %s: %v", number, a.err)
		}
		return &stranger{e, a.leg}
	}
}

// phones is the carrier's caller on an answered call.
func (h *house) phones(t *testing.T, number string, hz float64) *stranger {
	t.Helper()
	return h.rings(t, number, hz)()
}

func (o *stranger) hangsUp(t *testing.T) {
	t.Helper()
	if err := o.leg.Hangup(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// isEnded waits until the server has hung up.
func (o *stranger) isEnded(t *testing.T) {
	t.Helper()
	if _, err := o.over(o.leg); err != nil {
		t.Error(err)
	}
}

// dialler is a flow that dials what its user has dialled.
func (h *house) dialler() string {
	h.t.Helper()
	return h.flow("As dialled", node("dial", "DialNode", M{"Destinations": destinations("{{ Session.Destination }}"), "TimeoutInSeconds": amount(20)}))
}

// reaches gives a number a flow that dials a user.
func (h *house) reaches(number string, u phoneAccount) {
	h.t.Helper()
	h.number(number, h.flow("To "+u.SipUserName, node("dial", "DialNode", M{"Destinations": destinations(u.SipUserName), "TimeoutInSeconds": amount(20)})))
}

// logged waits until a session's log says so.
func (h *house) logged(words string) {
	h.t.Helper()
	var all string
	h.t.Cleanup(func() {
		if h.t.Failed() {
			h.t.Logf("the logs at last, where %q was looked for:\n%s", words, all)
		}
	})
	h.eventually("a log says: "+words, func() bool {
		all = ""
		for _, s := range h.sessions("") {
			all += s.text()
		}
		return strings.Contains(all, words)
	})
}
