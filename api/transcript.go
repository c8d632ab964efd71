package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// transcript streams objects as they come: one a line, or as server-sent
// events to who asks for these. The first error ends it.
type transcript struct {
	w      http.ResponseWriter
	rc     *http.ResponseController
	events bool
	begun  bool
	err    error
}

func newTranscript(w http.ResponseWriter, r *http.Request) *transcript {
	return &transcript{w: w, rc: http.NewResponseController(w), events: wantsEvents(r.Header.Get("Accept"))}
}

// wantsEvents tells whether an Accept header would rather have server-sent
// events than JSON.
func wantsEvents(accept string) bool {
	events, lines := 0.0, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q, err := strconv.ParseFloat(cmp.Or(params["q"], "1"), 64)
		if err != nil {
			continue
		}
		switch media {
		case "text/event-stream":
			events = max(events, q)
		case "application/x-ndjson", "application/json", "text/jsonl":
			lines = max(lines, q)
		}
	}
	return events > 0 && events >= lines
}

// begin writes the head of the answer. All of it must be read in the time of a run.
func (t *transcript) begin() {
	t.begun = true
	// A read deadline would end the request's context, and with it the stream.
	for _, set := range []func() error{
		func() error { return t.rc.SetReadDeadline(time.Time{}) },
		func() error { return t.rc.SetWriteDeadline(time.Now().Add(runTime + 10*time.Second)) },
	} {
		if err := set(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			t.err = err
			return
		}
	}
	kind := "application/x-ndjson"
	if t.events {
		kind = "text/event-stream"
	}
	t.w.Header().Set("Content-Type", kind)
	t.w.Header().Add("Vary", "Accept")
	t.w.Header().Set("X-Accel-Buffering", "no")
	t.w.WriteHeader(http.StatusOK)
}

// send writes an object at once.
func (t *transcript) send(event string, v any) {
	if !t.begun {
		t.begin()
	}
	if t.err != nil {
		return
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.err = err
		return
	}
	if t.events {
		_, t.err = fmt.Fprintf(t.w, "event: %s\ndata: %s\n\n", event, data)
	} else {
		_, t.err = fmt.Fprintf(t.w, "%s\n", data)
	}
	if t.err == nil {
		t.err = t.rc.Flush()
	}
}

// fail ends a stream that has begun: the error comes as other answers have it.
func (t *transcript) fail(err error) *failure {
	type status struct {
		ErrorCode string `json:"errorCode"`
		Message   string `json:"message"`
	}
	e := classify(err)
	t.send("error", map[string]status{"responseStatus": {e.Code, e.Text}})
	return e
}
