package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"ringflow/flow"
)

// askNode asks twice and gives the answers.
type askNode struct {
	before  string
	answers string
}

func (n *askNode) Spec(s *flow.Spec) {
	s.Title, s.Category, s.Doc = "Ask", flow.General, "Asks."
	s.Needs(flow.Chat)
	s.String(&n.before, "Before", "", "Sent first.")
	s.Output(&n.answers, "Answers", flow.StringType, "Both.")
	s.Exit("Done", "Answered twice.")
	s.Exit("Timeout", "Not.")
}

func (n *askNode) Run(ctx context.Context, x *flow.Execution) (string, error) {
	var note struct{ Answers []string }
	if !x.Noted(&note) {
		if err := x.Send(ctx, "first?"); err != nil {
			return "", err
		}
	}
	for len(note.Answers) < 2 {
		x.Note(note)
		reply, err := x.Reply(ctx, 24*time.Hour)
		if err != nil {
			return "", err
		}
		if reply.TimedOut {
			return "Timeout", nil
		}
		if note.Answers = append(note.Answers, reply.Text); len(note.Answers) < 2 {
			if err := x.Send(ctx, "second?"); err != nil {
				return "", err
			}
		}
	}
	n.answers = strings.Join(note.Answers, "+")
	return "Done", nil
}

// outsideNode does something that can't be taken back.
type outsideNode struct{}

var outside int

func (n *outsideNode) Spec(s *flow.Spec) {
	s.Title, s.Category, s.Doc = "Outside", flow.General, "Does."
	s.Exit("Done", "It is done.")
	s.Exit("On Failure", "It is not.")
}

func (n *outsideNode) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := x.Outside(ctx); errors.Is(err, flow.ErrBegun) {
		x.Logf("%v", err)
		return "On Failure", nil
	} else if err != nil {
		return "", err
	}
	outside++
	return "Done", nil
}

// chat runs a program as the server does: the state goes through its JSON between two messages.
type chat struct {
	t     *testing.T
	p     *flow.Program
	log   *log
	state *flow.State
	sent  []string
	keep  func(ctx context.Context, key string) (bool, error)
}

func (c *chat) run(r *flow.Reply) flow.Result {
	c.t.Helper()
	x := execution(c.log)
	x.Session = &flow.Session{ID: "s1", Channel: "Chat", Body: "hello"}
	x.State, x.Resume, x.Checkpoint = c.state, r, c.keep
	x.Send = func(_ context.Context, text string) error { c.sent = append(c.sent, text); return nil }
	res, err := c.p.Run(context.Background(), x)
	if err != nil {
		c.t.Fatal(err)
	}
	c.state = stored(c.t, x.State)
	return res
}

func stored(t *testing.T, s *flow.State) *flow.State {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back flow.State
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	return &back
}

// A chat waits in its state: each message goes on in the node that waits, whose
// notes are there, and the step is the same one.
func TestChatWaitsInItsState(t *testing.T) {
	c := &chat{t: t, log: &log{}, p: program(t, "a AskNode; Done>b", "b EndNode; Outcome={{ Node.a.Answers }} {{ Session.Body }}")}
	if r := c.run(nil); r.End != flow.Suspended || c.state.Waiting == nil || c.state.Waiting.Until.IsZero() || c.state.Steps != 1 {
		t.Fatalf("%+v %+v", r, c.state)
	}
	if r := c.run(&flow.Reply{Text: "one"}); r.End != flow.Suspended || c.state.Steps != 1 || c.state.StepsNoWait != 0 {
		t.Fatalf("%+v %+v", r, c.state)
	}
	r := c.run(&flow.Reply{Text: "two"})
	if r.End != flow.Ended || r.Outcome != "one+two two" || !r.Stopped || c.state.Steps != 2 || c.state.Waiting != nil || strings.Join(c.sent, " ") != "first? second?" {
		t.Errorf("%+v %+v %v", r, c.state, c.sent)
	}
	if !c.log.has("Ask: waits for a message, at most 1 day") || !c.log.has("Ask goes on") {
		t.Errorf("%v", c.log.lines)
	}
}

// A transition that is not connected ends the flow, not the chat: the next message starts it anew.
func TestChatStaysOpen(t *testing.T) {
	c := &chat{t: t, log: &log{}, p: program(t, "a SetValueNode; Target=N; Value={{ Session.N }}x; Done>b", "b AskNode; Timeout>b")}
	c.run(nil)
	c.run(&flow.Reply{Text: "one"})
	if r := c.run(&flow.Reply{Text: "two"}); r.End != flow.Ended || r.Stopped || !c.log.has("Done is not connected, the flow ends; the chat stays open for the next message") {
		t.Errorf("%+v %v", r, c.log.lines)
	}
	c.state.Anew()
	if r := c.run(nil); r.End != flow.Suspended || c.state.Variables["N"].Text() != "xx" || c.state.Steps != 4 {
		t.Errorf("%+v %+v", r, c.state)
	}
	if r := c.run(&flow.Reply{TimedOut: true}); r.End != flow.Suspended || c.state.Steps != 5 {
		t.Errorf("%+v %+v", r, c.state)
	}
}

// A run goes on only with a reply where one is waited for.
func TestReplyWhereNoneIsWaitedFor(t *testing.T) {
	c := &chat{t: t, log: &log{}, p: program(t, "a AskNode")}
	c.run(nil)
	for _, x := range []*flow.Execution{{State: c.state}, {Resume: &flow.Reply{}}} {
		x.Session = &flow.Session{Channel: "Chat"}
		if _, err := c.p.Run(context.Background(), x); err == nil {
			t.Error("it runs")
		}
	}
}

// A step with an effect outside, in which the server died, is not done again: the
// run goes on from what was kept before it.
func TestStepIsNotBegunTwice(t *testing.T) {
	c := &chat{t: t, log: &log{}, p: program(t, "a LogNode; Done>b", "b OutsideNode; Done>c; On Failure>d", "c EndNode; Outcome=done", "d OutsideNode; Done>e", "e EndNode; Outcome=went on")}
	outside = 0
	died := errors.New("the server died")
	var kept *flow.State
	var keys []string
	ctx, die := context.WithCancelCause(context.Background())
	x := execution(c.log)
	x.Session = &flow.Session{ID: "s1", Channel: "Chat"}
	x.Checkpoint = func(_ context.Context, key string) (bool, error) {
		keys = append(keys, key)
		kept = stored(t, x.State)
		die(died)
		return false, died
	}
	x.Send = func(context.Context, string) error { return nil }
	if r, err := c.p.Run(ctx, x); err != nil || r.End != flow.Cancelled {
		t.Fatal(r, err)
	}
	c.state = kept
	c.keep = func(_ context.Context, key string) (bool, error) { keys = append(keys, key); return false, nil }
	r := c.run(nil)
	if r.Outcome != "went on" || outside != 1 || strings.Join(keys, " ") != "s1.2 s1.3" {
		t.Errorf("%+v, done %d times, %v", r, outside, keys)
	}
	c.state = nil
	c.keep = func(_ context.Context, key string) (bool, error) { return key == "s1.2", nil }
	if r := c.run(nil); r.Outcome != "went on" {
		t.Errorf("%+v", r)
	}
}
