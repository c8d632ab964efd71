package api

import (
	"bufio"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// The product's own sample, as its documentation shows it.
const outgoingXML = `<NewOutgoingSession xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/Voice.Api.Sessions">
  <CallerId>+18005550100</CallerId>
  <FlowId>%s</FlowId>
  <NumberToDial>+18005550199</NumberToDial>
</NewOutgoingSession>`

func TestOutgoingInEveryForm(t *testing.T) {
	h := newHouse(t)
	f := h.furnish(h.account).flow
	asJSON := `{"flowId":"` + f + `","numberToDial":"+18005550199","callerId":"+18005550100"}`
	asXML := fmt.Sprintf(outgoingXML, f)
	xmlType := header("Content-Type", "application/xml")
	for name, a := range map[string]answer{
		"json":        h.want(200, admin, "POST", "/sessions/outgoing", asJSON),
		"xml suffix":  h.want(200, admin, "POST", "/sessions/outgoing.xml", asXML, xmlType),
		"xml accept":  h.want(200, admin, "POST", "/sessions/outgoing", asXML, xmlType, header("Accept", "application/xml")),
		"xml format":  h.want(200, admin, "POST", "/sessions/outgoing?format=xml", asXML, header("Content-Type", "text/xml")),
		"xml reply":   h.want(200, admin, "POST", "/xml/reply/NewOutgoingSession", asXML, func(r *http.Request) { r.Header.Del("Content-Type") }),
		"json reply":  h.want(200, admin, "POST", "/json/reply/NewOutgoingSession", asJSON),
		"api":         h.want(200, admin, "POST", "/api/NewOutgoingSession", asJSON),
		"query":       h.want(200, admin, "POST", "/sessions/outgoing?flowId="+f+"&numberToDial=%2B18005550199&callerId=%2B18005550100", ""),
		"xml to json": h.want(200, admin, "POST", "/sessions/outgoing", asXML, xmlType, header("Accept", "application/json")),
		"csv":         h.want(200, admin, "POST", "/sessions/outgoing.csv", asJSON),
		"jsv":         h.want(200, admin, "POST", "/sessions/outgoing.jsv", "{flowId:"+f+",numberToDial:+18005550199,callerId:+18005550100}", header("Content-Type", "text/jsv")),
	} {
		want := "application/json"
		if strings.HasPrefix(name, "xml") && name != "xml to json" {
			want = "application/xml"
			if !strings.Contains(a.body, `<SessionInfo xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/Voice.Api.Sessions">`) || !strings.Contains(a.body, "<ToAddress>+18005550199</ToAddress>") {
				t.Error(name, a.body)
			}
		}
		if name == "csv" || name == "jsv" {
			want = "text/" + name
		}
		if got := a.Header.Get("Content-Type"); got != want+"; charset=utf-8" {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, o := range h.calls.asked {
		if o.FlowID != f || o.NumberToDial != "+18005550199" || o.CallerID != "+18005550100" || o.AccountID != h.account || o.CreatedBy != adminEmail {
			t.Errorf("%+v", o)
		}
	}
	if len(h.calls.asked) != 11 {
		t.Errorf("%d calls", len(h.calls.asked))
	}
}

// Everything that is refused is refused in the client's words, and only what
// may be sent again is a 5xx.
func TestOutgoingRefused(t *testing.T) {
	h := newHouse(t)
	f := h.furnish(h.account).flow
	body := `{"flowId":"` + f + `","numberToDial":"+18005550199","callerId":"+18005550111"}`
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{&endpoints.Invalid{Field: "callerId", Text: "+18005550111 isn't owned"}, 400, "ArgumentException"},
		{&endpoints.Invalid{Field: "flowId", Text: "the flow has errors"}, 400, "ArgumentException"},
		{fmt.Errorf("flow x: %w", fs.ErrNotExist), 404, "NotFound"},
		{fmt.Errorf("+49: %w", fs.ErrPermission), 403, "Forbidden"},
		{session.ErrFull, 503, "ServiceUnavailable"},
		{session.ErrDraining, 503, "ServiceUnavailable"},
	} {
		h.calls.refuse = c.err
		a := h.want(c.status, admin, "POST", "/sessions/outgoing", body)
		e := decode[ErrorResponse](t, a)
		if e.ResponseStatus.ErrorCode != c.code || (c.status == 503) != (a.Header.Get("Retry-After") != "") {
			t.Errorf("%v: %s %v", c.err, a.body, a.Header)
		}
		if c.status == 400 && (len(e.ResponseStatus.Errors) != 1 || e.ResponseStatus.Errors[0].FieldName == "") {
			t.Error(a.body)
		}
	}
	h.calls.refuse, h.calls.asked = nil, nil
	h.want(404, admin, "POST", "/sessions/outgoing", `{"flowId":"nobody","numberToDial":"+18005550199"}`)
	h.want(400, admin, "POST", "/sessions/outgoing", `{"numberToDial":"+18005550199"}`) // it is missing, not unknown
	h.want(400, admin, "POST", "/sessions/outgoing", `{"flowId":"`+f+`"}`)
	h.want(403, basic("user@default.test"), "POST", "/sessions/outgoing", body)
	h.want(401, nobody, "POST", "/sessions/outgoing", body)
	if a := h.want(404, admin, "POST", "/sessions/outgoing.xml", `{"flowId":"nobody","numberToDial":"+1"}`); !strings.Contains(a.body, `<ErrorResponse xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.servicestack.net/types"><ResponseStatus>`) {
		t.Error(a.body)
	}
	if len(h.calls.asked) != 0 {
		t.Error("asked", h.calls.asked)
	}
}

// Once a call is accepted, nothing of ours may look like a failure: clients send
// a request again after a 5xx, and the far end would be called twice.
func TestAcceptedIsAccepted(t *testing.T) {
	h := newHouse(t)
	f := h.furnish(h.account).flow
	h.calls.after = func() { // the database goes away
		if err := h.server.Store.Close(); err != nil {
			t.Error(err)
		}
	}
	a := h.want(200, header("Authorization", "Bearer local-token"), "POST", "/sessions/outgoing", `{"flowId":"`+f+`","numberToDial":"+18005550199"}`)
	if s := decode[SessionInfo](t, a); s.Id == "" || s.Ended || s.ToAddress != "+18005550199" {
		t.Error(a.body)
	}
}

// keep stores sessions as the switchboard does, over ones.
func (h *house) keep(records ...*session.Record) {
	h.Helper()
	for _, rec := range records {
		head := *rec
		head.Log, head.Legs = nil, nil
		if err := h.server.Store.SaveSessions(h.Context(), []session.Change{{Record: &head, New: true, Log: rec.Log, Legs: rec.Legs}}); err != nil {
			h.Fatal(err)
		}
	}
}

func (h *house) over(n int, from, to, text string) *session.Record {
	at := time.Date(2026, 11, n, 10, 0, 0, 0, time.UTC)
	return &session.Record{
		ID: endpoints.NewID(), AccountID: h.account, Channel: "Voice", Direction: session.Incoming, CallState: session.Disconnected, FromAddress: from, ToAddress: to,
		Started: at, Answered: at.Add(time.Second), Ended: at.Add(time.Minute), Outcome: "Ended", Log: []session.LogLine{{Date: at, Message: text}},
	}
}

func TestSessionsAreListed(t *testing.T) {
	h := newHouse(t)
	on := h.furnish(h.account)
	live, chat := on.session, on.chat
	a, b := h.over(1, "+18005550101", "+18005550100", "Pressed 1"), h.over(2, "alice", "+18005550102", "Said <hello>")
	b.ID = strings.Repeat("b", 32)
	b.Legs = []session.LegRecord{{ID: endpoints.NewID(), SessionID: b.ID, Direction: session.Outgoing, SipCode: 486, Cause: "busy", Started: b.Started}}
	h.keep(a, b)
	file := &endpoints.File{AccountID: h.account, SessionID: a.ID, Type: endpoints.CallRecording, FileName: "a.wav", ContentType: "audio/wav", RecordingDuration: 3 * time.Second}
	if err := h.server.Store.PutFile(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	list := func(query string) ListResponse[SessionInfo] {
		t.Helper()
		return decode[ListResponse[SessionInfo]](t, h.want(200, admin, "GET", "/sessions?"+query, ""))
	}
	for query, want := range map[string]string{
		"": a.ID + b.ID + live + chat, "sortOrder=Descend": chat + live + b.ID + a.ID, "startDate=2026-11-02&endDate=2026-11-02": b.ID, "endDate=2026-11-01": a.ID,
		"from=ALI": b.ID, "to=0100": a.ID, "log=pressed": a.ID, "log=nothing": "", "specificIds=" + a.ID + "," + b.ID: a.ID + b.ID,
		"live=true": live + chat, "live=false": a.ID + b.ID, "searchArchive=true&startDateTime=2026-11-02T00:00:00Z&endDateTime=2026-11-02T23:00:00Z": b.ID,
		"parentSessionId=x": "", "direction=outgoing": "", "endpointIds=nobody": "",
	} {
		var got string
		for _, s := range list(query).Items {
			got += s.Id
		}
		if got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	one := list("specificIds=" + a.ID + "&countPerPage=1&simplifiedPaging=true")
	if s := one.Items[0]; s.HoldReason != "None" || len(s.Log) != 1 || s.Log[0].Message != "Pressed 1" || !s.Ended || s.DialState != "None" || s.CallState != "Disconnected" || s.DateCompleted.IsZero() {
		t.Errorf("%+v", s)
	}
	s := decode[SessionInfo](t, h.want(200, admin, "GET", "/sessions/"+b.ID, ""))
	if len(s.Log) != 1 || len(s.Legs) != 1 || s.Legs[0].SipCode != 486 || s.Legs[0].Cause != "busy" {
		t.Errorf("%+v", s)
	}
	if s := decode[SessionInfo](t, h.want(200, admin, "GET", "/sessions/"+a.ID, "")); len(s.Files) != 1 || s.Files[0].RecordingDuration != 3 || s.Files[0].SessionId != a.ID {
		t.Errorf("%+v", s.Files)
	}
	if got := h.want(200, admin, "GET", "/sessions/"+live, ""); !strings.Contains(got.body, `"ended":false`) || !strings.Contains(got.body, `"callState":"Connected"`) {
		t.Error(got.body)
	}
	h.want(404, admin, "GET", "/sessions/nobody", "")
	h.want(400, admin, "GET", "/sessions?startDate=yesterday", "")
	h.want(204, admin, "DELETE", "/sessions?accountId="+h.account+"&startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-11-02T00:00:00Z", "")
	if got := list("live=false"); len(got.Items) != 1 || got.Items[0].Id != b.ID {
		t.Errorf("%+v", got)
	}
	h.want(400, admin, "DELETE", "/sessions?accountId="+h.account, "")
}

// A call that isn't saved yet is found by its id, in the list too.
func TestSessionIsThereAtOnce(t *testing.T) {
	h := newHouse(t)
	f := h.furnish(h.account).flow
	made := decode[SessionInfo](t, h.want(200, admin, "POST", "/sessions/outgoing", `{"flowId":"`+f+`","numberToDial":"+18005550199"}`))
	if made.Ended || made.DialState != "Active" || made.Direction != "Outgoing" || made.Id == "" {
		t.Errorf("%+v", made)
	}
	h.want(200, admin, "GET", "/sessions/"+made.Id, "")
	list := decode[ListResponse[SessionInfo]](t, h.want(200, admin, "GET", "/sessions?specificIds="+made.Id+"&countPerPage=1&simplifiedPaging=true", ""))
	if len(list.Items) != 1 || len(list.Items[0].Log) != 1 {
		t.Errorf("%+v", list)
	}
	calls := decode[GetActiveCallsResponse](t, h.want(200, admin, "GET", "/calls/active?accountId="+h.account, ""))
	if len(calls.Calls) != 2 || calls.Calls[1].Sid != made.Id || calls.Calls[1].Status != "ringing" || calls.Calls[1].Direction != "outbound-api" || calls.Calls[1].ToFormatted != "(800) 555-0199" || calls.Calls[0].FromFormatted != "(800) 555-0123" {
		t.Errorf("%+v", calls)
	}
	h.want(204, admin, "DELETE", "/sessions/"+made.Id, "")
	if len(h.calls.ended) != 1 || h.calls.ended[0] != made.Id+" ended by "+adminEmail {
		t.Error(h.calls.ended)
	}
	h.want(404, admin, "DELETE", "/sessions/nobody", "")
}

func TestSessionEvents(t *testing.T) {
	h := newHouse(t)
	id := h.furnish(h.account).session
	rec, err := h.calls.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC()
	h.calls.watch <- session.Event{Kind: session.Logged, SessionID: id, Date: rec.Log[0].Date, Message: rec.Log[0].Message} // seen already
	h.calls.watch <- session.Event{Kind: session.Logged, SessionID: id, Date: at, Message: "second\nline"}
	h.calls.watch <- session.Event{Kind: session.Ended, SessionID: id, Date: at, Message: "Ended"}
	a := h.want(200, admin, "GET", "/sessions/"+id+"/events", "")
	if a.Header.Get("Content-Type") != "text/event-stream" {
		t.Error(a.Header)
	}
	var got []string
	for sc := bufio.NewScanner(strings.NewReader(a.body)); sc.Scan(); {
		if e, ok := strings.CutPrefix(sc.Text(), "event: "); ok {
			got = append(got, e)
		}
	}
	if fmt.Sprint(got) != "[log log ended]" || !strings.Contains(a.body, `"message":"Hello there"`) || !strings.Contains(a.body, `second\nline`) {
		t.Error(a.body)
	}
	old := h.over(1, "a", "b", "bye")
	h.keep(old)
	if a := h.want(200, admin, "GET", "/sessions/"+old.ID+"/events", ""); !strings.Contains(a.body, "bye") || !strings.Contains(a.body, "event: ended") {
		t.Error(a.body)
	}
	h.want(404, admin, "GET", "/sessions/nobody/events", "")
	h.server.Close() // ends a stream in which nothing happens
	h.want(200, admin, "GET", "/sessions/"+id+"/events", "")
}
