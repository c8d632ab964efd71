package session

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// agents are the floors of all accounts, and what of them the store doesn't
// know yet. One goroutine (tend) lets time pass on them and saves: a call never
// waits for the database because an agent's state has changed.
type agents struct {
	mu      sync.Mutex
	floors  map[string]*floor
	unsaved map[string][]endpoints.Agent // by user, in order of time
	wake    chan struct{}
}

// tendEvery is how exactly wrap-up and logging off keep their time.
const tendEvery = time.Second

// load reads what agents did when the last server ended.
func (s *Switchboard) loadAgents(ctx context.Context) error {
	all, err := s.Store.Agents(ctx)
	if err != nil {
		return fmt.Errorf("read agents: %w", err)
	}
	s.agents.wake, s.agents.unsaved = make(chan struct{}, 1), map[string][]endpoints.Agent{}
	s.agents.floors = map[string]*floor{}
	for _, a := range all {
		s.floor(a.AccountID).agents[a.EndpointID] = &agent{Agent: a, idle: a.Since} // nobody else is here yet
	}
	return nil
}

// floor is an account's; there is always one.
func (s *Switchboard) floor(account string) *floor {
	s.agents.mu.Lock()
	defer s.agents.mu.Unlock()
	f := s.agents.floors[account]
	if f == nil {
		f = &floor{account: account, agents: map[string]*agent{}, last: map[string]string{}}
		s.agents.floors[account] = f
	}
	return f
}

// Agent is what a user does in the call centre.
func (s *Switchboard) Agent(u *endpoints.Endpoint) endpoints.Agent {
	if a, ok := s.floor(u.AccountID).agent(u.ID); ok {
		return a
	}
	return endpoints.Agent{AccountID: u.AccountID, EndpointID: u.ID, State: endpoints.LoggedOut, Reason: endpoints.SetBySystem, Since: u.DateCreated}
}

// SetAgent sets what a user does, and returns once that is on disk. It is
// *endpoints.Invalid where nobody can set that, fs.ErrNotExist for what is no user.
func (s *Switchboard) SetAgent(ctx context.Context, u *endpoints.Endpoint, state endpoints.AgentState) (endpoints.Agent, error) {
	if err := endpoints.CheckAgentState("agentState", state); err != nil {
		return endpoints.Agent{}, err
	}
	if u.Kind != endpoints.User {
		return endpoints.Agent{}, fmt.Errorf("user %.64q: %w", u.ID, fs.ErrNotExist)
	}
	a := s.floor(u.AccountID).state(u.ID, state, endpoints.SetByUser, time.Now())
	s.agentTold(a)
	if err := s.Store.PutAgent(ctx, a); err != nil {
		s.saveAgents([]endpoints.Agent{a}) // it is in force; tend tries again
		return a, fmt.Errorf("the agent is %s, but that could not be saved yet: %w", state, err)
	}
	return a, nil
}

// saveAgents has changes told and saved.
func (s *Switchboard) saveAgents(changes []endpoints.Agent) {
	if len(changes) == 0 {
		return
	}
	s.agents.mu.Lock()
	for _, a := range changes {
		s.agents.add(a)
	}
	s.agents.mu.Unlock()
	for _, a := range changes {
		s.agentTold(a)
	}
	select {
	case s.agents.wake <- struct{}{}:
	default:
	}
}

func (s *Switchboard) agentTold(a endpoints.Agent) {
	e := Event{Kind: AgentChanged, AccountID: a.AccountID, Date: a.Since, EndpointID: a.EndpointID, AgentState: a.State, AgentReason: a.Reason}
	if u := s.directory().users[a.EndpointID]; u != nil {
		e.CustomerID = u.CustomerID
	}
	s.events.tell(e)
}

// tend lets time pass for agents and saves what has changed, until the calls are over.
func (s *Switchboard) tend() {
	t := time.NewTicker(tendEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.passTime(s.ctx)
			s.flushAgents(s.ctx)
		case <-s.agents.wake:
			s.flushAgents(s.ctx)
		case <-s.after.Done(): // calls that are hung up may yet leave agents changed
			ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
			defer cancel()
			s.flushAgents(ctx)
			return
		}
	}
}

// passTime does what time does on each floor.
func (s *Switchboard) passTime(ctx context.Context) {
	s.agents.mu.Lock()
	floors := slices.Collect(maps.Values(s.agents.floors))
	s.agents.mu.Unlock()
	for _, f := range floors {
		any, logs := f.ticks()
		if !any {
			continue
		}
		var logoff time.Duration
		if logs {
			set, err := s.cache.settingsOf(ctx, f.account)
			if err == nil && set.AutoAgentLogoffSeconds != nil {
				logoff = time.Duration(*set.AutoAgentLogoffSeconds) * time.Second
			} // else it is asked again in a second
		}
		s.saveAgents(f.tick(time.Now(), logoff))
	}
}

// flushAgents saves what is not saved; what can't be is tried again.
func (s *Switchboard) flushAgents(ctx context.Context) {
	s.agents.mu.Lock()
	unsaved := s.agents.unsaved
	s.agents.unsaved = map[string][]endpoints.Agent{}
	s.agents.mu.Unlock()
	for id, all := range unsaved {
		for i, a := range all {
			err := s.Store.PutAgent(ctx, a)
			if err == nil {
				continue
			}
			if ctx.Err() == nil {
				s.log().Warn("an agent's state could not be saved and is tried again", zap.String("endpoint", id), zap.Error(err))
			}
			s.agents.mu.Lock()
			for _, left := range all[i:] {
				s.agents.add(left)
			}
			s.agents.mu.Unlock()
			break
		}
	}
}

// maxUnsaved changes of one user wait for a store that is away; then the latest alone.
const maxUnsaved = 100

// add notes a change that is to be saved. The lock is held.
func (g *agents) add(a endpoints.Agent) {
	all := g.unsaved[a.EndpointID]
	at, there := slices.BinarySearchFunc(all, a, func(x, y endpoints.Agent) int { return x.Since.Compare(y.Since) })
	if there {
		return
	}
	if all = slices.Insert(all, at, a); len(all) > maxUnsaved {
		all = all[len(all)-1:]
	}
	g.unsaved[a.EndpointID] = all
}
