package api

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// What a console asks for arrives as it was asked, and a phone user asks for himself.
func TestLiveVerbs(t *testing.T) {
	h := newHouse(t)
	at := map[string]string{"unique": "0000001"}
	h.user(at)
	id := h.furnish(h.account).session
	rec, err := h.calls.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	rec.Members = []session.Member{{CallSid: "leg1", EndpointID: at["phone"], State: session.Ringing, Role: session.RoleAgent}}
	phil, manager := basic(at["phil"]), basic("manager@default.test")
	p := "/sessions/" + id
	h.want(200, manager, "POST", p+"/hold", `{"reason":"Transferring"}`)
	h.want(200, phil, "POST", p+"/hold", `{"hold":false,"callSid":"leg1"}`)
	h.want(200, phil, "PATCH", p, `{"consoleData":"x","callState":"Hold","holdReason":"Transferring"}`)
	rec.CallState = session.Hold
	h.want(200, phil, "PATCH", p, `{"callState":"Connected"}`)
	h.want(200, phil, "PATCH", p, `{"holdReason":"Transferring"}`)
	h.want(204, phil, "POST", p+"/redirect", `{"destination":" bob ","callerId":"+18005550100"}`)
	h.want(200, phil, "POST", p+"/reject", ``)
	h.want(200, phil, "POST", p+"/record", ``)
	h.want(200, phil, "POST", p+"/record", `{"record":false}`)
	h.want(200, phil, "POST", p+"/log", `{"text":"hello"}`)
	h.want(200, phil, "POST", p+"/conference", ``)
	h.want(200, phil, "POST", p+"/conference/members", `{"destination":"bob","fromNumber":"+18005550100","callSid":"leg1"}`)
	h.want(200, phil, "PATCH", p+"/conference/members/leg1", `{"hold":true,"mute":false}`)
	h.want(204, phil, "DELETE", p+"/conference/members/leg1", ``)
	if a := h.want(409, phil, "DELETE", p+"/members/m1", ``); !strings.Contains(a.body, "is no chat") {
		t.Error(a.body)
	}
	made := decode[SessionInfo](t, h.want(200, phil, "POST", "/sessions", `{"destination":"bob"}`))
	if made.EndpointId != at["phone"] || made.Destination != "bob" {
		t.Errorf("%+v", made)
	}
	me := at["phone"]
	want := []string{
		"manager@default.test: hold {Leg: On:true Reason:Transferring}", me + ": hold {Leg:leg1 On:false Reason:}", me + ": hold {Leg: On:true Reason:Transferring}",
		": console x", me + ": hold {Leg: On:false Reason:}", `: reason "Transferring"`,
		me + ": redirect {Destination:bob CallerID:+18005550100 Leg:}", me + ": reject", me + ": tape true", me + ": tape false",
		at["phil"] + ": note hello in " + id, me + ": confer", me + ": add {Destination:bob CallerID:+18005550100 Leg:leg1}",
		me + ": change leg1 hold true mute false", me + ": remove leg1", me + ": call {Destination:bob CallerID: Leg:}",
	}
	if !slices.Equal(h.calls.verbs, want) {
		t.Errorf("asked\n%s\nwant\n%s", strings.Join(h.calls.verbs, "\n"), strings.Join(want, "\n"))
	}
	info := decode[SessionInfo](t, h.want(200, phil, "GET", p, ""))
	if len(info.Members) != 1 || info.Members[0].CallSid != "leg1" || info.Members[0].CallState != "Ringing" || info.Members[0].Role != "Agent" {
		t.Errorf("%+v", info.Members)
	}
}

// What can't be done is the client's to know, and never a reason to ask again.
func TestLiveVerbsRefused(t *testing.T) {
	h := newHouse(t)
	id := h.furnish(h.account).session
	at := map[string]string{"unique": "0000002"}
	h.user(at)
	manager := basic("manager@default.test")
	p := "/sessions/" + id
	h.want(404, basic(at["phil"]), "POST", p+"/hold", ``) // not his call
	h.want(404, basic("manager@other.test"), "POST", p+"/redirect", `{"destination":"bob"}`)
	h.want(403, manager, "POST", "/sessions", `{"destination":"bob"}`)
	h.want(400, manager, "PATCH", p, `{"callState":"Passive"}`)
	h.want(400, manager, "PATCH", p, `{"callState":"Hold","queueState":"Connected"}`)
	h.want(400, manager, "PATCH", p, `{"queueState":"Hold"}`)
	h.want(400, manager, "POST", p+"/log", `{}`)
	h.want(400, manager, "POST", p+"/log", `{"message":"`+strings.Repeat("x", 3000)+`"}`)
	for err, status := range map[error]int{
		session.ErrNoTalk: 409, session.ErrMoving: 409, session.ErrNotRinging: 409, session.ErrCrowd: 409, session.ErrNotThere: 409,
		fmt.Errorf("x: %w", fs.ErrPermission): 403, &endpoints.Invalid{Field: "destination", Text: "is nobody"}: 400,
	} {
		h.calls.refuse = err
		for _, verb := range []string{"/hold", "/redirect", "/reject", "/record", "/conference", "/conference/members"} {
			h.want(status, manager, "POST", p+verb, `{"destination":"bob"}`)
		}
	}
	h.calls.refuse = nil
	past := map[string]string{}
	h.past(past)
	a := h.want(409, manager, "POST", "/sessions/"+past["past"]+"/hold", ``)
	if e := decode[ErrorResponse](t, a); e.ResponseStatus.ErrorCode != "Conflict" {
		t.Error(a.body)
	}
	h.want(200, manager, "POST", "/sessions/"+past["past"]+"/log", `{"message":"later"}`)
}

// What an outgoing call asks for beside its number arrives.
func TestOutgoingOptions(t *testing.T) {
	h := newHouse(t)
	on := h.furnish(h.account)
	h.want(200, admin, "POST", "/sessions/outgoing", `{"flowId":"`+on.flow+`","numberToDial":"+18005550199","accountId":"`+h.account+`","customerId":"`+on.customer+`","ringTimeout":20,"machineDetection":true}`)
	h.want(200, admin, "POST", "/sessions/outgoing", `{"flowId":"`+on.flow+`","numberToDial":"+18005550199","machineDetection":"Beep"}`)
	if o := h.calls.asked[0]; o.CustomerID != on.customer || o.Ring != 20*time.Second || o.Detect != session.DetectWho {
		t.Errorf("%+v", o)
	}
	if o := h.calls.asked[1]; o.Ring != 0 || o.Detect != session.DetectBeep {
		t.Errorf("%+v", o)
	}
	h.want(404, admin, "POST", "/sessions/outgoing", `{"flowId":"`+on.flow+`","numberToDial":"+18005550199","accountId":"`+h.other+`"}`)
	h.want(400, admin, "POST", "/sessions/outgoing", `{"flowId":"`+on.flow+`","numberToDial":"+18005550199","machineDetection":"Perhaps"}`)
}

// Who asks for a call may name an address that is told what becomes of it: the answer
// says, this once, what that is signed by.
func TestStatusCallback(t *testing.T) {
	h := newHouse(t)
	on := h.furnish(h.account)
	asks := func(status int, more string) SessionInfo {
		t.Helper()
		a := h.want(status, admin, "POST", "/sessions/outgoing", `{"flowId":"`+on.flow+`","numberToDial":"+18005550199",`+more+`}`)
		if status != 200 {
			return SessionInfo{}
		}
		return decode[SessionInfo](t, a)
	}
	own := endpoints.SecretMark + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	made := asks(200, `"statusCallback":"https://example.com/calls"`)
	if !strings.HasPrefix(made.StatusCallbackSecret, endpoints.SecretMark) {
		t.Errorf("%q", made.StatusCallbackSecret)
	}
	if got := asks(200, `"statusCallback":"https://example.com/calls","statusCallbackEvents":["session.ended","session.answered"],"statusCallbackSecret":"`+own+`"`); got.StatusCallbackSecret != own {
		t.Errorf("%q", got.StatusCallbackSecret)
	}
	if to := h.calls.asked[1].Callback; to == nil || to.URL != "https://example.com/calls" || to.Secret != own || !slices.Equal(to.Events, []endpoints.EventType{endpoints.SessionAnswered, endpoints.SessionEnded}) {
		t.Errorf("%+v", to)
	}
	if got := decode[SessionInfo](t, h.want(200, admin, "GET", "/sessions/"+made.Id, "")); got.StatusCallbackSecret != "" {
		t.Error("the secret is shown again")
	}
	for _, bad := range []string{
		`"statusCallback":"ftp://example.com/"`, `"statusCallback":"https://me:pw@example.com/"`, `"statusCallback":"nowhere"`,
		`"statusCallback":"https://example.com/","statusCallbackEvents":["agent.changed"]`, `"statusCallback":"https://example.com/","statusCallbackSecret":"simple"`,
		`"statusCallbackEvents":["session.ended"]`, `"statusCallbackSecret":"` + own + `"`,
	} {
		asks(400, bad)
	}
	if len(h.calls.asked) != 2 {
		t.Errorf("%d calls were placed", len(h.calls.asked))
	}
}

// A session that is over is redacted: what it counts for stays.
func TestRedact(t *testing.T) {
	h := newHouse(t)
	rec := h.over(2, "+18005550101", "+18005550100", "Said a secret")
	rec.ConsoleData, rec.FromName, rec.Destination = "secret", "Ann Secret", "secret"
	rec.Legs = []session.LegRecord{{ID: endpoints.NewID(), SessionID: rec.ID, From: "Ann Secret", To: "+18005550100", SipCallID: "secret", SipCode: 200, Started: rec.Started}}
	h.keep(rec)
	file := &endpoints.File{AccountID: h.account, SessionID: rec.ID, Type: endpoints.CallRecording, FileName: "secret.wav"}
	if err := h.server.Store.PutFile(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	p := "/sessions/" + rec.ID
	h.want(403, basic("user@default.test"), "POST", p+"/redact", "")
	h.want(404, basic("manager@other.test"), "POST", p+"/redact", "")
	h.want(200, admin, "POST", p+"/redact", "")
	a := h.want(200, admin, "GET", p, "")
	info := decode[SessionInfo](t, a)
	if strings.Contains(strings.ToLower(a.body), "secret") || info.FromAddress != "" || info.ToAddress != "" || len(info.Files) != 0 ||
		len(info.Log) != 1 || info.Log[0].Message != "Redacted by "+adminEmail {
		t.Error(a.body)
	}
	if info.Outcome != "Ended" || info.DateCompleted.IsZero() || len(info.Legs) != 1 || info.AccountId != h.account {
		t.Error(a.body)
	}
	h.want(404, admin, "GET", "/files/"+file.ID, "")
	if list := decode[ListResponse[SessionInfo]](t, h.want(200, admin, "GET", "/sessions?log=secret", "")); len(list.Items) != 0 {
		t.Errorf("%+v", list)
	}
}
