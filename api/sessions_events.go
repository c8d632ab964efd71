package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"ringflow/session"
)

// eventsAlive is how often a stream in which nothing happens says so.
const eventsAlive = 15 * time.Second

// watchSession streams a session's log as server-sent events: what there is,
// then each line as it comes, then the end.
func (s *Server) watchSession(r *Request, q *WatchSession) (raw, error) {
	events, cancel := s.Calls.Watch(q.SessionId)
	rec, err := s.record(r.Context(), q.SessionId) // anew: a line between the scope's look and Watch isn't lost
	if err != nil {
		cancel()
		return nil, missing(err, "session", q.SessionId)
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		defer cancel()
		st := &eventStream{w: w, rc: http.NewResponseController(w)}
		// A read deadline would end the request's context, and with it the stream.
		if err := st.rc.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no")
		w.WriteHeader(http.StatusOK)
		seen := map[session.LogLine]bool{}
		for _, l := range rec.Log {
			seen[l] = true
			st.send(session.Event{Kind: session.Logged, SessionID: rec.ID, Date: l.Date, Message: l.Message})
		}
		if !rec.Ended.IsZero() {
			st.send(session.Event{Kind: session.Ended, SessionID: rec.ID, Date: rec.Ended, Message: rec.Outcome})
			return nil
		}
		tick := time.NewTicker(eventsAlive)
		defer tick.Stop()
		for st.err == nil {
			select {
			case e, ok := <-events:
				if !ok { // dropped for being slow, or the end was sent to others while we subscribed
					st.comment("gap: ask again")
					return nil
				}
				if e.Kind == session.Logged && seen[session.LogLine{Date: e.Date, Message: e.Message}] {
					continue
				}
				st.send(e)
				if e.Kind == session.Ended {
					return nil
				}
			case <-tick.C:
				st.comment("alive")
			case <-r.Context().Done():
				return nil
			case <-s.open.Done():
				return nil
			}
		}
		return nil
	}, nil
}

// eventStream writes events; the first error ends it.
type eventStream struct {
	w   io.Writer
	rc  *http.ResponseController
	n   int
	err error
}

func (st *eventStream) send(e session.Event) {
	data, err := json.Marshal(e)
	if err != nil {
		st.err = err
		return
	}
	st.n++
	st.write("id: %d\nevent: %s\ndata: %s\n\n", st.n, e.Kind, data)
}

func (st *eventStream) comment(text string) { st.write(": %s\n\n", text) }

func (st *eventStream) write(format string, args ...any) {
	if st.err != nil {
		return
	}
	if err := st.rc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		st.err = err
		return
	}
	if _, st.err = fmt.Fprintf(st.w, format, args...); st.err == nil {
		st.err = st.rc.Flush()
	}
}
