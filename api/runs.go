package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"runtime"
	"time"

	"ringflow/flow"
)

// Stories and explorations compute as hard as they can. So many at once leave
// the calls their share of the machine, and each is over in a bounded time.
const (
	runTime = 25 * time.Second // less than answerTimeout
	runWait = 2 * time.Second  // for another run to be over

	maxOthers     = 500      // flows that one run may start
	maxOthersSize = 64 << 20 // bytes of them
)

func runsAtOnce() int { return max(1, runtime.GOMAXPROCS(0)/2) }

var errRunTime = fail(http.StatusBadRequest, "ArgumentException", "it takes longer than the %s that it may", runTime)

// turn waits for the turn of a run; done gives it back, and ends ctx. The server's
// end is the run's end, too.
func (s *Server) turn(ctx context.Context) (run context.Context, done func(), err error) {
	wait := time.NewTimer(runWait)
	defer wait.Stop()
	select {
	case s.runs <- struct{}{}:
	case <-wait.C:
		return nil, nil, &failure{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", RetryAfter: 1 + rand.IntN(5),
			Text: fmt.Sprintf("%d stories and explorations are at work, which is all at once that this server takes; try again in a moment", cap(s.runs))}
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	run, end := context.WithTimeoutCause(ctx, runTime, errRunTime)
	run, cancel := context.WithCancelCause(run)
	stop := context.AfterFunc(s.open, func() {
		cancel(fail(http.StatusServiceUnavailable, "ServiceUnavailable", "the server shuts down"))
	})
	return run, func() {
		stop()
		cancel(nil)
		end()
		<-s.runs
	}, nil
}

// account is what a run may know of the account that the flow is of: its other
// flows and its files. What can't be looked up ends the run: it would be told
// as a fault of the flow.
type account struct {
	s      *Server
	ctx    context.Context
	id     string
	itself *flow.Flow // the flow that is run, in the version that is run
	flows  map[string]known
	files  map[string]bool
	size   int
	failed error
}

// known is a flow that was looked up.
type known struct {
	raw []byte
	err error
}

func (s *Server) accountOf(ctx context.Context, f *flow.Flow) *account {
	return &account{s: s, ctx: ctx, id: f.AccountID, itself: f, flows: map[string]known{}, files: map[string]bool{}}
}

// flow gives a flow of the account as it is live, and the one that is run as that is.
func (a *account) flow(ctx context.Context, id string) ([]byte, error) {
	if k, ok := a.flows[id]; ok {
		return k.raw, k.err
	}
	if len(a.flows) >= maxOthers || a.size > maxOthersSize {
		return nil, fmt.Errorf("the flow starts more than %d other flows, or more than %d MB of them", maxOthers, maxOthersSize>>20)
	}
	f := a.itself
	if id != f.ID {
		var err error
		f, err = a.s.Store.Flow(ctx, id)
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && f.AccountID != a.id:
			a.flows[id] = known{err: fmt.Errorf("flow %.64q: %w", id, fs.ErrNotExist)}
			return nil, a.flows[id].err
		case err != nil:
			a.fail(err)
			return nil, err
		}
	}
	raw, err := flowJSON(f)
	a.flows[id] = known{raw, err}
	a.size += len(raw)
	return raw, err
}

// hasFile tells whether the account has a file.
func (a *account) hasFile(id string) bool {
	if has, ok := a.files[id]; ok {
		return has
	}
	f, err := a.s.Store.File(a.ctx, id)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.fail(err)
		return true
	}
	has := err == nil && f.AccountID == a.id
	if len(a.files) < maxAll {
		a.files[id] = has
	}
	return has
}

func (a *account) fail(err error) {
	if a.failed == nil && a.ctx.Err() == nil {
		a.failed = err
	}
}

// flowJSON is a flow as it is stored, as the one JSON text that a client reads.
func flowJSON(f *flow.Flow) ([]byte, error) {
	return json.Marshal(struct {
		ID         string          `json:"id"`
		Version    int             `json:"version"`
		Name       string          `json:"name"`
		Nodes      json.RawMessage `json:"nodes,omitempty"`
		Parameters json.RawMessage `json:"parameters,omitempty"`
		Exits      json.RawMessage `json:"exits,omitempty"`
	}{f.ID, f.Version, f.Name, f.Raw.Nodes, f.Raw.Parameters, f.Raw.Exits})
}

// versionToRun is the found flow as it was saved last, or as the version that is named.
func (s *Server) versionToRun(r *Request, version int) (*flow.Flow, error) {
	if version == 0 {
		return r.found.flow, nil
	}
	return s.flowVersion(r, version)
}
