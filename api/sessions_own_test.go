package api

import (
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// A phone user sees the calls of its own endpoint, and no others.
func TestUserSeesOwnCalls(t *testing.T) {
	h := newHouse(t)
	e := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users", `{"accountId":"`+h.account+`","firstName":"Ann","emailAddress":"ann@default.test","password":"`+password+`"}`))
	ann := basic("ann@default.test")
	mine, others := h.over(1, "ann", "4001", "x"), h.over(2, "ben", "4000", "y")
	mine.EndpointID = e.Id
	h.keep(mine, others)
	if l := decode[ListResponse[SessionInfo]](t, h.want(200, ann, "GET", "/sessions", "")); len(l.Items) != 1 || l.Items[0].Id != mine.ID {
		t.Errorf("%+v", l)
	}
	if l := decode[SessionsResponse](t, h.want(200, ann, "GET", "/sessions/my", "")); len(l.Sessions) != 1 {
		t.Errorf("%+v", l)
	}
	rang := h.over(3, "+18005550123", "+18005550100", "z") // somebody's call that rang her phone
	rang.EndpointID = endpoints.NewID()
	rang.Legs = []session.LegRecord{{ID: endpoints.NewID(), SessionID: rang.ID, Direction: session.Outgoing, EndpointID: e.Id, Started: rang.Started}}
	h.keep(rang)
	if l := decode[ListResponse[SessionInfo]](t, h.want(200, ann, "GET", "/sessions", "")); len(l.Items) != 2 || l.TotalCount != 2 || l.Items[1].Id != rang.ID {
		t.Errorf("what she was called by is missing: %+v", l)
	}
	if l := decode[SessionsResponse](t, h.want(200, ann, "GET", "/sessions/my", "")); len(l.Sessions) != 2 || l.Sessions[0].Id != rang.ID {
		t.Errorf("%+v", l)
	}
	if l := decode[ListResponse[SessionInfo]](t, h.want(200, ann, "GET", "/sessions?endpointIds="+rang.EndpointID, "")); len(l.Items) != 1 || l.Items[0].Id != rang.ID {
		t.Errorf("of those, by endpoint: %+v", l)
	}
	if l := decode[ListResponse[SessionInfo]](t, h.want(200, ann, "GET", "/sessions?endpointIds="+endpoints.NewID(), "")); len(l.Items) != 0 {
		t.Errorf("a filter was dropped: %+v", l)
	}
	h.want(200, ann, "GET", "/sessions/"+mine.ID, "")
	h.want(404, ann, "GET", "/sessions/"+others.ID, "")
	h.want(404, ann, "DELETE", "/sessions/"+others.ID, "")
	if l := decode[SessionsResponse](t, h.want(200, ann, "GET", "/sessions/active", "")); len(l.Sessions) != 0 {
		t.Errorf("%+v", l)
	}
	if l := decode[ListResponse[SessionInfo]](t, h.want(200, basic("user@default.test"), "GET", "/sessions", "")); len(l.Items) != 0 {
		t.Errorf("a user without an endpoint: %+v", l)
	}
}

// A session tells the same times while it lives and afterwards.
func TestTimesStay(t *testing.T) {
	h := newHouse(t)
	id := h.furnish(h.account).session
	h.calls.live[len(h.calls.live)-1].Started = h.calls.live[len(h.calls.live)-1].Started.Truncate(time.Microsecond).Add(500 * time.Nanosecond)
	live := decode[SessionInfo](t, h.want(200, admin, "GET", "/sessions/"+id, ""))
	h.want(204, admin, "DELETE", "/sessions/"+id, "")
	if over := decode[SessionInfo](t, h.want(200, admin, "GET", "/sessions/"+id, "")); over.DateCreated != live.DateCreated {
		t.Errorf("%s, then %s", live.DateCreated, over.DateCreated)
	}
}

// Sessions that are deleted take their recordings along, rows and bytes; what
// was left for somebody stays.
func TestDeletedSessionsTakeRecordings(t *testing.T) {
	h := newHouse(t)
	gone, stays := h.over(1, "a", "b", "x"), h.over(5, "a", "b", "y")
	h.keep(gone, stays)
	file := func(rec *session.Record, kind endpoints.FileType) string {
		t.Helper()
		of := h.furnish(h.account).file // with bytes
		f, err := h.server.Store.File(t.Context(), of)
		if err != nil {
			t.Fatal(err)
		}
		f.SessionID, f.Type = rec.ID, kind
		if err := h.server.Store.PutFile(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		return f.ID
	}
	recording, message, other := file(gone, endpoints.CallRecording), file(gone, endpoints.VoiceMessage), file(stays, endpoints.CallRecording)
	h.want(204, admin, "DELETE", "/sessions?accountId="+h.account+"&startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-11-02T00:00:00Z", "")
	h.want(404, admin, "GET", "/files/"+recording, "")
	if body, _, err := h.server.Blob.Open(recording); err == nil {
		t.Error("the bytes of a recording stay")
		body.Close()
	}
	for _, id := range []string{message, other} {
		h.want(200, admin, "GET", "/files/"+id+"/content", "")
	}
	h.want(404, admin, "GET", "/sessions/"+gone.ID, "")
	h.want(200, admin, "GET", "/sessions/"+stays.ID, "")
}
