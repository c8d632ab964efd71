package flowtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringflow/flow"
)

// TestRandomFlows lets random callers into random flows in random worlds. Each
// ends, within its limits, without a bug, never lets a caller wait without a
// word in the log, and the same again gives the same transcript.
func TestRandomFlows(t *testing.T) {
	types := flow.Available()
	var next atomic.Uint64
	var ends sync.Map
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			dir := t.TempDir()
			for seed := next.Add(1) - 1; seed < randomFlows && !t.Failed(); seed = next.Add(1) - 1 {
				randomFlow(t, dir, types, seed, &ends)
			}
		})
	}
	group.Wait()
	// All ways to end are among them, or the worlds are not random enough.
	for _, end := range []flow.End{flow.Ended, flow.HungUp, flow.Limited, flow.Failed, flow.Suspended} {
		if _, ok := ends.Load(end); !ok {
			t.Errorf("none ended by %s", end)
		}
	}
}

func randomFlow(t *testing.T, dir string, types []flow.SpecInfo, seed uint64, ends *sync.Map) {
	s, p := randomStory(t, dir, &maker{Rand: rand.New(rand.NewPCG(seed, 7)), types: types})
	s.seed = seed
	first, trace, mute := tell(t, s, p)
	again, err := read(s) // compiled anew: neither may depend on the order of a map
	if err != nil {
		t.Fatal(err)
	}
	second, other, _ := tell(t, s, again)
	log := strings.Join(first.Transcript, "\n")
	if again := strings.Join(second.Transcript, "\n"); again != log {
		t.Errorf("seed %d: the second time it went otherwise:\n%s\nthen\n%s", seed, log, again)
	}
	if trace != other {
		t.Errorf("seed %d: the second time the trace was another:\n%s\nthen\n%s", seed, trace, other)
	}
	if strings.Contains(log, "internal error") {
		t.Errorf("seed %d: %s", seed, log)
	}
	if strings.Contains(log, "hush") {
		t.Errorf("seed %d tells a secret: %s", seed, log)
	}
	l, chatting := s.limits, s.Channel == string(flow.Chat)
	quiet := chatting && !slices.ContainsFunc(s.Script, func(a Action) bool { return a.Verb == "text" }) // nobody wrote, so nothing ran
	if first.Result.End == "" && !quiet || first.State.Steps > l.Steps+1+len(s.Script) || first.State.StepsNoWait > l.StepsNoWait+1 || len(first.State.Frames) > l.Depth+1 ||
		first.State.Bytes > l.VariableBytes || !chatting && first.Took > l.Call+apology {
		t.Errorf("seed %d: %+v after %d steps, %d bytes, %s", seed, first.Result, first.State.Steps, first.State.Bytes, first.Took)
	}
	if mute != "" {
		t.Errorf("seed %d: the caller waits at %s, and the log has no word of it\n%s", seed, mute, log)
	}
	b, err := json.Marshal(first.State)
	var back flow.State
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	ends.Store(first.Result.End, true)
}

// apology is what may come after the longest call.
const apology = 15 * time.Second

// tell plays the story; trace is each piece of each step, the branches and the
// state in the end, to the byte; mute is a node at which time passed without a
// word, also when the call ended there.
func tell(t *testing.T, s *Story, p *flow.Program) (r *Report, trace, mute string) {
	t.Helper()
	var all strings.Builder
	var entered flow.Step
	told := false
	s.seen = func(step flow.Step) {
		fmt.Fprintf(&all, "%+v\n", step)
		switch step.Part {
		case flow.Entered:
			entered, told = step, false
		case flow.Happened:
			told = true
		case flow.Left:
			// One who presses keys and then hangs up is not in silence.
			busy := errors.Is(step.Err, flow.ErrHungUp) && slices.ContainsFunc(s.Script, func(a Action) bool { return a.Verb == "press" })
			if step.NodeID == entered.NodeID && step.Time.Sub(entered.Time) >= time.Second && !told && !busy {
				mute = step.NodeName
			}
		}
	}
	r, err := s.play(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	state, err := json.Marshal(struct {
		State    flow.State
		Branches []flow.Branch
		Result   flow.Result
	}{r.State, r.Fired, r.Result})
	if err != nil {
		t.Fatal(err)
	}
	all.Write(state)
	return r, all.String(), mute
}
