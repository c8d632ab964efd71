package api

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// lastWords is how long a listener may take the end of a stream when the server stops.
const lastWords = 2 * time.Second

// sse are server-sent events over a plain answer.
type sse struct {
	eventStream
	done <-chan struct{}
	end  context.Context // of the server
	stop func() bool
}

func (s *Server) openEvents(w http.ResponseWriter, r *http.Request) (wire, error) {
	rc := http.NewResponseController(w)
	// A read deadline would end the request's context, and with it the stream.
	if err := rc.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	out := &sse{eventStream: eventStream{w: w, rc: rc}, done: r.Context().Done(), end: s.open}
	out.stop = context.AfterFunc(s.open, func() { _ = rc.SetWriteDeadline(time.Now().Add(lastWords)) })
	if err := out.alive(); err != nil {
		out.free()
		return nil, nil //nolint:nilnil // there is nobody to answer to
	}
	return out, nil
}

func (o *sse) send(id, kind string, data []byte) error {
	if o.end.Err() != nil {
		return o.end.Err()
	}
	o.write("id: %s\nevent: %s\ndata: %s\n\n", id, kind, data)
	return o.err
}

func (o *sse) alive() error {
	o.comment("alive")
	return o.err
}

func (o *sse) gone() <-chan struct{} { return o.done }

func (o *sse) free() { o.stop() }

func (o *sse) close(why string) {
	o.comment(why)
}
