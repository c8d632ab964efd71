package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

	"ringflow/flow/flowtest"
)

// maxLeft bounds, in bytes, what the call of a story may leave behind.
const maxLeft = 16 << 20

// storyLine is a line of a story's transcript.
type storyLine struct {
	Time string `json:"time"` // since the call began: minutes, seconds and tenths
	Text string `json:"text"`
}

// storyEnd is the last object of a story that was played.
type storyEnd struct {
	Result storyResult `json:"result"`
}

// storyResult tells whether a story passed; if not, the first difference.
type storyResult struct {
	Name     string   `json:"name"`
	Passed   bool     `json:"passed"`
	What     string   `json:"what,omitempty"` // is different: step 2, heard, outcome …
	Expected string   `json:"expected,omitempty"`
	Was      string   `json:"was,omitempty"`
	At       string   `json:"at,omitempty"`
	Outcome  string   `json:"outcome,omitempty"`
	End      string   `json:"end"`
	Exit     string   `json:"exit,omitempty"`
	Answered bool     `json:"answered"`
	Refused  string   `json:"refused,omitempty"`
	Duration string   `json:"duration"`
	Path     []string `json:"path"`
}

// testFlow plays a story. Until its first line nothing is written, so that
// what keeps it from being played has a status of its own.
func (s *Server) testFlow(r *Request, q *TestFlow) (raw, error) {
	f, err := s.versionToRun(r, q.Version)
	if err != nil {
		return nil, err
	}
	text, err := flowJSON(f)
	if err != nil {
		return nil, err
	}
	story, err := flowtest.ReadSent(q.Story)
	if err != nil {
		return nil, badValue("story", "%v", err)
	}
	if story.Flow != "" && story.Flow != f.ID && story.Flow != f.Name {
		return nil, badValue("story", "flow: the path names the flow, and no file is read here; leave %.64q out", story.Flow)
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, done, err := s.turn(r.Context())
		if err != nil {
			return err
		}
		defer done()
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		t := newTranscript(w, r)
		a := s.accountOf(ctx, f)
		story.Flow, story.Others, story.Most = f.Name, a.flow, maxLeft
		story.Told = func(at time.Duration, text string) {
			if t.send("log", storyLine{clockTime(at), text}); t.err != nil {
				cancel(t.err)
			}
		}
		report, err := story.PlayFlow(ctx, text)
		switch {
		case t.err != nil:
			return nil // nobody reads any more
		case a.failed != nil:
			err = a.failed
		case err == nil:
			t.send("result", storyEnd{resultOf(report)})
			return nil
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		default:
			err = fail(http.StatusBadRequest, "ArgumentException", "the story can't be played: %v", err)
		}
		if !t.begun {
			return err
		}
		if e := t.fail(err); e.Status >= http.StatusInternalServerError {
			s.log().Error("a story broke off", zap.String("flow", f.ID), zap.Error(err))
		}
		return nil
	}, nil
}

func resultOf(r *flowtest.Report) storyResult {
	out := storyResult{
		Name: r.Story.Name, Passed: true, Outcome: r.Result.Outcome, End: string(r.Result.End), Exit: r.Result.Exit,
		Answered: r.Answered, Refused: r.Refused, Duration: clockTime(r.Took), Path: r.Path,
	}
	if d := r.First(); d != nil {
		out.Passed, out.What, out.Expected, out.Was, out.At = false, d.What, cut(d.Expected), cut(d.Was), clockTime(r.TimeOf(*d))
	}
	if out.Path == nil {
		out.Path = []string{}
	}
	return out
}

// cut shortens a text that could be all that was ever heard.
func cut(text string) string {
	const most = 10_000
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// clockTime is a time since the begin of a call: 00:04.2, and 1:00:04.2.
func clockTime(d time.Duration) string {
	tenths := int(d.Round(100*time.Millisecond) / (100 * time.Millisecond))
	text := fmt.Sprintf("%02d:%02d.%d", tenths/600%60, tenths/10%60, tenths%10)
	if hours := tenths / 36_000; hours > 0 {
		text = fmt.Sprintf("%d:%s", hours, text)
	}
	return text
}
