package main

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"ringflow/api/apitest"
)

type thing = apitest.Thing

// client is the public client at this server, as its administrator.
func (h *house) client(t *testing.T) *apitest.Client {
	t.Helper()
	c := &apitest.Client{TB: t, URL: h.api.base}
	if accounts := c.Login(h.Config.Admin.Email, "correct horse"); !slices.Contains(accounts, h.account) {
		t.Fatalf("%v", accounts)
	}
	return c
}

func idOf(x thing) string { return x["id"].(string) }

// The public client sets a server up, has it call a phone of the carrier, which hears what
// the client has uploaded, follows the call, moves the flow to another account, and reports.
func TestOperatorsClientOnTheRunningServer(t *testing.T) {
	const plays, callees = 620.0, 440.0
	h := startHouse(t)
	port := freePort(t)
	c := h.client(t)
	in, one := url.Values{"accountIds": {h.account}}, url.Values{"accountId": {h.account}}
	with := func(name, value string) url.Values { return url.Values{"accountIds": {h.account}, name: {value}} }
	count := func(path string, query url.Values) int {
		t.Helper()
		return len(c.Want(apitest.Done, "GET", path, query, nil)["items"].([]any))
	}

	c.Want(apitest.Done, "GET", "/accounts/"+h.account, nil, nil)
	carrier := idOf(c.Want(apitest.Done, "POST", "/endpoints/sip-trunk", nil, thing{"accountId": h.account, "displayName": "Carrier", "host": carrierHost, "port": port, "allowedIps": []string{carrierHost}}))
	user := idOf(c.Want(apitest.Done, "POST", "/endpoints/users", nil, thing{"accountId": h.account, "firstName": "Ann"}))
	number := idOf(c.Want(apitest.Done, "POST", "/endpoints/phone-numbers", nil, thing{"accountId": h.account, "number": did}))
	if n := count("/endpoints", url.Values{"specificIds": {user + "," + number + "," + carrier}}); n != 3 {
		t.Errorf("%d of 3 ids joined by commas", n)
	}
	c.Want(apitest.Empty, "GET", "/endpoints", with("nameFilter", "nobody's name"), nil)
	c.Want(apitest.NotThere, "GET", "/endpoints/0123456789abcdef0123456789abcdef", nil, nil)
	customer := idOf(c.Want(apitest.Done, "POST", "/customers", nil, thing{"accountId": h.account, "name": "Acme"}))
	c.Want(apitest.Done, "PATCH", "/customers/"+customer, nil, thing{"referenceId": "7"})
	if n := count("/customers", in); n != 1 {
		t.Errorf("%d customers", n)
	}

	file, uri := c.Upload(h.account, "tone.wav", string(tone(plays, 3e9)))
	if exit, text := c.Run("GET", uri, nil, nil, ""); exit != apitest.Done || text != string(tone(plays, 3e9)) {
		t.Errorf("the upload comes back otherwise: %d, %d bytes", exit, len(text))
	}
	spec := func(typ string) thing { return thing{"typeName": typ, "url": "/json/reply/" + typ, "later": nil} }
	play := thing{"id": "play", "isStartNode": true, "spec": spec("PlayNode"), "x": 45.0, "parameters": thing{
		"AudioFile": thing{"id": "f", "type": "AudioFile", "value": thing{"stringValue": file}}, "Done": thing{"id": "d", "type": "Transition", "value": thing{}},
	}}
	flow := idOf(c.Want(apitest.Done, "POST", "/flows", nil, thing{"accountId": h.account, "name": "Plays", "nodes": []any{}}))
	c.Edit(flow, []any{play})
	play["parameters"].(thing)["Done"] = thing{"id": "d", "type": "Transition", "value": thing{"stringValue": "wait"}}
	c.Edit(flow, []any{play, thing{"id": "wait", "spec": spec("WaitNode"), "parameters": thing{"Timeout": thing{"id": "t", "type": "Number", "value": thing{"numberValue": 60}}}}})
	c.Want(apitest.Done, "PATCH", "/endpoints/"+number, nil, thing{"flowId": flow})
	if n := count("/endpoints", with("flowIds", flow)); n != 1 {
		t.Errorf("the flow has %d endpoints", n)
	}

	callee := h.talkerAt(t, carrierHost, uint16(port), callees, phoneAccount{})
	call := idOf(c.Want(apitest.Done, "POST", "/sessions/outgoing", nil, thing{"flowId": flow, "numberToDial": "+12025550199", "callerId": did}))
	leg := nextLeg(t, "the callee", callee.up)
	h.eventually("the flow has played", func() bool {
		return slices.ContainsFunc(c.Log(call), func(l string) bool { return strings.HasSuffix(l, "Done, to Wait") })
	})
	if from := (<-callee.asked).From.User; from != did {
		t.Errorf("the callee saw %q", from)
	}
	if n := len(c.Want(apitest.Done, "GET", "/calls/active", one, nil)["calls"].([]any)); n != 1 {
		t.Errorf("%d calls are live", n)
	}
	c.Want(apitest.Done, "POST", "/sessions/"+call+"/log", nil, thing{"message": "seen by the client"})
	c.Want(apitest.Done, "DELETE", "/sessions/"+call, nil, nil)
	h.allOver()
	<-leg.Context().Done()
	callee.phone.Close() // its file is whole now
	wav, err := os.ReadFile(callee.file)
	if err != nil {
		t.Fatal(err)
	}
	hears(t, "the callee", wav, plays, callees)
	if s := c.Want(apitest.Done, "GET", "/sessions/"+call, nil, nil); s["ended"] != true || s["dateAnswered"] == nil {
		t.Errorf("%v", s)
	}
	h.eventually("the session is found by its log", func() bool {
		exit, text := c.Run("GET", "/sessions", with("log", "seen by the client"), nil, "")
		return exit == apitest.Done && strings.Contains(text, call)
	})

	theirs := idOf(c.Want(apitest.Done, "POST", "/accounts", nil, thing{"name": "Theirs"}))
	c.Want(apitest.Done, "POST", "/users", nil, thing{"accountId": theirs, "emailAddress": "boss@theirs.test", "firstName": "Bo", "lastName": "Ss", "password": "a horse of theirs", "roles": []string{"Manager"}})
	caller := idOf(c.Want(apitest.Done, "POST", "/flows", nil, thing{"accountId": h.account, "name": "Says", "nodes": []any{thing{"id": "s", "isStartNode": true, "spec": spec("SayNode"), "parameters": thing{"WhatToSay": thing{"id": "w", "type": "String", "value": thing{"stringValue": "Hello."}}}}}}))
	packed := c.Want(apitest.Done, "GET", "/packages", url.Values{"accountId": {h.account}, "flowIds": {caller}}, nil)
	boss := &apitest.Client{TB: t, URL: h.api.base}
	boss.Login("boss@theirs.test", "a horse of theirs")
	boss.Want(apitest.NotThere, "GET", "/flows/"+caller, nil, nil)
	boss.Want(apitest.NotThere, "GET", "/sessions/"+call, nil, nil)
	made := boss.Want(apitest.Done, "POST", "/packages", nil, thing{"accountId": theirs, "package": packed})["flows"].([]any)
	ours, copied := c.Want(apitest.Done, "GET", "/flows/"+caller, nil, nil), boss.Want(apitest.Done, "GET", "/flows/"+idOf(made[0].(thing)), nil, nil)
	if len(made) != 1 || apitest.Canonical(t, ours["nodes"]) != apitest.Canonical(t, copied["nodes"]) {
		t.Errorf("%v\nis not\n%v", copied["nodes"], ours["nodes"])
	}

	for _, path := range []string{"/reports/cdr", "/reports/call-history"} {
		id := idOf(c.Want(apitest.Done, "POST", path, nil, thing{"accountId": h.account, "startDate": "2026-01-01", "timeZoneId": "Europe/Berlin"}))
		h.eventually(path+" is done", func() bool {
			exit, _ := c.Run("GET", "/reports/"+id+".xlsx", nil, nil, "")
			return exit == apitest.Done
		})
		if _, text := c.Run("GET", "/reports/"+id+".xlsx", nil, nil, ""); !strings.HasPrefix(text, "PK") {
			t.Errorf("%s: %d bytes", path, len(text))
		}
		c.Want(apitest.Done, "DELETE", "/reports/"+id, nil, nil)
	}
	c.Want(apitest.Done, "DELETE", "/endpoints/"+number, nil, nil)
	c.Want(apitest.Done, "DELETE", "/flows/"+flow, nil, nil)
	c.Want(apitest.NotThere, "GET", "/flows/"+flow, nil, nil)
}
