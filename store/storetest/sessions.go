package storetest

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

func lines(at time.Time, messages ...string) []session.LogLine {
	out := make([]session.LogLine, len(messages))
	for i, m := range messages {
		out[i] = session.LogLine{Date: at.Add(time.Duration(i)), Message: m}
	}
	return out
}

func messages(r *session.Record) []string {
	return ids(r.Log, func(l session.LogLine) string { return l.Message })
}

func sessions(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	r := &session.Record{
		ID: endpoints.NewID(), AccountID: "a", CustomerID: "c", CustomerName: "C", EndpointID: "e", EndpointName: "E", FlowID: "f", FlowName: "F", FlowVersion: 3,
		ParentSessionID: "p", Channel: "Voice", Direction: session.Outgoing, CallState: session.Ringing, FromAddress: "+12025550143", FromName: "Ann", ToAddress: "+18005550100",
		Destination: "*65", AnsweredByName: "Bob", Outcome: "o", ConsoleData: "{}", SipCallID: "x@y", Started: base, CreatedBy: "ann@example.com", WasMissed: true,
	}
	leg := session.LegRecord{ID: "l1", SessionID: r.ID, Direction: session.Incoming, From: "a", To: "b", SipCallID: "x@y", Started: base}
	save(t, s, session.Change{Record: r, New: true, Log: lines(base, "one", "two\r\nX: y"), Legs: []session.LegRecord{leg}})
	got, err := s.Record(ctx, r.ID)
	must(t, err)
	if got.Heartbeat.Before(time.Now().Add(-time.Minute)) {
		t.Errorf("a live session was last seen at %v", got.Heartbeat)
	}
	if want := []string{"one", "two X: y"}; !slices.Equal(messages(got), want) {
		t.Errorf("log %q, want %q", messages(got), want)
	}

	// It goes on, and ends.
	leg.Answered, leg.Ended, leg.SipCode, leg.Cause, leg.Codec = base.Add(time.Second), base.Add(time.Minute), 200, "bye from far end", "PCMU"
	leg.EndpointID, leg.Quality = "e", &session.Quality{PacketsIn: 1 << 62, Lost: 3, LossPercent: 0.25, MOS: 4.4}
	second := session.LegRecord{ID: "l2", SessionID: r.ID, Direction: session.Outgoing, SipCode: 486, Started: base.Add(time.Second)}
	r.CallState, r.Answered, r.Ended, r.Outcome = session.Disconnected, base.Add(time.Second), base.Add(time.Minute), "completed"
	save(t, s, session.Change{Record: r, Log: lines(base.Add(time.Second), "three"), Legs: []session.LegRecord{leg, second}})
	got, err = s.Record(ctx, r.ID)
	must(t, err)
	want := *r
	want.Heartbeat, want.Revision, want.Legs = got.Heartbeat, 2, []session.LegRecord{leg, second}
	want.Log = append(lines(base, "one", "two X: y"), lines(base.Add(time.Second), "three")...)
	if !reflect.DeepEqual(got, &want) {
		t.Errorf("got\n%+v, want\n%+v", got, &want)
	}
	if list, n, err := s.Records(ctx, store.RecordFilter{}); err != nil || n != 1 || !reflect.DeepEqual(list[0], got) {
		t.Errorf("the list has %d, %v: %+v", n, err, list)
	}
	_, err = s.Record(ctx, "nobody")
	wantErr(t, err, fs.ErrNotExist)
	must(t, s.SaveSessions(ctx, nil))
}

// saveTwice: a commit may succeed and its answer get lost. Who repeats it, with
// what came to it since, loses nothing and doubles nothing.
func saveTwice(t *testing.T, d *Database) {
	s := d.Open(t)
	r := newRecord("a")
	c := session.Change{Record: r, New: true, Log: lines(base, "one", "two"), Legs: []session.LegRecord{{ID: "l1"}}}
	save(t, s, c)
	c.Log = lines(base, "one", "two", "three")
	save(t, s, c)
	// Two changes of one session in one batch, and two chunks at the same time.
	other := *r
	other.Outcome = "later"
	save(t, s, session.Change{Record: r, Log: lines(base.Add(time.Second), "four"), Legs: []session.LegRecord{{ID: "l1", SipCode: 180}}},
		session.Change{Record: &other, Log: lines(base.Add(time.Second), "five"), Legs: []session.LegRecord{{ID: "l1", SipCode: 200}}})
	// A change that says the head is the same leaves it alone.
	save(t, s, session.Change{Record: r, Same: true, Log: lines(base.Add(time.Second), "six")})
	got, err := s.Record(t.Context(), r.ID)
	must(t, err)
	m := messages(got)
	slices.Sort(m[3:])
	if !slices.Equal(m, []string{"one", "two", "three", "five", "four", "six"}) || got.Outcome != "later" || len(got.Legs) != 1 || got.Legs[0].SipCode != 200 {
		t.Errorf("kept %q, %q, %+v", m, got.Outcome, got.Legs)
	}
}

func sessionFilters(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	put := func(name string, minute int, change func(*session.Record), log ...string) {
		r := newRecord("a")
		r.FlowName, r.Started = name, base.Add(time.Duration(minute)*time.Minute)
		change(r)
		c := session.Change{Record: r, New: true}
		if len(log) > 0 {
			c.Log = lines(r.Started, log...)
		}
		save(t, s, c)
	}
	yes, no := true, false
	put("first", 0, func(r *session.Record) { r.Ended = base.Add(time.Hour); r.EndpointID = "e1" }, "Said 100% sure", "pressed 1")
	put("second", 1, func(r *session.Record) { r.AccountID = "b"; r.FromName = "O'Neil"; r.FlowID = "f1" }, "pressed 2")
	put("third", 2, func(r *session.Record) {
		r.Direction = session.Outgoing
		r.ToAddress = "alice"
		r.ParentSessionID = "p"
	})
	for name, c := range map[string]struct {
		f    store.RecordFilter
		want []string
	}{
		"all":       {store.RecordFilter{}, []string{"first", "second", "third"}},
		"account":   {store.RecordFilter{AccountIDs: []string{"b"}}, []string{"second"}},
		"endpoint":  {store.RecordFilter{EndpointIDs: []string{"e1"}}, []string{"first"}},
		"flow":      {store.RecordFilter{FlowIDs: []string{"f1"}}, []string{"second"}},
		"from":      {store.RecordFilter{From: "o'n"}, []string{"second"}},
		"to":        {store.RecordFilter{To: "ALI"}, []string{"third"}},
		"log":       {store.RecordFilter{Log: "PRESSED"}, []string{"first", "second"}},
		"log %":     {store.RecordFilter{Log: "100%"}, []string{"first"}},
		"log _":     {store.RecordFilter{Log: "pressed_1"}, nil},
		"parent":    {store.RecordFilter{ParentSessionID: "p"}, []string{"third"}},
		"time":      {store.RecordFilter{Start: base.Add(time.Minute), End: base.Add(2 * time.Minute)}, []string{"second"}},
		"live":      {store.RecordFilter{Live: &yes}, []string{"second", "third"}},
		"over":      {store.RecordFilter{Live: &no}, []string{"first"}},
		"direction": {store.RecordFilter{Direction: session.Outgoing}, []string{"third"}},
		"newest":    {store.RecordFilter{List: endpoints.List{SortField: "dateCreated", SortOrder: endpoints.Descend, CountPerPage: 2}}, []string{"third", "second"}},
	} {
		list, total, err := s.Records(ctx, c.f)
		must(t, err)
		if got := ids(list, func(r *session.Record) string { return r.FlowName }); !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 || total < len(c.want) {
			t.Errorf("%s: %v (%d), want %v", name, got, total, c.want)
		}
	}
}

func deleteSessions(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	var all []*session.Record
	for i := range 4 {
		r := newRecord("a")
		r.Started = base.Add(time.Duration(i) * time.Minute)
		if i != 1 {
			r.Ended = r.Started.Add(time.Second) // the second is live
		}
		if i == 2 {
			r.AccountID = "b"
		}
		save(t, s, session.Change{Record: r, New: true, Log: lines(r.Started, "x"), Legs: []session.LegRecord{{ID: "l"}}})
		all = append(all, r)
	}
	account := newAccount(t, s, "A")
	var kept []string
	for i, kind := range []endpoints.FileType{endpoints.CallRecording, endpoints.VoiceMessage, endpoints.CallRecording} {
		f := &endpoints.File{AccountID: account, SessionID: all[i/2].ID, Type: kind, FileName: "x.wav"}
		must(t, s.PutFile(ctx, f))
		kept = append(kept, f.ID)
	}
	full := errors.New("the disk is full")
	if _, _, err := s.DeleteRecords(ctx, "a", base, base.Add(3*time.Minute), func(string) error { return full }); !errors.Is(err, full) {
		t.Errorf("deleted what could not be announced: %v", err)
	}
	var announced []string
	announce := func(id string) error {
		if _, err := s.File(ctx, id); err != nil {
			t.Error("announced too late:", err)
		}
		announced = append(announced, id)
		return nil
	}
	n, recordings, err := s.DeleteRecords(ctx, "a", base, base.Add(3*time.Minute), announce)
	if n != 1 || err != nil || !slices.Equal(recordings, kept[:1]) || !slices.Equal(announced, kept[:1]) {
		t.Errorf("deleted %d, with %v, announced %v, %v", n, recordings, announced, err)
	}
	if n, recordings, err := s.DeleteRecords(ctx, "a", base, base.Add(3*time.Minute), announce); n != 0 || err != nil || len(recordings) != 0 {
		t.Errorf("deleted %d again, with %v, %v", n, recordings, err)
	}
	_, err = s.File(ctx, kept[0])
	wantErr(t, err, fs.ErrNotExist)
	for _, id := range kept[1:] { // a message is somebody's, and the other session lives
		_, err = s.File(ctx, id)
		must(t, err)
	}
	_, err = s.Record(ctx, all[0].ID)
	wantErr(t, err, fs.ErrNotExist)
	for _, r := range all[1:] {
		if got, err := s.Record(ctx, r.ID); err != nil || len(got.Log) != 1 || len(got.Legs) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	_, _, err = s.DeleteRecords(ctx, "", base, base, announce)
	wantInvalid(t, err, "accountId")
}

// orphans: the server dies with calls up, and starts again.
func orphans(t *testing.T, d *Database) {
	ctx := t.Context()
	s := d.Open(t)
	live, over := newRecord("a"), newRecord("a")
	live.Started = time.Now().Add(-time.Minute)
	over.Ended, over.Outcome = base.Add(time.Second), "completed"
	save(t, s, session.Change{Record: live, New: true, Log: lines(live.Started, "one"), Legs: []session.LegRecord{{ID: "l", Started: live.Started}, {ID: "m", Ended: base, Cause: "busy"}}},
		session.Change{Record: over, New: true})
	beat := time.Now().Add(3 * time.Second).UTC().Truncate(time.Microsecond)
	must(t, s.Heartbeat(ctx, []string{live.ID}, beat))
	must(t, s.Heartbeat(ctx, nil, beat.Add(time.Hour))) // nobody lives: nothing to note
	if n, err := s.CloseOrphans(ctx); n != 0 || err != nil {
		t.Errorf("closed %d of its own, %v", n, err)
	}

	// Another server on the same database isn't a dead run of this one.
	other := *d
	other.Options.Dir = t.TempDir()
	other.Options.Key = d.Options.Key
	if d.Options.URL != "" {
		if n, err := other.Open(t).CloseOrphans(ctx); n != 0 || err != nil {
			t.Errorf("another server closed %d, %v", n, err)
		}
	}

	again := d.Open(t)
	if n, err := again.CloseOrphans(ctx); n != 1 || err != nil {
		t.Fatalf("closed %d, %v", n, err)
	}
	got, err := again.Record(ctx, live.ID)
	must(t, err)
	if !got.Ended.Equal(beat) || got.Outcome != store.ServerFailure || got.CallState != session.Disconnected || len(got.Log) != 2 || !strings.Contains(got.Log[1].Message, "server failed") {
		t.Errorf("closed as %+v; the last heartbeat was at %v", got, beat)
	}
	for _, l := range got.Legs {
		if l.ID == "l" && (!l.Ended.Equal(beat) || l.Cause != store.ServerFailure) || l.ID == "m" && l.Cause != "busy" {
			t.Errorf("leg %+v", l)
		}
	}
	if got, err := again.Record(ctx, over.ID); err != nil || got.Outcome != "completed" {
		t.Errorf("one that was over: %+v, %v", got, err)
	}
	if n, err := again.CloseOrphans(ctx); n != 0 || err != nil {
		t.Errorf("closed %d twice, %v", n, err)
	}
}

func paging(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	var all []string
	for i := range 30 {
		all = append(all, newUser(t, s, a, fmt.Sprintf("user%02d", i)).ID)
	}
	list := func(l endpoints.List) ([]string, int) {
		t.Helper()
		got, total, err := s.Endpoints(ctx, endpoints.EndpointFilter{List: l})
		must(t, err)
		return ids(got, func(e *endpoints.Endpoint) string { return e.ID }), total
	}
	for name, c := range map[string]struct {
		l     endpoints.List
		want  []string
		total int
	}{
		"default":   {endpoints.List{}, all[:25], 30},
		"second":    {endpoints.List{Page: 1}, all[25:], 30},
		"ten":       {endpoints.List{Page: 2, CountPerPage: 10}, all[20:], 30},
		"after all": {endpoints.List{Page: 9}, nil, 30},
		"all":       {endpoints.List{All: true, Page: 7}, all, 30},
		"some":      {endpoints.List{SpecificIDs: []string{all[3], all[7], "x"}}, []string{all[3], all[7]}, 2},
		"simple":    {endpoints.List{Simplified: true, CountPerPage: 2}, all[:2], -1},
		"by name":   {endpoints.List{SortField: "DisplayName", SortOrder: endpoints.Descend, CountPerPage: 1}, all[29:], 30},
	} {
		if got, total := list(c.l); !slices.Equal(got, c.want) || total != c.total {
			t.Errorf("%s: %d items of %d, want %d of %d", name, len(got), total, len(c.want), c.total)
		}
	}
	for field, l := range map[string]endpoints.List{
		"sortField": {SortField: "id; DROP TABLE endpoints"}, "sortOrder": {SortOrder: "Sideways"}, "page": {Page: -1}, "countPerPage": {CountPerPage: -5},
	} {
		_, _, err := s.Endpoints(ctx, endpoints.EndpointFilter{List: l})
		wantInvalid(t, err, field)
	}
}
