package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
)

// teamEvery is how soon a caller who waits sees that its team has changed.
const teamEvery = 5 * time.Second

// queued is a call in a queue as the API shows it.
type queued struct {
	state  QueueState
	member string // the user to whom it is offered, or who has it
}

// queueing is the caller's time in a queue. All of it is on the caller's
// goroutine, but the sound.
type queueing struct {
	*line
	q     flow.Queueing
	f     *floor
	w     *waiter
	names map[string]string // of agents
	began time.Time
	quiet func() // ends what the caller hears while it waits

	ring    *ringing // of an offer; nil: none rings
	offered []string // to whom
	taker   string   // the user who has answered; empty: nobody, or no user
	news    <-chan news
}

// rule is what the call centre's rule asks of the caller.
func (q *queueing) rule(team []*endpoints.Endpoint) endpoints.Waiting {
	return endpoints.Waiting{Queue: q.q.Team, Members: ids(team), Priority: q.q.Priority, Strategy: endpoints.Strategy(q.q.Strategy)}
}

func ids(users []*endpoints.Endpoint) []string {
	all := make([]string, len(users))
	for i, u := range users {
		all[i] = u.ID
	}
	return all
}

// name is an agent's, for the log.
func (q *queueing) name(id string) string {
	if n := q.names[id]; n != "" {
		return n
	}
	return id
}

func (q *queueing) nameAll(ids []string) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = q.name(id)
	}
	return all
}

// show tells the API how the call stands.
func (q *queueing) show(state QueueState, member string) {
	q.call.queue.Store(&queued{state, member})
}

// wait is the caller's way through the queue, up to an agent's answer or the end.
func (q *queueing) wait(ctx context.Context) (won *news, res flow.QueueResult, err error) {
	defer func() { res.Waited = time.Since(q.began) }()
	timeout := time.NewTimer(q.q.MaxWait)
	defer timeout.Stop()
	team := time.NewTicker(teamEvery)
	defer team.Stop()
	for {
		st := q.f.look(q.w)
		res.Place = st.place
		switch {
		case len(st.offered) > 0 && q.ring == nil:
			q.offer(ctx, st.offered)
		case st.nobody && q.ring == nil:
			res.End = flow.QueueNobody
			return nil, res, nil
		}
		select {
		case <-ctx.Done():
			return nil, res, context.Cause(ctx)
		case <-q.w.changed:
		case <-team.C:
			q.refresh(ctx)
		case <-timeout.C:
			res.End = flow.QueueTimeout
			return nil, res, nil
		case d := <-q.audio.Digits():
			if strings.ContainsRune(q.q.ExitKeys, d) {
				res.End, res.Key = flow.QueueExit, d
				return nil, res, nil
			}
			q.keep(d)
		case n, more := <-q.news:
			if won := q.hear(ctx, n, more); won != nil {
				return won, res, nil
			}
		}
	}
}

// offer rings the agents who are reserved for the caller.
func (q *queueing) offer(ctx context.Context, agents []string) {
	q.q.Offers(q.nameAll(agents))
	d := flow.Dialling{Whisper: q.q.Whisper}
	for _, id := range agents {
		d.Attempts = append(d.Attempts, flow.Attempt{Target: flow.Target{Type: string(flow.UserType), Value: id}, Timeout: q.q.Ring})
	}
	q.offered, q.ring = agents, ringFor(ctx, q.call, d, ringOptions{picks: true})
	q.news = q.ring.news
	q.show(QueueRinging, agents[0])
}

// stopRinging ends an offer's legs and waits for that.
func (q *queueing) stopRinging() {
	if q.ring != nil {
		q.ring.end()
	}
	q.ring, q.news = nil, nil
}

// hear takes the news of an offer: it is the agent's who has the call.
func (q *queueing) hear(ctx context.Context, n news, more bool) (won *news) {
	why := ""
	switch {
	case !more:
		why = q.ring.result().Why
	case !n.answered: // it rings, or sounds: the caller hears its music
		return nil
	default:
		q.ring.decide()
		if q.taker = n.route.by.EndpointID; !n.picked {
			if !slices.Contains(q.offered, q.taker) { // whoever answers in the place of one, has the call as that one
				q.taker = q.offered[0]
			}
			q.f.only(q.w, q.taker)
			q.offered = []string{q.taker}
		}
		q.show(QueueRinging, q.taker)
		if q.whisper(ctx, n, q.q.Whisper) {
			return &n
		}
		n.guest().end(nil)
		switch {
		case ctx.Err() != nil:
			return nil // the wait sees it
		case n.picked: // whoever was offered the call has missed nothing
			q.stopRinging()
			q.call.journal.say("%s hung up before the call was connected", n.route.name)
			q.f.released(q.w)
			q.show(QueueQueued, "")
			return nil
		}
		why = "hung up before the call was connected"
	}
	q.stopRinging()
	q.q.Missed(q.nameAll(q.offered), why)
	q.s.saveAgents(q.f.missed(q.w, time.Now()))
	q.show(QueueQueued, "")
	return nil
}

// refresh sees who is in the team now. While the store is away it stays as it was.
func (q *queueing) refresh(ctx context.Context) {
	_, users, err := q.s.team(ctx, q.call.account, q.q.Team)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return
	}
	for _, u := range users {
		q.names[u.ID] = u.DisplayName
	}
	q.f.members(q.w, ids(users))
}

// sounds lets the caller hear the welcome, its place from time to time, and
// music in between, until the function that it returns is called.
func (q *queueing) sounds(ctx context.Context) (quiet func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		if !q.q.Welcome.Empty() {
			q.sounded(ctx, q.q.Welcome, false)
		}
		for ctx.Err() == nil {
			pause := ctx
			stop := func() {}
			if q.q.Announce > 0 {
				q.sounded(ctx, flow.Prompt{Text: flow.QueuePlace(q.f.look(q.w).place)}, false)
				pause, stop = context.WithTimeout(ctx, q.q.Announce)
			}
			if !q.q.Music.Empty() {
				q.sounded(pause, q.q.Music, true)
			}
			<-pause.Done()
			stop()
		}
	}()
	return sync.OnceFunc(func() {
		cancel()
		<-over
	})
}

// sounded plays something to the caller, once or over and over; what can't be
// played is left out.
func (q *queueing) sounded(ctx context.Context, p flow.Prompt, again bool) {
	clip, err := q.call.clip(ctx, p)
	if err == nil {
		times := 1
		if again {
			times = endless
		}
		err = q.audio.Play(ctx, clip.Source(times))
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, media.ErrClosed) {
		q.journal.say("While waiting, %s can't be heard: %s", promptWords(p), err)
	}
}

func promptWords(p flow.Prompt) string {
	if p.File != "" {
		return "the file " + p.File
	}
	return fmt.Sprintf("%.64q", p.Text)
}
