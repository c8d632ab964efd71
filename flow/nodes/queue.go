package nodes

import (
	"context"
	"strings"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("QueueNode", func() flow.Node { return new(queue) }) }

type queue struct {
	team, strategy      string
	priority, most      int
	ring, wait, wrapUp  time.Duration
	music, welcome, key string
	tell, record        bool
	every               time.Duration
	whisper             string

	waited     time.Duration
	answeredBy string
	place      int
}

func (n *queue) Spec(s *flow.Spec) {
	s.Title, s.Category = "Queue", flow.CallCentreNodes
	s.Doc = "Lets the caller wait, to music, until an agent of a team takes the call. Callers are served by priority, then in the order in which they came, and keep their place. " +
		"An agent is offered one call at a time; who does not take it is not ready any more, and the call goes to the next. Who telephones otherwise is offered none until that is over; a colleague may pick up what rings. When the caller hangs up, the flow ends."
	s.Needs(flow.Voice)
	s.Ref(&n.team, "Team", flow.TeamType, "Its members are the agents. Callers of one team wait in one queue, whatever node brought them there.")
	s.Int(&n.priority, "Priority", 0, "Higher is served first.").Range(-1000, 1000)
	s.String(&n.strategy, "Strategy", "LongestIdle", "Which of the agents that are ready is offered the call: all at once, who has been free for the longest time, the next in the team's order, or who has taken the fewest calls since logging in.").
		PossibleValues("RingAll", "LongestIdle", "RoundRobin", "FewestCalls")
	s.Seconds(&n.ring, "RingSeconds", 15*time.Second, "How long an agent is rung before the call goes to the next.").Range(1, 300)
	s.Seconds(&n.wait, "MaxWaitSeconds", 600*time.Second, "How long the caller waits at most.").Range(1, 24*3600)
	s.Int(&n.most, "MaxLength", 100, "With so many callers waiting the queue is full.").Range(1, 10000)
	s.Ref(&n.music, "MusicOnHold", flow.AudioFileType, "Heard while waiting; empty: the call's music, which Set Music On Hold sets, else silence.")
	s.String(&n.welcome, "WelcomeText", "", "Said at first; the caller has its place already, and an agent who answers cuts it short.").LargeText()
	s.Bool(&n.tell, "AnnouncePosition", false, "The caller is told its place, after the welcome and again and again.")
	s.Seconds(&n.every, "AnnounceEverySeconds", 60*time.Second, "How often the place is told.").Range(5, 3600)
	s.String(&n.key, "ExitKey", "", "A key that leaves the queue; of several, each does.")
	s.Seconds(&n.wrapUp, "WrapUpSeconds", 0, "How long the agent is left alone after the call.").Range(0, 24*3600)
	s.Bool(&n.record, "RecordCall", false, "Records the call, caller on the left, agent on the right.")
	s.String(&n.whisper, "WhisperText", "", "Said to the agent, alone, before the two are joined; the caller hears the music meanwhile.").LargeText()
	s.Output(&n.waited, "WaitSeconds", flow.NumberType, "How long the caller waited.")
	s.Output(&n.answeredBy, "AnsweredBy", flow.StringType, "Name of the agent.")
	s.Output(&n.place, "Position", flow.NumberType, "The place that the caller had last, or would have had.")
	s.Exit("Done", "The agent hung up, and the caller goes on.")
	s.Exit("Timeout", "Nobody took the call in time.")
	s.Exit("No Agents", "No agent of the team is logged in, or there is no such team.").Or("Timeout")
	s.Exit("Queue Full", "As many as may wait do.").Or("Timeout")
	s.Exit("Exit Key", "The caller pressed it.").Or("Timeout")
	s.AsyncExit("Recording Ready", "The recording of the call is ready.")
}

func (n *queue) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	line, ok := x.Line.(flow.Queuer)
	if !ok {
		x.Logf("there are no queues here")
		return "No Agents", nil
	}
	if n.team = strings.TrimSpace(n.team); n.team == "" {
		x.Logf("Team names nobody to wait for")
		return "No Agents", nil
	}
	q := flow.Queueing{
		Team: n.team, Priority: n.priority, Strategy: n.strategy, Ring: n.ring, MaxWait: n.wait, Most: n.most,
		Welcome: flow.Prompt{Text: n.welcome}, Music: flow.Prompt{File: n.music}, ExitKeys: n.key,
		WrapUp: n.wrapUp, Record: n.record, Whisper: flow.Prompt{Text: n.whisper}, Log: x.Logf,
		Answered: func(by flow.Party) {
			x.Session.AnsweredByName = shown(by)
			x.Logf("%s answered", shown(by))
		},
	}
	if q.Music.File == "" {
		q.Music.File = x.Session.MusicOnHold
	}
	if n.tell {
		q.Announce = n.every
	}
	r, err := line.Queue(ctx, q)
	return n.settle(x, r, err)
}

// settle makes outputs and a transition of how it went.
func (n *queue) settle(x *flow.Execution, r flow.QueueResult, err error) (string, error) {
	n.waited, n.place = r.Waited.Round(time.Second), r.Place
	if r.By != (flow.Party{}) {
		n.answeredBy = shown(r.By)
	}
	if r.Recording != nil && r.Recording.File != "" {
		x.Session.RecordingFileID = r.Recording.File
		x.Logf("recorded the call, %s", flow.Seconds(r.Recording.Duration))
		x.Fire("Recording Ready")
	}
	if err != nil {
		if n.answeredBy == "" {
			x.Logf("gone after %s, as number %s", flow.Seconds(r.Waited), flow.Thousands(r.Place))
		}
		return "", err
	}
	switch r.End {
	case flow.QueueDone:
		x.Logf("talked for %s; %s", flow.Seconds(r.Talked), sides[r.Ended])
	case flow.QueueTimeout:
		x.Logf("nobody took the call in %s", flow.Seconds(r.Waited))
	case flow.QueueNobody:
		x.Logf("no agent is logged in")
	case flow.QueueFull:
		x.Logf("the queue is full: %s wait", flow.Thousands(n.most))
	case flow.QueueExit:
		x.Logf("left the queue with %c after %s, as number %s", r.Key, flow.Seconds(r.Waited), flow.Thousands(r.Place))
	}
	return string(r.End), nil
}
