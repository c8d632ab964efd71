package session

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"ringflow/flow"
)

// maxLine bounds a log line and maxLines those of one session, so that neither
// a header of a megabyte nor a flow in a circle fills the memory.
const (
	maxLine  = 2 << 10
	maxLines = 5000
)

// journal is a session's record while it lives: everybody who works for the
// session writes into it, the writer saves what has changed.
type journal struct {
	w  *writer
	ev *watchers

	mu     sync.Mutex
	rec    Record // Log and Legs included
	saved  int    // lines of rec.Log that are in the store
	before int    // lines in the store that are not in rec.Log
	isNew  bool
	head   bool     // the head has changed
	legs   []string // ids of changed legs
	queued bool     // in the writer's list
	beside string   // what was shown beside the record last, see call.count
	gone   func()   // called once, when the end has been saved
}

func newJournal(w *writer, ev *watchers, rec Record, gone func()) *journal {
	j := &journal{w: w, ev: ev, rec: rec, isNew: true, head: true, gone: gone}
	j.rec.Started = time.Now().UTC()
	j.rec.Heartbeat, j.rec.Revision = j.rec.Started, 1
	return j
}

// resumed is the journal of a session that is over, of which something still runs.
func resumed(w *writer, ev *watchers, rec *Record) *journal {
	return &journal{w: w, ev: ev, rec: *rec, saved: len(rec.Log)}
}

// open makes the session known: to listeners now, to the store soon, unless it is there.
func (j *journal) open() {
	if j.unsaved() {
		j.w.put(j)
	}
	j.tell(Started, "")
}

// say adds a readable line to the session's log. Control characters of a far
// end's text become spaces: one event stays one line.
func (j *journal) say(format string, args ...any) {
	if text, ok := j.add(format, args...); ok {
		j.w.put(j)
		j.tell(Logged, text)
	}
}

// add is say without anybody told: the line is saved with what is saved next.
func (j *journal) add(format string, args ...any) (line string, ok bool) {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	text = oneLine(text)
	j.mu.Lock()
	defer j.mu.Unlock()
	if n := j.before + len(j.rec.Log); n >= maxLines {
		if n > maxLines {
			return "", false
		}
		text = fmt.Sprintf("Limit: %s log lines. What follows is not logged.", flow.Thousands(maxLines))
	}
	at := time.Now().UTC()
	if n := len(j.rec.Log); n > 0 && !at.After(j.rec.Log[n-1].Date) {
		at = j.rec.Log[n-1].Date.Add(time.Microsecond) // a log keeps its order, whoever sorts it by date
	}
	j.rec.Log = append(j.rec.Log, LogLine{Date: at, Message: text})
	return text, true
}

// update changes the head of the record.
func (j *journal) update(f func(*Record)) {
	j.mu.Lock()
	f(&j.rec)
	j.rec.Revision++
	j.head = true
	j.mu.Unlock()
	j.w.put(j)
}

// leg inserts or replaces a leg.
func (j *journal) leg(l LegRecord) {
	j.mu.Lock()
	l.SessionID = j.rec.ID
	if i := slices.IndexFunc(j.rec.Legs, func(o LegRecord) bool { return o.ID == l.ID }); i >= 0 {
		j.rec.Legs[i] = l
	} else {
		j.rec.Legs = append(j.rec.Legs, l)
	}
	if !slices.Contains(j.legs, l.ID) {
		j.legs = append(j.legs, l.ID)
	}
	j.mu.Unlock()
	j.w.put(j)
}

// close ends the record. What is said later, by an asynchronous branch, is
// still appended to its log.
func (j *journal) close(outcome string) {
	j.update(func(r *Record) {
		if !r.Ended.IsZero() {
			return
		}
		r.Ended = time.Now().UTC()
		r.Heartbeat = r.Ended
		r.CallState = Disconnected
		if r.Outcome == "" {
			r.Outcome = outcome
		}
	})
	j.tell(Ended, j.outcome())
}

func (j *journal) outcome() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.rec.Outcome
}

func (j *journal) ended() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return !j.rec.Ended.IsZero()
}

// snapshot is a copy that its reader may keep.
func (j *journal) snapshot() *Record {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.rec
	r.Log = slices.Clone(r.Log)
	r.Legs = slices.Clone(r.Legs)
	return &r
}

// unsaved tells whether something has changed since it was saved.
func (j *journal) unsaved() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.isNew || j.head || len(j.legs) > 0 || j.saved < len(j.rec.Log)
}

// take gives what is to be saved; undo puts it back after a failure.
func (j *journal) take() (c Change, undo func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.queued = false
	head := j.rec
	head.Log, head.Legs = nil, nil
	c = Change{Record: &head, New: j.isNew, Same: !j.head && !j.isNew}
	c.Log = slices.Clone(j.rec.Log[j.saved:])
	for _, l := range j.rec.Legs {
		if slices.Contains(j.legs, l.ID) {
			c.Legs = append(c.Legs, l)
		}
	}
	from, isNew, changed, legs := j.saved, j.isNew, j.head, j.legs
	j.saved, j.isNew, j.head, j.legs = len(j.rec.Log), false, false, nil
	return c, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.saved, j.isNew, j.head = from, isNew, j.head || changed
		j.legs = append(legs, j.legs...)
	}
}

func (j *journal) tell(k EventKind, message string) {
	j.mu.Lock()
	e := Event{Kind: k, AccountID: j.rec.AccountID, CustomerID: j.rec.CustomerID, SessionID: j.rec.ID, SipCallID: j.rec.SipCallID, Date: time.Now().UTC(), Message: message}
	j.mu.Unlock()
	j.ev.tell(e)
}

func oneLine(s string) string {
	if len(s) > maxLine {
		s = strings.ToValidUTF8(s[:maxLine], "") + "…"
	}
	clean := func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}
	return strings.Map(clean, s)
}

func (j *journal) direction() Direction {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.rec.Direction
}
