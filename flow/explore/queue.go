package explore

import (
	"context"
	"time"

	"ringflow/flow"
)

// queued are the ways out of a queue, but for an agent's answer.
var queued = map[string]flow.QueueEnd{
	"":                                flow.QueueTimeout,
	"no agent is logged in":           flow.QueueNobody,
	"the queue is full":               flow.QueueFull,
	"the caller presses the exit key": flow.QueueExit,
}

// agentAnswers is what else can happen in a queue.
const agentAnswers = "an agent takes the call"

// Queue implements flow.Queuer. Who waits hears music: whether the account has
// some nobody knows here.
func (l *line) Queue(ctx context.Context, q flow.Queueing) (flow.QueueResult, error) {
	l.answered = true
	options := []string{"", agentAnswers, "no agent is logged in", "the queue is full", hangsUp}
	if q.ExitKeys != "" {
		options = append(options, "the caller presses the exit key")
	}
	picked, err := l.happens(ctx, "queue", options...)
	if err != nil {
		return flow.QueueResult{Place: 1}, err
	}
	res := flow.QueueResult{End: queued[picked], Place: 1, Waited: 30 * time.Second}
	switch {
	case picked == agentAnswers:
		res.End = flow.QueueDone
	case res.End == flow.QueueNobody, res.End == flow.QueueFull:
		res.Waited, res.Place = 0, 2
	case res.End == flow.QueueTimeout:
		res.Waited = q.MaxWait
	case res.End == flow.QueueExit:
		res.Key = rune(q.ExitKeys[0])
	}
	if res.Waited > 0 {
		l.sound()
	}
	if err := l.c.clock.pass(ctx, res.Waited); err != nil || res.End != flow.QueueDone {
		return res, err
	}
	res.By, res.Talked, res.Ended = flow.Party{Name: "Agent", Address: q.Team}, time.Minute, flow.Far
	if q.Answered != nil {
		q.Answered(res.By)
	}
	if q.Record {
		res.Recording = &flow.Recording{File: "recording", Duration: res.Talked, Finish: "hangup"}
	}
	l.sound()
	err = l.c.clock.pass(ctx, res.Talked)
	l.sound()
	return res, err
}

// SetAgent implements flow.CallCentre.
func (c *call) SetAgent(context.Context, string, string) (string, error) { return "The user", nil }

// Agents implements flow.CallCentre.
func (c *call) Agents(context.Context, string) (ready, waiting int, err error) {
	if c.choose("agents", []string{"", "no agent is ready"}) == 1 {
		return 0, 3, nil
	}
	return 1, 0, nil
}

var (
	_ flow.Queuer     = (*line)(nil)
	_ flow.CallCentre = (*call)(nil)
)
