package api

import (
	"slices"
	"testing"

	"ringflow/endpoints"
	"ringflow/session"
)

// A supervisor is a user of the account of a live session, and those who manage
// it let him listen.
func TestMonitorSession(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	boss := &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.User, FirstName: "Boss", SipUserName: "boss.monitor"}
	number := &endpoints.Endpoint{AccountID: h.account, Kind: endpoints.PhoneNumber, Number: "+18005550179"}
	stranger := &endpoints.Endpoint{AccountID: h.other, Kind: endpoints.User, FirstName: "Eve", SipUserName: "eve.monitor"}
	h.putEndpoints(boss, number, stranger)
	own := &session.Record{ID: endpoints.NewID(), AccountID: h.account, CallState: session.Connected}
	foreign := &session.Record{ID: endpoints.NewID(), AccountID: h.other, CallState: session.Connected}
	h.calls.live = append(h.calls.live, own, foreign)
	path := "/sessions/" + own.ID + "/monitor"
	body := func(id, mode string) string { return `{"endpointId":"` + id + `","mode":"` + mode + `"}` }
	h.want(204, manager, "POST", path, body(boss.ID, "whisper"))
	h.want(204, manager, "POST", path, `{"endpointId":"`+boss.ID+`"}`)
	for code, bad := range map[int][]string{400: {body(boss.ID, "Shout"), body(number.ID, "Listen")}, 404: {body(stranger.ID, "Listen"), body(endpoints.NewID(), "Listen")}} {
		for _, b := range bad {
			h.want(code, manager, "POST", path, b)
		}
	}
	h.want(404, manager, "POST", "/sessions/"+foreign.ID+"/monitor", body(boss.ID, "Listen"))
	h.calls.refuse = session.ErrNoTalk
	h.want(409, manager, "POST", path, body(boss.ID, "Listen"))
	by := " manager@default.test"
	if want := []string{own.ID + " " + boss.ID + " Whisper" + by, own.ID + " " + boss.ID + " Listen" + by}; !slices.Equal(h.calls.monitors, want) {
		t.Errorf("monitored %q, want %q", h.calls.monitors, want)
	}
}
