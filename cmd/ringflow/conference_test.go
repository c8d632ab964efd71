package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// soft is a tone of which ten at once are not clipped.
func soft(wav []byte) []byte {
	for i := 44; i+1 < len(wav); i += 2 {
		binary.LittleEndian.PutUint16(wav[i:], uint16(int16(binary.LittleEndian.Uint16(wav[i:]))/8))
	}
	return wav
}

// typically is how much of a sound is that frequency in the middle one of its quarters of a second: where
// a machine with too much to do left packets out the others' tones are torn, and noise is at every frequency.
func typically(wav []byte, hz float64) float64 {
	const window = 2 * 2000 // bytes
	var all []float64
	for at := 44; at+window <= len(wav); at += window / 2 {
		all = append(all, level(slices.Concat(wav[:44], wav[at:at+window]), hz))
	}
	slices.Sort(all)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)/2]
}

// Nine phones of ours and a baresip, each with a tone of its own, are in a
// conference: each hears all the others and not itself.
func TestConferenceOfTenPhones(t *testing.T) {
	h := demoHouse(t)
	const number = "+18005550160"
	flow := h.flow("Conference", node("conf", "ConferenceNode", M{"Room": text("All hands"), "Pin": text("4711")}))
	h.number(number, flow)
	hz := func(i int) float64 { return 300 + 120*float64(i) }
	dir := t.TempDir()
	const n = 9
	var calls []*command
	saved := func(i int) string { return filepath.Join(dir, fmt.Sprintf("saved%d.wav", i)) }
	for i := range n {
		sent := filepath.Join(dir, fmt.Sprintf("sent%d.wav", i))
		if err := os.WriteFile(sent, soft(tone(hz(i), 100*time.Second)), 0o600); err != nil {
			t.Fatal(err)
		}
		calls = append(calls, h.run(t, "call", number, "--press", "4711", "--after", "500ms", "--play", sent, "--save", saved(i), "--hangup-after", "90s"))
	}
	alice := h.user("Ada", h.flow("Conference of users", node("conf", "ConferenceNode", M{"Room": text("all HANDS")})))
	phone := h.startBaresip(t, alice, int(hz(n)), "manual")
	phone.do("dial", "4000")
	phone.waits("CALL_ESTABLISHED")
	in := func() (all []sessionOf) {
		for _, s := range h.sessions("") {
			if !s.Ended && strings.Contains(s.text(), "is in the conference") {
				all = append(all, s)
			}
		}
		return all
	}
	h.eventually("ten are in the conference", func() bool { return len(in()) == n+1 })
	conferences := map[string]bool{}
	for _, s := range in() {
		conferences[s.ConferenceSid] = true
	}
	if len(conferences) != 1 || conferences[""] {
		t.Errorf("conferenceSid of the sessions: %v", conferences)
	}
	pause(context.Background(), 4*time.Second)
	for _, c := range calls {
		c.stop()
	}
	for _, c := range calls {
		_ = c.wait()
	}
	phone.do("hangup", "")
	h.eventually("all are gone", func() bool { return len(in()) == 0 })

	// A real phone is eight times as loud as each of ours.
	for i := range n {
		wav, err := os.ReadFile(saved(i))
		if err != nil {
			t.Fatal(err)
		}
		end := len(wav) - 16000 // the last second is of others who leave
		heard := append(wav[:44:44], wav[max(44, end-2*16000):end]...)
		for j := range n + 1 {
			part := typically(heard, hz(j))
			if least := map[bool]float64{true: 0.5, false: 0.005}[j == n]; i != j && part < least {
				t.Errorf("%d does not hear %d: %.4f of what it hears", i, j, part)
			}
			if i == j && part > 0.001 {
				t.Errorf("%d hears itself: %.4f of what it hears", i, part)
			}
		}
	}
	wav := phone.heard()
	heard := append(wav[:44:44], wav[max(44, len(wav)-5*16000):max(44, len(wav)-2*16000)]...)
	for j := range n {
		if part := typically(heard, hz(j)); part < 0.05 {
			t.Errorf("baresip does not hear %d: %.4f of what it hears", j, part)
		}
	}
	if part := typically(heard, hz(n)); part > 0.01 {
		t.Errorf("baresip hears itself: %.4f", part)
	}
}
