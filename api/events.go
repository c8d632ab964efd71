package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"ringflow/session"
)

const (
	followersOfLogin = 20          // streams of one login at once
	lookAgain        = time.Minute // after which who listens must still be allowed to
)

// eventTypes are the types of the stream by what the switchboard calls them.
var eventTypes = map[session.EventKind]EventTypes{
	session.Started: "session.started", session.Logged: "session.log", session.Answered: "session.answered", session.Held: "session.held",
	session.Parked: "session.parked", session.Resumed: "session.resumed", session.Ended: "session.ended",
	session.AgentChanged: "agent.changed", session.Registered: "registration.changed", session.Messaged: "message.received", session.Changed: "message.changed", session.Missed: "gap",
}

// following counts the streams of each login.
type following struct {
	mu sync.Mutex
	n  map[string]int
}

func (f *following) begin(login string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n == nil {
		f.n = map[string]int{}
	}
	if f.n[login] >= followersOfLogin {
		return false
	}
	f.n[login]++
	return true
}

func (f *following) end(login string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n[login]--; f.n[login] <= 0 {
		delete(f.n, login)
	}
}

// wire is how events reach who listens.
type wire interface {
	send(id, kind string, data []byte) error
	alive() error
	gone() <-chan struct{} // closed when nobody listens any more
	close(why string)      // what ends a stream that nothing is wrong with
	free()                 // in the end, however that came
}

// watchEvents streams events until the listener goes, loses its right to listen,
// or the server stops.
func (s *Server) watchEvents(r *Request, q *WatchEvents) (raw, error) {
	upgrade := strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
	if upgrade {
		if err := s.sameSite(r.Request, true); err != nil { // a browser lets any page open one
			return nil, err
		}
	}
	if id := q.SessionId; id != "" {
		rec, err := s.record(r.Context(), id)
		if err != nil || !r.Who.may(rec.AccountID) {
			return nil, missing(err, "session", id)
		}
		if err := s.within(r.Context(), rec.CustomerID, "session", id); err != nil {
			return nil, err
		}
	}
	after := r.Header.Get("Last-Event-ID")
	if after == "" {
		after = q.LastEventId
	}
	return func(w http.ResponseWriter, req *http.Request) error {
		if !s.serving() {
			return busyEvents("the server stops")
		}
		defer s.later.Done()
		if !s.following.begin(r.Who.login.ID) {
			return busyEvents("the login %s listens %d times already", r.Who.login.EmailAddress, followersOfLogin)
		}
		defer s.following.end(r.Who.login.ID)
		l, err := s.Calls.Events().Follow(after, q.wants())
		if errors.Is(err, session.ErrFull) {
			return busyEvents("too many listen to events")
		} else if err != nil {
			return err
		}
		defer l.Close()
		var out wire
		if upgrade {
			out, err = s.openSocket(w, req)
		} else {
			out, err = s.openEvents(w, req)
		}
		if err != nil || out == nil {
			return err
		}
		defer out.free()
		return (&follower{s: s, r: r, q: q, out: out, l: l, theirs: map[string]bool{}}).run()
	}, nil
}

func busyEvents(text string, args ...any) error {
	return &failure{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", RetryAfter: 5, Text: fmt.Sprintf(text, args...)}
}

// wants is the filter that the feed asks.
func (q *WatchEvents) wants() func(*session.Event) bool {
	accounts, types, one := slices.Clone(q.AccountIds), slices.Clone(q.Types), q.SessionId
	return func(e *session.Event) bool {
		return (len(accounts) == 0 || slices.Contains(accounts, e.AccountID)) &&
			(len(types) == 0 || slices.Contains(types, eventTypes[e.Kind])) && (one == "" || one == e.SessionID)
	}
}

// follower is one stream.
type follower struct {
	s      *Server
	r      *Request
	q      *WatchEvents
	out    wire
	l      *session.Follower
	theirs map[string]bool // customers, whether they are among those asked for; forgotten every lookAgain
}

func (f *follower) run() error {
	tick, again := time.NewTicker(eventsAlive), time.NewTicker(f.s.lookAgain)
	defer tick.Stop()
	defer again.Stop()
	for {
		events, open := f.l.Take()
		for i := range events {
			if err := f.tell(&events[i]); err != nil {
				return nil // there is nobody to answer to
			}
		}
		if !open {
			f.out.close("the server stops")
			return nil
		}
		select {
		case <-f.l.Ready:
		case <-tick.C:
			if f.out.alive() != nil {
				return nil
			}
		case <-again.C:
			if !f.still() {
				f.out.close("not allowed any more")
				return nil
			}
			clear(f.theirs)
		case <-f.out.gone():
			return nil
		case <-f.s.open.Done():
			f.out.close("the server stops")
			return nil
		}
	}
}

// still tells whether who listens would be let in again, and to as much.
func (f *follower) still() bool {
	ctx, cancel := context.WithTimeout(f.r.Context(), answerTimeout)
	defer cancel()
	who, err := f.s.auth.identify(f.r.Request.WithContext(ctx))
	if err != nil || who == nil || f.s.permit(ctx, f.r.Operation, who) != nil || !slices.Equal(who.customers, f.r.Who.customers) {
		return false
	}
	for _, id := range f.q.AccountIds {
		if !who.may(id) {
			return false
		}
	}
	return len(f.q.AccountIds) > 0 || who.administrator()
}

// tell sends an event, unless it is another customer's.
func (f *follower) tell(e *session.Event) error {
	ctx := f.r.Context()
	if mine := f.q.CustomerIds; len(mine) > 0 && e.Gap == nil {
		ok, known := f.theirs[e.CustomerID]
		if !known {
			var err error
			if ok, err = f.s.Store.CustomerWithin(ctx, e.CustomerID, mine); err != nil {
				return err
			}
			f.theirs[e.CustomerID] = ok
		}
		if !ok {
			return nil
		}
	}
	told := toldEvent(e)
	if g := e.Gap; g != nil && len(f.q.CustomerIds) > 0 {
		told.Data = gapData{After: g.After} // how many were others' isn't told
	}
	data, err := json.Marshal(told)
	if err != nil {
		return err
	}
	return f.out.send(e.ID, string(told.Type), data)
}
