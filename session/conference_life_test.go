package session_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
	"ringflow/session"
)

// The mix is recorded once, until the last one leaves, and the branch that waits
// for it runs in the call that began it, which may be over.
func TestConferenceRecorded(t *testing.T) {
	for _, c := range []struct {
		name  string
		order []int // in which they hang up
	}{{"the first leaves first", []int{0, 1, 2}}, {"the first leaves last", []int{2, 1, 0}}} {
		t.Run(c.name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.number(did, conference(map[string]any{"RecordCall": true})...)
				var all []*talking
				for i := range 3 {
					all = append(all, h.carrier.mustCall(toNumber(did)).hums(voice(i)))
					time.Sleep(2 * time.Second)
				}
				if n := len(h.files()); n != 0 {
					t.Errorf("%d files while it goes on", n)
				}
				for _, i := range c.order {
					all[i].hangUp(t)
					time.Sleep(time.Second)
				}
				rs, fs := h.records(), h.files()
				if len(fs) != 1 || len(rs) != 3 {
					t.Fatalf("%d files, %d sessions", len(fs), len(rs))
				}
				f := fs[0]
				of := rs[0]
				for _, r := range rs {
					if r.ID == f.SessionID {
						of = r
					} else if strings.Contains(logText(r), "ready: ") {
						t.Errorf("the branch ran in another call:\n%s", logText(r))
					}
				}
				logged(t, of, "conf: recording of the conference begins", "kept as file "+f.ID, "ready: "+f.ID)
				if f.Type != endpoints.CallRecording || f.RecordingDuration < 7*time.Second || f.RecordingDuration > 12*time.Second {
					t.Errorf("file %+v", f)
				}
				e := ear{samples: h.sound(f.ID).Samples()[3*media.ClipRate : 4*media.ClipRate]} // all three are there
				if got := e.voices(t, 3); got != "[0 1 2]" {
					t.Errorf("in the recording are %s", got)
				}
			})
		})
	}
}

// However a member's call ends, the others talk on, and nothing is left.
func TestConferenceEnds(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				r := rand.New(rand.NewPCG(seed, 1))
				h.number(did, conference(map[string]any{"AnnounceNames": true, "RecordCall": true, "MusicOnHold": ref{flow.AudioFileType, h.audio(1900)}})...)
				var live []*talking
				for range 40 {
					time.Sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
					if n := len(live); n < 2 || n < 6 && r.IntN(2) == 0 {
						live = append(live, h.carrier.mustCall(toNumber(did)))
						continue
					}
					i := r.IntN(len(live))
					c := live[i]
					live = append(live[:i], live[i+1:]...)
					switch r.IntN(3) {
					case 0:
						c.hangUp(t)
					case 1:
						c.press(t, "*6")
						c.hangUp(t)
					default:
						for _, s := range h.Live(nil) {
							if s.SipCallID == c.leg.CallID() {
								if err := h.End(t.Context(), s.ID, "by the test"); err != nil {
									t.Error(err)
								}
							}
						}
						c.over(t, 5*time.Second)
					}
				}
				if seed%2 == 0 {
					h.Shutdown(nil)
					time.Sleep(2 * time.Second)
				} else {
					for _, c := range live {
						c.hangUp(t)
					}
				}
				for _, s := range h.records() {
					if s.CallState != session.Disconnected || s.Outcome == session.Error {
						t.Errorf("%s %s:\n%s", s.CallState, s.Outcome, logText(s))
					}
				}
				for _, e := range h.log.FilterMessageSnippet("panic").All() {
					t.Error(e.Message, e.ContextMap())
				}
			})
		})
	}
}

// A server that is killed in the midst of a recorded conference, whoever has
// left it, keeps the recording and runs its branch once.
func TestConferenceRecordingSurvivesAKill(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, conference(map[string]any{"RecordCall": true})...)
		var all []*talking
		for i := range 3 {
			all = append(all, h.carrier.mustCall(toNumber(did)).hums(voice(i)))
		}
		time.Sleep(6 * time.Second)
		images := map[string]string{"all talk": h.image(t)}
		all[0].hangUp(t)
		time.Sleep(4 * time.Second)
		images["who began it has left"] = h.image(t)
		all[1].hangUp(t)
		all[2].hangUp(t)
		time.Sleep(2 * time.Second)
		h.Shutdown(nil)
		images["all is over"] = h.image(t)
		for name, dir := range images {
			next := h.started(dir)
			rs, fs := next.records(), next.files()
			if len(fs) != 1 || len(rs) != 3 {
				t.Errorf("%s: %d files, %d sessions", name, len(fs), len(rs))
				continue
			}
			if fs[0].RecordingDuration < 4*time.Second {
				t.Errorf("%s: %s of it are kept", name, fs[0].RecordingDuration)
			}
			ran := 0
			for _, r := range rs {
				ran += strings.Count(logText(r), "ready: ready: "+fs[0].ID)
			}
			if ran != 1 {
				t.Errorf("killed when %s: the branch has run %d times", name, ran)
			}
			next.Shutdown(nil)
		}
	})
}
