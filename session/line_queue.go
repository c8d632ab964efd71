package session

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
)

var _ flow.Queuer = (*line)(nil)

// Queue lets the caller wait for an agent, and talk to the one who takes it.
//
// The way of it: floor.go keeps the places and reserves the agents, queue.go
// waits and rings those who are reserved, as a Dial does (ring.go); the talk is
// a Dial's too. Whatever ends it, leave gives back what the caller has on the floor.
func (l *line) Queue(ctx context.Context, q flow.Queueing) (flow.QueueResult, error) {
	if err := l.Answer(ctx); err != nil {
		return flow.QueueResult{}, err
	}
	_, users, err := l.s.team(ctx, l.call.account, q.Team)
	if errors.Is(err, fs.ErrNotExist) {
		q.Log("there is no team %s", q.Team)
		return flow.QueueResult{End: flow.QueueNobody}, nil
	} else if err != nil {
		return flow.QueueResult{}, err
	}
	c := &queueing{line: l, q: q, f: l.s.floor(l.call.account), names: map[string]string{}, began: time.Now()}
	for _, u := range users {
		c.names[u.ID] = u.DisplayName
	}
	c.w = newWaiter(c.rule(users))
	switch how, place := c.f.join(c.w, q.Most); how {
	case isFull:
		return flow.QueueResult{End: flow.QueueFull, Place: place}, nil
	case hasNobody:
		return flow.QueueResult{End: flow.QueueNobody, Place: place}, nil
	default:
		q.Joins(place)
	}
	defer func() { l.s.saveAgents(c.f.leave(c.w, q.WrapUp, time.Now())) }()
	defer l.call.queue.Store(nil)
	defer c.stopRinging()
	c.show(QueueQueued, "")
	c.quiet = c.sounds(ctx)
	defer c.quiet()
	won, res, err := c.wait(ctx)
	if won == nil {
		return res, err
	}
	return c.talk(ctx, won, res)
}

// talk lets the caller talk to the agent who took it.
func (q *queueing) talk(ctx context.Context, won *news, res flow.QueueResult) (flow.QueueResult, error) {
	agent := won.guest()
	defer won.party.outlives() // in a call elsewhere, if the talk gave it away
	defer agent.end(nil)       // unless the talk has it
	q.quiet()
	by := won.route.by
	q.f.took(q.w, q.taker)
	q.show(QueueConnected, q.taker)
	q.call.answeredBy(ctx, won.route)
	if q.q.Answered != nil {
		q.q.Answered(by)
	}
	t := newTalk(q.line)
	defer t.end()
	d, err := t.run(ctx, agent.pass(), flow.Dialling{Record: q.q.Record}, flow.DialResult{Status: flow.DialAnswered, By: by})
	res.End, res.By, res.Talked, res.Ended, res.Recording = flow.QueueDone, by, d.Duration, d.Ended, d.Recording
	return res, err
}

// centre is the account's call centre, for its flows.
type centre struct{ c *call }

var _ flow.CallCentre = centre{}

// SetAgent implements flow.CallCentre.
func (k centre) SetAgent(ctx context.Context, user, state string) (string, error) {
	c := k.c
	u := c.caller
	if user != "" {
		var err error
		if u, err = c.s.cache.endpoint(ctx, user); errors.Is(err, fs.ErrNotExist) {
			return "", flow.ErrNoUser
		} else if err != nil {
			return "", err
		}
	}
	if u == nil || u.AccountID != c.account || u.Kind != endpoints.User { // another account's users do not exist here
		return "", flow.ErrNoUser
	}
	_, err := c.s.SetAgent(ctx, u, endpoints.AgentState(state))
	return u.DisplayName, err
}

// Agents implements flow.CallCentre.
func (k centre) Agents(ctx context.Context, team string) (ready, waiting int, err error) {
	_, users, err := k.c.s.team(ctx, k.c.account, team)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, flow.ErrNoTeam
	} else if err != nil {
		return 0, 0, err
	}
	ready, waiting = k.c.s.floor(k.c.account).count(team, ids(users))
	return ready, waiting, nil
}
